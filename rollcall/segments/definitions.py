"""Making, editing and deleting segments; each edit is one transaction with the members it brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from rollcall.core import ids, transactions
from rollcall.core.errors import Conflict, Invalid
from rollcall.segments import activity, language, membership, references, register, selection
from rollcall.segments.language import Definition, parse
from rollcall.segments.models import Segment
from rollcall.segments.register import get, list_
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

__all__ = ["Definition", "get", "list_", "parse"]

NAME_MAX = 120


class BadName(Invalid):
    """A segment needs a name of 1 to 120 characters. Write one that says which companies are in it."""


class BadKind(Invalid):
    """A segment is static or dynamic; {kind!r} is neither."""


class NameTaken(Conflict):
    """There already is a segment called {name!r}. Choose another name, or edit that one."""


class EditedMeanwhile(Conflict):
    """The segment {name!r} was edited by someone else since you opened it. Load it again and repeat your edit."""


class SegmentReferredTo(Conflict):
    """The segment {name!r} cannot be deleted: it is named in the definition of {others}. Edit those first."""


class RunGoingOn(Conflict):
    """The segment {name!r} cannot be deleted while {run} adds contacts to it. Stop that run, or wait for its end."""


def create(
    *,
    workspace: Workspace,
    name: str,
    kind: str,
    definition: Definition | Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Segment:
    """A new segment with its first members; 0 companies are fine (the preview warns).

    Raises:
        BadName, BadKind, NameTaken, NoUniverse, NoSuchReference, and what `language.parse` raises.
    """
    name, parsed = _checked_name(name), language.parse(definition)
    _check_kind(kind)
    chosen = _choose(workspace, parsed)
    return transactions.run(lambda: _create(workspace, name, kind, chosen, actor, now))


def update(
    *,
    workspace: Workspace,
    segment_id: int,
    actor: Actor,
    now: datetime,
    name: str | None = None,
    kind: str | None = None,
    definition: Definition | Mapping[str, Any] | None = None,
    revision: int | None = None,
) -> Segment:
    """Change what is given. A changed definition is applied at once; the revision then grows by one.

    Args:
        revision: the one the editor saw; if the definition has changed since, nothing is done.

    Raises:
        NoSuchSegment, EditedMeanwhile, Circle, and all that `create` raises.
    """
    register.get(workspace=workspace, segment_id=segment_id)
    new_name = None if name is None else _checked_name(name)
    if kind is not None:
        _check_kind(kind)
    chosen = None if definition is None else _choose(workspace, language.parse(definition), segment_id)

    def work() -> Segment:
        if chosen is not None:
            references.freeze(workspace=workspace)
        segment = register.lock(workspace=workspace, segment_id=segment_id)
        if revision is not None and revision != segment.revision:
            raise EditedMeanwhile(name=segment.name)
        _rename(segment, new_name, actor, now)
        _change_kind(segment, kind, actor, now)
        if chosen is not None and _stored(chosen.definition) != segment.definition:
            _redefine(segment, chosen, actor, now)
        segment.refresh_from_db()
        return segment

    return transactions.run(work)


def delete(*, workspace: Workspace, segment_id: int, actor: Actor, now: datetime) -> None:
    """The segment is shown no more and its name is free; its contacts stay owned.

    Raises:
        NoSuchSegment, SegmentReferredTo, RunGoingOn
    """

    def work() -> None:
        references.freeze(workspace=workspace)
        segment = register.lock(workspace=workspace, segment_id=segment_id)
        if naming := references.referring(workspace=workspace, segment_id=segment.pk):
            raise SegmentReferredTo(name=segment.name, others=", ".join(repr(other.name) for other in naming))
        if (
            run_id := segment.runs.filter(state__in=("queued", "running"))
            .values_list("id", flat=True)
            .first()
        ):
            raise RunGoingOn(name=segment.name, run=ids.public("run", run_id))
        references.replace(segment=segment, target_ids=())
        Segment.objects.filter(pk=segment.pk).update(deleted_at=now, due_at=None)
        activity.write(segment=segment, kind="deleted", actor=actor, now=now)
        _audit(segment, "segment.deleted", actor, now)

    transactions.run(work)


@dataclass(frozen=True)
class _Chosen:
    definition: Definition
    version: int
    company_ids: list[int]
    unmatched: int


def _choose(workspace: Workspace, definition: Definition, segment_id: int | None = None) -> _Chosen:
    """Ask the universe before the transaction opens, so that nobody waits for the search."""
    if segment_id is not None:
        segment = register.get(workspace=workspace, segment_id=segment_id)
        targets = definition.segment_ids
        references.check(workspace=workspace, segment_id=segment_id, name=segment.name, target_ids=targets)
    version = selection.current_version()
    chosen = selection.select(workspace=workspace, definition=definition, version=version)
    unmatched = len(chosen.unmatched_domains) + len(chosen.bad_domains)
    return _Chosen(definition, version, chosen.companies(), unmatched)


def _create(
    workspace: Workspace, name: str, kind: str, chosen: _Chosen, actor: Actor, now: datetime
) -> Segment:
    targets = chosen.definition.segment_ids
    if targets:
        references.freeze(workspace=workspace)
        references.check(workspace=workspace, segment_id=None, name=name, target_ids=targets)
    _check_free(workspace, name)
    segment = Segment(
        workspace=workspace, name=name, kind=kind, definition=_stored(chosen.definition),
        created_by=actor.label, created_at=now,
    )  # fmt: skip
    _save(segment)
    references.replace(segment=segment, target_ids=targets)
    activity.write(
        segment=segment, kind="created", actor=actor, now=now, detail={"unmatched": chosen.unmatched}
    )
    _audit(segment, "segment.created", actor, now)
    membership.apply(
        segment=segment,
        company_ids=chosen.company_ids,
        version=chosen.version,
        actor=actor,
        now=now,
        why="created",
    )
    segment.refresh_from_db()
    return segment


def _redefine(segment: Segment, chosen: _Chosen, actor: Actor, now: datetime) -> None:
    """Under the workspace's lock: the circle check sees every reference there is."""
    workspace, targets = segment.workspace, chosen.definition.segment_ids
    references.check(workspace=workspace, segment_id=segment.pk, name=segment.name, target_ids=targets)
    references.replace(segment=segment, target_ids=targets)
    segment.definition = _stored(chosen.definition)
    segment.revision += 1
    segment.save(update_fields=["definition", "revision"])
    detail = {"revision": segment.revision, "unmatched": chosen.unmatched}
    activity.write(segment=segment, kind="edited", actor=actor, now=now, detail=detail)
    _audit(segment, "segment.edited", actor, now)
    if segment.universe_version is not None and segment.universe_version > chosen.version:
        chosen = _choose(workspace, chosen.definition)
    membership.apply(
        segment=segment,
        company_ids=chosen.company_ids,
        version=chosen.version,
        actor=actor,
        now=now,
        why="edited",
    )


