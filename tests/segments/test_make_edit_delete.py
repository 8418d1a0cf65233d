"""Making, renaming, editing and deleting segments, and circles among them (S3, S6)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rollcall.contacts.models import Contact
from rollcall.credits import grants
from rollcall.personas import definitions as personas
from rollcall.personas import quotes, runs
from rollcall.segments import activity, definitions, membership, references
from rollcall.segments.definitions import (
    BadKind,
    BadName,
    EditedMeanwhile,
    NameTaken,
    RunGoingOn,
    SegmentReferredTo,
)
from rollcall.segments.models import Event, Reference, Segment
from rollcall.segments.references import Circle, NoSuchReference
from rollcall.segments.register import NoSuchSegment
from rollcall.universe.filters import UnknownField
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.segments import world
from tests.segments.conftest import ENERGY, Make

FOOD = {"where": {"items": [{"field": "sector", "op": "is", "value": "Food"}]}}
LATER = timedelta(hours=1)


def naming(*segments: Segment) -> dict[str, Any]:
    value = [f"seg_{segment.pk}" for segment in segments]
    return {"where": {"items": [{"field": "segment", "op": "is_any_of", "value": value}]}}


class Editor:
    """Alice at work on her segments, an hour later."""

    def __init__(self, workspace: Workspace, actor: Actor, now: datetime) -> None:
        self.who = {"workspace": workspace, "actor": actor, "now": now + LATER}

    def update(self, segment: Segment, **changes: Any) -> Segment:
        return definitions.update(segment_id=segment.pk, **self.who, **changes)

    def delete(self, segment: Segment) -> None:
        definitions.delete(segment_id=segment.pk, **self.who)


@pytest.fixture
def alice_edits(workspace: Workspace, actor: Actor, now: datetime) -> Editor:
    return Editor(workspace, actor, now)


def test_it_works(make: Make, workspace: Workspace, now: datetime, universe: int) -> None:
    segment = make("  Energy ", ENERGY)
    assert definitions.get(workspace=workspace, segment_id=segment.pk) == segment
    assert (segment.name, segment.kind, segment.revision, segment.company_count) == ("Energy", "static", 1, 3)
    assert (segment.universe_version, segment.refreshed_at, segment.created_by) == (
        universe,
        now,
        "Alice Moreau",
    )
    assert definitions.parse(segment.definition) == definitions.parse(ENERGY)
    kinds = [event.kind for event in activity.page(workspace=workspace, segment_id=segment.pk).items]
    assert kinds == ["companies_changed", "created"]
    assert [entry.action for entry in audit.entries(workspace=workspace).items] == ["segment.created"]


def test_ownership(
    make: Make, other_workspace: Workspace, energy: Segment, actor: Actor, now: datetime
) -> None:
    """Invariant 8: to another workspace the segment does not exist."""
    who = {"workspace": other_workspace, "segment_id": energy.pk}
    acting = {"actor": actor, "now": now}
    for call in (
        lambda: definitions.get(**who),
        lambda: definitions.update(**who, **acting, name="Mine"),
        lambda: definitions.delete(**who, **acting),
        lambda: membership.refresh(**who, **acting),
        lambda: membership.companies(**who),
        lambda: activity.page(**who),
    ):
        with pytest.raises(NoSuchSegment, match=f"seg_{energy.pk}"):
            call()
    assert definitions.list_(workspace=other_workspace) == []
    assert make("Energy", ENERGY, workspace=other_workspace).name == "Energy", (
        "names are each workspace's own"
    )


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\0b"])
def test_bad_names(make: Make, energy: Segment, alice_edits: Editor, name: str) -> None:
    with pytest.raises(BadName):
        make(name)
    with pytest.raises(BadName):
        alice_edits.update(energy, name=name)


def test_bad_kind(make: Make, energy: Segment, alice_edits: Editor) -> None:
    with pytest.raises(BadKind, match="lively"):
        make("A", ENERGY, "lively")
    with pytest.raises(BadKind):
        alice_edits.update(energy, kind="lively")


def test_names_are_taken_once(make: Make, energy: Segment, alice_edits: Editor) -> None:
    with pytest.raises(NameTaken, match="Energy"):
        make("Energy ", FOOD)
    food = make("Food", FOOD)
    with pytest.raises(NameTaken):
        alice_edits.update(food, name="Energy")
    assert alice_edits.update(food, name="Food").name == "Food"
    assert Segment.objects.count() == 2


def test_renaming_changes_nothing_else(energy: Segment, alice_edits: Editor) -> None:
    renamed = alice_edits.update(energy, name="Power")
    assert (renamed.name, renamed.revision, renamed.refreshed_at) == ("Power", 1, energy.refreshed_at)
    event = Event.objects.latest("id")
    assert (event.kind, event.detail) == ("renamed", {"before": "Energy", "after": "Power"})


def test_s3_an_edit_changes_the_members(energy: Segment, alice_edits: Editor, workspace: Workspace) -> None:
    """S3: static members change by hand; an edit is one."""
    edited = alice_edits.update(
        energy, definition={**ENERGY, "include_domains": "elm.de", "exclude_domains": "alder.com"}
    )
    assert (edited.revision, edited.company_count) == (2, 3)
    left = membership.companies(workspace=workspace, segment_id=energy.pk, historical=True).items
    assert [(stay.facts["domain"], stay.left_why) for stay in left] == [
        ("alder.com", "no longer matches (edited)")
    ]
    joined = membership.companies(workspace=workspace, segment_id=energy.pk).items[-1]
    assert (joined.facts["domain"], joined.joined_why) == ("elm.de", "edited")


def test_the_same_definition_twice_is_no_edit(energy: Segment, alice_edits: Editor) -> None:
    before = Event.objects.count()
    assert alice_edits.update(energy, definition=ENERGY).revision == 1
    assert Event.objects.count() == before


def test_two_editors_do_not_overwrite_each_other(energy: Segment, alice_edits: Editor) -> None:
    alice_edits.update(energy, definition=FOOD, revision=1)
    with pytest.raises(EditedMeanwhile, match="Energy"):
        alice_edits.update(energy, definition=ENERGY, revision=1)


def test_a_bad_edit_changes_nothing(energy: Segment, alice_edits: Editor) -> None:
    with pytest.raises(UnknownField):
        alice_edits.update(
            energy, name="Other", definition={"where": {"items": [{"field": "x", "op": "is", "value": "y"}]}}
        )
    energy.refresh_from_db()
    assert (energy.name, energy.revision) == ("Energy", 1)


def test_s6_circles_are_refused_and_named(make: Make, alice_edits: Editor) -> None:
    """S6: of one, two and three segments; by the filter or as excluded."""
    a = make("A", ENERGY)
    with pytest.raises(Circle, match="A → A"):
        alice_edits.update(a, definition=naming(a))
    b = make("B", naming(a))
    with pytest.raises(Circle, match="A → B → A"):
        alice_edits.update(a, definition=naming(b))
    c = make("C", {"everything": True, "exclude_segments": [b.pk]})
    with pytest.raises(Circle, match="A → C → B → A"):
        alice_edits.update(a, definition={"everything": True, "exclude_segments": [c.pk]})
    a.refresh_from_db()
    assert (a.revision, Reference.objects.filter(segment=a).count()) == (1, 0)


def test_s6_a_reference_taken_out_makes_way(make: Make, alice_edits: Editor) -> None:
    """S6: what once was a circle is none any more."""
    a = make("A", ENERGY)
    b = make("B", naming(a))
    alice_edits.update(b, definition=FOOD)
    assert alice_edits.update(a, definition=naming(b)).company_count == 2
    with pytest.raises(Circle, match="B → A → B"):
        alice_edits.update(b, definition=naming(a))


def test_s6_a_diamond_is_no_circle(make: Make) -> None:
    """S6"""
    a = make("A", ENERGY)
    b, c = make("B", naming(a)), make("C", naming(a))
    assert make("D", naming(b, c)).company_count == 3


def test_deleting(energy: Segment, alice_edits: Editor, workspace: Workspace, make: Make) -> None:
    alice_edits.delete(energy)
    assert definitions.list_(workspace=workspace) == []
    with pytest.raises(NoSuchSegment):
        definitions.get(workspace=workspace, segment_id=energy.pk)
    with pytest.raises(NoSuchSegment):
        alice_edits.delete(energy)
    with pytest.raises(NoSuchReference):
        make("Naming a deleted one", naming(energy))
    assert make("Energy").pk != energy.pk, "its name is free"
    assert audit.entries(workspace=workspace).items[1].action == "segment.deleted"


def test_c3_deleting_keeps_the_contacts(
    energy: Segment, alice_edits: Editor, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """C3: contacts stay owned when their segment is gone."""
    world.own(workspace, energy, actor, now)
    alice_edits.delete(energy)
    assert Contact.objects.filter(workspace=workspace).count() == 9


def test_a_segment_that_others_name_is_not_deleted(make: Make, energy: Segment, alice_edits: Editor) -> None:
    other = make("Others", {"everything": True, "exclude_segments": [energy.pk]})
    with pytest.raises(SegmentReferredTo, match=r"'Energy'.*'Others'"):
        alice_edits.delete(energy)
    assert references.referring(workspace=energy.workspace, segment_id=energy.pk) == [other]
    alice_edits.delete(other)
    alice_edits.delete(energy)


def test_a_segment_with_a_run_is_not_deleted(
    energy: Segment, alice_edits: Editor, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    grants.add(workspace=workspace, amount=50, kind="package", name="P", key="p", actor=actor, now=now)
    persona = personas.create(
        workspace=workspace,
        name="Chiefs",
        definition=personas.PersonaDefinition(titles=["CEO"]),
        actor=actor,
        now=now,
    )
    quote = quotes.make(
        workspace=workspace, segment_id=energy.pk, persona_ids=[persona.pk], actor=actor, now=now
    )
    run = runs.start(workspace=workspace, quote_id=quote.pk, key="k", actor=actor, now=now)
    with pytest.raises(RunGoingOn, match=f"run_{run.pk}.*Stop that run, or wait"):
        alice_edits.delete(energy)
    runs.carry_out(run_id=run.pk, now=now)
    alice_edits.delete(energy)
    assert Contact.objects.filter(workspace=workspace).count() == 3
