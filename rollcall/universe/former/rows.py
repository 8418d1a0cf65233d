"""The rows of one table of the former version that a load looks at, and where in its files they are."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rollcall.universe import buckets, records
from rollcall.universe.ascending import Numbers, are_among, distinct, union, without
from rollcall.universe.columns import conform, flat
from rollcall.universe.former import fingerprints
from rollcall.universe.former.fingerprints import THREADS, Version, Wanted

# As many row groups as are read at once.
_GROUPS = 16
# A place is the number of the file, and below it the number of the row.
_FILE = 32
_SPAN_MAX = 1 << 28


class Rows:
    """Those rows of a table that were looked for, in the order of the files; `only` one kind, of `keys`."""

    def __init__(self, version: Version, name: str, *, only: str | None = None) -> None:
        self.name, self.files, self._version, self._only = name, files(version.folder, name), version, only
        self.places: Numbers = np.empty(0, np.int64)
        self.gone: Numbers = np.empty(0, np.int64)
        # What was read, as it came: where the rows stand, and the rows.
        self._read_so_far: list[tuple[Numbers, pa.Table]] = []

    @cached_property
    def _sizes(self) -> list[int]:
        return [pq.read_metadata(path).num_rows for path in self.files]

    @property
    def table(self) -> pa.Table:
        """The rows, put in order when they are asked for."""
        if not self._read_so_far:
            return records.TABLES[self.name].empty_table()
        if len(self._read_so_far) > 1:
            places = np.concatenate([places for places, _ in self._read_so_far])
            rows = pa.concat_tables([table for _, table in self._read_so_far])
            if not (places[1:] > places[:-1]).all():
                rows = rows.take(pa.array(np.argsort(places, kind="stable")))
            self._read_so_far = [(self.places, rows.combine_chunks())]
        return self._read_so_far[0][1]

    def with_texts(self, column: str, values: Any) -> pa.Table:
        """Take in the rows with one of these texts (or of those `Wanted`) in the column; returns those that are new."""
        return self._take(self._by_texts(column, values))

    def with_numbers(self, column: str, values: Any) -> pa.Table:
        """Take in the rows with one of these numbers in the column; returns those that are new."""
        return self._take(self._by_numbers(column, values))

    def scanned(self, columns: Sequence[str], work: Callable[[pa.Table], Any]) -> list[Any]:
        """What `work` finds in each part of these columns of the whole table. Nothing is taken in."""

        def scan(path: Path) -> list[Any]:
            batches = pq.ParquetFile(path).iter_batches(columns=list(columns))
            return [work(pa.Table.from_batches([batch])) for batch in batches]

        return [found for parts in _each(scan, self.files) for found in parts]

    def with_all(self) -> pa.Table:
        return self._take([np.arange(size) for size in self._sizes])

    def with_first(self) -> None:
        """Take in the first row of all: whether there are any decides something."""
        self._take([np.arange(min(1, size)) for size in self._sizes[:1]])

    def without_texts(self, column: str, values: Any) -> None:
        """Leave the rows with one of these texts out of everything; they are not in the next version."""
        self._forget(self._by_texts(column, values))

    def without_numbers(self, column: str, values: Any) -> pa.Table:
        """Leave the rows with one of these numbers out of everything; returns them."""
        return self._forget(self._by_numbers(column, values))

    def in_file(self, file: int, places: Numbers) -> Numbers:
        """Of these places, the rows of one file."""
        low, high = np.searchsorted(places, (file << _FILE, (file + 1) << _FILE))
        return places[low:high] & ((1 << _FILE) - 1)

    def _by_texts(self, column: str, values: Any) -> list[Numbers]:
        is_asked = isinstance(values, Wanted) or len(values)
        # Of most tables beside the large ones there are no rows, and hashing takes long.
        if not is_asked or not any(self._sizes):
            return []
        wanted = values if isinstance(values, Wanted) else Wanted(column, flat(values))

        def find(path: Path) -> Numbers:
            return fingerprints.rows(version=self._version, path=path, column=column, wanted=wanted)

        return _each(find, self.files)

    def _by_numbers(self, column: str, values: Any) -> list[Numbers]:
        numbers = distinct(np.asarray(flat(values).drop_null()).astype(np.int64))
        return _each(lambda path: _holding(path, column, numbers), self.files) if len(numbers) else []

    def _take(self, found: list[Numbers]) -> pa.Table:
        places, table = self._read(found, self.places, self.gone)
        if len(places):
            self.places = union(self.places, places)
            self._read_so_far.append((places, table.combine_chunks()))
        return table

    def _forget(self, found: list[Numbers]) -> pa.Table:
        places, table = self._read(found, self.gone)
        self.gone = union(self.gone, places)
        return table

    def _read(self, found: list[Numbers], *known: Numbers) -> tuple[Numbers, pa.Table]:
        """The rows of each file that are not known yet."""
        asked: list[tuple[int, Numbers]] = []
        for file, rows in enumerate(found):
            new = rows
            for one in known:
                new = without(new, self.in_file(file, one))
            if len(new):
                asked.append((file, new))
        parts = _each(lambda one: self._rows(*one), asked)
        every = [file << _FILE | rows.astype(np.int64) for file, rows, _ in parts]
        return (
            np.concatenate([np.empty(0, np.int64), *every]),
            pa.concat_tables([records.TABLES[self.name].empty_table(), *(table for _, _, table in parts)]),
        )

    def _rows(self, file: int, rows: Numbers) -> tuple[int, Numbers, pa.Table]:
        table = read(self.files[file], self.name, rows)
        if self._only is not None:
            mine = pc.equal(table["kind"], self._only)
            rows, table = rows[np.asarray(mine)], table.filter(mine)
        return file, rows, table


def files(folder: Path, name: str) -> list[Path]:
    """The files of a table; none of one that the version was written without."""
    if name not in records.ASKED and not (folder / f"{name}.parquet").exists():
        return []
    return buckets.files(folder, name)


def read(path: Path, name: str, rows: Numbers | None = None) -> pa.Table:
    """These rows of a file, ascending, or all: only the row groups that hold them are read."""
    file, schema = pq.ParquetFile(path), records.TABLES[name]
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    ends = np.cumsum([0, *sizes])
    groups = (
        np.arange(len(sizes)) if rows is None else distinct(np.searchsorted(ends, rows, side="right") - 1)
    )
    parts = [schema.empty_table()]
    present = [field.name for field in schema if field.name in file.schema_arrow.names]
    for start in range(0, len(groups), _GROUPS):
        some = groups[start : start + _GROUPS]
        table = conform(file.read_row_groups(some.tolist(), columns=present, use_threads=False), schema)
        if rows is not None:
            # Where each group's rows begin in what was just read.
            begins = np.cumsum([0, *(sizes[group] for group in some)])[:-1]
            mine = rows[(rows >= ends[some[0]]) & (rows < ends[some[-1] + 1])]
            at = np.searchsorted(some, np.searchsorted(ends, mine, side="right") - 1)
            local = mine - ends[some[at]] + begins[at]
            table = table if len(local) == table.num_rows else table.take(pa.array(local))
        parts.append(table)
    return pa.concat_tables(parts).combine_chunks()


def spans(paths: list[Path], column: str) -> list[tuple[int, int]]:
    """The smallest and the largest number that the column of each file holds; (1, 0) of an empty one."""
    return _each(lambda path: _span(path, column), paths)


def _span(path: Path, column: str) -> tuple[int, int]:
    found = [limits for limits in _limits(pq.ParquetFile(path), column) if limits is not None]
    if not found:
        return 1, 0
    return min(low for low, _ in found), max(high for _, high in found)


def _holding(path: Path, column: str, numbers: Numbers) -> Numbers:
    """The rows of a file that hold one of these numbers; row groups that cannot are not read."""
    file = pq.ParquetFile(path)
    low, span = int(numbers[0]), int(numbers[-1] - numbers[0]) + 1
    near = None
    if span <= _SPAN_MAX:
        near = np.zeros(span, bool)
        near[numbers - low] = True
    found, begin = [np.empty(0, np.int64)], 0
    for group, limits in enumerate(_limits(file, column)):
        size = file.metadata.row_group(group).num_rows
        if limits is not None and _is_between(numbers, *limits):
            values = np.asarray(file.read_row_group(group, columns=[column], use_threads=False)[column])
            found.append(begin + np.flatnonzero(_among(values, numbers, near)))
        begin += size
    return np.concatenate(found)


def _is_between(numbers: Numbers, low: int, high: int) -> bool:
    first, last = np.searchsorted(numbers, low), np.searchsorted(numbers, high, side="right")
    return bool(last > first)


def _among(values: Numbers, numbers: Numbers, near: Numbers | None) -> Any:
    if near is None:
        return are_among(values, numbers)
    places = values - numbers[0]
    inside = (places >= 0) & (places < len(near))
    return inside & near[np.where(inside, places, 0)]


def _limits(file: pq.ParquetFile, column: str) -> list[tuple[int, int] | None]:
    """Of each row group; a file without statistics may hold anything."""
    place = file.schema_arrow.names.index(column)
    found: list[tuple[int, int] | None] = []
    for group in range(file.num_row_groups):
        told = file.metadata.row_group(group)
        limits = told.column(place).statistics
        if not told.num_rows:
            found.append(None)
        elif limits is None or not limits.has_min_max:
            values = np.asarray(file.read_row_group(group, columns=[column])[column])
            found.append((int(values.min()), int(values.max())))
        else:
            found.append((int(limits.min), int(limits.max)))
    return found


def _each(work: Callable[[Any], Any], things: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(work, things))
