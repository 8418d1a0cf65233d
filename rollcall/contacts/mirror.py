"""The pairs that a workspace owns, kept in memory: for estimates over very many people, exact at every moment.

A contact is never removed and its pair never changes, so what was read once stays true; only what came since is read
anew each time. Since when, is the mark: an id below which no contact can appear any more. Ids are given in order but
transactions end in any, so on PostgreSQL a mark is set only when all that ran when its contact was seen have ended.

Not for a transaction that itself adds contacts: it might be undone, and the mirror would not know.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from rollcall.contacts import pair_columns
from rollcall.contacts.models import Contact
from rollcall.core import writers
from rollcall.universe.index import owned as columns
from rollcall.universe.index.layout import Column
from rollcall.universe.index.owned import Pairs
from rollcall.workspaces.models import Workspace

# The mark moves when so many contacts came since; a workspace with fewer in all has no mirror.
MOVE_AFTER = 2_000
KEPT_MAX = 16


@dataclass(frozen=True)
class _Mirror:
    """All pairs up to the contact `mark`, and what that contact was when they were read."""

    pairs: Pairs
    mark: int
    last: tuple[Any, ...]


@dataclass(frozen=True)
class _Planned:
    """Where the mark may move as soon as those who wrote when it was planned have ended."""

    mark: int
    writers: list[int]


_Kept = tuple[_Mirror | None, _Planned | None]
_kept: dict[tuple[str, int], _Kept] = {}


def flags(*, workspace: Workspace, company_ids: Column, profile_ids: Column) -> Column | None:
    """One flag a pair, whether it is owned; None if there is no mirror (yet), and the database is to be asked."""
    try:
        mirror = _current(workspace)
        if mirror is None:
            return None
        since = _pairs(pair_columns.after(workspace=workspace, number=mirror.mark))
    except columns.IdsTooLarge:
        return None
    return np.asarray(mirror.pairs.have(company_ids, profile_ids) | since.have(company_ids, profile_ids))


def _current(workspace: Workspace) -> _Mirror | None:
    key = (str(connection.settings_dict["NAME"]), workspace.pk)
    mirror, planned = _kept.pop(key, (None, None))
    if mirror is not None and _contact(workspace, mirror.mark) != mirror.last:
        # Another database than the one it was read from: restored from a backup, or undone.
        mirror = planned = None
    if planned is None:
        planned = _plan(workspace, 0 if mirror is None else mirror.mark)
    if planned is not None and writers.have_ended(planned.writers):
        mirror, planned = _moved(workspace, mirror, planned), None
    _kept[key] = (mirror, planned)
    for oldest in list(_kept)[:-KEPT_MAX]:
        _kept.pop(oldest, None)
    return mirror


def _plan(workspace: Workspace, mark: int) -> _Planned | None:
    """The newest contact first, then who writes: whoever has an older id wrote before (claims), so is among them."""
    newer = Contact.objects.filter(workspace=workspace, pk__gt=mark)
    if not newer.order_by("pk")[MOVE_AFTER : MOVE_AFTER + 1].exists():
        return None
    newest = newer.order_by("-pk").values_list("pk", flat=True).first()
    assert newest is not None
    running = writers.running()
    return None if running is None else _Planned(newest, running)


def _moved(workspace: Workspace, mirror: _Mirror | None, planned: _Planned) -> _Mirror | None:
    if mirror is None:
        more = _pairs(pair_columns.until(workspace=workspace, number=planned.mark))
    else:
        more = _pairs(pair_columns.after(workspace=workspace, number=mirror.mark, last=planned.mark))
    last = _contact(workspace, planned.mark)
    if last is None:
        return mirror
    return _Mirror(more if mirror is None else mirror.pairs.joined(more), planned.mark, last)


def _contact(workspace: Workspace, number: int) -> tuple[Any, ...] | None:
    rows = Contact.objects.filter(workspace=workspace, pk=number)
    return rows.values_list("pk", "company_id", "profile_id", "charge_id", "added_at").first()


def _pairs(read: tuple[Column, Column]) -> Pairs:
    company_ids, profile_ids = read
    return columns.of(company_ids=company_ids, profile_ids=profile_ids)
