"""Budgets under many at once and under kill -9: what is spent is never more, and what is counted is what was spent."""

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollcall.core import faults
from rollcall.credits import reservations
from tests.credits.installation import Installation

pytestmark = pytest.mark.slow

PROCESSES, THREADS = 4, 16
POINTS = [reservations.RESERVED, reservations.CONFIRMED, reservations.GIVEN_BACK]
# Points of the ledger that budgets lie between: killed there, neither side is kept alone.
AROUND = ["credits.capture.posted", "credits.hold.posted", "credits.refund.posted", "credits.release.posted"]


@pytest.fixture
def crowded(installation: Installation) -> Installation:
    return replace(installation, programs="tests.credits.budget_programs")


def _race(crowded: Installation, act: str, **given: Any) -> list[Any]:
    """64 threads in 4 processes, let go at once."""
    go = Path(crowded.home, "go")
    crowd = [
        crowded.start(act, first=number * THREADS, threads=THREADS, go=str(go), **given)
        for number in range(PROCESSES)
    ]
    go.touch()
    return [crowded.answer(process) for process in crowd]


@pytest.mark.parametrize("limit", [100, 0])
def test_g5_64_runs_against_a_budget_spend_exactly_that(crowded: Installation, limit: int) -> None:
    """Each wants 150, 100,000 credits are there; nothing is overspent, nothing left over, and 0 means 0."""
    crowded.run("prepare", amount=100_000, limit=limit)
    answers = _race(crowded, "own_people", wanted=150)
    assert sum(answer["charged"] for answer in answers) == limit
    found = crowded.run("standing")
    assert (found["bad"], found["charged"], found["open_holds"]) == ([], limit, 0)
    assert found["counters"] in ([["total", "workspace", limit, 0, limit, True]], [])


def test_g5_budgets_that_come_go_and_change_while_others_spend_count_every_credit(
    crowded: Installation,
) -> None:
    """A budget that begins between two charges of a hold counts the one before and the one after."""
    crowded.run("prepare", amount=100_000, limit=900)
    answers = _race(crowded, "spend_and_change")
    found = crowded.run("standing")
    assert (found["bad"], found["open_holds"]) == ([], 0)
    assert found["charged"] == sum(answer["charged"] for answer in answers) > 0
    assert found["counters"][0] == ["total", "workspace", found["charged"], 0, 900, True]
    for _, scope, used, reserved, _, is_live in found["counters"]:
        assert reserved == 0
        if is_live and scope == "workspace":
            assert used == found["charged"]


def test_every_fault_point_of_budgets_is_tested() -> None:
    assert sorted(POINTS) == sorted(name for name in faults.POINTS if name.startswith("budgets."))


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("point", [*POINTS, *AROUND])
def test_killed_within_a_budget_and_told_again(crowded: Installation, point: str, passes: int) -> None:
    killed = crowded.start("story", faults=f"{point}=kill@{passes}")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    after = crowded.run("story_after_a_crash")
    assert after["left"] == [] and after["found"]["bad"] == [] and after["same"]
    assert after["told"] == {"counters": [["", 17, 0], ["seg_4", 16, 0], ["", 17, 0]], "refused": True}
    assert after["found"]["charged"] == 18
