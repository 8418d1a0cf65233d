"""Writes the next version of a table of which a load looked at some rows: the files it changed; the others are linked.

A table in the order of an id is kept in buckets by that id. The others are in the order in which their rows were
learned: a row is changed where it stands, and new ones go to the end.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rollcall.universe import buckets, erasure, records
from rollcall.universe.ascending import Numbers, distinct, union
from rollcall.universe.columns import first_of_each, flat
from rollcall.universe.former.fingerprints import THREADS
from rollcall.universe.former.known import Merged
from rollcall.universe.former.rows import Rows, read, spans
from rollcall.universe.identity.companies.identifying import follow

# Of tables that are not split by it.
_SORTED_BY = {"positions": "company_id", "shadows": "company_id", "profiles": "id", "companies": "id"}
Change = Callable[[pa.Table], pa.Table]


def in_order(
    folder: Path, rows: Rows, after: pa.Table, *, linked: Path, change: Change | None = None
) -> set[str]:
    """Write a table that is sorted by an id. `after` has the rows that stand for those looked at, in the table's order.

    `change`: what becomes of all rows that nobody looked at.
    """
    return _InOrder(folder, rows, after.cast(records.TABLES[rows.name]), linked, change).write()


def keys(folder: Path, looked_at: Sequence[Rows], after: pa.Table, *, linked: Path) -> set[str]:
    """`after` begins with the rows of companies and of people looked at, each perhaps with another id."""
    before = pa.concat_tables([rows.table for rows in looked_at])
    known = after.slice(0, before.num_rows)
    places = np.concatenate([rows.places for rows in looked_at])
    gone = distinct(np.concatenate([rows.gone for rows in looked_at]))
    changed = np.flatnonzero(np.asarray(pc.not_equal(known["id"], before["id"])))
    order = changed[np.argsort(places[changed])]
    files = _Files(folder, looked_at[0], linked)
    return files.write(places[order], known.take(pa.array(order)), gone, after.slice(before.num_rows))


def grown(folder: Path, rows: Rows, after: pa.Table, *, linked: Path) -> set[str]:
    """`after` begins with the rows looked at, as they were."""
    none = np.empty(0, np.int64)
    new = after.slice(rows.table.num_rows)
    return _Files(folder, rows, linked).write(none, rows.table.slice(0, 0), rows.gone, new)


def aliases(folder: Path, rows: Rows, after: pa.Table, merged: Merged, *, linked: Path) -> set[str]:
    """A line may be of another company now; of two that became the same the first stays."""
    columns = ["company_id", "source_key", "name", "exact"]
    return _matched(folder, rows, follow(rows.table, "company_id", merged), after, columns, linked)


def told(folder: Path, rows: Rows, after: pa.Table, *, linked: Path) -> set[str]:
    return _matched(folder, rows, rows.table, after, ["record"], linked)


def whole(folder: Path, rows: Rows, after: pa.Table, *, linked: Path) -> set[str]:
    """Write a table that was looked at as a whole."""
    name = rows.name
    return buckets.write(folder, name, after.cast(records.TABLES[name]), former=rows.table, linked=linked)


def holders(files: Sequence[Path], hashes: frozenset[str]) -> set[int]:
    """The people whom a source calls by a name of which only the hash is known. Every name is hashed once."""
    found: set[int] = set()
    for path in files:
        for batch in pq.ParquetFile(path).iter_batches(columns=["kind", "key", "id"]):
            people = pa.table(batch).filter(pc.equal(batch["kind"], "profile"))
            hit = pa.array(erasure.are_listed(keys=people["key"].to_pylist(), hashes=hashes), pa.bool_())
            found |= set(people["id"].filter(hit).to_pylist())
    return found


class _InOrder:
    def __init__(
        self, folder: Path, rows: Rows, after: pa.Table, linked: Path, change: Change | None
    ) -> None:
        self._folder, self._rows, self._after, self._linked, self._change = (
            folder,
            rows,
            after,
            linked,
            change,
        )
        self._column, self._size = buckets.SPLIT.get(rows.name, (_SORTED_BY[rows.name], 1 << 62))
        self._spans = spans(rows.files, self._column)
        self._taken = union(rows.places, rows.gone)
        self._before_ids = np.asarray(rows.table[self._column])
        self._after_ids = np.asarray(after[self._column])

    def write(self) -> set[str]:
        wanted = {0, *distinct(self._after_ids // self._size).tolist()}
        for low, high in self._spans:
            wanted |= set(range(low // self._size, high // self._size + 1))
        with ThreadPoolExecutor(THREADS) as threads:
            return {kept for kept in threads.map(self._bucket, sorted(wanted)) if kept}

    def _bucket(self, bucket: int) -> str | None:
        low, high = bucket * self._size, (bucket + 1) * self._size
        path = self._folder / buckets.file_name(self._rows.name, bucket)
        mine = self._after.slice(*_slice(self._after_ids, low, high))
        files = [
            n for n, (first, last) in enumerate(self._spans) if first < high and last >= low and first <= last
        ]
        if self._is_same(path.name, files, mine, low, high) and buckets.link(self._linked / path.name, path):
            return path.name
        rest = [self._rest(file, low, high) for file in files]
        table = pa.concat_tables([*rest, mine])
        order = _order(table, self._column)
        # Often those looked at are the last of the bucket.
        if (order[1:] < order[:-1]).any():
            table = table.take(pa.array(np.argsort(order, kind="stable")))
        if table.num_rows or not bucket:
            buckets.write_file(path, table)
        return None

    def _is_same(self, name: str, files: list[int], mine: pa.Table, low: int, high: int) -> bool:
        """Whether the bucket was a file of its own until now, and nothing in it is another."""
        if not files and low == 0:
            files = [0][: len(self._rows.files)]
        if len(files) != 1 or self._change is not None:
            return False
        first, last = self._spans[files[0]]
        is_alone = self._rows.files[files[0]].name == name and (first >= low or first > last) and last < high
        if not is_alone or len(self._rows.in_file(files[0], self._rows.gone)):
            return False
        return bool(mine.equals(self._rows.table.slice(*_slice(self._before_ids, low, high))))

    def _rest(self, file: int, low: int, high: int) -> pa.Table:
        """The rows of a bucket in a file that nobody looked at."""
        table = read(self._rows.files[file], self._rows.name)
        kept = np.ones(table.num_rows, bool)
        kept[self._rows.in_file(file, self._taken)] = False
        ids = np.asarray(table[self._column])
        kept &= (ids >= low) & (ids < high)
        table = table.filter(pa.array(kept))
        return table if self._change is None else self._change(table)


class _Files:
    """The files of a table whose rows stay where they are."""

    def __init__(self, folder: Path, rows: Rows, linked: Path) -> None:
        self._folder, self._rows, self._linked = folder, rows, linked

    def write(self, places: Numbers, changed: pa.Table, gone: Numbers, new: pa.Table) -> set[str]:
        """`changed` stands at `places`, which ascend; rows at `gone` are left out, `new` ones put at the end."""
        name, schema = self._rows.name, records.TABLES[self._rows.name]
        changed, new = changed.cast(schema), new.cast(schema)
        files, kept = self._rows.files, set()
        room = buckets.RUN - pq.read_metadata(files[-1]).num_rows if files else 0
        more = new.slice(0, max(room, 0))

        def put(numbered: tuple[int, Path]) -> str | None:
            number, path = numbered
            at_end = more if number == len(files) - 1 else new.slice(0, 0)
            here, left_out = self._rows.in_file(number, places), self._rows.in_file(number, gone)
            is_same = not (len(here) or len(left_out) or at_end.num_rows)
            if is_same and buckets.link(self._linked / path.name, self._folder / path.name):
                return path.name
            first = np.searchsorted(places, number << 32)
            there = changed.slice(int(first), len(here))
            table = _patched(read(path, name), here, there, left_out)
            buckets.write_file(self._folder / path.name, pa.concat_tables([table, at_end]))
            return None

        with ThreadPoolExecutor(THREADS) as threads:
            kept = {linked for linked in threads.map(put, enumerate(files)) if linked}
        self._write_rest(new.slice(more.num_rows))
        return kept

    def _write_rest(self, new: pa.Table) -> None:
        number = len(self._rows.files)
        for start in range(0, max(new.num_rows, 0 if number else 1), buckets.RUN):
            path = self._folder / buckets.file_name(self._rows.name, number)
            buckets.write_file(path, new.slice(start, buckets.RUN))
            number += 1


def _patched(table: pa.Table, here: Numbers, there: pa.Table, gone: Numbers) -> pa.Table:
    order = np.arange(table.num_rows)
    order[here] = table.num_rows + np.arange(len(here))
    order = np.delete(order, gone)
    return pa.concat_tables([table, there]).take(pa.array(order))


def _matched(
    folder: Path, rows: Rows, before: pa.Table, after: pa.Table, columns: list[str], linked: Path
) -> set[str]:
    """`before` is what the rows looked at are called now; those that `after` has no more are left out."""
    first = first_of_each(_numbered(before), columns)["n"]
    called, now = _called(before, columns), _called(after, columns)
    found = pc.index_in(called, value_set=flat(now))
    is_first = pc.is_in(_numbered(before)["n"], value_set=flat(first))
    stays = np.asarray(pc.and_(pc.is_valid(found), is_first))
    then = after.take(found.filter(pa.array(stays)))
    changed = _differ(rows.table.filter(pa.array(stays)), then)
    gone = union(rows.gone, rows.places[~stays])
    new = after.filter(pc.invert(pc.is_in(now, value_set=flat(called))))
    files = _Files(folder, rows, linked)
    return files.write(rows.places[stays][changed], then.filter(pa.array(changed)), gone, new)


def _differ(one: pa.Table, other: pa.Table) -> Numbers:
    found = np.zeros(one.num_rows, bool)
    for name in one.column_names:
        left, right = flat(one[name]), flat(other[name])
        same = pc.fill_null(pc.equal(left, right), False)
        same = pc.or_(same, pc.and_(pc.is_null(left), pc.is_null(right)))
        found |= ~np.asarray(same)
    return found


def _numbered(table: pa.Table) -> pa.Table:
    return table.append_column("n", pa.array(np.arange(table.num_rows)))


def _called(table: pa.Table, columns: list[str]) -> Any:
    texts = [pc.fill_null(table[name].cast(pa.string()), "\x00") for name in columns]
    return flat(pc.binary_join_element_wise(*texts, "\x1f"))


def _order(table: pa.Table, column: str) -> Numbers:
    """What the rows are sorted by. Of a person at a company either all rows were looked at or none."""
    numbers: Numbers = np.asarray(table[column])
    return (
        numbers * np.int64(1 << 32) + np.asarray(table["profile_id"]) if column == "company_id" else numbers
    )


def _slice(ids: Numbers, low: int, high: int) -> tuple[int, int]:
    first, last = (int(place) for place in np.searchsorted(ids, (low, high)))
    return first, last - first
