"""A version's positions in parts of about two million rows, each with the rows of the index that it fills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from rollcall.universe.index import reuse
from rollcall.universe.index.reuse import Kept

# As many as keep two of them, being read at once, under half a gigabyte; fewer would repeat the same titles more often.
ROWS = 1 << 21


@dataclass(frozen=True)
class Part:
    """Row groups of one file: how many of their rows are current, and where these and the ended ones begin."""

    path: Path
    metadata: Any
    groups: tuple[int, ...]
    current: int
    ended: int
    first_current: int = 0
    first_ended: int = 0

    def read(self, columns: Sequence[str], dictionaries: Sequence[str]) -> Any:
        """Those of the columns that the file has; the thread that asks does the work."""
        names = set(self.metadata.schema.names)
        wanted = [name for name in columns if name in names]
        coded = [name for name in dictionaries if name in names]
        file = pq.ParquetFile(self.path, metadata=self.metadata, read_dictionary=coded)
        return file.read_row_groups(list(self.groups), columns=wanted, use_threads=False)


def split(
    paths: Sequence[Path], known: Mapping[tuple[int, ...], Kept] = MappingProxyType({})
) -> dict[Path, list[Part | Kept]]:
    """The parts of each file, in order; a file that is `known` by its stamp is one part, and is not opened."""
    found: dict[Path, list[Part | Kept]] = {}
    current = ended = 0
    for path in paths:
        kept = known.get(reuse.stamp(path))
        for part in [kept] if kept else _of_file(path):
            found.setdefault(path, []).append(replace(part, first_current=current, first_ended=ended))
            current, ended = current + part.current, ended + part.ended
    return found


def _of_file(path: Path) -> list[Part | Kept]:
    metadata = pq.ParquetFile(path).metadata
    column = metadata.schema.names.index("ended_on")
    found: list[Part | Kept] = []
    for groups in _runs(metadata):
        rows = sum(metadata.row_group(group).num_rows for group in groups)
        still = _nulls(path, metadata, groups, column)
        found.append(Part(path, metadata, groups, still, rows - still))
    return found


def _runs(metadata: Any) -> list[tuple[int, ...]]:
    """Row groups one after the other, together about as many rows as a part has."""
    runs: list[list[int]] = []
    rows = ROWS
    for group in range(metadata.num_row_groups):
        if rows >= ROWS:
            runs.append([])
            rows = 0
        runs[-1].append(group)
        rows += metadata.row_group(group).num_rows
    return [tuple(run) for run in runs]


def _nulls(path: Path, metadata: Any, groups: tuple[int, ...], column: int) -> int:
    """How many rows have no last day: as the file's statistics say, without reading it."""
    said = [metadata.row_group(group).column(column).statistics for group in groups]
    if all(one is not None and one.has_null_count for one in said):
        return sum(int(one.null_count) for one in said)
    table = pq.ParquetFile(path, metadata=metadata).read_row_groups(list(groups), columns=["ended_on"])
    return int(pc.sum(pc.is_null(table["ended_on"])).as_py() or 0)
