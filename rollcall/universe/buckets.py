"""The tables of a version as files: a large one in several, so that a load rewrites only those it touches.

A table in the order of an id is split by that id, the others by the number of their rows. Bucket 0 of a table is
`positions.parquet`, the others are `positions-000001.parquet` and so on; one after the other they are the table in its
order. Versions from before there were buckets are a bucket 0 that holds everything.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 65_536
# The column that a table is sorted by, and how many of its ids share a file: near a million rows in both.
SPLIT = {
    "positions": ("company_id", 16_384),
    "shadows": ("company_id", 16_384),
    "profiles": ("id", 1_048_576),
    "companies": ("id", 65_536),
}
# Tables in the order in which their rows were learned: so many rows share a file.
RUNS = ("keys", "evidence", "matches", "aliases", "told")
RUN = 1_048_576
# Texts that most rows share are kept as numbers; past the usual 1 MB the writer would spell out each row.
_DICTIONARY_MAX = 16 << 20
_ALL_DIFFERENT = {"source_key", "profile_url", "full_name", "key", "domain", "folded_domain"}
_THREADS = 2


def files(folder: Path, name: str) -> list[Path]:
    """The files of a table, in order.

    Raises:
        FileNotFoundError: the version has no such table, or is damaged.
    """
    first = folder / f"{name}.parquet"
    if not first.exists():
        raise FileNotFoundError(first)
    return [first, *sorted(folder.glob(f"{name}-*.parquet"))]


def read(folder: Path, name: str, *, schema: pa.Schema, filters: Any = None) -> pa.Table:
    """The whole table; columns that its files lack are null."""
    parts = [pq.read_table(path, schema=schema, filters=filters) for path in files(folder, name)]
    return parts[0] if len(parts) == 1 else pa.concat_tables(parts)


def write(
    folder: Path, name: str, table: pa.Table, *, former: pa.Table | None, linked: Path | None
) -> set[str]:
    """Write the files of a table; returns the names of those that are not new but links.

    `former` is the same table of the version in the folder `linked`: a bucket that is the same in both is a second name
    of the same file.
    """
    others = _former(linked, name, former) if former is not None and linked is not None else {}

    def put(numbered: tuple[int, pa.Table]) -> str | None:
        bucket, part = numbered
        path = folder / file_name(name, bucket)
        if linked is not None and _is_same(part, others.get(bucket)) and link(linked / path.name, path):
            return path.name
        write_file(path, part)
        return None

    with ThreadPoolExecutor(_THREADS) as threads:
        return {kept for kept in threads.map(put, _split(name, table)) if kept}


def write_file(path: Path, table: pa.Table) -> None:
    """One file, as engines and the index read it fast."""
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    shared = [name for name in texts if name not in _ALL_DIFFERENT]
    pq.write_table(
        table,
        path,
        compression="zstd",
        row_group_size=ROW_GROUP,
        use_dictionary=shared,
        dictionary_pagesize_limit=_DICTIONARY_MAX,
    )


def link(source: Path, target: Path) -> bool:
    """Whether the file has a second name now; not every file system gives one."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def file_name(name: str, bucket: int) -> str:
    return f"{name}-{bucket:06d}.parquet" if bucket else f"{name}.parquet"


def _split(name: str, table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each bucket that has any; bucket 0 is always there."""
    if name in RUNS:
        for bucket in range(max(1, -(-table.num_rows // RUN))):
            yield bucket, table.slice(bucket * RUN, RUN)
        return
    if name not in SPLIT or not table.num_rows:
        yield 0, table
        return
    column, size = SPLIT[name]
    ids = table[column].to_numpy()
    assert (ids[1:] >= ids[:-1]).all(), f"{name} must be sorted by {column}"
    edges = np.searchsorted(ids, np.arange(0, int(ids[-1]) + size + 1, size))
    for bucket, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        if high > low or not bucket:
            yield bucket, table.slice(low, high - low)


def _former(folder: Path, name: str, table: pa.Table) -> dict[int, pa.Table]:
    """The buckets of the former version that are files of their own there: not those written when they were others."""
    if not (folder / f"{name}.parquet").exists():
        return {}
    found, begin = {}, 0
    begins = {}
    for path in files(folder, name):
        size = pq.read_metadata(path).num_rows
        begins[path.name] = (begin, size)
        begin += size
    begin = 0
    for bucket, part in _split(name, table):
        if begins.get(file_name(name, bucket)) == (begin, part.num_rows):
            found[bucket] = part
        begin += part.num_rows
    return found


def _is_same(part: pa.Table, other: pa.Table | None) -> bool:
    return other is not None and part.num_rows == other.num_rows and bool(part.equals(other))
