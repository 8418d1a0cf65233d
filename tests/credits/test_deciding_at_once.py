"""Several people answer at the same moment, or a process dies while it answers: one answer holds, with one effect."""

import signal
from pathlib import Path
from typing import Any

import pytest

from rollcall.core import faults
from rollcall.credits import adjustments, packages
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


POINTS = [packages.GRANTED, adjustments.POSTED]


def test_every_fault_point_is_tested() -> None:
    assert sorted(POINTS) == sorted(
        name for name in faults.POINTS if name.startswith(("packages.", "adjustments."))
    )


@pytest.mark.parametrize(
    "point, passes", [(packages.GRANTED, 1), (adjustments.POSTED, 1), (adjustments.POSTED, 2)]
)
def test_killed_while_answering_and_told_again(deciders: Installation, point: str, passes: int) -> None:
    """Credits and what was said about them are there together or not at all; a retry has the effect once."""
    killed = deciders.start("story", faults=f"{point}=kill@{passes}")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    left = deciders.run("outcome")
    assert left["bad"] == []
    assert (left["state"] == "granted") == ("granted" in left["lines"]) == (left["granted"] == 600)
    for _ in range(2):
        told = deciders.run("story")
        assert told["bad"] == [] and told["balance"] == [604, 0]
        assert told["lines"] == ["sent", "quoted", "accepted", "granted"] and told["letters"] == 4
        assert told["adjustments"] == [["done", 7], ["done", -3]]
        assert told["entries"] == [["grant", 600], ["adjustment", 7], ["adjustment", -3]]
