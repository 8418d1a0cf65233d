"""Builds the index of a version from its Parquet files: each part of them is read once, by two threads."""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import buckets
from rollcall.universe.index import entities, hashing, kinds, layout, parts, reuse, title_words, whereabouts
from rollcall.universe.index.columns import Files
from rollcall.universe.index.layout import Column
from rollcall.universe.index.numbering import Few, Many
from rollcall.universe.index.parts import Part
from rollcall.universe.index.reuse import Former, Kept

THREADS = 2
_FEW = {"seniority": "seniority", "department": "department", "country": "folded_country"}
# What a contact shows of a position, beside its first and last day.
_SHOWN = ("title", "seniority", "department", "country", "region", "city", "source")
_TEXTS = ("title_words", "folded_country", *_SHOWN)
_DAYS = ("started_on", "first_seen_on", "last_seen_on", "ended_on")
_NEVER = -(2**31)
Split = dict[Path, list[Part | Kept]]
# The first company, and the number of rows of each one from it on.
Staff = tuple[int, Column]


def build(*, version: Path, folder: Path, stamp: Sequence[int] = (), former: Path | None = None) -> None:
    """Write the index of the version in `version` to `folder`: beside it first, then renamed, so that it is whole.

    `stamp` is what it was made from, as `opening` compares it; `former` the index of another version: what it has of
    files that this version shares with that one is copied. Someone else may build the same at the same time; the
    first one stays.
    """
    half = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        meta = _fill(half, version, reuse.of(former))
        meta |= {"format": layout.FORMAT, "made_from": list(stamp)}
        (half / "index.json").write_text(json.dumps(meta))
        half.rename(folder)
    except OSError:
        if not (folder / "index.json").exists():
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _fill(folder: Path, version: Path, former: Former) -> dict[str, Any]:
    split = parts.split(buckets.files(version, "positions"), former.positions)
    with ExitStack() as files:
        current = files.enter_context(Files(folder, layout.COLUMNS))
        ended = files.enter_context(Files(folder / layout.ENDED, layout.ENDED_COLUMNS))
        building = _Building(current, ended, former, split)
        _each(building.take, chain(*split.values()))
        facts = [
            files.enter_context(entities.Facts(folder, version, table, former)) for table in layout.FACTS
        ]
        # The longest first, so that both threads end at about the same time.
        _each(
            _do,
            [
                lambda: building.write_where(folder),
                lambda: building.write_lists(folder),
                lambda: building.write_kinds(folder),
                *(job for one in facts for job in one.jobs()),
            ],
        )
    building.write_starts(folder)
    for one in facts:
        building.meta |= one.meta()
    return building.meta


def _each(work: Callable[[Any], None], things: Iterable[Any]) -> None:
    """Two at a time: Arrow and NumPy let other threads run while they work."""
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(work, things):
            pass


def _do(job: Callable[[], None]) -> None:
    job()


