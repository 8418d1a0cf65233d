"""kill -9 at every named fault point and at random: nothing lost, nothing twice, no hold left (E5)."""

import random
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollcall.core import faults
from tests.credits.installation import Installation

PEOPLE, CHUNK = 60, 13
ROOMS = (
    "personas.start.", "personas.carry.", "personas.batch.", "personas.end.", "contacts.acquisition.",
    "credits.capture.", "credits.hold.", "credits.release.",
)  # fmt: skip
POINTS = sorted(name for name in faults.POINTS if name.startswith(ROOMS))
# These are passed once a batch; the others once a run.
OF_BATCHES = [name for name in POINTS if name.split(".")[1] in ("batch", "acquisition", "capture")]
pytestmark = pytest.mark.slow


def owned_once(found: Any) -> None:
    """Everybody is owned and paid for once, and the books prove."""
    assert found["bad"] == [] and found["open_holds"] == 0
    assert (
        found["claims"]
        == found["contacts"]
        == found["charged"]
        == found["placed"]
        == found["named"]
        == PEOPLE
    )
    assert found["balance"] == [1000 - PEOPLE, 0]


@pytest.fixture(scope="module")
def prepared_once(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """60 new people and 1,000 credits, made once."""
    made = replace(template.copy(tmp_path_factory.mktemp("prepared")), programs="tests.personas.programs")
    made.run("prepare", companies=6, per_company=10, amount=1000)
    return made


@pytest.fixture
def prepared(prepared_once: Installation, tmp_path: Path) -> Installation:
    """A copy of it for one test."""
    return prepared_once.copy(tmp_path)


def test_every_fault_point_of_a_search_is_known() -> None:
    assert len([name for name in POINTS if name.startswith("personas.")]) == 10
    assert len(OF_BATCHES) == 8


@pytest.mark.parametrize(
    ("point", "nth"), [*((p, 1) for p in POINTS if "release" not in p), *((p, 3) for p in OF_BATCHES)]
)
def test_killed_at_a_fault_point_and_carried_on(prepared: Installation, point: str, nth: int) -> None:
    killed = prepared.start("search", faults=f"{point}=kill@{nth}", chunk=CHUNK, ahead=0)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL, f"{point} was never passed"
    # The lease of the dead worker has run out.
    again = prepared.start("search", chunk=CHUNK, ahead=31)
    out, _ = again.communicate()
    assert '"done"' in out
    found = prepared.run("check")
    owned_once(found)
    assert (found["runs"], found["batches"]) == ({"done": 1}, 5)


def test_killed_at_random_moments(prepared: Installation) -> None:
    """Whatever became of the killed run (five deaths without a batch park it), no credit is lost."""
    dice = random.Random(9)
    killed = 0
    for attempt in range(10):
        worker = prepared.start("search", chunk=1, ahead=attempt * 40)
        assert worker.line() == "working\n"
        time.sleep(dice.uniform(0.05, 1.0))
        worker.kill()
        worker.communicate()
        killed += worker.returncode == -signal.SIGKILL
        found = prepared.run("check")
        assert found["bad"] == [] and found["claims"] == found["contacts"] == found["charged"]
        if found["runs"].keys() <= {"done", "failed"}:
            break
    assert killed > 0
    prepared.run("search_for_the_rest", chunk=CHUNK, ahead=10 * 40)
    owned_once(prepared.run("check"))
