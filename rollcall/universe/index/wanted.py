"""Whom a persona wants, as two tables of flags: one by kind (level, department, country), one by title.

Titles that whoever asks reads otherwise are no longer of the kind that their rows name: they are looked at by
themselves. If one of them may be wanted now, the titles of all rows are read; else only of those found by kind.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from rollcall.universe.index import kinds, otherwise, title_words
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.otherwise import AS_READ, PARTS, Otherwise
from rollcall.universe.index.staff import Staff
from rollcall.universe.queries import PersonaQuery
from rollcall.universe.titles import Overrides


@dataclass(frozen=True)
class Reread:
    """`said`: of each title read otherwise, by part, whether the persona wants what it says (AS_READ: it says nothing
    of the part). `kinds`: the kinds that meet each part, and all that is no part of a title."""

    titles: Otherwise
    said: dict[str, Column]
    kinds: dict[str, Column]
    rest: Column
    may_add: bool

    def met(self, entries: Column, kinds_of: Column) -> Column:
        """Whether people of these kinds whose titles are at these places are wanted after all."""
        met = self.rest[kinds_of]
        for part, said in self.said.items():
            told = said[entries]
            met = met & np.where(told == AS_READ, self.kinds[part][kinds_of], told == 1)
        return np.asarray(met)


@dataclass(frozen=True)
class Wanted:
    """None sets no condition."""

    kinds: Column | None
    titles: Column | None
    reread: Reread | None = None


def of(index: Opened, persona: PersonaQuery, overrides: Overrides) -> Wanted:
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
    flags = None
    if persona.titles or persona.titles_out:
        flags = title_words.flags(index, persona.phrases, persona.phrases_out)
    return Wanted(
        kinds.flags(index, named) if named else None, flags, _reread(index, overrides, named, flags)
    )


def find(index: Opened, wanted: Wanted, staff: Staff, hidden: Column) -> Column:
    """The positions of those wanted, ascending; the cheap condition first, the next one on whoever is left.

    `hidden` are the profiles, ascending, that must not be found.
    """
    found = _of_kind(index, wanted, staff) if wanted.kinds is not None else None
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


def _of_kind(index: Opened, wanted: Wanted, staff: Staff) -> Column:
    """The positions of those whose kind, or whose title as it is read here, is wanted."""
    of_rows = kinds.of(index).of_rows
    if wanted.kinds is None or not len(of_rows):
        return np.arange(staff.size)
    kinds_of = _gathered(of_rows, staff)
    flags = wanted.kinds.take(kinds_of, mode="clip")
    reread, titles = wanted.reread, np.asarray(index.columns["title"])
    if reread is None:
        return np.flatnonzero(flags)
    if reread.may_add and reread.rest.all():
        places, entries = reread.titles.among(_gathered(titles, staff))
    else:
        # Only those who are in the right country, or even wanted already, can be concerned.
        looked = np.flatnonzero(reread.rest.take(kinds_of, mode="clip") if reread.may_add else flags)
        places, entries = reread.titles.among(titles[staff.rows_at(looked)])
        places = looked[places]
    flags[places] = reread.met(entries, kinds_of[places])
    return np.flatnonzero(flags)


def _reread(
    index: Opened, overrides: Overrides, named: dict[str, Collection[str]], flags: Column | None
) -> Reread | None:
    """What the overrides mean for these conditions; None if they mean nothing."""
    asked = {part: values for part, values in named.items() if part in PARTS}
    every = otherwise.of(index, overrides) if asked else None
    if every is None:
        return None
    relevant = np.any([every.parts[part] != AS_READ for part in asked], axis=0)
    if flags is not None:
        relevant &= flags[every.numbers]
    if not relevant.any():
        return None
    some = every.only(relevant)
    said = {part: _said(some.parts[part], PARTS[part], values) for part, values in asked.items()}
    return Reread(
        titles=some,
        said=said,
        kinds={part: kinds.flags(index, {part: values}) for part, values in asked.items()},
        rest=kinds.flags(index, {part: values for part, values in named.items() if part not in PARTS}),
        may_add=bool(np.all([told != 0 for told in said.values()], axis=0).any()),
    )


def _said(values: Column, names: list[str], wanted: Collection[str]) -> Column:
    met = np.isin(values, [names.index(value) for value in wanted]).astype(np.int8)
    met[values == AS_READ] = AS_READ
    return met


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
