"""What waits for somebody's approval: at most one question for each automation, always the newest estimate (E7)."""

from datetime import datetime
from typing import Any

from rollcall.core import ids
from rollcall.credits import periods
from rollcall.notices import letters
from rollcall.personas import automation_rows
from rollcall.personas.models import Approval, Automation
from rollcall.segments import activity
from rollcall.workspaces import access, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

WHY_MAX = 300


def ask(
    *,
    automation: Automation,
    credits: int,
    why: str,
    estimate: dict[str, Any],
    until_stay: int,
    actor: Actor,
    now: datetime,
) -> Approval:
    """Put the question, or renew the one that waits. The caller has the automation locked, so there is no other."""
    content = {
        "credits": credits,
        "why": why[:WHY_MAX],
        "estimate": estimate,
        "until_stay": until_stay,
        "updated_at": now,
    }
    waiting = Approval.objects.filter(automation=automation, state=Approval.State.WAITING)
    before = waiting.first()
    if before is None:
        Approval.objects.create(
            workspace=automation.workspace, automation=automation, created_at=now, **content
        )
    else:
        waiting.update(**content)
    if before is None or before.credits != credits:
        detail = automation_rows.named(automation) | {"credits": credits, "why": why}
        activity.write(
            segment=automation.segment, kind="automation_waits", actor=actor, now=now, detail=detail
        )
    _tell(automation.workspace, now)
    return waiting.get()


def withdraw(*, automation: Automation, why: str, now: datetime) -> None:
    """The question that waits, if any, need not be answered any more. The caller has the automation locked."""
    waiting = Approval.objects.filter(automation=automation, state=Approval.State.WAITING)
    waiting.update(state=Approval.State.GONE, why=why[:WHY_MAX], decided_at=now, updated_at=now)


def _tell(workspace: Workspace, now: datetime) -> None:
    """Whoever may decide gets one letter a day at most, however much waits."""
    waiting = Approval.objects.filter(workspace=workspace, state=Approval.State.WAITING)
    asked = list(waiting.select_related("automation__segment").order_by("pk"))
    lines = [f"- {one.automation.segment.name}: up to {one.credits:,} credits. {one.why}" for one in asked]
    body = (
        f"In {workspace.name}, automatic searches wait for somebody to approve or decline them. "
        "Nothing is spent before that.\n\n"
        + "\n".join(lines)
        + f"\n\nDecide: {letters.link(f'/w/{workspace.slug}/approvals')}\n"
    )
    subject = f"{workspace.name}: {sum(one.credits for one in asked):,} credits wait for approval"
    day = periods.key(periods.DAY, zone=workspace.time_zone, now=now)
    for member in members.of(workspace=workspace):
        if member.user.is_active and "approvals.decide" in access.PERMISSIONS[member.role]:
            key = f"approvals:{ids.public('ws', workspace.pk)}:{day}:{ids.public('usr', member.user_id)}"
            letters.write(
                workspace=workspace, to=member.user.email, subject=subject, body=body, key=key, now=now
            )
