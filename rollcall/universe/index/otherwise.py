"""Titles that whoever asks reads otherwise: the column of kinds once more, as this reader reads it.

It is made when they first ask, and large ones are kept beside the index for all processes: from then on a search costs
what it costs with the titles as the rules read them. Readers who say the same of all titles share it.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.ascending import distinct
from rollcall.universe.index import kinds
from rollcall.universe.index.kinds import Kinds
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.titles import Overrides

PARTS = ("seniority", "department")
# How many of them an opened index keeps open; those of few rows are made faster than a file is safely written.
_OPEN_MAX = 16
_IN_MEMORY_ROWS = 1 << 20
# How much of the disk those of one index may take, though four always may.
_DISK_BYTES, _ON_DISK_MIN = 4 << 30, 4
_ROWS = 1 << 18
_LOW = 0xFFFF
# As many possible triples are numbered by a table; more (a source that writes streets as countries) are looked up.
_TABLE_MAX = 1 << 22
_AS_READ = -1


def of(index: Opened, overrides: Overrides) -> Kinds:
    """The kinds of all rows as this reader reads their titles; made once for an index and its overrides."""
    if not overrides:
        return kinds.of(index)
    kept: dict[Overrides, Kinds] = index.memory.setdefault("otherwise", {})
    found = kept.get(overrides)
    if found is None:
        said = _said(index, overrides)
        found = kinds.of(index) if said is None else _opened(index, overrides, said)
    kept.pop(overrides, None)
    kept[overrides] = found
    for oldest in list(kept)[:-_OPEN_MAX]:
        kept.pop(oldest, None)
    return found


@dataclass(frozen=True)
class _Said:
    """`of_title`: for each title the place of what it is read as; place 0 says nothing. `parts`: for each place the
    number of its level and of its department, or `_AS_READ`. `low`: the last bits of the titles read otherwise."""

    of_title: Column
    parts: dict[str, Column]
    low: Column


def _said(index: Opened, overrides: Overrides) -> _Said | None:
    """The overrides in the numbers of the index; None if it has none of the titles."""
    known, table = index.lists["titles"], overrides.table
    words = table["title_words"].combine_chunks().cast(known.type)
    entries = pc.index_in(known, value_set=words)
    numbers = np.flatnonzero(np.asarray(entries.is_valid()))
    if not len(numbers):
        return None
    columns = [table[part].to_pylist() for part in PARTS]
    places: dict[tuple[str | None, ...], int] = {(None,) * len(PARTS): 0}
    of_entry = np.array([places.setdefault(said, len(places)) for said in zip(*columns, strict=True)])
    of_title = np.zeros(len(known), np.uint16)
    of_title[numbers] = of_entry[entries.take(pa.array(numbers)).to_numpy()]
    low = np.zeros(_LOW + 1, np.bool_)
    low[numbers & _LOW] = True
    parts = {}
    for place, part in enumerate(PARTS):
        number, every = kinds.texts(index, part), [one[place] for one in places]
        parts[part] = np.array([_AS_READ if one is None else number[one] for one in every])
    return _Said(of_title, parts, low)


def _opened(index: Opened, overrides: Overrides, said: _Said) -> Kinds:
    rows = kinds.of(index).of_rows
    if len(rows) <= _IN_MEMORY_ROWS:
        return _Reread(index, said).kinds()
    folder = index.folder / "otherwise" / f"{overrides.digest}-{index.built}"
    try:
        if not folder.exists():
            _write(folder, _Reread(index, said))
        os.utime(folder)
        return kinds.open_(folder)
    except OSError:
        # No room on the disk, or the version was removed meanwhile: whoever asks is answered all the same.
        return _Reread(index, said).kinds()


def _write(folder: Path, reread: "_Reread") -> None:
    """Beside its place first, then renamed, so that it is whole; someone else may write the same."""
    half = folder.with_name(f".{folder.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        # Not with its parents: where the index was removed there is no place for this either.
        half.parent.mkdir(exist_ok=True)
        half.mkdir()
        reread.write(half)
        half.rename(folder)
    except OSError:
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
    size = max((folder / "kind").stat().st_size, 1)
    others = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)
    for oldest in others[: -max(_DISK_BYTES // size, _ON_DISK_MIN)]:
        shutil.rmtree(oldest, ignore_errors=True)


class _Reread:
    """Numbers the kinds that rows are of when some titles are read otherwise: those of the index, and further ones."""

    def __init__(self, index: Opened, said: _Said) -> None:
        self._titles, self._said, self._old = np.asarray(index.columns["title"]), said, kinds.of(index)
        self._sizes = [len(kinds.texts(index, part)) for part in kinds.PARTS]
        triples = np.ravel_multi_index([self._old.parts[part] for part in kinds.PARTS], self._sizes)
        self._numbers = {triple: number for number, triple in enumerate(triples.tolist())}
        self._table: Column | None = None
        if np.prod(self._sizes) <= _TABLE_MAX:
            self._table = np.full(int(np.prod(self._sizes)), -1, np.int32)
            self._table[triples] = np.arange(len(triples))

    def kinds(self) -> Kinds:
        return Kinds(np.concatenate(list(self._columns())), self._parts())

    def write(self, folder: Path) -> None:
        """As `kinds.open_` reads it."""
        dtype: np.dtype[np.unsignedinteger] | None = None
        # Met more kinds than there was room for: once more, they are all known now.
        while dtype != kinds.dtype(len(self._numbers)):
            dtype = kinds.dtype(len(self._numbers))
            with (folder / "kind").open("wb") as out:
                for column in self._columns():
                    out.write(column.astype(dtype).data)
                out.flush()
                os.fsync(out.fileno())
        np.column_stack(list(self._parts().values())).astype("<i4").tofile(folder / "kinds")

    def _parts(self) -> dict[str, Column]:
        found = np.unravel_index(np.array(list(self._numbers), np.int64), self._sizes)
        return dict(zip(kinds.PARTS, found, strict=True))

    def _columns(self) -> Iterator[Column]:
        """The kinds of all rows, some rows at once."""
        for start in range(0, len(self._titles), _ROWS):
            numbers, old = (column[start : start + _ROWS] for column in (self._titles, self._old.of_rows))
            # A table of the lowest bits first: it stays in the processor's cache and leaves few to look at.
            maybe = np.flatnonzero(self._said.low.take(numbers & _LOW, mode="clip"))
            places = self._said.of_title[numbers[maybe]]
            rows, places = maybe[places > 0], places[places > 0]
            told = self._told(old[rows], places)
            new = old.astype(kinds.dtype(len(self._numbers)))
            new[rows] = told
            yield new

    def _told(self, old: Column, places: Column) -> Column:
        """What people of these kinds are when their titles are read as at these places."""
        triple = []
        for part in kinds.PARTS:
            numbers = self._old.parts[part][old]
            if part in PARTS:
                told = self._said.parts[part][places]
                numbers = np.where(told == _AS_READ, numbers, told)
            triple.append(numbers)
        triples = np.ravel_multi_index(triple, self._sizes)
        if self._table is None:
            found, where = np.unique(triples, return_inverse=True)
            return self._numbered(found)[where]
        numbers = self._table[triples]
        unknown = distinct(triples[numbers < 0])
        if len(unknown):
            self._table[unknown] = self._numbered(unknown)
            numbers = self._table[triples]
        return numbers

    def _numbered(self, triples: Column) -> Column:
        """Each triple's number; a new one gets the next."""
        numbers = [self._numbers.setdefault(one, len(self._numbers)) for one in triples.tolist()]
        return np.array(numbers, np.int32)
