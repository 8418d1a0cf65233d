"""Pausing and ending automations, by hand or because what they were set up for changed; the reason is always shown."""

from datetime import datetime

from rollcall.personas import allowances, asking, automation_rows
from rollcall.personas.models import Automation, Persona
from rollcall.workspaces.access import Actor

REASON_MAX = 300


def stop(automation: Automation, *, why: str, actor: Actor, now: datetime, withdraw: bool = False) -> None:
    """Pause it and say why; the caller has the row locked.

    Args:
        withdraw: what waits for approval is no longer what would be searched.
    """
    automation.is_on, automation.note, automation.due_at = False, why[:REASON_MAX], None
    automation_rows.save(automation)
    if withdraw:
        asking.withdraw(automation=automation, why=why, now=now)
    automation_rows.log(automation, "paused", actor, now, why=why)


def finish(automation: Automation, *, why: str, actor: Actor, now: datetime) -> None:
    """End it and say why; the caller has the row locked."""
    automation.is_on, automation.note, automation.due_at = False, why[:REASON_MAX], None
    automation.ended_at = now
    automation_rows.save(automation)
    asking.withdraw(automation=automation, why=why, now=now)
    allowances.end(automation=automation, actor=actor, now=now)
    automation_rows.log(automation, "ended", actor, now, why=why)


def persona_changed(*, persona: Persona, what: str, actor: Actor, now: datetime) -> None:
    """A persona was edited or deleted: what searches for it pauses, for it was set up for another one (P3)."""
    on = Automation.objects.filter(workspace=persona.workspace_id, is_on=True, ended_at__isnull=True)
    for number, persona_ids in on.order_by("pk").values_list("pk", "persona_ids"):
        if persona.pk in persona_ids:
            automation = automation_rows.lock(automation_id=number)
            why = f"The persona {persona.name} was {what}."
            if automation.is_on:
                stop(automation, why=why, actor=actor, now=now, withdraw=True)
