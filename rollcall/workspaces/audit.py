"""The audit log: append-only, one line for each act that someone may ask about later."""

from datetime import datetime
from typing import Any

from rollcall.core import paging
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, Workspace


def write(
    *,
    workspace: Workspace | None,
    actor: Actor,
    action: str,
    target: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add a line, in the transaction of the act itself; `workspace` None is the installation."""
    return AuditEntry.objects.create(
        workspace=workspace,
        at=now,
        actor=actor.ref,
        actor_label=actor.label,
        action=action,
        target=target,
        detail=detail or {},
    )


def entries(*, workspace: Workspace, cursor: str | None = None, limit: int = 50) -> paging.Page[AuditEntry]:
    """The log of a workspace, newest first."""
    return paging.page(
        AuditEntry.objects.filter(workspace=workspace), order=["-id"], cursor=cursor, limit=limit
    )
