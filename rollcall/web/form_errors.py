"""Refusals of the domain, shown in the form that asked."""

import uuid
from collections.abc import Callable
from typing import TypeVar, cast

from django import forms
from django.http import QueryDict

from rollcall.core.errors import RollcallError

T = TypeVar("T")


def attempt(form: forms.Form, work: Callable[[], T]) -> T | None:
    """What `work` gives; or None, with the reason among the form's errors and the values kept.

    Nothing was done then, so a hidden `key` is renewed: the form sent again, changed, is a new act.
    """
    try:
        return work()
    except RollcallError as error:
        form.add_error(None, error.message)
        _renew_key(form)
        return None


def _renew_key(form: forms.Form) -> None:
    if "key" in form.fields:
        sent = cast(QueryDict, form.data).copy()
        sent[form.add_prefix("key")] = f"form:{uuid.uuid4()}"
        form.data = sent
