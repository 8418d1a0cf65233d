"""Several sources name one person at one company: which of their current positions is the one that is shown.

What the others say is kept beside it (`shadows`), and steps forward when it is the newer word.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import spells
from rollcall.universe.columns import flat, pair

# The position shown stays the one shown until another is so much newer: two sources that come by turns and write a
# title differently would else change it with every load.
PATIENCE = timedelta(days=45)
_LONG_AGO = date.min


def apart(every: pa.Table, *, shown_before: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The positions to show, at most one current one for each person and company, and those that stand behind.

    An end that a source told counts for all who had not seen the person since. Of those who name the person still,
    the one that was shown before goes on, unless another saw them much later; then the one seen last.
    """
    ordered = spells.in_order(every)
    rows = _contested(ordered)
    if not len(rows):
        return ordered, ordered.slice(0, 0)
    behind = _behind(ordered.take(pa.array(rows)), rows, shown_before)
    mask = np.zeros(ordered.num_rows, bool)
    mask[behind] = True
    hidden = pa.array(mask)
    return ordered.filter(pc.invert(hidden)), ordered.filter(hidden)


def _contested(ordered: pa.Table) -> Any:
    """The places of all spells of each person and company of whom more than one source or record speaks."""
    if not ordered.num_rows:
        return np.zeros(0, np.int64)
    pairs = flat(pair(ordered)).to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
    current = flat(pc.is_null(ordered["ended_on"])).to_numpy(zero_copy_only=False).astype(np.int64)
    sources = flat(ordered["source"].combine_chunks().dictionary_encode()).indices.to_numpy()
    mixed = np.maximum.reduceat(sources, starts) != np.minimum.reduceat(sources, starts)
    now = np.add.reduceat(current, starts)
    wanted = (now > 1) | (mixed & (now > 0))
    lengths = np.diff(np.append(starts, len(pairs)))
    return np.flatnonzero(np.repeat(wanted, lengths))


def _behind(rows: pa.Table, places: Any, shown_before: pa.Table) -> list[int]:
    """The places of the current spells that are not shown."""
    needed = rows.select(
        [
            "company_id",
            "profile_id",
            "source",
            "source_key",
            "started_on",
            "ended_on",
            "last_seen_on",
            "noticed_on",
        ]
    )
    ours = shown_before.filter(pc.is_null(shown_before["ended_on"]))
    ours = ours.filter(pc.is_in(pair(ours), value_set=flat(pc.unique(pair(rows)))))
    shown = {
        _told_by(row) for row in ours.select(["company_id", "profile_id", "source", "source_key"]).to_pylist()
    }
    groups: dict[tuple[int, int], list[tuple[int, dict[str, Any]]]] = {}
    for place, row in zip(places.tolist(), needed.to_pylist(), strict=True):
        groups.setdefault((row["company_id"], row["profile_id"]), []).append((place, row))
    behind: list[int] = []
    for group in groups.values():
        behind += _of_one(group, shown)
    return behind


def _of_one(group: Sequence[tuple[int, dict[str, Any]]], shown: set[tuple[Any, ...]]) -> list[int]:
    current = [(place, row) for place, row in group if row["ended_on"] is None]
    still = [(place, row) for place, row in current if not _is_over(row, group)]
    if not still:
        return [place for place, _ in current]
    newest = max(row["last_seen_on"] or _LONG_AGO for _, row in still)

    def rank(item: tuple[int, dict[str, Any]]) -> tuple[Any, ...]:
        seen = item[1]["last_seen_on"] or _LONG_AGO
        goes_on = _told_by(item[1]) in shown and newest - seen <= PATIENCE
        since = item[1]["started_on"] or _LONG_AGO
        return (not goes_on, -seen.toordinal(), since, item[1]["source"], item[1]["source_key"])

    front = min(still, key=rank)[0]
    return [place for place, _ in current if place != front]


def _is_over(row: dict[str, Any], group: Sequence[tuple[int, dict[str, Any]]]) -> bool:
    """Whether another source noticed an end since this one last saw the person."""
    seen = row["last_seen_on"] or _LONG_AGO
    return any(
        other["ended_on"] is not None and other["source"] != row["source"] and (other["noticed_on"] or _LONG_AGO) > seen
        and not _speaks_again(other, group)
        for _, other in group
    )  # fmt: skip


def _speaks_again(ended: dict[str, Any], group: Sequence[tuple[int, dict[str, Any]]]) -> bool:
    """Whether the source of an ended spell names the person here still, under another title."""
    return any(other["source"] == ended["source"] and other["ended_on"] is None for _, other in group)


def _told_by(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["company_id"], row["profile_id"], row["source"], row["source_key"]
