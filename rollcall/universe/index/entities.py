"""What a contact shows of the person and of the company, as one hash an id."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rollcall.universe import buckets
from rollcall.universe.index import hashing, layout, reuse
from rollcall.universe.index.layout import Column
from rollcall.universe.index.reuse import Former

_TABLES = {"profile_facts": "profiles", "company_facts": "companies"}
_SHOWN = {
    "profiles": ("full_name", "first_name", "last_name", "profile_url"),
    "companies": ("name", "domain"),
}
# As many row groups as are read at once.
_GROUPS = 8


class Facts:
    """One file of hashes, by id, filled by several threads; a file of the version that is known is not read."""

    def __init__(self, folder: Path, version: Path, name: str, former: Former) -> None:
        self.name, self._table = name, _TABLES[name]
        self._file = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        self._known: Mapping[tuple[int, ...], range] = former.ids.get(name, {})
        self._former = former
        there = (version / f"{self._table}.parquet").exists()
        self._paths = buckets.files(version, self._table) if there else []
        self._found: dict[Path, list[range]] = {path: [] for path in self._paths}

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

    def close(self) -> dict[str, Any]:
        """When all is done: how many ids there is room for, and which ids each file has."""
        os.close(self._file)
        every = [
            (reuse.stamp(path), (min(one.start for one in ids), max(one.stop for one in ids)))
            for path, ids in self._found.items()
            if ids
        ]
        return {self.name: max((ids[1] for _, ids in every), default=0), f"{self.name}_ids": every}

    def _copy(self, path: Path, ids: range) -> None:
        assert self._former.index
        hashes_there = self._former.index.folder / self.name
        for at, hashes in reuse.in_slices(hashes_there, layout.HASH, ids.start, len(ids)):
            self._write(ids.start + at, hashes)
        self._found[path].append(ids)

    def _read(self, path: Path, groups: range) -> None:
        ids, facts = _read(path, groups, _SHOWN[self._table])
        if not len(ids):
            return
        # At the place of each id; parts do not overlap, for the table is sorted by id.
        first, end = int(ids[0]), int(ids[-1]) + 1
        row = np.zeros(end - first, layout.HASH)
        row[ids - first] = facts
        self._write(first, row)
        self._found[path].append(range(first, end))

    def _write(self, first: int, hashes: Column) -> None:
        data, at = np.ascontiguousarray(hashes).data.cast("B"), first * layout.HASH.itemsize
        while len(data):
            done = os.pwrite(self._file, data, at)
            data, at = data[done:], at + done


def _read(path: Path, groups: range, columns: tuple[str, ...]) -> tuple[Column, Column]:
    """The ids, ascending, and the hash of each row; 0 is kept for "nobody has this id", or has no name."""
    metadata = pq.ParquetFile(path).metadata
    coded = [name for name in columns if _is_coded(metadata, name)]
    file = pq.ParquetFile(path, metadata=metadata, read_dictionary=coded)
    table = file.read_row_groups(list(groups), columns=["id", *columns], use_threads=False)
    facts = np.zeros(table.num_rows, np.uint64)
    for name in columns:
        hashing.add(facts, hashing.column(table[name]))
    facts = np.maximum(facts, np.uint64(1))
    if "full_name" in columns and table["full_name"].null_count:
        facts[np.asarray(table["full_name"].is_null())] = 0
    return np.asarray(table["id"].to_numpy()), facts


def _is_coded(metadata: Any, name: str) -> bool:
    """Whether the file keeps each text of the column once."""
    place = metadata.schema.names.index(name)
    return bool(metadata.num_row_groups and metadata.row_group(0).column(place).has_dictionary_page)
