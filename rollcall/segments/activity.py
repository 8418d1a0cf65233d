"""What happened in a segment, newest first: made, edited, companies joined or left, people added."""

from datetime import datetime
from typing import Any

from rollcall.core import paging
from rollcall.segments import register
from rollcall.segments.models import Event, Segment
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace


def page(
    *, workspace: Workspace, segment_id: int, cursor: str | None = None, limit: int = 50
) -> paging.Page[Event]:
    """
    Raises:
        NoSuchSegment
    """
    segment = register.get(workspace=workspace, segment_id=segment_id)
    return paging.page(Event.objects.filter(segment=segment), order=["-id"], cursor=cursor, limit=limit)


def write(
    *, segment: Segment, kind: str, actor: Actor, now: datetime, detail: dict[str, Any] | None = None
) -> Event:
    """Add a line, in the transaction of the act itself."""
    return Event.objects.create(
        segment=segment, kind=kind, at=now, actor_label=actor.label, detail=detail or {}
    )
