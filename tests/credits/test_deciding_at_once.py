"""Several people answer at the same moment, from several processes: one answer holds, with one effect."""

from pathlib import Path
from typing import Any

import pytest

from tests.credits.installation import Installation

pytestmark = pytest.mark.slow
PROCESSES, THREADS = 2, 5


@pytest.fixture
def deciders(installation: Installation) -> Installation:
    installation.programs = "tests.credits.deciding"
    return installation


def race(deciders: Installation, act: str, **given: Any) -> list[str]:
    """Ten at once; returns the codes of those that were refused."""
    go = Path(deciders.home, "go")
    go.unlink(missing_ok=True)
    crowd = [
        deciders.start(act, first=number * THREADS, threads=THREADS, go=str(go), **given)
        for number in range(PROCESSES)
    ]
    go.touch()
    return [code for process in crowd for code in deciders.answer(process)["refused"]]


def test_g7_one_answer_holds_however_many_decide(deciders: Installation) -> None:
    """G7: accept, decline, withdraw, grant and a new quote at once: the steps that held make one story."""
    asked = deciders.run("prepare")
    refused = race(deciders, "decide", **asked)
    assert set(refused) <= {"already_answered", "quote_changed", "not_as_accepted", "key_reused"}
    found = deciders.run("outcome")
    assert found["bad"] == [] and found["state"] in {"granted", "declined"}
    lines = found["lines"]
    assert lines[:2] == ["sent", "quoted"] and lines[-1] == found["state"]
    assert len(lines) == found["letters"], "each step is told once"
    assert lines.count("granted") + lines.count("declined") == 1 and lines.count("accepted") <= 1
    assert lines.count("quoted") == found["quote_number"] <= 2
    assert found["balance"] == [100 + (600 if found["state"] == "granted" else 0), 0]


@pytest.mark.parametrize("amount", [2000, -100])
def test_two_approvers_at_once_have_one_effect(
    deciders: Installation, monkeypatch: pytest.MonkeyPatch, amount: int
) -> None:
    monkeypatch.setenv("ROLLCALL_ADJUSTMENT_LIMIT", "50")
    deciders.run("prepare", adjust=amount)
    refused = race(deciders, "approve")
    found = deciders.run("outcome")
    assert len(refused) == PROCESSES * THREADS - 1 and set(refused) == {"already_decided"}
    ((state, _),) = found["adjustments"]
    moved = [entry for entry in found["entries"] if entry[0] == "adjustment"]
    assert moved == ([["adjustment", amount]] if state == "done" else [])
    assert found["balance"] == [100 + (amount if state == "done" else 0), 0] and found["bad"] == []


def test_the_same_adjustment_sent_by_all_is_one(deciders: Installation) -> None:
    deciders.run("prepare")
    assert race(deciders, "same_adjustment") == []
    found = deciders.run("outcome")
    assert found["adjustments"] == [["done", 7]] and found["balance"] == [107, 0] and found["bad"] == []
