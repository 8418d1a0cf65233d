"""The typed changes of pairs from one version to another (F2), from the two indexes alone."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import erasure, titles
from rollcall.universe.diff import elsewhere, sameness
from rollcall.universe.diff.pairs import NONE, Pairs, company_of, standing
from rollcall.universe.index import hashing, opening
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.side_by_side import both

CHANGES = pa.schema(
    [
        ("company_id", pa.int64()),
        ("profile_id", pa.int64()),
        ("kind", pa.string()),
        ("happened_on", pa.date32()),
        ("title_before", pa.string()),
        ("title_after", pa.string()),
        ("seniority_before", pa.string()),
        ("seniority_after", pa.string()),
        ("department_before", pa.string()),
        ("department_after", pa.string()),
        ("now_company_id", pa.int64()),
        ("now_title", pa.string()),
    ]
)
_LISTS = {"title": "titles", "seniority": "seniorities", "department": "departments"}


def between(*, before: int, after: int, pairs: pa.Table) -> pa.Table:
    """One row a change of `pairs` (company_id, profile_id), as in `CHANGES`; titles as their words.

    Kinds: title_changed, promoted, department_changed, left, moved, returned, corrected. A pair that only one of the
    versions knows has no change. A correction is told where nothing else explains the difference; of somebody who left,
    also when only the record of their new position changed.

    Raises:
        UnknownVersion, VersionDamaged
    """
    asked = Pairs(*(np.asarray(pairs[name].to_numpy()) for name in ("company_id", "profile_id")))
    return of(opening.of(before), opening.of(after), asked, hidden=erasure.blocked_profiles())


def of(former: Opened, later: Opened, pairs: Pairs, *, hidden: Any = ()) -> pa.Table:
    """`hidden`: profiles of which nothing may be told."""
    same = sameness.between(former, later, pairs).is_same
    if hidden:
        same |= np.isin(pairs.profile, np.fromiter(hidden, np.int64))
    pairs = pairs.take(np.flatnonzero(~same))
    was, now = both(lambda: _Said(former, pairs), lambda: _Said(later, pairs))
    found = [part for part in _kinds(was, now) if len(part[1])]
    tables = [_table(pairs, was, now, *part) for part in found]
    if not tables:
        return CHANGES.empty_table()
    every = pa.concat_tables(tables)
    return every.sort_by([(name, "ascending") for name in ("company_id", "profile_id")])


class _Said:
    """What one version says of each pair, in columns."""

    def __init__(self, index: Opened, pairs: Pairs) -> None:
        self.standing = standing(index, pairs)
        self.is_current = self.standing.current != NONE
        self.is_gone = self.standing.ended != NONE
        self.texts = {name: self._text(index, name, list_name) for name, list_name in _LISTS.items()}
        self.started_on = self._number(index, "started_on")
        self.facts = self._number(index, "facts")
        self.left_on = _at(index.ended.columns["ended_on"], self.standing.ended)
        self.names = elsewhere.facts(index, "profile_facts", pairs.profile)
        hashing.add(self.names, elsewhere.facts(index, "company_facts", pairs.company))
        self._look_elsewhere(index, pairs)

    def _look_elsewhere(self, index: Opened, pairs: Pairs) -> None:
        there = np.full(len(pairs), NONE, np.int64)
        gone = np.flatnonzero(self.is_gone)
        there[gone] = elsewhere.newest(index, pairs.take(gone), self.standing.seen_on[gone])
        self.has_moved = there != NONE
        self.now_company = np.where(self.has_moved, company_of(index.current, np.maximum(there, 0)), 0)
        self.now_facts = _at(index.columns["facts"], there)
        hashing.add(self.now_facts, elsewhere.facts(index, "company_facts", self.now_company))
        self.now_since = _at(index.columns["first_seen_on"], there)
        self.now_title = _words(index, "titles", _at(index.columns["title"], there), self.has_moved)

    def _number(self, index: Opened, name: str) -> Column:
        current = _at(index.columns[name], self.standing.current)
        return np.where(self.is_current, current, _at(index.ended.columns[name], self.standing.ended))

    def _text(self, index: Opened, name: str, list_name: str) -> pa.Array:
        return _words(index, list_name, self._number(index, name), self.is_current | self.is_gone)


def _kinds(was: _Said, now: _Said) -> Iterator[tuple[str, Column, Column]]:
    """Each kind with the places of its pairs and the days on which it came true."""
    later_stay = was.is_gone & now.is_gone & (now.started_on > was.left_on)
    back = (was.is_gone & now.is_current) | later_stay
    known = (was.is_current | was.is_gone) & (now.is_current | now.is_gone)
    here = known & ~back
    retitled = here & _differs(was.texts["title"], now.texts["title"])
    rose = retitled & (_ranks(now.texts["seniority"]) < _ranks(was.texts["seniority"]))
    elsewhere_now = known & now.has_moved
    elsewhere_now &= (now.now_company != was.now_company) | ~was.has_moved | later_stay
    departed = now.is_gone & (was.is_current | later_stay) & ~elsewhere_now
    regrouped = here & _differs(was.texts["department"], now.texts["department"])
    explained = retitled | regrouped | back | elsewhere_now | departed
    shows_other = (was.facts != now.facts) | (was.names != now.names) | (was.now_facts != now.now_facts)
    for kind, flags, days in (
        ("promoted", rose, now.started_on),
        ("title_changed", retitled & ~rose, now.started_on),
        ("department_changed", regrouped, now.started_on),
        ("returned", back, now.started_on),
        ("moved", elsewhere_now, now.now_since),
        ("left", departed, now.left_on),
        ("corrected", known & shows_other & ~explained, now.started_on),
    ):
        places = np.flatnonzero(flags)
        yield kind, places, days[places]


def _table(pairs: Pairs, was: _Said, now: _Said, kind: str, places: Column, days: Column) -> pa.Table:
    chosen = pa.array(places)
    columns: dict[str, Any] = {
        "company_id": pairs.company[places],
        "profile_id": pairs.profile[places],
        "kind": pa.array([kind]).take(pa.array(np.zeros(len(places), np.int8))),
        "happened_on": pa.array(days, pa.int32()).cast(pa.date32()),
        "now_company_id": pa.array(now.now_company[places], mask=~now.has_moved[places]),
        "now_title": now.now_title.take(chosen),
    }
    for name in _LISTS:
        columns[f"{name}_before"] = was.texts[name].take(chosen)
        columns[f"{name}_after"] = now.texts[name].take(chosen)
    return pa.table(
        {field.name: pa.array(columns[field.name], field.type) for field in CHANGES}, schema=CHANGES
    )


def _at(column: Column, rows: Column) -> Column:
    """The values of the rows; of none, zero."""
    if not len(column):
        return np.zeros(len(rows), column.dtype)
    return np.where(rows == NONE, 0, np.asarray(column)[np.maximum(rows, 0)])


def _words(index: Opened, list_name: str, numbers: Column, is_known: Column) -> pa.Array:
    """The texts behind numbers of a list, without the spaces around a title's words."""
    texts = index.lists[list_name]
    numbers = np.where(is_known, numbers, 0) if len(texts) else numbers
    found = texts.take(pa.array(numbers, pa.int64(), mask=~is_known))
    return pc.utf8_trim_whitespace(found).cast(pa.string())


def _differs(before: pa.Array, after: pa.Array) -> Column:
    return np.asarray(pc.fill_null(pc.not_equal(before, after), False))


def _ranks(levels: pa.Array) -> Column:
    """The higher the level, the smaller; an unknown one compares with none."""
    ranks = {name: float(rank) for rank, name in enumerate(titles.SENIORITIES) if name != "unknown"}
    return np.array([ranks.get(level, np.nan) for level in levels.to_pylist()], np.float64)
