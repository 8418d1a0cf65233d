"""Exporting chosen contacts only."""

from datetime import datetime

import pytest

from rollcall.contacts import book
from rollcall.delivery.destinations.csv_file import export
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, Workspace
from tests.personas.world import World, staff


@pytest.fixture
def world(workspace: Workspace, actor: Actor, now: datetime) -> World:
    """Two companies, whose chiefs are owned."""
    made = World(workspace, actor, now)
    made.load(staff(2))
    made.credits(100)
    made.search(made.segment(), made.persona("Chiefs", titles=["chief"]))
    return made


def test_only_the_chosen_ones_leave(world: World) -> None:
    first, *_, last = book.page(workspace=world.workspace, sort="name").items
    rows = export.chosen_rows(
        workspace=world.workspace, contact_ids=[last.pk, first.pk], actor=world.actor, now=world.now
    )
    header, *lines = rows
    assert {line[header.index("Contact id")] for line in lines} == {f"con_{first.pk}", f"con_{last.pk}"}
    assert AuditEntry.objects.get(action="export.made").detail["what"] == "chosen contacts"


def test_contacts_of_others_are_not_there(world: World, other_workspace: Workspace) -> None:
    mine = [contact.pk for contact in book.page(workspace=world.workspace).items]
    rows = export.chosen_rows(workspace=other_workspace, contact_ids=mine, actor=world.actor, now=world.now)
    assert len(list(rows)) == 1
