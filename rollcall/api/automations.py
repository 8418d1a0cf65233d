"""Automations: searches that start by themselves, and what they may spend in a day."""

from typing import Annotated, Literal, cast

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import AutomationId, Count, Given, Instant, PersonaId, SegmentId, Shown
from rollcall.core import clock, ids
from rollcall.personas import allowances, automations
from rollcall.personas.models import Automation

noun = Noun("automations")
Trigger = Literal["joined", "daily", "weekly", "monthly"]
Mode = Literal["ask", "allowance"]
State = Literal["on", "paused", "ended"]
Personas = Annotated[list[PersonaId], Field(min_length=1, max_length=automations.PERSONAS_MAX)]
PerDay = Annotated[int, Field(ge=0, le=ids.INT64_MAX, examples=[50])]


class AutomationGiven(Given):
    """A new automation. `ask` spends nothing before somebody approves; `allowance` spends up to so much a day."""

    segment_id: SegmentId
    persona_ids: Personas
    trigger: Trigger = Field(
        default="joined", description="When companies join the segment, or by the calendar."
    )
    mode: Mode = "ask"
    credits_per_day: PerDay = Field(
        default=0, description="With `allowance` only. 0 lets nothing be spent unasked."
    )


class AutomationEdit(Given):
    """What to change; what is left out stays. `is_on` pauses and resumes."""

    persona_ids: Personas | None = None
    trigger: Trigger | None = None
    mode: Mode | None = None
    credits_per_day: PerDay | None = None
    is_on: bool | None = None


class AutomationShown(Shown):
    """An automation, with what it used of today's allowance where the workspace is."""

    id: AutomationId
    state: State
    segment_id: SegmentId
    segment_name: str = Field(examples=["Energy, large"])
    persona_ids: list[PersonaId]
    personas: list[str] = Field(examples=[["Sales leaders"]])
    trigger: Trigger
    mode: Mode
    credits_per_day: Count
    used_today: Count = Field(description="Of the allowance, charged or held.")
    left_today: Count
    due_at: Instant | None
    last_run_at: Instant | None
    note: str = Field(
        examples=["Nobody new."], description="What came of the last look, or why it is paused."
    )
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant
    ended_at: Instant | None


class AutomationsShown(Shown):
    """The automations, oldest first."""

    items: list[AutomationShown]


@noun.operation("GET", "/automations", permission="runs.see", answer=AutomationsShown)
def automations_list(request: Request, segment_id: SegmentId | None = None) -> AutomationsShown:
    """List automations that have not ended."""
    number = ids.parse("seg", segment_id) if segment_id is not None else None
    found = automations.list_(workspace=request.auth.workspace, segment_id=number)
    return AutomationsShown(items=[_shown(automation) for automation in found])


@noun.operation(
    "POST", "/automations", permission="automations.edit", answer=AutomationShown, status=201, errors=(404,)
)
def automations_create(request: Request, body: AutomationGiven) -> AutomationShown:
    """Search by itself from now on; it asks first unless told otherwise.

    Companies that are in the segment already are none that join.
    """
    made = automations.create(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", body.segment_id),
        persona_ids=[ids.parse("per", persona_id) for persona_id in body.persona_ids],
        trigger=body.trigger,
        mode=body.mode,
        credits_per_day=body.credits_per_day,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(made)


@noun.operation("GET", "/automations/{automation_id}", permission="runs.see", answer=AutomationShown)
def automations_get(request: Request, automation_id: AutomationId) -> AutomationShown:
    """One automation."""
    number = ids.parse("aut", automation_id)
    return _shown(automations.get(workspace=request.auth.workspace, automation_id=number))


@noun.operation(
    "PATCH",
    "/automations/{automation_id}",
    permission="automations.edit",
    answer=AutomationShown,
    errors=(409,),
)
def automations_update(
    request: Request, automation_id: AutomationId, body: AutomationEdit
) -> AutomationShown:
    """Change, pause or resume an automation. A change takes back what waits for approval, and asks anew."""
    return _shown(
        automations.update(
            workspace=request.auth.workspace,
            automation_id=ids.parse("aut", automation_id),
            persona_ids=None
            if body.persona_ids is None
            else [ids.parse("per", number) for number in body.persona_ids],
            trigger=body.trigger,
            mode=body.mode,
            credits_per_day=body.credits_per_day,
            is_on=body.is_on,
            actor=request.auth.actor,
            now=clock.now(),
        )
    )


@noun.operation(
    "DELETE", "/automations/{automation_id}", permission="automations.edit", answer=None, status=204
)
def automations_end(request: Request, automation_id: AutomationId) -> None:
    """End an automation for good; its runs and their receipts stay."""
    automations.end(
        workspace=request.auth.workspace,
        automation_id=ids.parse("aut", automation_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


def _shown(automation: Automation) -> AutomationShown:
    today = allowances.today(automation=automation, now=clock.now())
    return AutomationShown(
        id=ids.public("aut", automation.pk),
        state="ended" if automation.ended_at else "on" if automation.is_on else "paused",
        segment_id=ids.public("seg", automation.segment_id),
        segment_name=automation.segment.name,
        persona_ids=[ids.public("per", number) for number in automation.persona_ids],
        personas=[persona.name for persona in automations.personas_of(automation)],
        trigger=cast("Trigger", automation.trigger),
        mode=cast("Mode", automation.mode),
        credits_per_day=automation.credits_per_day,
        used_today=today.used,
        left_today=today.left,
        due_at=automation.due_at,
        last_run_at=automation.last_run_at,
        note=automation.note,
        created_by=automation.actor_label,
        created_at=automation.created_at,
        ended_at=automation.ended_at,
    )
