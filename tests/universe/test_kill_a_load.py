"""kill -9 of the worker in the middle of a load: another one goes on, and nothing is loaded twice."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from rollcall.core import faults
from rollcall.universe.loads import carrying
from tests.credits.installation import Installation, template

pytestmark = pytest.mark.slow

__all__ = ["template"]
assert carrying  # declares the fault points
ROWS = 1_200
DONE = {
    "state": "done", "version": 1, "versions": 1, "problem": "", "people": ROWS - 3, "rejected": 3,
}  # fmt: skip
# `taken` is passed by the check and by the load. What a load of files and publishing pass: their own tests kill there.
POINTS = {"universe.loads.taken": 2, "universe.loads.checked": 1, "universe.loads.published": 1}


@pytest.fixture(scope="module")
def prepared_once(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = replace(template.copy(tmp_path_factory.mktemp("asked")), programs="tests.universe.load_programs")
    made.run("prepare", rows=ROWS)
    return made


@pytest.fixture
def asked(prepared_once: Installation, tmp_path: Path) -> Installation:
    """A file whose check is asked for: a copy for one test."""
    return prepared_once.copy(tmp_path)


def test_every_fault_point_of_loads_is_tried() -> None:
    assert {name for name in faults.POINTS if name.startswith("universe.loads.")} == POINTS.keys()


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_another_worker_goes_on(asked: Installation, point: str) -> None:
    """Published once, also by whoever comes after a death between publishing and saying so."""
    killed = asked.start("work", faults=f"{point}=kill@{POINTS[point]}", lease_seconds=0.1)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL, f"{point} was never passed"
    assert asked.run("work", lease_seconds=60) == DONE | {"staged": 0}


def test_two_workers_at_once_load_it_once(asked: Installation) -> None:
    crowd = [asked.start("work", lease_seconds=60) for _ in range(2)]
    for worker in crowd:
        # One may end while the other still sweeps what was set aside.
        assert asked.answer(worker) | {"staged": 0} == DONE | {"staged": 0}
