"""Errors that say what to do, and ids that say what they are."""

import pickle

import pytest

from rollcall.core import ids
from rollcall.core.errors import Conflict, NotFound


class QuoteTooOld(Conflict):
    """This quote is {age} minutes old. Make a new one."""


def test_an_error_tells_what_happened() -> None:
    error = QuoteTooOld(age=31)
    assert (error.code, error.message, error.details) == (
        "quote_too_old", "This quote is 31 minutes old. Make a new one.", {"age": 31},
    )  # fmt: skip


def test_an_error_survives_a_process_border() -> None:
    again = pickle.loads(pickle.dumps(QuoteTooOld(age=31)))
    assert isinstance(again, QuoteTooOld) and again.message == QuoteTooOld(age=31).message


def test_it_works() -> None:
    assert ids.public("seg", 12) == "seg_12" and ids.parse("seg", "seg_12") == 12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "seg",
        "seg_",
        "run_12",
        "seg_-1",
        "seg_1.0",
        "seg_１２",
        "seg_12 ",
        "seg_" + "9" * 30,
        "seg_9223372036854775808",
        "SEG_1",
    ],
)
def test_bad_ids_are_like_missing_ones(text: str) -> None:
    with pytest.raises(NotFound) as caught:
        ids.parse("seg", text)
    assert caught.value.code == "not_found"
