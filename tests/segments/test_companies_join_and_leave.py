"""Membership over time: static and dynamic segments, history with reasons, both orders of pages (S3, S4, F1)."""

from datetime import datetime, timedelta

import pytest

from rollcall.core import jobs
from rollcall.segments import definitions, membership, schedule
from rollcall.segments.membership import CompanyStay
from rollcall.segments.models import Event, Member, Segment
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.segments import world
from tests.segments.conftest import ENERGY, Make

DAY = timedelta(days=1)


def stays(segment: Segment, *, historical: bool = False) -> list[CompanyStay]:
    found: list[CompanyStay] = []
    cursor = None
    for _ in range(100):
        page = membership.companies(
            workspace=segment.workspace, segment_id=segment.pk, cursor=cursor, limit=2, historical=historical
        )
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("pages without end")


def domains(segment: Segment, *, historical: bool = False) -> list[str]:
    return [stay.facts["domain"] for stay in stays(segment, historical=historical)]


def the_world_changes(now: datetime, *, month: int = 8) -> int:
    """Cedar leaves energy for food; Fir joins it."""
    changed = world.FIRST.with_("cedar.co.uk", sector="Food").with_("fir.io", sector="Energy")
    return world.load(world.later(changed, month=month), now)


def sweep(now: datetime, limit: int = 50) -> int:
    for done in range(limit):
        if not schedule.refresh_due(now=now):
            return done
    raise AssertionError("sweeps without end")


def test_it_works(energy: Segment, workspace: Workspace, actor: Actor, now: datetime) -> None:
    """S4: joined, left and why are kept."""
    version = the_world_changes(now + DAY)
    done = membership.refresh(workspace=workspace, segment_id=energy.pk, actor=actor, now=now + DAY)
    assert done == membership.Refreshed(joined=1, left=1, total=3)
    assert domains(energy) == ["alder.com", "birch.com", "fir.io"]
    [left] = stays(energy, historical=True)
    assert (left.facts["domain"], left.joined_at, left.joined_why) == ("cedar.co.uk", now, "created")
    assert (left.left_at, left.left_why) == (now + DAY, "no longer matches (refreshed by hand)")
    energy.refresh_from_db()
    assert (energy.company_count, energy.universe_version, energy.refreshed_at) == (3, version, now + DAY)
    event = Event.objects.latest("id")
    assert event.detail == {
        "joined": 1,
        "left": 1,
        "total": 3,
        "why": "refreshed by hand",
        "version": version,
    }


def test_twice_changes_nothing(energy: Segment, workspace: Workspace, actor: Actor, now: datetime) -> None:
    the_world_changes(now + DAY)
    for expected in (1, 0):
        done = membership.refresh(workspace=workspace, segment_id=energy.pk, actor=actor, now=now + DAY)
        assert (done.joined, done.left, done.total) == (expected, expected, 3)
    assert Member.objects.count() == 4
    assert Event.objects.filter(kind="companies_changed").count() == 2


