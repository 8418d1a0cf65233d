"""What one version says of each pair: its current row, or else its newest ended one."""

from dataclasses import dataclass

import numpy as np

from rollcall.universe.index.layout import Column, Opened, Spells

NONE = -1


@dataclass(frozen=True)
class Pairs:
    """Companies and profiles that are asked for, side by side."""

    company: Column
    profile: Column

    def __len__(self) -> int:
        return len(self.company)

    def take(self, places: Column) -> "Pairs":
        return Pairs(self.company[places], self.profile[places])


@dataclass(frozen=True)
class Standing:
    """For each pair its row among the current spells, or among the ended ones, or NONE.

    `is_plain`: there is no second current row, which would have to be weighed against the first.
    `seen_on`: the last day at the company under any title, of those who left.
    """

    current: Column
    ended: Column
    is_plain: Column
    seen_on: Column


def standing(index: Opened, pairs: Pairs) -> Standing:
    """Where each pair stands. Fastest if they are sorted by company, then profile."""
    current = _first(index.current, pairs)
    profiles = np.asarray(index.columns["profile_id"])
    is_plain = np.ones(len(pairs), np.bool_)
    if len(profiles):
        after = np.minimum(current + 1, len(profiles) - 1)
        twice = (after != current) & (profiles[after] == pairs.profile)
        twice &= after < _bounds(index.current, pairs.company)[1]
        is_plain = ~(twice & (current != NONE))
    ended = np.full(len(pairs), NONE, np.int64)
    seen_on = np.full(len(pairs), -(2**31), np.int32)
    gone = np.flatnonzero(current == NONE)
    ended[gone], seen_on[gone] = _newest_ended(index.ended, pairs.take(gone))
    return Standing(current, ended, is_plain, seen_on)


def company_of(spells: Spells, rows: Column) -> Column:
    """The company of each row."""
    return np.asarray(np.searchsorted(spells.starts, rows, "right") - 1)


def _newest_ended(spells: Spells, pairs: Pairs) -> tuple[Column, Column]:
    """The row that ended last, and of those the one that began last; and the last day seen under any title."""
    best = _first(spells, pairs)
    ends = _bounds(spells, pairs.company)[1]
    profiles, ended = (np.asarray(spells.columns[name]) for name in ("profile_id", "ended_on"))
    started, seen = (np.asarray(spells.columns[name]) for name in ("started_on", "last_seen_on"))
    seen_on = np.full(len(pairs), -(2**31), np.int32)
    asked = np.flatnonzero(best != NONE)
    at = best[asked]
    seen_on[asked] = seen[at]
    while True:
        at = at + 1
        more = np.flatnonzero(at < ends[asked])
        more = more[profiles[at[more]] == pairs.profile[asked[more]]]
        if not len(more):
            return best, seen_on
        at, asked = at[more], asked[more]
        former = best[asked]
        later = (ended[at] > ended[former]) | (
            (ended[at] == ended[former]) & (started[at] >= started[former])
        )
        best[asked] = np.where(later, at, former)
        seen_on[asked] = np.maximum(seen_on[asked], seen[at])


def _first(spells: Spells, pairs: Pairs) -> Column:
    """The first row of each pair, or NONE: a binary search in the company's rows, for all pairs at once."""
    low, ends = _bounds(spells, pairs.company)
    high = ends.copy()
    profiles = np.asarray(spells.columns["profile_id"])
    places = np.flatnonzero(low < high)
    while len(places):
        bottom, top = low[places], high[places]
        middle = (bottom + top) >> 1
        less = profiles[middle] < pairs.profile[places]
        bottom, top = np.where(less, middle + 1, bottom), np.where(less, top, middle)
        low[places], high[places] = bottom, top
        open_ = bottom < top
        places = places if open_.all() else places[open_]
    found = np.flatnonzero(low < ends)
    found = found[profiles[low[found]] == pairs.profile[found]]
    rows = np.full(len(pairs), NONE, np.int64)
    rows[found] = low[found]
    return rows


def _bounds(spells: Spells, company: Column) -> tuple[Column, Column]:
    """Where the rows of each company begin and end; none for a company that is not known."""
    starts = np.asarray(spells.starts)
    known = np.where((company >= 0) & (company < len(starts) - 1), company, 0)
    low = starts[known]
    return low, np.where(known == company, starts[known + 1], low)
