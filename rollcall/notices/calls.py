"""Calls: webhooks written in the transaction of what they tell of, once by their key, and sent later (G6)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rollcall.core import rows
from rollcall.notices.models import Call, Endpoint, State
from rollcall.workspaces.models import Workspace


def write(*, workspace: Workspace, kind: str, body: Mapping[str, Any], key: str, now: datetime) -> int:
    """Call every live endpoint of the workspace, in the caller's transaction; the same key again writes nothing.

    Args:
        kind: what happened, as `credits.alert`: the `type` of the message.
        body: plain JSON, no personal data; the `data` of the message.
        key: unique for each endpoint, at most 160 characters.

    Returns:
        How many calls were written.
    """
    live = Endpoint.objects.filter(workspace=workspace, ended_at__isnull=True).order_by("pk")
    return to(endpoint_ids=list(live.values_list("pk", flat=True)), kind=kind, body=body, key=key, now=now)


def to(*, endpoint_ids: list[int], kind: str, body: Mapping[str, Any], key: str, now: datetime) -> int:
    """Call these endpoints (by their ids, sorted). The message is fixed now, whatever changes until it is sent."""
    message = {"type": kind, "timestamp": now.astimezone(UTC).isoformat(), "data": dict(body)}
    constants = {
        "key": key,
        "kind": kind,
        "body": message,
        "state": State.WAITING,
        "attempts": 0,
        "problem": "",
        "tries": [],
        "due_at": now,
        "created_at": now,
    }
    each = {"endpoint_id": endpoint_ids}
    return len(rows.insert(Call, each, constants=constants, ignore_conflicts=True, returning=["id"]))