def test_s4_who_comes_back_begins_a_new_stay(
    energy: Segment, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """S4: the former stay is kept beside the new one."""
    the_world_changes(now + DAY)
    membership.refresh(workspace=workspace, segment_id=energy.pk, actor=actor, now=now + DAY)
    world.load(world.later(world.FIRST, month=9), now + DAY)
    membership.refresh(workspace=workspace, segment_id=energy.pk, actor=actor, now=now + 2 * DAY)
    assert domains(energy) == ["alder.com", "birch.com", "cedar.co.uk"]
    assert domains(energy, historical=True) == ["fir.io", "cedar.co.uk"], "last to leave first"
    [first, second] = Member.objects.filter(company_id=stays(energy)[-1].company_id).order_by("id")
    assert (first.left_at, second.joined_at, second.left_at) == (now + DAY, now + 2 * DAY, None)


def test_s3_static_segments_change_by_hand_only(energy: Segment, now: datetime) -> None:
    """S3: neither a new version nor a day changes them."""
    the_world_changes(now)
    assert sweep(now + 3 * DAY) == 0
    assert domains(energy) == ["alder.com", "birch.com", "cedar.co.uk"]


def test_s3_dynamic_segments_follow_each_version(make: Make, now: datetime) -> None:
    """S3, F1: companies join and leave by themselves, once per version."""
    segment = make("Energy", ENERGY, "dynamic")
    assert sweep(now) == 0
    version = the_world_changes(now)
    assert sweep(now) == 1
    assert domains(segment) == ["alder.com", "birch.com", "fir.io"]
    assert stays(segment)[-1].joined_why == f"universe v{version}"
    assert stays(segment, historical=True)[0].left_why == f"no longer matches (universe v{version})"
    assert Event.objects.latest("id").actor_label == "Rollcall"
    assert sweep(now) == 0


def test_s3_dynamic_segments_are_looked_at_daily(make: Make, now: datetime) -> None:
    """S3"""
    segment = make("Energy", ENERGY, "dynamic")
    assert [sweep(now + DAY / 2), sweep(now + DAY), sweep(now + DAY), sweep(now + 2 * DAY)] == [0, 1, 0, 1]
    segment.refresh_from_db()
    assert (segment.refreshed_at, segment.due_at) == (now + 2 * DAY, now + 3 * DAY)


def test_s3_a_change_goes_through_a_chain(make: Make, now: datetime) -> None:
    """S3: who names a segment is looked at after it, whatever the order in which they were made."""
    last = make("Last", {"everything": True}, "dynamic")
    middle = make("Middle", {"everything": True}, "dynamic")
    energy = make("Energy", ENERGY, "dynamic")
    who = {"workspace": energy.workspace, "actor": Actor("usr_1", "A"), "now": now}
    not_energy = {"everything": True, "exclude_segments": [energy.pk]}
    definitions.update(segment_id=middle.pk, definition=not_energy, **who)  # type: ignore[arg-type]
    lines = {"items": [{"field": "segment", "op": "is_none_of", "value": [f"seg_{middle.pk}"]}]}
    definitions.update(segment_id=last.pk, definition={"where": lines}, **who)  # type: ignore[arg-type]
    the_world_changes(now)
    sweep(now)
    assert domains(last) == domains(energy) == ["alder.com", "birch.com", "fir.io"]
    assert "cedar.co.uk" in domains(middle)


def test_an_edit_by_hand_wakes_dynamic_segments_that_name_it(
    make: Make, energy: Segment, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    rest = make("Rest", {"everything": True, "exclude_segments": [energy.pk]}, "dynamic")
    assert sweep(now) == 0
    definitions.update(
        workspace=workspace,
        segment_id=energy.pk,
        definition={"include_domains": "elm.de"},
        actor=actor,
        now=now,
    )
    assert sweep(now) == 1
    assert "elm.de" not in domains(rest) and "alder.com" in domains(rest)


def test_a_segment_made_dynamic_is_due_at_once(
    energy: Segment, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    the_world_changes(now)
    definitions.update(workspace=workspace, segment_id=energy.pk, kind="dynamic", actor=actor, now=now)
    assert sweep(now) == 1
    assert "fir.io" in domains(energy)
    definitions.update(workspace=workspace, segment_id=energy.pk, kind="static", actor=actor, now=now)
    assert sweep(now + 9 * DAY) == 0


def test_a_segment_that_fails_is_noted_and_does_not_block_others(make: Make, now: datetime) -> None:
    """The stored definition of one can no longer be read: it waits an hour, the other is refreshed."""
    broken, fine = make("Broken", ENERGY, "dynamic"), make("Fine", ENERGY, "dynamic")
    lines = {"items": [{"field": "mood", "op": "is", "value": "good"}]}
    Segment.objects.filter(pk=broken.pk).update(definition={"where": lines})
    the_world_changes(now)
    assert sweep(now) == 2
    assert domains(fine) == ["alder.com", "birch.com", "fir.io"]
    failed = Event.objects.get(kind="refresh_failed")
    assert failed.segment == broken and "mood" in failed.detail["problem"]
    assert [sweep(now + DAY / 48), sweep(now + DAY / 24)] == [0, 1]


def test_a_leased_segment_is_left_to_its_worker(make: Make, now: datetime) -> None:
    segment = make("Energy", ENERGY, "dynamic")
    the_world_changes(now)
    Segment.objects.filter(pk=segment.pk).update(lease_until=now + schedule.LEASE)
    assert [sweep(now), sweep(now + schedule.LEASE)] == [0, 1]


def test_deleted_segments_are_left_alone(
    make: Make, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    segment = make("Energy", ENERGY, "dynamic")
    definitions.delete(workspace=workspace, segment_id=segment.pk, actor=actor, now=now)
    the_world_changes(now)
    assert sweep(now + DAY) == 0


def test_workers_know_the_sweeps() -> None:
    assert {"segments.dynamic", "segments.follow_contacts"} <= jobs.SWEEPS.keys()


def test_pages_are_the_members_in_order(make: Make) -> None:
    segment = make("All", {"everything": True, "order_by": "employees"})
    ids = [stay.company_id for stay in stays(segment)]
    assert ids == membership.company_ids(segment=segment)
    assert [stay.facts["employees"] for stay in stays(segment)] == [
        15,
        60,
        60,
        120,
        800,
        4000,
        7000,
        90000,
        None,
    ]


def test_a_new_order_moves_everyone(make: Make, workspace: Workspace, actor: Actor, now: datetime) -> None:
    segment = make("All", {"everything": True})
    before = set(Member.objects.values_list("id", flat=True))
    definition = {"everything": True, "descending": True}
    definitions.update(
        workspace=workspace, segment_id=segment.pk, definition=definition, actor=actor, now=now
    )
    assert domains(segment)[-2:] == ["alder.com", "ivy.bank"]
    assert set(Member.objects.values_list("id", flat=True)) == before, "nobody left to come back"


@pytest.mark.parametrize("size", [0, 1, 25])
def test_many_at_once_in_batches(
    make: Make, monkeypatch: pytest.MonkeyPatch, actor: Actor, now: datetime, size: int
) -> None:
    """Batches of ten: the difference is right whatever its size, and so are the counts."""
    monkeypatch.setattr("rollcall.segments.stays.BATCH", 10)
    segment = make("All", {"everything": True})
    for ids in (range(1, 1 + size), range(31, 8, -1), range(9, 40, 2), []):
        given = {"version": 1, "actor": actor, "now": now, "why": "x"}
        done = membership.apply(segment=segment, company_ids=list(ids), **given)  # type: ignore[arg-type]
        segment.refresh_from_db()
        assert membership.company_ids(segment=segment) == list(ids)
        assert segment.company_count == done.total == len(ids)
    assert Member.objects.filter(segment=segment, left_at__isnull=True).count() == 0
