"""The rows of automations: locked, saved, and every change told in the segment's activity and in the audit log."""

from datetime import datetime
from typing import Any

from rollcall.core import ids
from rollcall.personas.models import Automation, Persona
from rollcall.segments import activity
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor


def lock(*, automation_id: int) -> Automation:
    """The row, held until the transaction ends. Lock order: automation, approval, wallet, …, segment."""
    rows = Automation.objects.select_related("segment", "workspace")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=automation_id)


def save(automation: Automation) -> None:
    """Write the locked row; a worker that has looked at it before now writes nothing any more."""
    automation.revision += 1
    automation.lease_until = None
    automation.save()


def personas_of(automation: Automation) -> list[Persona]:
    """Its personas in order, also deleted ones."""
    found = Persona.objects.filter(workspace=automation.workspace_id).in_bulk(automation.persona_ids)
    return [found[number] for number in automation.persona_ids if number in found]


def named(automation: Automation) -> dict[str, Any]:
    """The automation and its personas by id and by their names of this time, for what is kept."""
    return {
        "automation": ids.public("aut", automation.pk),
        "personas": [{"id": ids.public("per", p.pk), "name": p.name} for p in personas_of(automation)],
    }


def log(automation: Automation, act: str, actor: Actor, now: datetime, **more: Any) -> None:
    """One line in the activity and one in the audit log."""
    settings = {name: getattr(automation, name) for name in ("trigger", "mode", "credits_per_day")}
    detail = named(automation) | settings | more
    segment = automation.segment
    activity.write(segment=segment, kind=f"automation_{act}", actor=actor, now=now, detail=detail)
    audit.write(
        workspace=automation.workspace,
        actor=actor,
        action=f"automation.{act}",
        target=ids.public("aut", automation.pk),
        now=now,
        detail={"segment": segment.name} | detail,
    )
