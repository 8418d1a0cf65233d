"""What a contact shows of the person and of the company, as one hash an id."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rollcall.universe import buckets
from rollcall.universe.index import hashing, layout
from rollcall.universe.index.layout import Column

_SHOWN = {
    "profile_facts": ("profiles", ("full_name", "first_name", "last_name", "profile_url")),
    "company_facts": ("companies", ("name", "domain")),
}
# As many row groups as are read at once.
_GROUPS = 8


def write(
    folder: Path, version: Path, *, each: Callable[[Callable[[Any], None], Iterable[Any]], None]
) -> dict[str, int]:
    """Write both files; returns how many ids each has room for."""
    return {name: _write(folder / name, version, *_SHOWN[name], each) for name in layout.FACTS}


def _write(path: Path, version: Path, table: str, columns: tuple[str, ...], each: Any) -> int:
    if not (version / f"{table}.parquet").exists():
        path.touch()
        return 0
    ends = [0]
    with path.open("wb") as file:

        def work(part: tuple[Path, range]) -> None:
            ids, facts = _read(*part, columns)
            if len(ids):
                ends.append(int(ids[-1]) + 1)
                _put(file.fileno(), ids, facts)

        each(work, _parts(version, table))
    return max(ends)


def _parts(version: Path, table: str) -> list[tuple[Path, range]]:
    found = []
    for path in buckets.files(version, table):
        groups = pq.ParquetFile(path).num_row_groups
        found += [(path, range(at, min(at + _GROUPS, groups))) for at in range(0, groups, _GROUPS)]
    return found


def _read(path: Path, groups: range, columns: tuple[str, ...]) -> tuple[Column, Column]:
    """The ids, ascending, and the hash of each row; 0 is kept for "nobody has this id", or has no name."""
    table = pq.ParquetFile(path).read_row_groups(list(groups), columns=["id", *columns], use_threads=False)
    facts = np.zeros(table.num_rows, np.uint64)
    for name in columns:
        hashing.add(facts, hashing.texts(table[name]))
    facts = np.maximum(facts, np.uint64(1))
    if "full_name" in columns and table["full_name"].null_count:
        facts[np.asarray(table["full_name"].is_null())] = 0
    return np.asarray(table["id"].to_numpy()), facts


def _put(file: int, ids: Column, facts: Column) -> None:
    """At the place of each id; parts do not overlap, for the table is sorted by id."""
    row = np.zeros(int(ids[-1] - ids[0]) + 1, layout.HASH)
    row[ids - ids[0]] = facts
    data, at = row.data.cast("B"), int(ids[0]) * layout.HASH.itemsize
    while len(data):
        done = os.pwrite(file, data, at)
        data, at = data[done:], at + done
