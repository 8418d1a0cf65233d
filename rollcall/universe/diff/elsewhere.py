"""Where those who left are now: the current positions of the same person at other companies."""

from dataclasses import dataclass

import numpy as np

from rollcall.universe.diff import pairs as pairs_
from rollcall.universe.diff.pairs import NONE, Pairs
from rollcall.universe.index import hashing, whereabouts
from rollcall.universe.index.layout import Column, Opened


@dataclass(frozen=True)
class _Rows:
    """Current rows at other companies; `places` says whose they are."""

    places: Column
    rows: Column
    company: Column


def fingerprints(index: Opened, pairs: Pairs) -> Column:
    """One number a pair for all that is known of the person at other companies; 0 for nothing."""
    found = _elsewhere(index, pairs)
    values = hashing.pair(found.company, np.asarray(index.columns["first_seen_on"])[found.rows])
    hashing.add(values, np.asarray(index.columns["facts"])[found.rows])
    hashing.add(values, facts(index, "company_facts", found.company))
    totals = np.zeros(len(pairs), np.uint64)
    # Mixed first, so that a sum of several says which they are; in whatever order they lie.
    np.add.at(totals, found.places, hashing.mixed(values))
    return totals


def newest(index: Opened, pairs: Pairs, seen_on: Column) -> Column:
    """The row where each person is now, if they were first seen there since they were last seen here; else NONE."""
    found = _elsewhere(index, pairs)
    first, started = (np.asarray(index.columns[name])[found.rows] for name in ("first_seen_on", "started_on"))
    since = first >= seen_on[found.places]
    order = np.lexsort((-found.company, started, first, found.places))
    order = order[since[order]]
    rows = np.full(len(pairs), NONE, np.int64)
    # Of several for one place the last one stays, which is the newest.
    rows[found.places[order]] = found.rows[order]
    return rows


def facts(index: Opened, name: str, ids: Column) -> Column:
    """The hash of what is shown of each person or company; 0 for ids that the version does not know."""
    hashes = np.asarray(index.facts[name])
    if not len(hashes):
        return np.zeros(len(ids), np.uint64)
    known = np.where((ids >= 0) & (ids < len(hashes)), ids, 0)
    return np.where(known == ids, hashes[known], 0)


def _elsewhere(index: Opened, pairs: Pairs) -> _Rows:
    places, rows = whereabouts.rows_of(index, pairs.profile)
    company = pairs_.company_of(index.current, rows)
    other = company != pairs.company[places]
    return _Rows(places[other], rows[other], company[other])
