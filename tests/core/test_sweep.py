"""Workers: every sweep again and again, a failing one never in the way of the others."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from rollcall.core import jobs


@pytest.fixture(autouse=True)
def _own_sweeps(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[None]:
    monkeypatch.setattr(jobs, "SWEEPS", {})
    monkeypatch.setattr(jobs, "RESTS_SECONDS", {})
    yield


def _counting(name: str, work: list[int], **options: Any) -> list[datetime]:
    """A sweep that does what is left in `work`, and notes when it was called."""
    calls: list[datetime] = []

    @jobs.sweep(name, **options)
    def function(*, now: datetime) -> int:
        calls.append(now)
        return work.pop() if work else 0

    return calls


def test_it_works() -> None:
    calls = _counting("a", [1, 1])
    assert jobs.run_all() == 2 and len(calls) == 3


def test_one_that_fails_is_paused_and_the_others_go_on() -> None:
    @jobs.sweep("broken")
    def broken(*, now: datetime) -> int:
        failures.append(now)
        raise RuntimeError("no such luck")

    failures: list[datetime] = []
    calls = _counting("whole", [1, 1])
    assert jobs.run_all() == 2 and len(calls) == 3 and len(failures) == 1


def test_housekeeping_rests_when_there_is_nothing_to_do() -> None:
    busy, resting = _counting("busy", [1, 1, 1]), _counting("resting", [], rest_seconds=600)
    jobs.run_all()
    assert len(busy) == 4 and len(resting) == 1


def test_a_worker_that_was_asked_to_stop_calls_nothing_more() -> None:
    worker = jobs.Worker()

    @jobs.sweep("first")
    def first(*, now: datetime) -> int:
        worker.stop_requested.set()
        return 1

    after = _counting("second", [1])
    worker.run()
    assert after == []


def test_a_lane_has_a_loop_of_its_own() -> None:
    """What waits for other machines holds up no search: a worker of one lane leaves the others alone."""
    inside, outside = _counting("inside", []), _counting("outside", [], lane=jobs.OUTSIDE)
    jobs.Worker(lane=jobs.INSIDE).run_once()
    assert (len(inside), len(outside)) == (1, 0)
    jobs.Worker(lane=jobs.OUTSIDE).run_once()
    assert (len(inside), len(outside)) == (1, 1)
    jobs.Worker().run_once()
    assert (len(inside), len(outside)) == (2, 2)
