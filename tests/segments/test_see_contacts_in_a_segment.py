"""Contacts in a segment: placed, taken out, put back, in three orders, filtered, at any depth."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from rollcall.contacts import refresh
from rollcall.contacts.book import ContactFilters, UnknownSort
from rollcall.contacts.models import Contact
from rollcall.core import rows
from rollcall.core.paging import BadCursor
from rollcall.segments import definitions, membership, placements, schedule
from rollcall.segments.models import Event, Segment, SegmentContact
from rollcall.segments.placing import NotInSegment
from rollcall.segments.register import NoSuchSegment
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.segments import world
from tests.segments.conftest import Make

DAY = timedelta(days=1)


@pytest.fixture
def owned(energy: Segment, workspace: Workspace, actor: Actor, now: datetime) -> Segment:
    """Nine contacts: three at each of three companies."""
    world.own(workspace, energy, actor, now)
    energy.refresh_from_db()
    return energy


def everybody(segment: Segment, **asked: Any) -> list[Contact]:
    found: list[Contact] = []
    cursor = None
    for _ in range(100):
        page = placements.page(
            workspace=segment.workspace, segment_id=segment.pk, cursor=cursor, limit=2, **asked
        )
        found += [placed.contact for placed in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("pages without end")


def take_out(segment: Segment, contact: Contact, actor: Actor, now: datetime) -> None:
    membership.remove_contact(
        workspace=segment.workspace, segment_id=segment.pk, contact_id=contact.pk, actor=actor, now=now
    )


def test_it_works(owned: Segment, now: datetime) -> None:
    assert owned.contact_count == 9
    page = placements.page(workspace=owned.workspace, segment_id=owned.pk, limit=4)
    assert len(page.items) == 4 and page.next_cursor
    assert all(
        placed.was_charged and placed.added_at == now and not placed.removed_at for placed in page.items
    )
    assert all(
        placed.contact.source == "little_world" and placed.contact.last_seen_on for placed in page.items
    )


@pytest.mark.parametrize("sort", ["newest", "name", "-name", "company", "-company"])
def test_each_order_shows_everybody_once(owned: Segment, sort: str) -> None:
    found = everybody(owned, sort=sort)
    keys: dict[str, Any] = {
        "newest": lambda c: -c.pk,
        "name": lambda c: (c.name_key, c.pk),
        "company": lambda c: (c.company_key, c.pk),
    }
    wanted = sorted(Contact.objects.all(), key=keys[sort.removeprefix("-")], reverse=sort.startswith("-"))
    assert [c.pk for c in found] == [c.pk for c in wanted]


def test_bad_sort_and_cursor(owned: Segment) -> None:
    who = {"workspace": owned.workspace, "segment_id": owned.pk}
    with pytest.raises(UnknownSort, match="age"):
        placements.page(**who, sort="age")
    cursor = placements.page(**who, sort="name", limit=1).next_cursor
    for bad in (cursor, "x", "e30"):
        with pytest.raises(BadCursor):
            placements.page(**who, sort="company", cursor=bad)


def test_ownership(owned: Segment, other_workspace: Workspace, actor: Actor, now: datetime) -> None:
    """Invariant 8"""
    who = {"workspace": other_workspace, "segment_id": owned.pk}
    with pytest.raises(NoSuchSegment):
        placements.page(**who)
    with pytest.raises(NoSuchSegment):
        placements.count(**who)
    contact = Contact.objects.earliest("id")
    with pytest.raises(NoSuchSegment):
        membership.remove_contact(**who, contact_id=contact.pk, actor=actor, now=now)
    assert placements.of_contact(workspace=other_workspace, contact_id=contact.pk) == []
    assert membership.follow_contacts(workspace=other_workspace) == 0


def test_filters_are_those_of_the_contact_book(owned: Segment) -> None:
    chiefs = ContactFilters(seniorities=["c_suite"])
    assert {c.title for c in everybody(owned, filters=chiefs)} == {"Chief Executive Officer"}
    assert len(everybody(owned, sort="name", filters=ContactFilters(text="öz alder"))) == 1
    assert everybody(owned, filters=ContactFilters(is_former=True)) == []
    who = {"workspace": owned.workspace, "segment_id": owned.pk}
    assert placements.count(**who, filters=chiefs) == 3
    assert placements.count(**who) == 9


def test_a_room_above_may_narrow_by_its_own_query(owned: Segment) -> None:
    some = Contact.objects.filter(name_key__startswith="bo").values("id")
    assert len(everybody(owned, sort="company", contact_ids_in=some)) == 3
    assert placements.count(workspace=owned.workspace, segment_id=owned.pk, contact_ids_in=some) == 3


def test_adding_twice_is_adding_once(owned: Segment, now: datetime) -> None:
    again = [contact.pk for contact in everybody(owned)] * 2
    assert membership.place(segment=owned, contact_ids=again, now=now + DAY) == 0
    assert membership.place(segment=owned, contact_ids=[], now=now) == 0
    owned.refresh_from_db()
    assert owned.contact_count == 9
    assert all(row.was_charged and row.added_at == now for row in SegmentContact.objects.all())


def test_only_contacts_of_the_workspace_are_placed(
    owned: Segment, make: Make, other_workspace: Workspace, now: datetime
) -> None:
    """Invariant 8: the ids of another workspace's contacts, or of nobody, place nobody."""
    theirs = make("Theirs", workspace=other_workspace)
    ids_ = [contact.pk for contact in everybody(owned)]
    assert membership.place(segment=theirs, contact_ids=[*ids_, 10**15], now=now) == 0
    theirs.refresh_from_db()
    assert (theirs.contact_count, SegmentContact.objects.filter(segment=theirs).count()) == (0, 0)


