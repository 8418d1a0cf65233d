"""Two workers and one search: the lease says who writes, the fence makes sure of it."""

from collections.abc import Callable
from typing import Any

import pytest

from rollcall.personas import carrying, endings, leases, runs
from rollcall.personas.models import Run, RunChunk
from tests.personas.world import World, prove


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "CHUNK", 10)


@pytest.fixture
def run(world: World) -> Run:
    return world.start(world.quote(world.segment(), world.persona()))


def pause(
    monkeypatch: pytest.MonkeyPatch, room: Any, name: str, then: Callable[[], Any], nth: int = 1
) -> None:
    """On the nth call of `room.name` the worker sleeps while `then` happens, and goes on as if nothing were."""
    original, calls = getattr(room, name), [0]

    def call(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == nth:
            then()
        return original(*args, **kwargs)

    monkeypatch.setattr(room, name, call)


def whole(world: World, run: Run) -> None:
    done = runs.get(workspace=world.workspace, run_id=run.pk)
    assert (done.state, done.people_done, done.charged) == ("done", 48, 48)
    assert list(RunChunk.objects.filter(run=run).order_by("number").values_list("number", "fresh")) == [
        (1, 10), (2, 10), (3, 10), (4, 10), (5, 8),
    ]  # fmt: skip
    assert world.claims() == 48 and world.balance() == (952, 0)
    prove(world)


def test_a_live_lease_is_respected(world: World, run: Run) -> None:
    assert leases.take(run_id=run.pk, now=world.now) is not None
    assert runs.carry_out(run_id=run.pk, now=world.later(29.9)).people_done == 0
    assert leases.take(run_id=run.pk, now=world.later(29.9)) is None
    runs.carry_out(run_id=run.pk, now=world.later(30))
    whole(world, run)


@pytest.mark.parametrize("nth", [1, 3, 5])
def test_a_worker_that_lost_its_lease_writes_nothing(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """It sleeps between two batches for more than 30 seconds; another one does the rest."""
    takeovers: list[Run] = []
    other = lambda: takeovers.append(runs.carry_out(run_id=run.pk, now=world.later(31)))  # noqa: E731
    pause(monkeypatch, carrying.search, "position_rows", other, nth)
    late = runs.carry_out(run_id=run.pk, now=world.now)
    assert [taken.state for taken in takeovers] == ["done"]
    assert (late.state, late.fence, late.problem) == ("done", 2, "")
    whole(world, run)


@pytest.mark.parametrize("room", [(carrying.search, "position_rows"), (endings, "end")], ids=["batch", "end"])
def test_the_fence_alone_stops_it(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch, room: tuple[Any, str]
) -> None:
    """The other has taken the lease and done nothing yet: no count of people gives the late one away."""
    pause(monkeypatch, *room, lambda: leases.take(run_id=run.pk, now=world.later(31)))
    late = runs.carry_out(run_id=run.pk, now=world.now)
    assert (late.state, late.fence) == ("running", 2)
    assert late.people_done == world.claims() == (0 if room[1] == "position_rows" else 48)
    runs.carry_out(run_id=run.pk, now=world.later(62))
    whole(world, run)


def test_it_lost_the_lease_and_the_other_is_still_at_it(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The late one must not write the batch that the other has not reached yet, either."""
    other = lambda: runs.carry_out(run_id=run.pk, now=world.later(31), seconds_max=-1)  # noqa: E731
    pause(monkeypatch, carrying.search, "position_rows", other, 2)
    late = runs.carry_out(run_id=run.pk, now=world.now)
    assert (late.people_done, late.fence, late.state) == (20, 2, "running")
    runs.carry_out(run_id=run.pk, now=world.later(31))
    whole(world, run)


def test_it_wakes_up_to_end_a_run_that_has_ended(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause(monkeypatch, endings, "end", lambda: runs.carry_out(run_id=run.pk, now=world.later(31)))
    runs.carry_out(run_id=run.pk, now=world.now)
    whole(world, run)


def test_it_fails_after_it_lost_the_lease(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its failure is not written over the other one's success."""

    def other_then_fail() -> None:
        runs.carry_out(run_id=run.pk, now=world.later(31))
        raise RuntimeError("the disk went away")

    pause(monkeypatch, carrying.search, "position_rows", other_then_fail)
    assert runs.carry_out(run_id=run.pk, now=world.now).problem == ""
    whole(world, run)


def test_a_long_run_lets_others_have_their_turn(world: World, run: Run) -> None:
    """A slice ends after a batch; the lease is handed back and the run is due again, behind the others."""
    short = world.start(world.quote(world.segment("B"), world.persona("CEOs", titles=["CEO"])))
    runs.carry_out(run_id=run.pk, now=world.later(1), seconds_max=-1)
    due = Run.objects.filter(state__in=Run.ACTIVE, lease_until__lte=world.later(1)).order_by(
        "lease_until", "pk"
    )
    assert list(due) == [short, run]
    assert runs.get(workspace=world.workspace, run_id=run.pk).attempts == 0, (
        "a batch done is no failed attempt"
    )
