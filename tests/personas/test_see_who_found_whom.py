"""Which personas found a contact, and the contacts a persona found."""

from rollcall.contacts import book
from rollcall.personas import definitions, found_by
from rollcall.segments.models import Segment
from rollcall.workspaces.models import Workspace
from tests.personas.world import World


def companies(world: World, count: int) -> Segment:
    """A segment of the first few companies."""
    return world.segment(include_domains=[f"company{number}.com" for number in range(1, count + 1)])


def test_p2_a_contact_carries_each_persona_that_found_it(world: World) -> None:
    few = companies(world, 2)
    chiefs, money = world.persona("Chiefs", titles=["chief"]), world.persona("Money", titles=["CFO"])
    world.search(few, chiefs, money)
    contacts = book.page(workspace=world.workspace).items
    names = found_by.personas(workspace=world.workspace, contact_ids=[contact.pk for contact in contacts])
    found = {contact.title: [persona.name for persona in names[contact.pk]] for contact in contacts}
    assert found == {"Chief Executive Officer": ["Chiefs"], "Chief Financial Officer": ["Chiefs", "Money"]}
    assert found_by.counts(workspace=world.workspace) == {chiefs.pk: 4, money.pk: 2}


def test_contacts_can_be_asked_for_by_persona(world: World) -> None:
    few = companies(world, 2)
    money = world.persona("Money", titles=["CFO"])
    world.search(few, money, world.persona("All"))
    mine = found_by.contact_ids(workspace=world.workspace, persona_id=money.pk)
    page = book.page(workspace=world.workspace, contact_ids_in=mine)
    assert {contact.title for contact in page.items} == {"Chief Financial Officer"}
    assert book.count(workspace=world.workspace, contact_ids_in=mine) == 2


def test_a_deleted_persona_keeps_its_name_on_contacts(world: World) -> None:
    few = companies(world, 1)
    money = world.persona("Money", titles=["CFO"])
    world.search(few, money)
    definitions.delete(workspace=world.workspace, persona_id=money.pk, actor=world.actor, now=world.now)
    (contact,) = book.page(workspace=world.workspace).items
    (found,) = found_by.personas(workspace=world.workspace, contact_ids=[contact.pk])[contact.pk]
    assert found.name == "Money"


def test_another_workspace_sees_none_of_it(world: World, other_workspace: Workspace) -> None:
    few = companies(world, 1)
    money = world.persona("Money", titles=["CFO"])
    world.search(few, money)
    (contact,) = book.page(workspace=world.workspace).items
    assert found_by.personas(workspace=other_workspace, contact_ids=[contact.pk]) == {}
    assert not found_by.contact_ids(workspace=other_workspace, persona_id=money.pk).exists()
    assert found_by.counts(workspace=other_workspace) == {}
    assert book.some(workspace=other_workspace, contact_ids=[contact.pk]) == []


def test_some_contacts_and_how_many_at_each_company(world: World) -> None:
    few = companies(world, 3)
    world.search(few, world.persona("Chiefs", titles=["chief"]))
    contacts = book.page(workspace=world.workspace, sort="name").items
    assert [c.pk for c in book.page(workspace=world.workspace, sort="-name").items] == [
        c.pk for c in reversed(contacts)
    ]
    chosen = {contacts[0].pk, contacts[3].pk}
    assert {c.pk for c in book.some(workspace=world.workspace, contact_ids=chosen)} == chosen
    places = sorted({contact.company_id for contact in contacts})
    counted = book.count_at(workspace=world.workspace, company_ids=[*places[:2], 10**9])
    assert counted == {places[0]: 2, places[1]: 2}
