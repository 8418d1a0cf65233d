"""Writing down whom to find."""

import pytest

from rollcall.core.errors import RollcallError
from rollcall.personas import definitions
from rollcall.personas.wanted import BadPersona, UnknownChoice
from tests.personas.world import World

WHOLE = {
    "titles": ["VP Sales"],
    "titles_out": ["assistant"],
    "seniorities": ["vp"],
    "departments": ["sales"],
    "countries": ["United States"],
    "per_company": 3,
    "order": "tenure",
}


def test_it_works(world: World) -> None:
    made = world.persona("Sales leaders", **WHOLE)
    found = definitions.get(workspace=world.workspace, persona_id=made.pk)
    assert definitions.of(found).model_dump() == WHOLE
    assert (found.name, found.revision, found.created_by) == ("Sales leaders", 1, "Alice Moreau")
    assert definitions.list_(workspace=world.workspace) == [found]


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ({"seniorities": ["c-suite"]}, "Did you mean 'c_suite'?"),
        ({"seniorities": ["Vice president"]}, "Did you mean 'vp'?"),
        ({"departments": ["finanse"]}, "Did you mean 'finance'?"),
        ({"title": ["CEO"]}, "Did you mean 'titles'?"),
        ({"titles": ["of the"]}, "no word to look for"),
        ({"titles": [""]}, "1 to 200 characters"),
        ({"titles": ["a\0b"]}, "1 to 200 characters"),
        ({"titles": ["x"] * 201}, "200"),
        ({"per_company": 0}, "per_company"),
        ({"per_company": 101}, "per_company"),
        ({"per_company": "3"}, "per_company"),
        ({"per_company": 2**70}, "per_company"),
        ({"order": "random"}, "order"),
    ],
)
def test_p1_bad_input_is_named(definition: dict[str, object], says: str) -> None:
    with pytest.raises((BadPersona, UnknownChoice)) as caught:
        definitions.parse(definition)
    assert says in caught.value.message


def test_blanks_and_doubles_go() -> None:
    assert definitions.parse({"titles": [" VP  Sales", "VP Sales "]}).titles == ["VP Sales"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\0b"])
def test_a_name_is_needed(world: World, name: str) -> None:
    with pytest.raises(definitions.NameNeeded):
        world.persona(name)


def test_names_are_unique_until_deleted(world: World) -> None:
    first = world.persona("CEOs")
    with pytest.raises(definitions.NameTaken):
        world.persona("CEOs")
    definitions.delete(workspace=world.workspace, persona_id=first.pk, actor=world.actor, now=world.now)
    assert world.persona("CEOs").pk != first.pk


def test_another_workspace_may_use_the_name(world: World, other_world: World) -> None:
    assert world.persona("CEOs").pk != other_world.persona("CEOs").pk


def test_editing_raises_the_revision_and_renaming_does_not(world: World) -> None:
    made = world.persona("CEOs", titles=["CEO"])
    named = _update(world, made.pk, name="Chiefs")
    assert (named.name, named.revision) == ("Chiefs", 1)
    edited = _update(world, made.pk, definition=definitions.parse({"titles": ["CFO"]}), revision=1)
    assert (edited.name, edited.revision, edited.definition["titles"]) == ("Chiefs", 2, ["CFO"])
    with pytest.raises(definitions.EditedMeanwhile):
        _update(world, made.pk, definition=definitions.parse({"titles": ["COO"]}), revision=1)


def test_a_name_taken_meanwhile_changes_nothing(world: World) -> None:
    world.persona("CEOs")
    made = world.persona("CFOs", titles=["CFO"])
    with pytest.raises(definitions.NameTaken):
        _update(world, made.pk, name="CEOs", definition=definitions.parse({}))
    made.refresh_from_db()
    assert (made.name, made.revision) == ("CFOs", 1)


def test_others_see_and_touch_nothing(world: World, other_world: World) -> None:
    """Invariant 8: another workspace's persona is one that does not exist."""
    made = world.persona("CEOs")
    assert definitions.list_(workspace=other_world.workspace) == []
    for verb in (definitions.get, definitions.update, definitions.delete):
        more = {} if verb is definitions.get else {"actor": other_world.actor, "now": world.now}
        with pytest.raises(definitions.NoSuchPersona):
            verb(workspace=other_world.workspace, persona_id=made.pk, **more)
    assert definitions.get(workspace=world.workspace, persona_id=made.pk) == made


def test_a_deleted_one_is_gone(world: World) -> None:
    made = world.persona()
    definitions.delete(workspace=world.workspace, persona_id=made.pk, actor=world.actor, now=world.now)
    assert definitions.list_(workspace=world.workspace) == []
    with pytest.raises(RollcallError):
        definitions.get(workspace=world.workspace, persona_id=made.pk)


def _update(world: World, persona_id: int, **changes: object) -> definitions.Persona:
    return definitions.update(
        workspace=world.workspace, persona_id=persona_id, actor=world.actor, now=world.now, **changes
    )
