"""Stopping a search: within one batch, whatever the worker does."""

from collections.abc import Callable
from typing import Any

import pytest

from rollcall.contacts import acquisition
from rollcall.personas import carrying, endings, runs
from rollcall.workspaces.models import AuditEntry
from tests.personas.world import World, prove


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "CHUNK", 10)


def stop(world: World, run_id: int, seconds: float = 0) -> runs.Run:
    return runs.stop(workspace=world.workspace, run_id=run_id, actor=world.actor, now=world.later(seconds))


def during_the_next_batch(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """`act` once, when the worker has read the universe for a batch and has not opened its transaction."""
    position_rows = carrying.search.position_rows
    todo = [act]

    def read(**asked: Any) -> Any:
        found = position_rows(**asked)
        if todo:
            todo.pop()()
        return found

    monkeypatch.setattr(carrying.search, "position_rows", read)


def test_a_queued_search_ends_at_once(world: World) -> None:
    """No worker is needed for the credits to come back."""
    run = world.start(world.quote(world.segment(), world.persona()))
    assert world.balance() == (952, 48)
    stopped = stop(world, run.pk)
    assert (stopped.state, stopped.charged) == ("stopped", 0)
    assert world.balance() == (1000, 0)
    assert runs.carry_out(run_id=run.pk, now=world.later(60)).state == "stopped"
    assert world.claims() == 0
    prove(world)


def test_e5_a_running_search_stops_within_one_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is between two batches: it writes none of the second, and the rest of the hold is back already."""
    run = world.start(world.quote(world.segment(), world.persona()))
    runs.carry_out(run_id=run.pk, now=world.now, seconds_max=-1)
    stopped: list[runs.Run] = []
    during_the_next_batch(monkeypatch, lambda: stopped.append(stop(world, run.pk, 1)))
    late = runs.carry_out(run_id=run.pk, now=world.later(1))
    assert stopped == [late]
    assert (late.state, late.charged, late.people_done) == ("stopped", 10, 10)
    assert world.balance() == (990, 0)
    prove(world)


def test_a_search_whose_worker_died_stops_at_once(world: World) -> None:
    """Nobody waits for the lease of the dead."""
    run = world.start(world.quote(world.segment(), world.persona()))
    runs.carry_out(run_id=run.pk, now=world.now, seconds_max=-1)
    assert carrying.leases.take(run_id=run.pk, now=world.now) is not None
    assert stop(world, run.pk, 1).state == "stopped"
    assert world.balance() == (990, 0)
    assert runs.carry_out(run_id=run.pk, now=world.later(60)).state == "stopped"
    prove(world)


def test_a_search_that_waits_after_a_failure_stops_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = world.start(world.quote(world.segment(), world.persona()))
    monkeypatch.setattr(carrying, "_name_personas", _broken)
    assert runs.carry_out(run_id=run.pk, now=world.now).problem == "RuntimeError"
    assert stop(world, run.pk, 1).state == "stopped"
    assert world.balance() == (1000, 0)
    prove(world)


def test_stopping_twice_or_after_the_end_changes_nothing(world: World) -> None:
    run = world.search(world.segment(), world.persona())
    assert stop(world, run.pk).state == "done"
    assert not AuditEntry.objects.filter(action="run.stopped").exists()
    queued = world.start(world.quote(world.segment("B"), world.persona("B")))
    assert stop(world, queued.pk) == stop(world, queued.pk)
    assert AuditEntry.objects.filter(action="run.stopped").count() == 1
    prove(world)


def test_stop_racing_the_finish(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All people are added and the stop comes before the end is written: the run is done, and ends once."""
    run = world.start(world.quote(world.segment(), world.persona()))
    end, answers = endings.end, []

    def stop_first(**how: Any) -> None:
        monkeypatch.undo()
        answers.append(stop(world, run.pk).state)
        end(**how)

    monkeypatch.setattr(endings, "end", stop_first)
    done = runs.carry_out(run_id=run.pk, now=world.now)
    assert answers == ["done"] and (done.state, done.charged) == ("done", 48)
    assert world.balance() == (952, 0)
    prove(world)


def test_a_stopped_search_can_be_made_again(world: World) -> None:
    segment, everybody = world.segment(), world.persona()
    run = world.start(world.quote(segment, everybody))
    runs.carry_out(run_id=run.pk, now=world.now, seconds_max=-1)
    stop(world, run.pk)
    again = world.quote(segment, everybody)
    assert (again.owned, again.credits_max) == (10, 38)
    world.search(segment, everybody)
    assert world.claims() == 48 and world.balance() == (952, 0)
    prove(world)


def test_a_batch_that_fails_charges_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invariant 3: contacts and charge are one transaction with the segment's row."""
    run = world.start(world.quote(world.segment(), world.persona()))
    monkeypatch.setattr(carrying, "_name_personas", _broken)
    failed = runs.carry_out(run_id=run.pk, now=world.now)
    assert (failed.state, failed.problem, failed.attempts, failed.charged) == (
        "running",
        "RuntimeError",
        1,
        0,
    )
    assert world.claims() == 0 and world.balance() == (952, 48)
    monkeypatch.undo()
    assert runs.carry_out(run_id=run.pk, now=world.later(3)).state == "running", (
        "it waits before it tries again"
    )
    done = runs.carry_out(run_id=run.pk, now=world.later(5))
    assert (done.state, done.charged, done.problem, done.attempts) == ("done", 48, "", 0)
    prove(world)


def test_a_search_that_fails_five_times_is_parked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts grow on every claim; what exceeds them is shown, and its hold comes back."""
    run = world.start(world.quote(world.segment(), world.persona()))
    runs.carry_out(run_id=run.pk, now=world.now, seconds_max=-1)
    monkeypatch.setattr(carrying, "_name_personas", _broken)
    states = [runs.carry_out(run_id=run.pk, now=world.later(100 * n)).state for n in range(1, 6)]
    assert states == ["running"] * 4 + ["failed"]
    parked = runs.get(workspace=world.workspace, run_id=run.pk)
    assert (parked.problem, parked.charged, parked.attempts) == ("RuntimeError", 10, 5)
    assert world.balance() == (990, 0)
    assert runs.carry_out(run_id=run.pk, now=world.later(1000)).state == "failed"
    prove(world)


def test_a_search_that_kills_its_worker_five_times_is_parked(world: World) -> None:
    """Nobody lived to say why: the sixth worker parks it."""
    run = world.start(world.quote(world.segment(), world.persona()))
    for n in range(5):
        assert carrying.leases.take(run_id=run.pk, now=world.later(100 * n)) is not None
    parked = runs.carry_out(run_id=run.pk, now=world.later(500))
    assert parked.state == "failed" and "five times" in parked.problem
    assert world.balance() == (1000, 0)
    prove(world)


def _broken(*_: Any) -> None:
    raise RuntimeError("Person 01234 broke it")


def test_a_problem_names_no_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = world.start(world.quote(world.segment(), world.persona()))
    monkeypatch.setattr(acquisition, "add", _broken)
    assert "Person" not in runs.carry_out(run_id=run.pk, now=world.now).problem
