"""Merged contacts in segments and personas: one place, all names, never found as new again; and all of it undone."""

from datetime import timedelta

import pytest

from rollcall.contacts import book, erasure, merging
from rollcall.contacts.models import Contact
from rollcall.credits.models import Acquisition
from rollcall.delivery.destinations.csv_file import export
from rollcall.personas import found_by, quotes, receipts
from rollcall.personas.models import Persona
from rollcall.segments import membership, placements, register
from rollcall.segments.models import Segment, SegmentContact
from rollcall.universe import ingest
from rollcall.workspaces import access
from rollcall.workspaces.models import AuditEntry, User
from tests.personas.world import Roster, World, prove

pytestmark = pytest.mark.django_db
PEOPLE = [(1, 1, "VP Sales"), (1, 2, "Sales Manager"), (1, 3, "Chief Executive Officer")]


@pytest.fixture
def pair(world: World) -> tuple[Contact, Contact]:
    """The two in sales of company 1, in the segments Both; the loser alone in Hers too, the winner alone in His."""
    world.load(PEOPLE, as_of=Roster([]).as_of + timedelta(days=1))
    sales, vp, manager = (
        world.persona(name, titles=[name]) for name in ("sales", "vp sales", "sales manager")
    )
    companies = {"include_domains": ["company1.com"]}
    world.search(world.segment("Both", **companies), sales)
    world.search(world.segment("His", **companies), vp)
    world.search(world.segment("Hers", **companies), manager)
    one, other = Contact.objects.filter(workspace=world.workspace).order_by("profile_id")
    return one, other


def merge(world: World, winner: Contact, loser: Contact) -> merging.Merge:
    return merging.merge(
        workspace=world.workspace, winner_id=winner.pk, loser_id=loser.pk, reason="",
        actor=access.system("identity"), now=world.later(60),
    )  # fmt: skip


def split(world: World, loser: Contact) -> None:
    merging.split(workspace=world.workspace, contact_id=loser.pk, actor=world.actor, now=world.later(90))


def places(world: World, contact: Contact) -> list[str]:
    return [s.name for s in placements.of_contact(workspace=world.workspace, contact_id=contact.pk)]


def names(world: World, contact: Contact) -> list[str]:
    found = found_by.personas(workspace=world.workspace, contact_ids=[contact.pk])
    return sorted(persona.name for persona in found.get(contact.pk, []))


def counts(world: World) -> dict[str, int]:
    made = register.list_(workspace=world.workspace)
    for segment in made:
        live = SegmentContact.objects.filter(segment=segment, removed_at__isnull=True).count()
        assert segment.contact_count == live, segment.name
    return {segment.name: segment.contact_count for segment in made}


def state(world: World) -> tuple[object, ...]:
    stays = SegmentContact.objects.order_by("pk").values_list("contact", "segment", "name_key", "removed_at")
    found = [sorted(found_by.counts(workspace=world.workspace).items()), counts(world)]
    return (list(stays), *found)


def test_c6_it_works(world: World, pair: tuple[Contact, Contact]) -> None:
    """C6, P2: where either was, the winner is, once; it carries the names of all that found either."""
    winner, loser = pair
    assert counts(world) == {"Both": 2, "His": 1, "Hers": 1}
    merge(world, winner, loser)
    assert places(world, winner) == ["Both", "Hers", "His"] and places(world, loser) == []
    assert names(world, winner) == ["sales", "sales manager", "vp sales"] and names(world, loser) == []
    assert counts(world) == {"Both": 1, "His": 1, "Hers": 1}
    hers = Segment.objects.get(name="Hers")
    shown = placements.page(workspace=world.workspace, segment_id=hers.pk, sort="name").items
    assert [row.contact.pk for row in shown] == [winner.pk]
    assert len(list(export.rows(workspace=world.workspace, actor=world.actor, now=world.now))) == 2
    prove(world)


def test_c6_the_next_search_finds_the_loser_as_owned(world: World, pair: tuple[Contact, Contact]) -> None:
    """C3, E2: in the estimate and in the run, in a new segment; nobody is placed twice."""
    winner, loser = pair
    merge(world, winner, loser)
    fresh = world.segment("Fresh", include_domains=["company1.com"])
    quote = world.quote(fresh, Persona.objects.get(name="sales"))
    assert (quote.matches, quote.owned, quote.credits_max) == (2, 2, 0)
    run = world.search(fresh, Persona.objects.get(name="sales"))
    assert (run.charged, run.owned) == (0, 2)
    shown = placements.page(workspace=world.workspace, segment_id=fresh.pk).items
    assert [row.contact.pk for row in shown] == [winner.pk] and counts(world)["Fresh"] == 1
    assert quotes.people(quote).num_rows == 2
    prove(world)


def test_c6_split_puts_everything_back(world: World, pair: tuple[Contact, Contact]) -> None:
    winner, loser = pair
    before = state(world)
    merge(world, winner, loser)
    split(world, loser)
    assert state(world) == before
    prove(world)


