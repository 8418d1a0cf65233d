"""The steps of a package request: one conditional UPDATE each, a line in its thread and one in the audit log."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from rollcall.core import ids
from rollcall.core.errors import Conflict, NotFound
from rollcall.credits import digests, threads
from rollcall.credits.models import PackageMessage, PackageRequest
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor, NotAnOperator
from rollcall.workspaces.models import Workspace

State = PackageRequest.State
WAITING = (State.SENT, State.QUOTED, State.ACCEPTED)
_ACTIONS = {
    "sent": "request",
    "quoted": "quote",
    "accepted": "accept",
    "granted": "grant",
    "declined": "decline",
}


class AlreadyAnswered(Conflict):
    """The request {request} is {state} already. Nothing was changed."""


def move(
    found: QuerySet[PackageRequest],
    request_id: int,
    open_to: Sequence[str],
    *,
    state: str,
    now: datetime,
    **changes: Any,
) -> bool:
    """Move a request that is in one of these states on, so that two people cannot both answer; tells whether it did."""
    mine = found.filter(pk=request_id, state__in=open_to)
    return mine.update(state=state, updated_at=now, **changes) == 1


def take(
    asked: PackageRequest,
    step: str,
    actor: Actor,
    now: datetime,
    *,
    key: str = "",
    body: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down a step that was just taken: in the thread, and in the audit log of the workspace."""
    line = threads.step(asked, step, key=key or step, actor=actor, now=now, body=body, detail=detail)
    logged: dict[str, Any] = {"credits_wanted": asked.credits_wanted}
    if step in ("quoted", "accepted"):
        logged |= {"quoted": asked.quoted_credits or 0, "quote_number": asked.quote_number}
    if asked.grant is not None:
        logged |= {"granted": asked.grant.granted}
    if line is not None:
        logged |= threads.witness(line)
    audit.write(
        workspace=asked.workspace,
        actor=actor,
        action=f"packages.{_ACTIONS[step]}",
        target=public(asked),
        now=now,
        detail=logged,
    )


def sent(asked: PackageRequest) -> dict[str, Any]:
    """What was asked for, as the first line of its thread keeps it beside the note."""
    return {
        "credits": asked.credits_wanted,
        "reply_email": asked.reply_email,
        "key": asked.key,
        "analysis": asked.analysis and digests.of_json(asked.analysis),
    }


def agreed(asked: PackageRequest) -> dict[str, Any] | None:
    """The quote that was accepted, by whom and when: what the entry of its grant keeps for ever. None: none was."""
    line = asked.messages.filter(kind=PackageMessage.Kind.ACCEPTED).order_by("pk").last()
    if line is None:
        return None
    at = line.created_at.astimezone(UTC).isoformat()
    return {
        **line.detail,
        "line": ids.public("msg", line.pk),
        "by": line.actor,
        "by_label": line.actor_label,
        "at": at,
    }


def find(request_id: int, workspace: Workspace | None = None) -> PackageRequest:
    """A request: of this workspace, or of any for the operator."""
    found = PackageRequest.objects.select_related("workspace", "grant").filter(pk=request_id)
    if workspace is not None:
        found = found.filter(workspace=workspace)
    asked = found.first()
    if asked is None:
        raise NotFound(what="package request", id=ids.public("req", request_id))
    return asked


def as_answered(asked: PackageRequest, state: str) -> PackageRequest:
    """The request, if it is in this state."""
    if asked.state != state:
        raise AlreadyAnswered(request=public(asked), state=asked.get_state_display().lower())
    return asked


def public(asked: PackageRequest) -> str:
    return ids.public("req", asked.pk)


def require_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAnOperator()
