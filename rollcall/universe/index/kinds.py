"""One number for each triple of level, department and country that people have: three conditions are one column."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rollcall.universe import titles
from rollcall.universe.ascending import distinct
from rollcall.universe.index import layout
from rollcall.universe.index.layout import Column, Opened

PARTS = ("seniority", "department", "country")
LISTS = {"seniority": "seniorities", "department": "departments", "country": "countries"}
_EVERY = {"seniority": titles.SENIORITIES, "department": titles.DEPARTMENTS}
_ROWS = 1 << 16
# As many possible triples are counted in a table; more (a source that writes streets as countries) are sorted.
_TABLE_MAX = 1 << 26


@dataclass(frozen=True)
class Kinds:
    """`of_rows`: the kind of each row; `parts`: for each kind the number of its level, department and country."""

    of_rows: Column
    parts: dict[str, Column]

    def __len__(self) -> int:
        return len(self.parts["country"])


def write(folder: Path, *, rows: int, sizes: Sequence[int]) -> None:
    """Add to the index in `folder` the column `kind`, and the list `kinds` of what each kind is.

    `sizes`: how many levels, departments and countries there are.
    """
    columns = [layout.column(folder, name, rows) for name in PARTS]
    known = _known(columns, sizes)
    np.column_stack(np.unravel_index(known, sizes)).astype("<i4").tofile(folder / "kinds")
    number = np.zeros(0, dtype(len(known)))
    if np.prod(sizes) <= _TABLE_MAX:
        number = np.zeros(int(np.prod(sizes)), dtype(len(known)))
        number[known] = np.arange(len(known))
    with (folder / "kind").open("wb") as out:
        for triples in _triples(columns, sizes):
            numbers = number[triples] if len(number) else np.searchsorted(known, triples)
            out.write(numbers.astype(dtype(len(known))).tobytes())


def of(index: Opened) -> Kinds:
    """The kinds of an index, opened once."""
    found: Kinds | None = index.memory.get("kinds")
    if found is None:
        found = index.memory["kinds"] = open_(index.folder)
    return found


def open_(folder: Path) -> Kinds:
    parts = np.fromfile(folder / "kinds", "<i4").reshape(-1, len(PARTS))
    number = dtype(len(parts))
    column = np.memmap(folder / "kind", number, "r") if len(parts) else np.empty(0, number)
    # As a plain array: each slice of a memory map costs a call in Python.
    return Kinds(np.asarray(column), dict(zip(PARTS, np.ascontiguousarray(parts.T), strict=True)))


def flags(index: Opened, kinds: Kinds, wanted: dict[str, Collection[str]]) -> Column:
    """One flag a kind: whether for each part that is named its value is one of those wanted."""
    met = np.ones(len(kinds), np.bool_)
    for part, values in wanted.items():
        numbers = texts(index, part)
        wanted_numbers = [numbers[value] for value in values if value in numbers]
        met &= np.isin(kinds.parts[part], wanted_numbers)
    return met


def texts(index: Opened, part: str) -> dict[str, int]:
    """The number of each text of the part's list; of every level and department, for titles may be read otherwise."""
    key = ("texts", part)
    if key not in index.memory:
        every = (*index.lists[LISTS[part]].to_pylist(), *_EVERY.get(part, ()))
        index.memory[key] = {text: number for number, text in enumerate(dict.fromkeys(every))}
    found: dict[str, int] = index.memory[key]
    return found


def _known(columns: Sequence[Column], sizes: Sequence[int]) -> Column:
    """The triples that somebody has, ascending."""
    if np.prod(sizes) <= _TABLE_MAX:
        seen = np.zeros(int(np.prod(sizes)), np.bool_)
        for triples in _triples(columns, sizes):
            seen[triples] = True
        return np.flatnonzero(seen)
    known = np.empty(0, np.int64)
    for triples in _triples(columns, sizes):
        known = distinct(np.concatenate([known, triples]))
    return known


def _triples(columns: Sequence[Column], sizes: Sequence[int]) -> Iterator[Column]:
    """The three numbers of each row as one, as many rows at once as stay in the processor's cache."""
    for start in range(0, len(columns[0]), _ROWS):
        level, department, country = (column[start : start + _ROWS] for column in columns)
        triples = level.astype(np.int64)
        triples *= sizes[1]
        triples += department
        triples *= sizes[2]
        triples += country
        yield triples


def dtype(count: int) -> np.dtype[np.unsignedinteger]:
    """Of the column, where there are so many kinds."""
    return np.dtype("<u2") if count <= 1 << 16 else np.dtype("<u4")
