"""By id: what a contact shows of the person and of the company, as one hash, and what else is known of the person."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rollcall.universe import buckets
from rollcall.universe.index import hashing, layout, reuse
from rollcall.universe.index.columns import Files
from rollcall.universe.index.layout import Column
from rollcall.universe.index.reuse import Former

_SHOWN = {
    "profiles": ("full_name", "first_name", "last_name", "profile_url"),
    "companies": ("name", "domain"),
}
_ALSO = {"profiles": ("email", "phone"), "companies": ()}
# As many row groups as are read at once.
_GROUPS = 8


class Facts:
    """The files of one table, filled by several threads; a file of the version that is known is not read."""

    def __init__(self, folder: Path, version: Path, table: str, former: Former) -> None:
        self._table, self._dtypes, self._former = table, layout.FACTS[table], former
        self._files = Files(folder, self._dtypes)
        self._known: Mapping[tuple[int, ...], range] = former.ids.get(table, {})
        there = (version / f"{table}.parquet").exists()
        self._paths = buckets.files(version, table) if there else []
        self._found: dict[Path, list[range]] = {path: [] for path in self._paths}

    def __enter__(self) -> "Facts":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, error, trace)

    def jobs(self) -> list[Callable[[], None]]:
        """What is to be done, in any order."""
        found: list[Callable[[], None]] = []
        for path in self._paths:
            ids = self._known.get(reuse.stamp(path))
            if ids is not None:
                found.append(partial(self._copy, path, ids))
                continue
            groups = pq.ParquetFile(path).num_row_groups
            runs = (range(at, min(at + _GROUPS, groups)) for at in range(0, groups, _GROUPS))
            found += [partial(self._read, path, run) for run in runs]
        return found

    def meta(self) -> dict[str, Any]:
        """When all is done: how many ids there is room for, and which ids each file has."""
        every = [
            (reuse.stamp(path), (min(one.start for one in ids), max(one.stop for one in ids)))
            for path, ids in self._found.items()
            if ids
        ]
        size = max((ids[1] for _, ids in every), default=0)
        return {f"{self._table}_size": size, f"{self._table}_ids": every}

    def _copy(self, path: Path, ids: range) -> None:
        assert self._former.index
        for name in self._dtypes:
            there = self._former.index.folder / name
            self._files.copy(name, ids.start, there, ids.start, len(ids))
        self._found[path].append(ids)

    def _read(self, path: Path, groups: range) -> None:
        table = _rows(path, groups, (*_SHOWN[self._table], *_ALSO[self._table]))
        if not table.num_rows:
            return
        ids = np.asarray(table["id"].to_numpy())
        columns = [_hashes(table, _SHOWN[self._table])]
        if self._table == "profiles":
            bits = (("email", layout.EMAIL), ("profile_url", layout.PAGE), ("phone", layout.PHONE))
            columns.append(np.bitwise_or.reduce([_told(table, name) * np.uint8(bit) for name, bit in bits]))
        # At the place of each id; parts do not overlap, for the table is sorted by id.
        first, end = int(ids[0]), int(ids[-1]) + 1
        for (name, dtype), values in zip(self._dtypes.items(), columns, strict=True):
            row = np.zeros(end - first, dtype)
            row[ids - first] = values
            self._files.write(name, first, row)
        self._found[path].append(range(first, end))


def _rows(path: Path, groups: range, columns: tuple[str, ...]) -> pa.Table:
    """The ids, ascending, and those of the columns that the file has."""
    metadata = pq.ParquetFile(path).metadata
    there = [name for name in columns if name in metadata.schema.names]
    coded = [name for name in there if _is_coded(metadata, name)]
    file = pq.ParquetFile(path, metadata=metadata, read_dictionary=coded)
    return file.read_row_groups(list(groups), columns=["id", *there], use_threads=False)


def _hashes(table: pa.Table, columns: tuple[str, ...]) -> Column:
    """One of each row; 0 is kept for "nobody has this id", or has no name."""
    facts = np.zeros(table.num_rows, np.uint64)
    for name in columns:
        hashing.add(facts, hashing.column(table[name]))
    facts = np.maximum(facts, np.uint64(1))
    if "full_name" in columns and table["full_name"].null_count:
        facts[np.asarray(table["full_name"].is_null())] = 0
    return facts


def _told(table: pa.Table, name: str) -> Column:
    """1 where the row has such a text."""
    if name not in table.column_names or table[name].null_count == table.num_rows:
        return np.zeros(table.num_rows, np.uint8)
    texts = table[name].cast(pa.string())
    return np.asarray(pc.fill_null(pc.greater(pc.binary_length(texts), 0), False).cast(pa.uint8()))


def _is_coded(metadata: Any, name: str) -> bool:
    """Whether the file keeps each text of the column once."""
    place = metadata.schema.names.index(name)
    return bool(metadata.num_row_groups and metadata.row_group(0).column(place).has_dictionary_page)
