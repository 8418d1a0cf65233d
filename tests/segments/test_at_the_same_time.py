"""Several people and workers at once: one outcome, counts that are right, no circle, no deadlock."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from rollcall.core import transactions
from rollcall.core.errors import RollcallError
from rollcall.segments import definitions, membership, schedule
from rollcall.segments.models import Member, Reference, Segment, SegmentContact
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.segments import world
from tests.segments.conftest import ENERGY, Make

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread of its own, started together; expected failures are outcomes too."""
    barrier, outcomes = threading.Barrier(len(works)), [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=20)
            outcomes[number] = patiently(work)
        except Exception as error:
            outcomes[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, RollcallError):
            raise outcome
    return outcomes


def patiently(work: Callable[[], Any]) -> Any:
    """SQLite's in-memory test database refuses a second reader or writer where the real one makes it wait."""
    for _ in range(200):
        try:
            return work()
        except OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.02)
    raise AssertionError("locked for ever")


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    connection.close()


def test_s6_two_halves_of_a_circle(make: Make, workspace: Workspace, actor: Actor, now: datetime) -> None:
    """S6: each edit alone is fine; together they would be a circle, so one of them is refused."""
    for number in range(ROUNDS):
        a, b = make(f"A{number}", ENERGY), make(f"B{number}", ENERGY)

        def name(one: Segment, other: Segment) -> Callable[[], Any]:
            definition = {"everything": True, "exclude_segments": [other.pk]}
            who = {"workspace": workspace, "segment_id": one.pk, "actor": actor, "now": now}
            return lambda: definitions.update(definition=definition, **who)  # type: ignore[arg-type]

        outcomes = at_once(name(a, b), name(b, a))
        assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
        assert Reference.objects.filter(segment__in=[a, b]).count() == 1


def test_one_name_goes_to_one_of_many(make: Make) -> None:
    outcomes = at_once(*[lambda: make("Same", ENERGY)] * 4)
    refused = [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)]
    assert refused == [definitions.NameTaken] * 3
    assert Segment.objects.get().company_count == 3


def test_many_refresh_one_segment(make: Make, workspace: Workspace, actor: Actor, now: datetime) -> None:
    segment = make("Energy", ENERGY)
    world.load(world.later(world.FIRST.with_("fir.io", sector="Energy")), now)
    who = {"workspace": workspace, "segment_id": segment.pk, "actor": actor, "now": now}
    outcomes = at_once(*[lambda: membership.refresh(**who)] * 4)  # type: ignore[arg-type]
    assert sorted(done.joined for done in outcomes) == [0, 0, 0, 1]
    segment.refresh_from_db()
    assert segment.company_count == Member.objects.filter(left_at__isnull=True).count() == 4


def test_workers_share_the_due_segments(make: Make, now: datetime) -> None:
    """Each due segment is refreshed, and once."""
    segments = [make(f"S{number}", ENERGY, "dynamic") for number in range(6)]
    world.load(world.later(world.FIRST.with_("fir.io", sector="Energy")), now)

    if connection.vendor != "postgresql":
        pytest.skip(
            "what this in-memory database refuses in the middle of a step stays leased for ten minutes"
        )

    def worker() -> int:
        return sum(schedule.refresh_due(now=now + timedelta(minutes=1)) for _ in range(10))

    assert sum(at_once(worker, worker, worker)) == 6
    assert all(len(membership.company_ids(segment=segment)) == 4 for segment in segments)


def test_the_same_people_by_several_runs(
    make: Make, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """Placed once each, whoever was first; the count is right and nobody deadlocks."""
    segment, everyone = make("Energy", ENERGY), make("All", {"everything": True})
    contact_ids = list(world.own(workspace, everyone, actor, now).contact_ids.values())

    def run(order: int) -> Callable[[], int]:
        def work() -> int:
            return membership.place(segment=segment, contact_ids=contact_ids[::order], now=now)

        return lambda: transactions.run(work)

    assert sum(at_once(*[run(1), run(-1)] * 3)) == len(contact_ids) == 27
    segment.refresh_from_db()
    assert segment.contact_count == SegmentContact.objects.filter(segment=segment).count() == 27


def test_taken_out_by_many_is_taken_out_once(
    make: Make, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    segment = make("Energy", ENERGY)
    contact_id = min(world.own(workspace, segment, actor, now).contact_ids.values())
    who = {"workspace": workspace, "segment_id": segment.pk, "actor": actor, "now": now}
    outcomes = at_once(*[lambda: membership.remove_contact(contact_id=contact_id, **who)] * 4)  # type: ignore[arg-type]
    assert outcomes == [None] * 4
    segment.refresh_from_db()
    assert segment.contact_count == 8


def test_an_edit_rolled_back_leaves_no_trace(
    make: Make, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    segment = make("Energy", ENERGY)
    who = {"workspace": workspace, "segment_id": segment.pk, "actor": actor, "now": now}
    with pytest.raises(RuntimeError), transaction.atomic():
        definitions.update(definition={"everything": True}, **who)  # type: ignore[arg-type]
        raise RuntimeError
    segment.refresh_from_db()
    assert (segment.revision, segment.company_count) == (1, 3)
    assert len(membership.company_ids(segment=segment)) == 3
