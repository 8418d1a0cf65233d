"""Refusals of the domain, shown in the form that asked."""

from collections.abc import Callable
from typing import TypeVar

from django import forms

from rollcall.core.errors import RollcallError

T = TypeVar("T")


def attempt(form: forms.Form, work: Callable[[], T]) -> T | None:
    """What `work` gives; or None, with the reason among the form's errors and the values kept."""
    try:
        return work()
    except RollcallError as error:
        form.add_error(None, error.message)
        return None