def _rename(segment: Segment, name: str | None, actor: Actor, now: datetime) -> None:
    if name is None or name == segment.name:
        return
    _check_free(segment.workspace, name)
    detail = {"before": segment.name, "after": name}
    segment.name = name
    _save(segment, ["name"])
    activity.write(segment=segment, kind="renamed", actor=actor, now=now, detail=detail)


def _change_kind(segment: Segment, kind: str | None, actor: Actor, now: datetime) -> None:
    """A segment that becomes dynamic is due at once: from now on it follows the universe."""
    if kind is None or kind == segment.kind:
        return
    segment.kind = kind
    segment.due_at = now if kind == Segment.Kind.DYNAMIC else None
    segment.save(update_fields=["kind", "due_at"])
    activity.write(segment=segment, kind="kind_changed", actor=actor, now=now, detail={"kind": kind})


def _stored(definition: Definition) -> dict[str, Any]:
    return definition.model_dump(mode="json")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_MAX or "\0" in name:
        raise BadName()
    return name


def _check_kind(kind: str) -> None:
    if kind not in Segment.Kind.values:
        raise BadKind(kind=kind[:20])


def _check_free(workspace: Workspace, name: str) -> None:
    if Segment.objects.filter(workspace=workspace, name=name, deleted_at__isnull=True).exists():
        raise NameTaken(name=name)


def _save(segment: Segment, fields: list[str] | None = None) -> None:
    """Two at once may find the name free; the unique key lets one of them have it."""
    try:
        with transaction.atomic():
            segment.save(update_fields=fields)
    except IntegrityError:
        raise NameTaken(name=segment.name) from None


def _audit(segment: Segment, action: str, actor: Actor, now: datetime) -> None:
    audit.write(
        workspace=segment.workspace, actor=actor, action=action, target=ids.public("seg", segment.pk), now=now,
        detail={"name": segment.name},
    )  # fmt: skip