def test_what_was_done_in_between_stays(world: World, pair: tuple[Contact, Contact]) -> None:
    """Taken out of a segment while they were one: out it stays, for whoever was in it."""
    winner, loser = pair
    merge(world, winner, loser)
    hers = Segment.objects.get(name="Hers")
    membership.remove_contact(
        workspace=world.workspace, segment_id=hers.pk, contact_id=winner.pk, actor=world.actor, now=world.now
    )
    split(world, loser)
    assert places(world, loser) == ["Both"] and counts(world)["Hers"] == 0
    assert places(world, winner) == ["Both", "His"]
    prove(world)


def test_a_chain_is_undone_in_any_order(world: World, pair: tuple[Contact, Contact]) -> None:
    winner, loser = pair
    world.search(
        world.segment("Boss", include_domains=["company1.com"]), world.persona("chief", titles=["ceo"])
    )
    boss = Contact.objects.get(title="Chief Executive Officer")
    before = state(world)
    for first, second in ((loser, winner), (winner, loser)):
        merge(world, winner, loser)
        merge(world, boss, winner)
        assert places(world, boss) == ["Boss", "Both", "Hers", "His"]
        split(world, first)
        split(world, second)
        counts(world)
        assert places(world, loser) == ["Both", "Hers"] and places(world, winner) == ["Both", "His"]
        prove(world)
    assert state(world)[0] == before[0]


def test_receipts_show_the_winner_for_both(world: World, pair: tuple[Contact, Contact]) -> None:
    """C9: the people behind a charge are there, under the contact that they are now."""
    winner, loser = pair
    done = merge(world, winner, loser)
    assert loser.charge_id is not None and done.entry_id is not None
    people = receipts.people(workspace=world.workspace, entry_id=loser.charge_id).items
    assert {person.contact_id for person in people} == {winner.pk}
    assert [
        p.contact_id for p in receipts.people(workspace=world.workspace, entry_id=done.entry_id).items
    ] == [winner.pk]


def test_x2_who_is_forgotten_is_in_no_segment_and_no_file(
    world: World, pair: tuple[Contact, Contact]
) -> None:
    """X2: not in its history either; nor found again, though the universe still knows them."""
    winner, _ = pair
    erasure.forget(workspace=world.workspace, contact_id=winner.pk, actor=world.actor, now=world.now)
    assert counts(world) == {"Both": 1, "His": 0, "Hers": 1}
    both = Segment.objects.get(name="Both")
    assert placements.page(workspace=world.workspace, segment_id=both.pk, historical=True).items == []
    file = "".join(
        export.text(
            export.rows(
                workspace=world.workspace,
                segment_id=both.pk,
                historical=True,
                actor=world.actor,
                now=world.now,
            )
        )
    )
    assert "Person 00001" not in file and file.count("\r\n") == 2
    assert not SegmentContact.objects.filter(contact=winner).exclude(name_key="").exists()
    people = receipts.people(workspace=world.workspace, entry_id=winner.charge_id or 0).items
    assert None in {person.contact_id for person in people}
    run = world.search(
        world.segment("Again", include_domains=["company1.com"]), Persona.objects.get(name="sales")
    )
    assert (run.charged, run.owned, run.suppressed, run.people) == (0, 1, 0, 1)
    prove(world)


def test_x2_everywhere(
    world: World, other_world: World, pair: tuple[Contact, Contact], operator: User
) -> None:
    """X2, C8: in every workspace and in the universe, for good; each workspace gets its credit back."""
    winner, loser = pair
    other_world.credits(10)
    other_world.search(
        other_world.segment(include_domains=["company1.com"]), other_world.persona(titles=["sales"])
    )
    before = world.balance()[0], other_world.balance()[0]
    profile_id, desk = winner.profile_id, access.operator(operator)
    done = erasure.forget_everywhere(profile_id=profile_id, actor=desk, now=world.now)
    assert (done.contacts, done.workspaces, done.refunded) == (2, 2, 2)
    assert (world.balance()[0], other_world.balance()[0]) == (before[0] + 1, before[1] + 1)
    assert set(Contact.objects.filter(profile_id=profile_id).values_list("full_name", "title")) == {
        ("", None)
    }
    for one in (world, other_world):
        assert book.count(workspace=one.workspace) == 1
        quote = one.quote(one.segment("Now", include_domains=["company1.com"]), one.persona("Any"))
        assert quote.matches == 2
    report = ingest.load(
        source=Roster(PEOPLE, Roster([]).as_of + timedelta(days=40)), now=world.now + timedelta(days=60)
    )
    assert report.erased_left_out == 1
    again = erasure.forget_everywhere(profile_id=profile_id, actor=desk, now=world.now)
    assert again.contacts == 0 and AuditEntry.objects.filter(action="person.forget").count() == 1
    assert Acquisition.objects.filter(profile_id=profile_id).count() == 2, "the claims stay"
    with pytest.raises(access.NotAnOperator):
        erasure.forget_everywhere(profile_id=profile_id, actor=world.actor, now=world.now)
    prove(world, other_world)
    assert loser.erased_at is None
