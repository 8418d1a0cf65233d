"""Segments that name other segments: who names whom, and no circles (S6)."""

from collections.abc import Collection

from rollcall.core import ids, rows
from rollcall.core.errors import Conflict, Invalid
from rollcall.segments.models import Reference, Segment
from rollcall.workspaces.models import Workspace


class NoSuchReference(Invalid):
    """The definition names {id}, which is no segment here. Check the id, or take it out of the definition."""


class Circle(Conflict):
    """These segments would depend on each other in a circle: {path}. Take one of the references out."""


def replace(*, segment: Segment, target_ids: Collection[int]) -> None:
    """Write down whom the segment names now. The caller holds the workspace with `freeze`, and has checked."""
    Reference.objects.filter(segment=segment).exclude(target__in=target_ids).delete()
    constants = {"segment_id": segment.pk}
    rows.insert(Reference, {"target_id": sorted(target_ids)}, constants=constants, ignore_conflicts=True)


def freeze(*, workspace: Workspace) -> None:
    """Until the transaction ends, nobody else in this workspace makes references: two halves of a circle wait."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def check(*, workspace: Workspace, segment_id: int | None, name: str, target_ids: Collection[int]) -> None:
    """
    Raises:
        NoSuchReference: a named segment is not there.
        Circle: the segment would come to depend on itself, directly or by way of others.
    """
    if not target_ids:
        return
    names = dict(
        Segment.objects.filter(workspace=workspace, deleted_at__isnull=True).values_list("id", "name")
    )
    for target_id in sorted(target_ids):
        if target_id not in names:
            raise NoSuchReference(id=ids.public("seg", target_id))
    if segment_id is None:
        return
    path = _way_back(workspace, start=sorted(target_ids), goal=segment_id)
    if path is not None:
        spoken = [name, *(names.get(number, ids.public("seg", number)) for number in path[:-1]), name]
        raise Circle(path=" → ".join(spoken))


def referring(*, workspace: Workspace, segment_id: int) -> list[Segment]:
    """The segments whose definitions name this one, by name."""
    naming = Segment.objects.filter(
        workspace=workspace, deleted_at__isnull=True, refers_to__target=segment_id
    )
    return list(naming.order_by("name"))


def _way_back(workspace: Workspace, *, start: list[int], goal: int) -> list[int] | None:
    """A path start → … → goal along references, goal included; None when there is none."""
    names: dict[int, list[int]] = {}
    for segment_id, target_id in Reference.objects.filter(segment__workspace=workspace).values_list(
        "segment_id", "target_id"
    ):
        names.setdefault(segment_id, []).append(target_id)
    came_from: dict[int, int | None] = dict.fromkeys(start)
    waiting = list(start)
    while waiting:
        here = waiting.pop(0)
        if here == goal:
            return _walk(came_from, here)
        for target_id in sorted(names.get(here, [])):
            if target_id not in came_from:
                came_from[target_id] = here
                waiting.append(target_id)
    return None


def _walk(came_from: dict[int, int | None], end: int) -> list[int]:
    path: list[int] = []
    step: int | None = end
    while step is not None:
        path.append(step)
        step = came_from[step]
    return path[::-1]
