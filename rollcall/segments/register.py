"""Finding the segments of a workspace; what is deleted or belongs to others is not there."""

from django.db.models import QuerySet

from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.segments.models import Member, Segment
from rollcall.workspaces.models import Workspace


class NoSuchSegment(NotFound):
    """There is no segment {id} here. Check the id; deleted segments and those of other workspaces are not shown."""


def get(*, workspace: Workspace, segment_id: int) -> Segment:
    """
    Raises:
        NoSuchSegment
    """
    return _one(workspace, segment_id, lock=False)


def lock(*, workspace: Workspace, segment_id: int) -> Segment:
    """The same, held until the transaction ends: nobody deletes, edits or refreshes it meanwhile."""
    return _one(workspace, segment_id, lock=True)


def list_(*, workspace: Workspace, limit: int | None = None) -> list[Segment]:
    """All segments of the workspace, newest first; their definitions (which may be long) are read on demand."""
    return list(_live(workspace).defer("definition").order_by("-id")[:limit])


def count_companies(*, workspace: Workspace) -> int:
    """How many companies are in at least one segment now."""
    stays = Member.objects.filter(segment__in=_live(workspace), left_at__isnull=True)
    return stays.values("company_id").distinct().count()


def company_ids(*, workspace: Workspace) -> list[int]:
    """The companies that are in at least one segment now, each once."""
    stays = Member.objects.filter(segment__in=_live(workspace), left_at__isnull=True)
    return sorted(stays.values_list("company_id", flat=True).distinct())


def of_company(*, workspace: Workspace, company_id: int) -> list[Segment]:
    """The segments that a company is in now, by name."""
    stays = Member.objects.filter(company_id=company_id, left_at__isnull=True)
    return list(_live(workspace).filter(pk__in=stays.values("segment")).defer("definition").order_by("name"))


def _one(workspace: Workspace, segment_id: int, *, lock: bool) -> Segment:
    rows = _live(workspace).filter(pk=segment_id)
    found = (rows.select_for_update(no_key=True) if lock else rows).first()
    if found is None:
        raise NoSuchSegment(id=ids.public("seg", segment_id))
    return found


def _live(workspace: Workspace) -> QuerySet[Segment]:
    return Segment.objects.filter(workspace=workspace, deleted_at__isnull=True)