def test_c3_taken_out_and_put_back(owned: Segment, actor: Actor, now: datetime) -> None:
    """C3, S4: it stays owned; put back it begins a new stay, free, and the former one is kept."""
    contact = everybody(owned)[-1]
    take_out(owned, contact, actor, now + DAY)
    owned.refresh_from_db()
    assert (owned.contact_count, len(everybody(owned))) == (8, 8)
    assert Contact.objects.filter(pk=contact.pk).exists()
    assert Event.objects.latest("id").detail == {"contact": f"con_{contact.pk}"}
    assert membership.place(segment=owned, contact_ids=[contact.pk], now=now + 2 * DAY) == 1
    owned.refresh_from_db()
    assert owned.contact_count == 9
    assert everybody(owned)[0] == contact, "put back last, it is the newest"
    [ended] = placements.page(workspace=owned.workspace, segment_id=owned.pk, historical=True).items
    assert (ended.contact, ended.was_charged, ended.removed_at) == (contact, True, now + DAY)
    assert placements.count(workspace=owned.workspace, segment_id=owned.pk, historical=True) == 1


def test_taking_out_twice_changes_nothing_and_a_stranger_is_refused(
    owned: Segment, make: Make, actor: Actor, now: datetime
) -> None:
    contact = Contact.objects.earliest("id")
    take_out(owned, contact, actor, now)
    events = Event.objects.count()
    take_out(owned, contact, actor, now)
    owned.refresh_from_db()
    assert (owned.contact_count, Event.objects.count()) == (8, events)
    other = make("Others", {"everything": True})
    with pytest.raises(NotInSegment, match=f"con_{contact.pk}.*seg_{other.pk}"):
        take_out(other, contact, actor, now)


def test_which_segments_a_contact_is_in(owned: Segment, make: Make, actor: Actor, now: datetime) -> None:
    contact = Contact.objects.earliest("id")
    other = make("A second one", {"everything": True})
    membership.place(segment=other, contact_ids=[contact.pk], now=now)
    who = {"workspace": owned.workspace, "contact_id": contact.pk}
    assert placements.of_contact(**who) == [other, owned]
    take_out(owned, contact, actor, now)
    assert placements.of_contact(**who) == [other]
    definitions.delete(workspace=owned.workspace, segment_id=other.pk, actor=actor, now=now)
    assert placements.of_contact(**who) == []


