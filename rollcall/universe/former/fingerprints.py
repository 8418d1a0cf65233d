"""Finds the rows of a version's files that hold certain texts without reading the texts: 48 bits of a hash a row.

They lie beside the versions, are made from the files alone and can be deleted at any time. Named by the checksum of the
file, so that a file that a load used again has its fingerprints already. Two texts with one fingerprint do no harm:
whoever looks here compares the texts themselves.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rollcall.universe import buckets
from rollcall.universe.ascending import Numbers, are_among, distinct
from rollcall.universe.columns import flat
from rollcall.universe.identity.news import name_hashes
from rollcall.universe.index import hashing

COLUMNS = {
    "keys": ("key",),
    "profiles": ("full_name",),
    "evidence": ("record", "key"),
    "told": ("record",),
    "matches": ("left", "right"),
    "aliases": ("source_key",),
}
THREADS = 2
_HIGH, _LOW = np.dtype("<u4"), np.dtype("<u2")
_ROW = _HIGH.itemsize + _LOW.itemsize
# As many row groups as are hashed at once.
_GROUPS = 16
# A byte for each value of so many first, and of so many last bits says which are looked for at all: sixteen for each
# text, within limits.
_RANGES = (16, 27)


@dataclass(frozen=True)
class Version:
    """Where a version lies, the checksums of its files, and where fingerprints are kept."""

    folder: Path
    sums: dict[str, str]
    fingerprints: Path

    def file(self, path: Path, column: str) -> Path:
        return self.fingerprints / f"{self.sums[path.name]}.{column}"


class Wanted:
    """The texts that are looked for in a column of a table, as hashes."""

    def __init__(self, column: str, values: Any) -> None:
        self._hashes = distinct(_hashed(column)(flat(values)) >> np.uint64(16))
        self._bits = int(np.clip(4 + np.ceil(np.log2(len(self._hashes) + 1)), *_RANGES))
        self._near, self._also = np.zeros(1 << self._bits, bool), np.zeros(1 << self._bits, bool)
        self._near[self._hashes >> np.uint64(48 - self._bits)] = True
        self._also[self._hashes & self._lowest] = True

    def among(self, high: Numbers, low: Numbers) -> Numbers:
        """The rows, ascending, whose fingerprint is one of those wanted."""
        near = np.flatnonzero(self._near[high >> np.uint32(32 - self._bits)])
        found = high[near].astype(np.uint64) << np.uint64(16) | low[near]
        # Of one in sixteen the first bits are wanted by chance; to search for those would take longest.
        maybe = self._also[found & self._lowest]
        rows: Numbers = near[maybe]
        return np.asarray(rows[are_among(found[maybe], self._hashes)])

    @property
    def _lowest(self) -> np.uint64:
        return np.uint64((1 << self._bits) - 1)


def rows(*, version: Version, path: Path, column: str, wanted: Wanted) -> Numbers:
    """The rows of a file that may hold what is wanted; its fingerprints are made if they are missing."""
    file = version.file(path, column)
    if not file.exists():
        _make(path, file, column)
    count = file.stat().st_size // _ROW
    if not count:
        return np.empty(0, np.int64)
    high = np.memmap(file, _HIGH, "r", 0, (count,))
    low = np.memmap(file, _LOW, "r", count * _HIGH.itemsize, (count,))
    return wanted.among(high, low)


def prepare(*, version: Version) -> None:
    """Make all that are missing, before anyone asks."""
    wanted = [
        (path, version.file(path, column), column)
        for name, columns in COLUMNS.items()
        for path in buckets.files(version.folder, name)
        for column in columns
    ]
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda one: _make(*one), [one for one in wanted if not one[1].exists()]))


def sweep(*, folder: Path, sums: Iterable[str]) -> None:
    """Remove those of files that are in no version that matters any more, and what was begun and not ended."""
    known = set(sums)
    for file in folder.glob("*.*") if folder.exists() else ():
        if file.name.partition(".")[0] not in known:
            file.unlink(missing_ok=True)


def _make(path: Path, target: Path, column: str) -> None:
    """Written beside first, then renamed: whoever finds it finds it whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}-{os.getpid()}")
    file = pq.ParquetFile(path)
    hashed, parts = _hashed(column), [np.empty(0, np.uint64)]
    for start in range(0, file.num_row_groups, _GROUPS):
        groups = list(range(start, min(start + _GROUPS, file.num_row_groups)))
        parts.append(hashed(flat(file.read_row_groups(groups, columns=[column])[column])))
    found = np.concatenate(parts)
    with half.open("wb") as written:
        (found >> np.uint64(32)).astype(_HIGH).tofile(written)
        (found >> np.uint64(16)).astype(_LOW).tofile(written)
    half.rename(target)


def _hashed(column: str) -> Callable[[Any], Numbers]:
    return name_hashes if column == "full_name" else hashing.texts
