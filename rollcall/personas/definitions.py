"""Personas: whom to find inside a company; named, edited, deleted."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.personas import halting
from rollcall.personas.models import Persona
from rollcall.personas.wanted import PersonaDefinition, parse
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

__all__ = ["PersonaDefinition", "parse"]

NAME_MAX = 120


class NoSuchPersona(NotFound):
    """There is no persona {id} here. It may have been deleted; see the list of personas."""


class NameNeeded(Invalid):
    """A persona needs a name of 1 to 120 characters."""


class NameTaken(Conflict):
    """There is already a persona called {name}. Choose another name, or edit that one."""


class EditedMeanwhile(Conflict):
    """The persona {name} was edited by someone else since you opened it. Load it again and repeat your edit."""


def create(
    *, workspace: Workspace, name: str, definition: PersonaDefinition, actor: Actor, now: datetime
) -> Persona:
    """A new persona, for use in any number of segments (P3).

    Raises:
        NameNeeded, NameTaken
    """
    persona = Persona(
        workspace=workspace,
        name=_checked(name),
        definition=definition.model_dump(),
        created_by=actor.label,
        created_at=now,
    )
    return _save(persona, actor=actor, action="persona.created", now=now)


def update(
    *,
    workspace: Workspace,
    persona_id: int,
    actor: Actor,
    now: datetime,
    name: str | None = None,
    definition: PersonaDefinition | None = None,
    revision: int | None = None,
) -> Persona:
    """Rename or change a persona: removes no contact and spends nothing (P3); open estimates of it no longer start.

    Args:
        revision: the one the editor saw; if the definition has changed since, nothing is done.

    Raises:
        NoSuchPersona, EditedMeanwhile, NameNeeded, NameTaken
    """
    with transaction.atomic():
        persona = _locked(workspace, persona_id)
        if revision is not None and revision != persona.revision:
            raise EditedMeanwhile(name=persona.name)
        if name is not None:
            persona.name = _checked(name)
        if definition is not None and definition.model_dump() != persona.definition:
            persona.definition = definition.model_dump()
            persona.revision += 1
            halting.persona_changed(persona=persona, what="edited", actor=actor, now=now)
        return _save(persona, actor=actor, action="persona.updated", now=now)


def delete(*, workspace: Workspace, persona_id: int, actor: Actor, now: datetime) -> None:
    """Take the persona out of the list; its contacts stay and keep its name, a run under way goes on.

    Raises:
        NoSuchPersona
    """
    with transaction.atomic():
        persona = _locked(workspace, persona_id)
        persona.deleted_at = now
        halting.persona_changed(persona=persona, what="deleted", actor=actor, now=now)
        _save(persona, actor=actor, action="persona.deleted", now=now)


def get(*, workspace: Workspace, persona_id: int) -> Persona:
    """
    Raises:
        NoSuchPersona
    """
    found = Persona.objects.filter(workspace=workspace, pk=persona_id, deleted_at__isnull=True).first()
    if found is None:
        raise NoSuchPersona(id=f"per_{persona_id}")
    return found


def list_(*, workspace: Workspace) -> list[Persona]:
    """The workspace's personas, by name."""
    return list(Persona.objects.filter(workspace=workspace, deleted_at__isnull=True).order_by("name", "id"))


def of(persona: Persona) -> PersonaDefinition:
    """The definition kept in the row."""
    return PersonaDefinition.model_validate(persona.definition)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX or "\0" in name:
        raise NameNeeded()
    return name


def _locked(workspace: Workspace, persona_id: int) -> Persona:
    get(workspace=workspace, persona_id=persona_id)
    return Persona.objects.select_for_update().get(pk=persona_id)


def _save(persona: Persona, *, actor: Actor, action: str, now: datetime) -> Persona:
    detail: dict[str, Any] = {"name": persona.name, "revision": persona.revision}
    try:
        with transaction.atomic():
            persona.save()
            target = f"per_{persona.pk}"
            audit.write(
                workspace=persona.workspace, actor=actor, action=action, target=target, now=now, detail=detail
            )
    except IntegrityError:
        raise NameTaken(name=persona.name) from None
    return persona
