"""Personas: whom to find inside a company."""

from typing import Annotated, Any, Literal

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Count, Given, Instant, Name, PersonaId, Shown
from rollcall.core import clock, ids
from rollcall.personas import definitions
from rollcall.personas.models import Persona

noun = Noun("personas")
Texts = Annotated[list[str], Field(max_length=200)]


class PersonaDefinitionGiven(Given):
    """Whom to find; an empty list sets no condition. `GET /universe/fields` lists levels and departments."""

    titles: Texts = Field(default=[], examples=[["VP Sales", "Chief Revenue Officer"]])
    titles_out: Texts = Field(default=[], examples=[["assistant"]])
    seniorities: Texts = Field(default=[], examples=[["c_suite", "vp"]])
    departments: Texts = Field(default=[], examples=[["sales"]])
    countries: Texts = Field(default=[], examples=[["United States"]])
    per_company: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, examples=[3], description="Most per company, best first; null: everybody who matches."
    )
    order: Literal["seniority", "relevance", "tenure", "last_seen"] = "seniority"


class PersonaGiven(Given):
    """A new persona."""

    name: Name = Field(examples=["Sales leaders"])
    definition: PersonaDefinitionGiven


class PersonaEdit(Given):
    """What to change; what is left out stays."""

    name: Name | None = Field(default=None, examples=["Sales leaders"])
    definition: PersonaDefinitionGiven | None = None


class PersonaShown(Shown):
    """A persona; `revision` grows with each change of its definition."""

    id: PersonaId
    name: str = Field(examples=["Sales leaders"])
    definition: PersonaDefinitionGiven
    revision: Count
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant


class PersonasShown(Shown):
    """All personas, by name."""

    items: list[PersonaShown]


@noun.operation("GET", "/personas", permission="personas.see", answer=PersonasShown)
def personas_list(request: Request) -> PersonasShown:
    """List personas."""
    found = definitions.list_(workspace=request.auth.workspace)
    return PersonasShown(items=[_shown(persona) for persona in found])


@noun.operation(
    "POST", "/personas", permission="personas.edit", answer=PersonaShown, status=201, errors=(409,)
)
def personas_create(request: Request, body: PersonaGiven) -> PersonaShown:
    """Create a persona."""
    made = definitions.create(
        workspace=request.auth.workspace,
        name=body.name,
        definition=definitions.parse(_plain(body.definition)),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(made)


@noun.operation("GET", "/personas/{persona_id}", permission="personas.see", answer=PersonaShown)
def personas_get(request: Request, persona_id: PersonaId) -> PersonaShown:
    """One persona."""
    number = ids.parse("per", persona_id)
    return _shown(definitions.get(workspace=request.auth.workspace, persona_id=number))


@noun.operation(
    "PATCH", "/personas/{persona_id}", permission="personas.edit", answer=PersonaShown, errors=(409,)
)
def personas_update(request: Request, persona_id: PersonaId, body: PersonaEdit) -> PersonaShown:
    """Change a persona.

    Removes no contact and spends nothing; quotes made with it before can no longer be started.
    """
    changed = definitions.update(
        workspace=request.auth.workspace,
        persona_id=ids.parse("per", persona_id),
        name=body.name,
        definition=definitions.parse(_plain(body.definition)) if body.definition else None,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(changed)


@noun.operation("DELETE", "/personas/{persona_id}", permission="personas.edit", answer=None, status=204)
def personas_delete(request: Request, persona_id: PersonaId) -> None:
    """Delete a persona; contacts keep its name."""
    definitions.delete(
        workspace=request.auth.workspace,
        persona_id=ids.parse("per", persona_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


def _plain(definition: PersonaDefinitionGiven) -> dict[str, Any]:
    return definition.model_dump(exclude_unset=True)


def _shown(persona: Persona) -> PersonaShown:
    return PersonaShown(
        id=ids.public("per", persona.pk),
        name=persona.name,
        definition=PersonaDefinitionGiven(**persona.definition),
        revision=persona.revision,
        created_by=persona.created_by,
        created_at=persona.created_at,
    )
