"""Whom a persona wants, as two tables of flags: one by kind (level, department, country), one by title."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from rollcall.universe.index import kinds, title_words
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.staff import Staff
from rollcall.universe.queries import PersonaQuery

_CACHE_LINE = 64


@dataclass(frozen=True)
class Wanted:
    """None sets no condition."""

    kinds: Column | None
    titles: Column | None


def of(index: Opened, persona: PersonaQuery) -> Wanted:
    """The persona's conditions, read once for all rows."""
    parts: dict[str, Collection[str]] = {
        "seniority": persona.seniorities,
        "department": persona.departments,
        # An unknown country is kept as an empty text, which nobody asks for.
        "country": [text for text in persona.folded_countries if text],
    }
    asked = {
        "seniority": persona.seniorities,
        "department": persona.departments,
        "country": persona.countries,
    }
    named = {part: parts[part] for part, values in asked.items() if values}
    titles = persona.titles or persona.titles_out
    return Wanted(
        kinds.flags(index, named) if named else None,
        title_words.flags(index, persona.phrases, persona.phrases_out) if titles else None,
    )


def find(index: Opened, wanted: Wanted, staff: Staff, hidden: Column) -> Column:
    """The positions of those wanted, ascending; the cheap condition first, the next one on whoever is left.

    `hidden` are the profiles, ascending, that must not be found.
    """
    found: Column | None = None
    for column, flags in (
        (kinds.of(index).of_rows, wanted.kinds),
        (np.asarray(index.columns["title"]), wanted.titles),
    ):
        if flags is None or not len(column):
            continue
        if found is None:
            found = np.flatnonzero(flags.take(_gathered(column, staff.rows), mode="clip"))
        else:
            found = found[flags.take(column[staff.rows_at(found)], mode="clip")]
    if found is None:
        found = np.arange(staff.size)
    if len(hidden) and len(found):
        profiles = np.asarray(index.columns["profile_id"])[staff.rows_at(found)]
        found = found[~_among(profiles, hidden)]
    return found


def _gathered(column: Column, rows: Column | slice) -> Column:
    """The column at the rows. One of each cache line first: so few far apart are fetched many at once."""
    if not isinstance(rows, slice):
        column.take(rows[:: _CACHE_LINE // column.itemsize])
    return np.asarray(column[rows])


def _among(profiles: Column, hidden: Column) -> Column:
    """A table of the lowest bits first: it leaves few to search for."""
    low = np.zeros(1 << 16, np.bool_)
    low[hidden & 0xFFFF] = True
    flags = low.take(profiles & 0xFFFF)
    maybe = np.flatnonzero(flags)
    flags[maybe] = np.isin(profiles[maybe], hidden)
    return flags