def test_contacts_stay_when_their_company_leaves(
    owned: Segment, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """S4: what was paid for is still there to work with; the company is among the historical members."""
    who = {"workspace": workspace, "segment_id": owned.pk, "actor": actor, "now": now}
    definitions.update(**who, definition={"include_domains": "elm.de"})  # type: ignore[arg-type]
    assert len(everybody(owned)) == 9


def test_f1_sort_keys_follow_a_corrected_name(owned: Segment, workspace: Workspace, now: datetime) -> None:
    """F1: after a refresh the pages are sorted by the names that they show."""
    first = everybody(owned, sort="name")[0]
    assert first.full_name == "Ada Öz of Alder Energy"
    version = world.load(
        world.Snapshot(
            as_of=world.later(world.FIRST).as_of, people={"alder.com/0": "Zoë Öz of Alder Energy"}
        ),
        now + DAY,
    )
    assert schedule.follow_contacts(now=now + DAY) == 0, "not while contacts are behind"
    refresh.run(workspace=workspace, version=version, now=now + DAY)
    assert schedule.follow_contacts(now=now + DAY) == 1
    assert schedule.follow_contacts(now=now + DAY) == 0
    names = [contact.full_name for contact in everybody(owned, sort="name")]
    assert names[-1] == "Zoë Öz of Alder Energy"
    assert all(
        row.name_key == row.contact.name_key for row in SegmentContact.objects.select_related("contact")
    )


def test_the_database_holds_one_present_stay(owned: Segment, now: datetime) -> None:
    row = SegmentContact.objects.earliest("id")
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


INDEXES = {
    "newest": "placed_newest",
    "name": "placed_by_name",
    "-name": "placed_by_name",
    "company": "placed_by_company",
    "-company": "placed_by_company",
}


def test_a_page_at_any_depth_reads_one_index_in_order(owned: Segment, make: Make, now: datetime) -> None:
    """No sort step, no OFFSET, no scan: at a size where a database that could avoid the index would."""
    for number in range(2):
        crowd(
            make(f"Another {number}", {"everything": True}),
            now,
            of=owned,
            size=2_000,
            first=10_000 * (number + 1),
        )
    crowd(owned, now, of=owned, size=20_000, first=100_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for sort, index in INDEXES.items():
        starts = [None, *cursors(owned, sort)]
        for filters in (None, ContactFilters(is_former=False)):
            for cursor_ in starts:
                how = plan_of_page(owned, sort=sort, filters=filters, cursor=cursor_)
                assert index in how, (sort, filters, how)
                assert not re.search(r"\bSort\b|TEMP B-TREE|Seq Scan|SCAN", how), (sort, filters, how)


def crowd(segment: Segment, now: datetime, *, of: Segment, size: int, first: int) -> None:
    """Many copies of one contact, with other names, put into the segment."""
    template = Contact.objects.filter(placements__segment=of).earliest("id")
    same = {field.attname: getattr(template, field.attname) for field in Contact._meta.concrete_fields}
    keys = {
        "profile_id": list(range(first, first + size)),
        "name_key": [f"n{number % 997}" for number in range(size)],
        "company_key": [f"c{number % 83}" for number in range(size)],
    }
    constants = {name: value for name, value in same.items() if name not in keys and name != "id"}
    made = rows.insert(Contact, keys, constants=constants, returning=["id"])
    membership.place(segment=segment, contact_ids=[row[0] for row in made], now=now)


def cursors(segment: Segment, sort: str) -> list[str]:
    """Of a page near the start, and of one far down."""
    found = []
    cursor = None
    for _ in range(12):
        page = placements.page(
            workspace=segment.workspace, segment_id=segment.pk, sort=sort, cursor=cursor, limit=500
        )
        cursor = page.next_cursor
        assert cursor is not None
        found.append(cursor)
    return [found[0], found[-1]]


def plan_of_page(segment: Segment, **asked: Any) -> str:
    with CaptureQueriesContext(connection) as queries:
        placements.page(workspace=segment.workspace, segment_id=segment.pk, limit=50, **asked)
    _, query, contacts = (query["sql"] for query in queries)
    assert "OFFSET" not in query and "segments_segmentcontact" in query and "contacts_contact" in contacts
    return plan(query)


def plan(query: str) -> str:
    with connection.cursor() as cursor:
        explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{explain} {query}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
