"""Personas: whom to find inside a company; tried before they are saved."""

from typing import Annotated, Any, Literal

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.quotes import KnownShown, SampleShown, known_shown
from rollcall.api.routes import Noun
from rollcall.api.shapes import Count, Given, Instant, Name, PersonaId, SegmentId, Shown
from rollcall.core import clock, ids
from rollcall.personas import coverage, definitions, quotes
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


class PersonaTried(Given):
    """A persona that is not saved yet, and where to look."""

    segment_id: SegmentId
    definition: PersonaDefinitionGiven


class PersonaPreviewShown(Shown):
    """Whom it would find: the same sum as an estimate's, which alone can be started."""

    universe_version: Count
    titles_revision: Count = Field(description="How the workspace reads titles: its revision now.")
    companies: Count
    matches: Count
    owned: Count = Field(description="Yours already: free.")
    suppressed: Count = Field(description="Never added, never charged.")
    credits_max: Count = Field(description="New people: the most credits they cost, whatever budgets leave.")
    sample: list[SampleShown]
    coverage: KnownShown = Field(
        description="What is known of the new people; of everybody who matches where nobody is new."
    )


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


@noun.operation(
    "POST", "/personas/preview", permission="quotes.make", answer=PersonaPreviewShown, errors=(404, 409)
)
def personas_preview(request: Request, body: PersonaTried) -> PersonaPreviewShown:
    """Try a persona in a segment: how many it finds, and what is known of them; free, nothing is saved."""
    workspace = request.auth.workspace
    draft = quotes.draft(
        workspace=workspace,
        segment_id=ids.parse("seg", body.segment_id),
        definition=definitions.parse(_plain(body.definition)),
    )
    known = coverage.of_draft(workspace=workspace, draft=draft, now=clock.now())
    return PersonaPreviewShown(
        universe_version=draft.universe_version,
        titles_revision=draft.titles_revision,
        companies=draft.companies,
        matches=draft.matches,
        owned=draft.owned,
        suppressed=draft.suppressed,
        credits_max=draft.credits_max,
        sample=[SampleShown(**one) for one in quotes.sample(draft)],
        coverage=known_shown(known),
    )


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
