"""Builds the index of a version from its Parquet files: each part of them is read once, by two threads."""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import buckets
from rollcall.universe.index import entities, hashing, kinds, layout, parts, title_words, whereabouts
from rollcall.universe.index.columns import Files
from rollcall.universe.index.layout import Column
from rollcall.universe.index.numbering import Few, Many
from rollcall.universe.index.parts import Part

THREADS = 2
_FEW = {"seniority": "seniority", "department": "department", "country": "folded_country"}
_LIST_OF = {"seniority": "seniorities", "department": "departments", "country": "countries"}
# What a contact shows of a position, beside its first and last day.
_SHOWN = ("title", "seniority", "department", "country", "region", "city", "source")
_TEXTS = ("title_words", "folded_country", *_SHOWN)
_DAYS = ("started_on", "first_seen_on", "last_seen_on", "ended_on")
_NEVER = -(2**31)


def build(*, version: Path, folder: Path, stamp: Sequence[int] = ()) -> None:
    """Write the index of the version in `version` to `folder`: beside it first, then renamed, so that it is whole.

    `stamp` is what it was made from, as `opening` compares it. Someone else may build the same at the same time; the
    first one stays.
    """
    half = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        meta = _positions(half, parts.split(buckets.files(version, "positions")))
        meta |= entities.write(half, version, each=_each)
        meta |= {"format": layout.FORMAT, "made_from": list(stamp)}
        (half / "index.json").write_text(json.dumps(meta))
        kinds.write(half, layout.open_(half))
        half.rename(folder)
    except OSError:
        if not (folder / "index.json").exists():
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _each(work: Callable[[Any], None], things: Iterable[Any]) -> None:
    """Two at a time: Arrow and NumPy let other threads run while they work."""
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(work, things):
            pass


def _positions(folder: Path, split: list[Part]) -> dict[str, Any]:
    rows = sum(part.current for part in split)
    with (
        Files(folder, layout.COLUMNS) as current,
        Files(folder / layout.ENDED, layout.ENDED_COLUMNS) as ended,
    ):
        building = _Building(current, ended)
        _each(building.read, split)
        with ThreadPoolExecutor(1) as beside:
            lists = beside.submit(building.write_lists, folder)
            meta = whereabouts.write(folder, current, rows=rows, profiles=building.profiles)
            meta |= lists.result()
    companies = max(len(building.current_of), len(building.ended_of)) - 1
    for place, counts in ((folder, building.current_of), (folder / layout.ENDED, building.ended_of)):
        ends = np.cumsum(np.pad(counts, (0, companies + 1 - len(counts))))
        # Ids begin at 1; company 0 has nobody, and one start more ends the last company.
        np.concatenate([[0], ends]).astype(layout.STARTS).tofile(place / "starts")
    return meta | {"rows": rows, "companies": companies, "ended_rows": sum(part.ended for part in split)}


class _Building:
    """What the threads share: the files, the numbers of the texts, and the number of rows of each company."""

    def __init__(self, current: Files, ended: Files) -> None:
        self.current, self.ended = current, ended
        self.few = {name: Few() for name in _FEW}
        self.titles = Many()
        self.current_of = np.zeros(1, np.int64)
        self.ended_of = np.zeros(1, np.int64)
        self.profiles = 0
        self._lock = threading.Lock()

    def read(self, part: Part) -> None:
        """Write all columns of a part."""
        table = part.read(("company_id", "profile_id", *_TEXTS, *_DAYS), _TEXTS)
        columns = self._columns(table)
        gone = np.asarray(pc.is_valid(table["ended_on"]))
        company = _numbers(table["company_id"])
        self._count(company[~gone], company[gone], columns["profile_id"])
        still = slice(None) if part.ended == 0 else np.flatnonzero(~gone)
        for name in layout.COLUMNS:
            self.current.write(name, part.first_current, columns[name][still])
        if part.ended:
            rows = np.flatnonzero(gone)
            for name in layout.ENDED_COLUMNS:
                self.ended.write(name, part.first_ended, columns[name][rows])

    def write_lists(self, folder: Path) -> dict[str, Any]:
        layout.write_list(folder / "titles.arrow", self.titles.texts)
        for name, list_name in _LIST_OF.items():
            layout.write_list(folder / f"{list_name}.arrow", self.few[name].texts)
        words, starts, titles = title_words.table(self.titles.texts)
        layout.write_list(folder / "words.arrow", words)
        starts.tofile(folder / "word_starts")
        titles.tofile(folder / "word_titles")
        return {"words": len(words), "word_titles": len(titles)}

    def _columns(self, table: pa.Table) -> dict[str, Column]:
        days = {name: _days(table, name) for name in _DAYS}
        facts = hashing.pair(days["started_on"], days["ended_on"])
        for name in _SHOWN:
            if name in table.column_names:
                hashing.add(facts, _by_row(table[name], _hashes, np.uint64))
        columns = {"profile_id": _numbers(table["profile_id"]), "facts": facts, **days}
        columns["title"] = _by_row(table["title_words"], self.titles.of, np.int32)
        for name, stored in _FEW.items():
            columns[name] = _by_row(table[stored], self.few[name].of, np.int32)
        return columns

    def _count(self, current: Column, ended: Column, profiles: Column) -> None:
        with self._lock:
            self.current_of = _added(self.current_of, current)
            self.ended_of = _added(self.ended_of, ended)
            if len(profiles):
                self.profiles = max(self.profiles, int(profiles.max()) + 1)


def _added(counts: Column, company: Column) -> Column:
    """The number of rows of each company, by its id, with these added."""
    if not len(company):
        return counts
    more = np.bincount(company - company[0])
    last = int(company[0]) + len(more)
    if len(counts) < last:
        counts = np.pad(counts, (0, last - len(counts)))
    counts[company[0] : last] += more
    return counts


def _by_row(column: pa.ChunkedArray, told: Callable[[pa.Array], Column], dtype: Any) -> Column:
    """What is `told` of each row's text: asked once a row group for each of its texts, however often it is there.

    `told` answers one more than it was asked, for rows without a text.
    """
    found = [np.empty(0, dtype)]
    for chunk in column.chunks:
        coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        codes = coded.indices.cast(pa.int32())
        if codes.null_count:
            codes = pc.fill_null(codes, len(coded.dictionary))
        found.append(told(coded.dictionary)[codes.to_numpy()])
    return np.concatenate(found)


def _hashes(texts: pa.Array) -> Column:
    return np.append(hashing.texts(texts), hashing.NULL)


def _numbers(column: pa.ChunkedArray) -> Column:
    return np.asarray(column.to_numpy())


def _days(table: pa.Table, name: str) -> Column:
    """Days since 1970; a day that nobody knows is long ago."""
    if name not in table.column_names:
        return np.full(table.num_rows, _NEVER, np.int32)
    days = table[name].cast(pa.int32())
    return np.asarray((pc.fill_null(days, _NEVER) if days.null_count else days).to_numpy())
