"""Answers a people search from an index: read the companies' rows, keep whom a persona wants, rank, cut, join."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rollcall.universe import records, titles
from rollcall.universe.index import title_words
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.queries import PeopleQuery, PersonaQuery


@dataclass(frozen=True)
class _Staff:
    """The rows of the companies asked for, and for each the place (from 0) of its company among them."""

    rows: Column
    places: Column

    def keep(self, flags: Column) -> "_Staff":
        return _Staff(self.rows[flags], self.places[flags])


def people(index: Opened, query: PeopleQuery, hidden: Collection[int]) -> pa.Table:
    """Columns as in `records.PEOPLE`; `hidden` are profiles that must not take a place."""
    company_ids = np.fromiter(dict.fromkeys(query.company_ids), np.int64)
    staff = _staff(index, company_ids)
    if hidden:
        gone = np.isin(index.columns["profile_id"][staff.rows], np.fromiter(hidden, np.int64))
        staff = staff.keep(~gone)
    found = [_ranked(index, persona, staff) for persona in query.personas]
    return _joined(index, company_ids, found)


def count(index: Opened, query: PeopleQuery, hidden: Collection[int]) -> int:
    """How many people `people` would find."""
    return int(people(index, query, hidden).num_rows)


def _staff(index: Opened, company_ids: Column) -> _Staff:
    last = len(index.starts) - 2
    known = np.where((company_ids >= 0) & (company_ids <= last), company_ids, 0)
    starts = index.starts[known]
    counts = np.where(known == company_ids, index.starts[known + 1] - starts, 0)
    places = np.repeat(np.arange(len(company_ids)), counts)
    before = np.cumsum(counts) - counts
    return _Staff(np.arange(len(places)) + np.repeat(starts - before, counts), places)


def _ranked(index: Opened, persona: PersonaQuery, staff: _Staff) -> tuple[_Staff, Column]:
    """Whom the persona wants, company by company, best first and cut, with their ranks from 1."""
    staff = _wanted(index, persona, staff)
    order = np.lexsort((*_keys(index, persona, staff.rows)[::-1], staff.places))
    staff = staff.keep(order)
    starts = np.flatnonzero(np.diff(staff.places, prepend=-1))
    ranks = np.arange(len(staff.places)) - np.repeat(starts, np.diff(starts, append=len(staff.places))) + 1
    if persona.per_company is None:
        return staff, ranks
    first = ranks <= persona.per_company
    return staff.keep(first), ranks[first]


def _wanted(index: Opened, persona: PersonaQuery, staff: _Staff) -> _Staff:
    """The cheapest conditions first: each next one reads only the rows that are left."""
    for column, values, wanted in (
        ("seniority", "seniorities", persona.seniorities),
        ("department", "departments", persona.departments),
        ("country", "countries", [text for text in persona.folded_countries if text]),
    ):
        if wanted or (column == "country" and persona.countries):
            staff = staff.keep(_among(index, values, wanted)[index.columns[column][staff.rows]])
    if persona.titles:
        staff = staff.keep(_has_title(index, staff, title_words.having(index, persona.phrases)))
    if persona.titles_out:
        staff = staff.keep(~_has_title(index, staff, title_words.having(index, persona.phrases_out)))
    return staff


def _has_title(index: Opened, staff: _Staff, wanted: Column) -> Column:
    return title_words.among(index.columns["title"][staff.rows], wanted, len(index.lists["titles"]))


def _among(index: Opened, name: str, wanted: Sequence[str]) -> Column:
    return np.isin(np.array(index.lists[name].to_pylist(), dtype=object).astype(str), list(wanted))


def _keys(index: Opened, persona: PersonaQuery, rows: Column) -> list[Column]:
    """What ranks people, the most telling first; the id decides between equals, as in every engine."""
    levels = {name: rank for rank, name in enumerate(titles.SENIORITIES)}
    by_level = np.array(
        [levels.get(name, len(levels)) for name in index.lists["seniorities"].to_pylist()], np.int8
    )
    level = by_level[index.columns["seniority"][rows]] if len(rows) else rows
    exact = title_words.exactly(index, persona.phrases)
    relevance = ~title_words.among(index.columns["title"][rows], exact, len(index.lists["titles"]))
    tenure, seen = index.columns["first_seen_on"][rows], -index.columns["last_seen_on"][rows]
    keys = {
        "seniority": [level, relevance, tenure, seen],
        "relevance": [relevance, level, tenure, seen],
        "tenure": [tenure, level, relevance, seen],
        "last_seen": [seen, level, relevance, tenure],
    }
    return [*keys[persona.order], index.columns["profile_id"][rows]]


def _joined(index: Opened, company_ids: Column, found: list[tuple[_Staff, Column]]) -> pa.Table:
    """One row a person and company: the best rank that any persona gave, and one bit for each that found them."""
    rows = np.concatenate([staff.rows for staff, _ in found]) if found else np.empty(0, np.int64)
    places = np.concatenate([staff.places for staff, _ in found]) if found else rows
    ranks = np.concatenate([rank for _, rank in found]) if found else rows
    bits = np.repeat(np.int64(1) << np.arange(len(found)), [len(rank) for _, rank in found])
    if len(found) > 1:
        order = np.argsort(rows, kind="stable")
        rows, places, ranks, bits = rows[order], places[order], ranks[order], bits[order]
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        if len(starts):
            rows, places = rows[starts], places[starts]
            ranks, bits = np.minimum.reduceat(ranks, starts), np.bitwise_or.reduceat(bits, starts)
    profiles = index.columns["profile_id"][rows]
    order = np.lexsort((profiles, ranks, places))
    columns = [company_ids[places[order]], profiles[order], places[order] + 1, ranks[order], bits[order]]
    return pa.table([pa.array(column, pa.int64()) for column in columns], schema=records.PEOPLE)
