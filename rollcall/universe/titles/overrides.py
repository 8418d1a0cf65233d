"""Titles that somebody reads otherwise than the rules do: another rank, another department, or both.

An override is for the words of a title, so it holds for every spelling of it, and every engine can compare it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.core.errors import Invalid
from rollcall.universe.titles.departments import DEPARTMENTS
from rollcall.universe.titles.levels import COARSE, ROLE_LEVELS, SENIORITIES
from rollcall.universe.titles.spelling import words


class UnknownReading(Invalid):
    """An override says {value!r}, which is no {what}. Choose among: {allowed}."""


@dataclass(frozen=True, slots=True)
class Override:
    """`title_words` as `words` writes them; None leaves that half as the rules read it."""

    title_words: str
    level: str | None
    department: str | None

    def __post_init__(self) -> None:
        for value, what, known in (
            (self.level, "seniority", SENIORITIES | ROLE_LEVELS),
            (self.department, "department", DEPARTMENTS),
        ):
            if value is not None and value not in known:
                raise UnknownReading(value=value[:80], what=what, allowed=", ".join(known))

    @property
    def seniority(self) -> str | None:
        return None if self.level is None else COARSE[self.level]


@dataclass(frozen=True)
class Overrides:
    """All overrides of one reader, each title once, sorted by their words; equal ones hash alike."""

    entries: tuple[Override, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Asked with every search; the tuple would be walked through each time.
        return hash(tuple((one.title_words, one.level, one.department) for one in self.entries))

    @cached_property
    def digest(self) -> str:
        """The same for all that read all titles alike."""
        told = [(one.title_words, one.seniority, one.department) for one in self.entries]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def of(self, title_words: str) -> Override | None:
        return self._by_words.get(title_words)

    @cached_property
    def table(self) -> pa.Table:
        """title_words, seniority, department: what an engine is sent."""
        columns = {
            "title_words": [one.title_words for one in self.entries],
            "seniority": [one.seniority for one in self.entries],
            "department": [one.department for one in self.entries],
        }
        return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})

    def applied(self, rows: pa.Table) -> pa.Table:
        """The rows (title_words, seniority, department and others) as this reader reads their titles."""
        if not self.entries or not rows.num_rows:
            return rows
        places = pc.index_in(rows["title_words"], value_set=self.table["title_words"].combine_chunks())
        for name in ("seniority", "department"):
            said: Any = self.table[name].combine_chunks().take(places)
            rows = rows.set_column(
                rows.column_names.index(name), rows.schema.field(name), pc.coalesce(said, rows[name])
            )
        return rows

    @cached_property
    def _by_words(self) -> dict[str, Override]:
        return {one.title_words: one for one in self.entries}


NO_OVERRIDES = Overrides()


def of(entries: Iterable[Override]) -> Overrides:
    """Of two for the same title the later one counts; those that say nothing, or of no word, are left out."""
    found = {one.title_words: one for one in entries if one.title_words and (one.level or one.department)}
    return Overrides(tuple(found[key] for key in sorted(found)))


def of_titles(said: Mapping[str, tuple[str | None, str | None]]) -> Overrides:
    """From titles in any spelling, each with a rank (also a finer one) and a department.

    Raises:
        UnknownReading
    """
    return of(Override(words(title), level, department) for title, (level, department) in said.items())
