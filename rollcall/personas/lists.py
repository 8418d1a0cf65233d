"""Finding the runs of a workspace."""

from django.db.models import QuerySet

from rollcall.core import paging
from rollcall.core.errors import NotFound
from rollcall.personas.models import Run
from rollcall.workspaces.models import Workspace


class NoSuchRun(NotFound):
    """There is no search {id} here. Check the id; searches of other workspaces are not shown."""


def get(*, workspace: Workspace, run_id: int) -> Run:
    """
    Raises:
        NoSuchRun
    """
    found = _with_names(workspace).filter(pk=run_id).first()
    if found is None:
        raise NoSuchRun(id=f"run_{run_id}")
    return found


def list_(
    *,
    workspace: Workspace,
    segment_id: int | None = None,
    active_only: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[Run]:
    """The workspace's runs, newest first."""
    runs = _with_names(workspace)
    if segment_id is not None:
        runs = runs.filter(segment_id=segment_id)
    if active_only:
        runs = runs.filter(state__in=Run.ACTIVE)
    return paging.page(runs, order=["-id"], cursor=cursor, limit=limit)


def count_active(*, workspace: Workspace) -> int:
    """How many searches are queued or running now."""
    return Run.objects.filter(workspace=workspace, state__in=Run.ACTIVE).count()


def _with_names(workspace: Workspace) -> QuerySet[Run]:
    """With segment and quote, but without the quote's people, who may be many."""
    return (
        Run.objects.filter(workspace=workspace)
        .select_related("segment", "quote", "hold", "workspace")
        .defer("quote__people")
    )