class _Building:
    """What the threads share: the files, the numbers of the texts, and the number of rows of each company."""

    def __init__(self, current: Files, ended: Files, former: Former, split: Split) -> None:
        self.current, self.ended, self.former = current, ended, former
        is_kept = any(isinstance(part, Kept) for part in chain(*split.values()))
        index = former.index if is_kept else None
        self.few = {name: Few(index and index.lists[lists]) for name, lists in kinds.LISTS.items()}
        self.titles = Many(known=index and index.lists["titles"])
        self.current_of = np.zeros(1, np.int64)
        self.ended_of = np.zeros(1, np.int64)
        self.profiles = 0
        self._lock = threading.Lock()
        every = list(chain(*split.values()))
        self.rows, ended_rows = (sum(getattr(part, name) for part in every) for name in ("current", "ended"))
        self.meta: dict[str, Any] = {
            "rows": self.rows,
            "ended_rows": ended_rows,
            "positions": [(reuse.stamp(path), _placed(found)) for path, found in split.items()],
            "titles_at_first": former.meta["titles_at_first"] if is_kept else None,
        }

    def take(self, part: Part | Kept) -> None:
        """Write all columns of a part."""
        if isinstance(part, Kept):
            self._copy(part)
        else:
            self._read(part)

    def write_where(self, folder: Path) -> None:
        self.meta |= whereabouts.write(folder, self.current, rows=self.rows, profiles=self.profiles)

    def write_kinds(self, folder: Path) -> None:
        kinds.write(folder, rows=self.rows, sizes=[len(self.few[name].texts) for name in kinds.PARTS])

    def write_starts(self, folder: Path) -> None:
        """Ids begin at 1; company 0 has nobody, and one start more ends the last company."""
        companies = max(len(self.current_of), len(self.ended_of)) - 1
        self.meta["companies"] = companies
        for place, counts in ((folder, self.current_of), (folder / layout.ENDED, self.ended_of)):
            ends = np.cumsum(np.pad(counts, (0, companies + 1 - len(counts))))
            np.concatenate([[0], ends]).astype(layout.STARTS).tofile(place / "starts")

    def write_lists(self, folder: Path) -> None:
        texts = self.titles.texts
        layout.write_list(folder / "titles.arrow", texts)
        for name, list_name in kinds.LISTS.items():
            layout.write_list(folder / f"{list_name}.arrow", self.few[name].texts)
        words, starts, titles = title_words.table(texts)
        layout.write_list(folder / "words.arrow", words)
        starts.tofile(folder / "word_starts")
        titles.tofile(folder / "word_titles")
        self.meta |= {"words": len(words), "word_titles": len(titles), "titles": len(texts)}
        self.meta["titles_at_first"] = self.meta["titles_at_first"] or len(texts)

    def _read(self, part: Part) -> None:
        table = part.read(("company_id", "profile_id", *_TEXTS, *_DAYS), _TEXTS)
        columns = self._columns(table)
        gone = np.asarray(pc.is_valid(table["ended_on"]))
        company = _numbers(table["company_id"])
        profiles = int(columns["profile_id"].max(initial=-1)) + 1
        self._count(_per_company(company[~gone]), _per_company(company[gone]), profiles)
        still = slice(None) if part.ended == 0 else np.flatnonzero(~gone)
        for name in layout.COLUMNS:
            self.current.write(name, part.first_current, columns[name][still])
        if part.ended:
            rows = np.flatnonzero(gone)
            for name in layout.ENDED_COLUMNS:
                self.ended.write(name, part.first_ended, columns[name][rows])

    def _copy(self, part: Kept) -> None:
        index = self.former.index
        assert index
        for files, folder, dtypes, was, count, first in (
            (self.current, index.folder, layout.COLUMNS, part.was_current, part.current, part.first_current),
            (self.ended, index.folder / layout.ENDED, layout.ENDED_COLUMNS,
             part.was_ended, part.ended, part.first_ended),
        ):  # fmt: skip
            for name in dtypes:
                files.copy(name, first, folder / name, was, count)
        self._count(
            reuse.staff(index.current, part.was_current, part.current),
            reuse.staff(index.ended, part.was_ended, part.ended),
            self.former.meta["profiles"],
        )

    def _columns(self, table: pa.Table) -> dict[str, Column]:
        days = {name: _days(table, name) for name in _DAYS}
        facts = hashing.pair(days["started_on"], days["ended_on"])
        for name in _SHOWN:
            if name in table.column_names:
                hashing.add(facts, hashing.column(table[name]))
        columns = {"profile_id": _numbers(table["profile_id"]), "facts": facts, **days}
        columns["title"] = _by_row(table["title_words"], self.titles.of)
        for name, stored in _FEW.items():
            columns[name] = _by_row(table[stored], self.few[name].of)
        return columns

    def _count(self, current: Staff, ended: Staff, profiles: int) -> None:
        with self._lock:
            self.current_of = _added(self.current_of, *current)
            self.ended_of = _added(self.ended_of, *ended)
            self.profiles = max(self.profiles, profiles)


def _placed(found: list[Part | Kept]) -> tuple[int, ...]:
    """As `reuse.Kept` reads it: how many rows of a file are current and ended, and where each begin."""
    current, ended = (sum(getattr(part, name) for part in found) for name in ("current", "ended"))
    return current, ended, found[0].first_current, found[0].first_ended


def _per_company(company: Column) -> Staff:
    """The first company of a sorted column, and how often it and each one after it is there."""
    if not len(company):
        return 0, company
    return int(company[0]), np.bincount(company - company[0])


def _added(counts: Column, first: int, more: Column) -> Column:
    """The number of rows of each company, by its id, with these added."""
    last = first + len(more)
    if len(counts) < last:
        counts = np.pad(counts, (0, last - len(counts)))
    counts[first:last] += more
    return counts


def _by_row(column: pa.ChunkedArray, told: Callable[[pa.Array], Column]) -> Column:
    """What is `told` of each row's text: asked once a row group for each of its texts, however often it is there.

    `told` answers one more than it was asked, for rows without a text.
    """
    found = [np.empty(0, np.int32)]
    for chunk in column.chunks:
        coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        found.append(told(coded.dictionary)[hashing.codes(coded)])
    return np.concatenate(found)


def _numbers(column: pa.ChunkedArray) -> Column:
    return np.asarray(column.to_numpy())


def _days(table: pa.Table, name: str) -> Column:
    """Days since 1970; a day that nobody knows is long ago."""
    if name not in table.column_names:
        return np.full(table.num_rows, _NEVER, np.int32)
    days = table[name].cast(pa.int32())
    return np.asarray((pc.fill_null(days, _NEVER) if days.null_count else days).to_numpy())
