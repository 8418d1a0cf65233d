"""kill -9 at every fault point of automations and approvals, and many at once: all or nothing (E7)."""

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollcall.core import faults
from rollcall.personas import approvals, automatic
from tests.credits.installation import Installation
from tests.personas.test_many_search_at_once import race

assert approvals and automatic  # they declare the points
LOOKING = sorted(name for name in faults.POINTS if name.startswith("personas.automation."))
DECIDING = sorted(name for name in faults.POINTS if name.startswith("personas.approval."))
OF_STARTS = ["personas.start.held", "credits.hold.posted"]
PROGRAMS = "tests.personas.programs_automatic"
PAST_THE_LEASE = 301
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spends_once(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """30 people at companies that joined, an allowance of 20 credits a day; made once."""
    made = replace(template.copy(tmp_path_factory.mktemp("spends")), programs=PROGRAMS)
    made.run("prepare", credits_per_day=20)
    return made


@pytest.fixture(scope="module")
def asks_once(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The same, asking first; it has asked."""
    made = replace(template.copy(tmp_path_factory.mktemp("asks")), programs=PROGRAMS)
    made.run("prepare", credits_per_day=0)
    made.run("look")
    return made


@pytest.fixture
def spends(spends_once: Installation, tmp_path: Path) -> Installation:
    return spends_once.copy(tmp_path)


@pytest.fixture
def asks(asks_once: Installation, tmp_path: Path) -> Installation:
    return asks_once.copy(tmp_path)


def proven(crowd: Installation) -> Any:
    found = crowd.run("check")
    assert found["bad"] == [] and found["open_holds"] == 0 and found["reserved"] == 0
    assert found["claims"] == found["contacts"] == found["charged"]
    return found


def test_every_fault_point_is_known() -> None:
    assert len(LOOKING) == 5 and len(DECIDING) == 3


@pytest.mark.parametrize("point", [*LOOKING, *OF_STARTS])
def test_e7_a_worker_killed_while_it_looks(spends: Installation, point: str) -> None:
    """20 are bought, once, and 10 are asked about, once; whoever looks next goes on from there."""
    killed = spends.start("look", faults=f"{point}=kill")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL, f"{point} was never passed"
    spends.run("look", ahead=PAST_THE_LEASE)
    spends.run("look", ahead=2 * PAST_THE_LEASE)
    found = proven(spends)
    assert (found["charged"], found["used"], found["runs"]) == (20, 20, {"done": 1})
    assert (found["approvals"], found["asked"]) == ({"waiting": 1}, [10])
    assert (found["letters"], found["lines"]["automation_waits"]) == (1, 1)


@pytest.mark.parametrize("point", [*DECIDING, *OF_STARTS])
def test_e7_whoever_approves_loses_the_answer_and_asks_again(asks: Installation, point: str) -> None:
    killed = asks.start("approve", faults=f"{point}=kill")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL, f"{point} was never passed"
    assert asks.run("approve", ahead=31)["state"] == "approved"
    found = proven(asks)
    assert (found["charged"], found["runs"], found["approvals"]) == (30, {"done": 1}, {"approved": 1})
    assert found["used"] == 0, "it is the approver's, not the allowance's"


def test_e7_32_workers_find_the_same_automation_due(spends: Installation) -> None:
    race(spends, "look_at_once", processes=2)
    found = proven(spends)
    assert (found["charged"], found["used"], found["run_count"]) == (20, 20, 1)
    assert (found["approvals"], found["asked"]) == ({"waiting": 1}, [10])
    assert (found["letters"], found["lines"]["automation_waits"]) == (1, 1)


def test_e7_32_people_answer_at_once(asks: Installation) -> None:
    """One of them decided; everybody else is told so, or shares the answer of the key."""
    answers = race(asks, "decide_at_once", processes=2)
    outcomes: dict[str, int] = {}
    for answer in answers:
        for outcome, count in answer["outcomes"].items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
    asks.run("look", ahead=31)
    found = proven(asks)
    if found["approvals"] == {"approved": 1}:
        assert (found["run_count"], found["charged"]) == (1, 30)
        assert outcomes in (
            {"approved 1": 16, "already_decided": 16},
            {"approved 1": 1, "already_decided": 31},
        )
    else:
        assert found["approvals"] == {"declined": 1} and (found["run_count"], found["charged"]) == (0, 0)
        assert outcomes == {"declined None": 8, "already_decided": 24}
