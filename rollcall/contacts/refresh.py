"""Keeping owned contacts true, for free, in every kind of segment (F1, F2, F3, F5), from version to version."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from rollcall.contacts import comparing, departures, freshness, reunion, rewriting, title_books
from rollcall.contacts.comparing import Compared
from rollcall.contacts.models import LIVE, Change, Contact
from rollcall.core import faults, jobs, rows, transactions
from rollcall.core.errors import TryLater
from rollcall.universe import versions
from rollcall.workspaces.models import Workspace

# As many as keep the writers' lock of SQLite well under half a second.
BATCH = 20_000
LOSSES_MAX = 20
COMPARED = faults.declare("contacts.refresh.compared", "a batch is compared, nothing of it is written")
WRITTEN = faults.declare("contacts.refresh.written", "contacts of a batch are written, their changes not yet")


class TooBusy(TryLater):
    """Somebody else is refreshing these contacts at this moment. Nothing is lost; try again in a moment."""


@dataclass
class Refreshed:
    """How many contacts were looked at, how many of them changed, and how often each kind of change was found."""

    checked: int = 0
    changed: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)


def run(*, workspace: Workspace, version: int, now: datetime) -> Refreshed:
    """Bring every contact of the workspace that is older than `version` up to it; never touches credits (C5).

    A batch is a transaction and a contact's version is its mark, so it can be stopped anywhere and run again.

    Raises:
        TooBusy: another worker kept taking the same batches.
    """
    checked = changed = after = losses = 0
    by_kind: Counter[str] = Counter()
    while losses <= LOSSES_MAX:
        step = _step(workspace, version, now, after)
        if step is not None and not step.ids and _finish(workspace, version):
            return Refreshed(checked=checked, changed=changed, by_kind=dict(by_kind))
        if step is None or not step.ids:
            after, losses = 0, losses + 1
            continue
        after, losses = step.ids[-1], 0
        checked, changed = checked + len(step.ids), changed + len(step.rewritten["id"])
        by_kind.update(step.changes["kind"])
    raise TooBusy()


@jobs.sweep("contacts.refresh")
def sweep(*, now: datetime) -> int:
    """One batch of whichever workspace is furthest behind the newest version."""
    version = versions.current()
    mark = freshness.behind(version=version) if version is not None else None
    if version is None or mark is None:
        return 0
    step = _step(mark.workspace, version, now, mark.after_id)
    if step is None:
        return 0
    if not step.ids:
        # Raises the mark, or else starts again from the first contact.
        _finish(mark.workspace, version)
        return 1
    freshness.note(workspace=mark.workspace, after_id=step.ids[-1])
    return len(step.ids)


def _finish(workspace: Workspace, version: int) -> bool:
    return transactions.run(lambda: freshness.raise_(workspace=workspace, version=version))


class _Taken(Exception):
    """Somebody else refreshed a part of the batch, or added to it, since it was read."""


def _step(workspace: Workspace, version: int, now: datetime, after: int) -> Compared | None:
    """The next batch: compared outside, written inside a transaction. None: somebody else took it meanwhile."""
    if not after:
        reunion.part(workspace=workspace, now=now)
    found = comparing.compare(workspace=workspace, version=version, after=after, limit=BATCH)
    if reunion.settle(workspace=workspace, pairs=found.pairs, now=now):
        # Some are aliases now, which are not refreshed.
        found = comparing.compare(workspace=workspace, version=version, after=after, limit=BATCH)
    if not found.ids:
        return found
    faults.point(COMPARED)
    try:
        transactions.run(lambda: _write(workspace, found, version, now))
    except _Taken:
        return None
    return found


def _write(workspace: Workspace, found: Compared, version: int, now: datetime) -> None:
    """All of the batch or nothing: the rows that this moves to the version must be as many as were read, and titles
    must still be read as they were."""
    if title_books.shared(workspace=workspace).stamp != found.book.stamp:
        raise _Taken()
    moved = sum(
        rewriting.rewrite(workspace=workspace, columns=columns, version=version, refreshed_at=now)
        for columns in (found.rewritten, found.seen)
    )
    rest = Contact.objects.filter(
        LIVE,
        workspace=workspace,
        universe_version__lt=version,
        id__gte=found.ids[0],
        id__lte=found.ids[-1],
    )
    moved += rest.update(universe_version=version, refreshed_at=now)
    if moved != len(found.ids):
        raise _Taken()
    faults.point(WRITTEN)
    rows.insert(
        Change,
        found.changes,
        constants={"workspace_id": workspace.pk, "learned_at": now, "universe_version": version},
    )
    departures.note(workspace=workspace, changes=found.changes, now=now)
