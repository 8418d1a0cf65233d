"""Whom a persona wants, as two tables of flags: one by kind (level, department, country), one by title."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from rollcall.universe.index import kinds, title_words
from rollcall.universe.index.kinds import Kinds
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.staff import Staff
from rollcall.universe.queries import PersonaQuery


@dataclass(frozen=True)
class Wanted:
    """Flags by kind and by title; None sets no condition."""

    known: Kinds
    kinds: Column | None
    titles: Column | None


def of(index: Opened, persona: PersonaQuery, known: Kinds) -> Wanted:
    """The persona's conditions, read once for all rows; `known` are their kinds as whoever asks reads the titles."""
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
    flags = None
    if persona.titles or persona.titles_out:
        flags = title_words.flags(index, persona.phrases, persona.phrases_out)
    return Wanted(known, kinds.flags(index, known, named) if named else None, flags)


def find(index: Opened, wanted: Wanted, staff: Staff, hidden: Column) -> Column:
    """The positions of those wanted, ascending; the cheap condition first, the next one on whoever is left.

    `hidden` are the profiles, ascending, that must not be found.
    """
    found = None
    if wanted.kinds is not None and len(wanted.known.of_rows):
        found = np.flatnonzero(wanted.kinds.take(_gathered(wanted.known.of_rows, staff), mode="clip"))
    titles = np.asarray(index.columns["title"])
    if wanted.titles is not None and len(titles):
        if found is None:
            found = np.flatnonzero(wanted.titles.take(_gathered(titles, staff), mode="clip"))
        else:
            found = found[wanted.titles.take(titles[staff.rows_at(found)], mode="clip")]
    if found is None:
        found = np.arange(staff.size)
    if len(hidden) and len(found):
        profiles = np.asarray(index.columns["profile_id"])[staff.rows_at(found)]
        found = found[~_among(profiles, hidden)]
    return found


def _gathered(column: Column, staff: Staff) -> Column:
    """The column at all rows. A few of each company first: so those that lie far apart are fetched many at once."""
    if not isinstance(staff.rows, slice):
        column.take(staff.touched, mode="clip")
    return np.asarray(column[staff.rows])


def _among(profiles: Column, hidden: Column) -> Column:
    """A table of the lowest bits first: it leaves few to search for."""
    low = np.zeros(1 << 16, np.bool_)
    low[hidden & 0xFFFF] = True
    flags = low.take(profiles & 0xFFFF)
    maybe = np.flatnonzero(flags)
    flags[maybe] = np.isin(profiles[maybe], hidden)
    return flags
