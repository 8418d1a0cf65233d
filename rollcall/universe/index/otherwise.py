"""Titles that whoever asks reads otherwise, as numbers of one index: where they are, and what they count as."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import titles
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.titles import Overrides

# How many readers' titles one opened index keeps; each is a few numbers a title and a table of 64 KB.
_KEPT_MAX = 16
_LOW = 0xFFFF
AS_READ = -1
PARTS = {"seniority": list(titles.SENIORITIES), "department": list(titles.DEPARTMENTS)}


@dataclass(frozen=True)
class Otherwise:
    """Title numbers, ascending; `levels` and `departments` are places in `PARTS`, or AS_READ."""

    numbers: Column
    parts: dict[str, Column]
    low: Column

    def among(self, title_numbers: Column) -> tuple[Column, Column]:
        """Which of these titles are read otherwise, and for each of those its place here."""
        # A table of the lowest bits first: it stays in the processor's cache and leaves few to search for.
        maybe = np.flatnonzero(self.low.take(title_numbers & _LOW, mode="clip"))
        numbers = title_numbers[maybe]
        places = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        met = self.numbers[places] == numbers
        return maybe[met], places[met]

    def only(self, chosen: Column) -> "Otherwise":
        """Some of them, by a flag each."""
        return _made(self.numbers[chosen], {name: column[chosen] for name, column in self.parts.items()})


def of(index: Opened, overrides: Overrides) -> Otherwise | None:
    """The overrides as numbers, looked up once for an index; None if it has none of the titles."""
    if not overrides:
        return None
    kept: dict[Overrides, Otherwise | None] = index.memory.setdefault("otherwise", {})
    found = kept.pop(overrides) if overrides in kept else _look(index, overrides)
    kept[overrides] = found
    for oldest in list(kept)[:-_KEPT_MAX]:
        kept.pop(oldest, None)
    return found


def ranks(otherwise: Otherwise, levels: Column, title_numbers: Column) -> Column:
    """The rank of each one's level, with that of titles that are read otherwise in its place."""
    places, entries = otherwise.among(title_numbers)
    told = otherwise.parts["seniority"][entries]
    changed = levels.copy()
    changed[places] = np.where(told == AS_READ, levels[places], told)
    return changed


def _look(index: Opened, overrides: Overrides) -> Otherwise | None:
    known = index.lists["titles"]
    table = overrides.table
    words = table["title_words"].combine_chunks().cast(known.type)
    places = pc.index_in(known, value_set=words)
    numbers = np.flatnonzero(np.asarray(places.is_valid()))
    if not len(numbers):
        return None
    entries = places.take(pa.array(numbers)).to_numpy()
    parts = {
        part: np.array([_place(values, value) for value in table[part].to_pylist()], np.int8)[entries]
        for part, values in PARTS.items()
    }
    return _made(numbers, parts)


def _made(numbers: Column, parts: dict[str, Column]) -> Otherwise:
    low = np.zeros(_LOW + 1, np.bool_)
    low[numbers & _LOW] = True
    return Otherwise(numbers, parts, low)


def _place(values: list[str], value: str | None) -> int:
    return AS_READ if value is None else values.index(value)
