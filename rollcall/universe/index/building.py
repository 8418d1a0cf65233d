"""Builds the index of a version from its Parquet files: in one pass, a row group at a time."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rollcall.universe.index import layout, title_words

_TEXTS = {
    "title": "title_words",
    "seniority": "seniority",
    "department": "department",
    "country": "folded_country",
}
_LIST_OF = {
    "title": "titles",
    "seniority": "seniorities",
    "department": "departments",
    "country": "countries",
}
_READ = ["company_id", "profile_id", *_TEXTS.values(), "first_seen_on", "last_seen_on", "ended_on"]
_ROWS = 1 << 20
_GROUP = 16
_EMPTY = pa.array([""], pa.large_string())


def build(*, version: Path, folder: Path, stamp: Sequence[int] = ()) -> None:
    """Write the index of the version in `version` to `folder`: beside it first, then renamed, so that it is whole.

    `stamp` is what it was made from, as `opening` compares it. Someone else may build the same at the same time; the
    first one stays.
    """
    half = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        _write(
            pq.ParquetFile(version / "positions.parquet", read_dictionary=list(_TEXTS.values())), half, stamp
        )
        half.rename(folder)
    except OSError:
        if not (folder / "index.json").exists():
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)


class _Numbers:
    """Gives each text its number: the first seen is 0. One list a column for the whole file.

    A whole group of batches is looked up at once: each look-up makes a hash table of all that is known.
    """

    def __init__(self) -> None:
        self.known = pa.array([], pa.large_string())

    def of(self, chunks: Sequence[pa.DictionaryArray]) -> list[layout.Column]:
        """The numbers of each chunk's values; unknown is as an empty text, which nobody asks for."""
        texts = pa.concat_arrays([chunk.dictionary.cast(pa.large_string()) for chunk in chunks] + [_EMPTY])
        self.known = pc.unique(pa.chunked_array([self.known, texts]))
        numbers = pc.index_in(texts, value_set=self.known).to_numpy()
        starts = np.cumsum([0, *(len(chunk.dictionary) for chunk in chunks)])
        return [
            self._chunk(chunk, np.append(numbers[start : start + len(chunk.dictionary)], numbers[-1]))
            for chunk, start in zip(chunks, starts[:-1], strict=True)
        ]

    def _chunk(self, chunk: pa.DictionaryArray, numbers: layout.Column) -> layout.Column:
        codes = pc.fill_null(chunk.indices.cast(pa.int32()), len(numbers) - 1).to_numpy()
        return np.asarray(numbers[codes])


def _write(file: pq.ParquetFile, folder: Path, stamp: Sequence[int]) -> None:
    numbers = {name: _Numbers() for name in _TEXTS}
    per_company = np.zeros(1, np.int64)
    outs = {name: (folder / name).open("wb") for name in layout.COLUMNS}
    try:
        for group in _groups(_current(file)):
            per_company = _counted(per_company, group["company_id"].chunks)
            for name in layout.COLUMNS:
                for part in _parts(group, name, numbers):
                    outs[name].write(np.ascontiguousarray(part, layout.COLUMNS[name]).tobytes())
    finally:
        for out in outs.values():
            out.close()
    # Ids begin at 1; company 0 has nobody, and one start more ends the last company.
    np.concatenate([[0], np.cumsum(per_company)]).astype(layout.STARTS).tofile(folder / "starts")
    rows, companies = int(per_company.sum()), len(per_company) - 1
    meta = {"format": layout.FORMAT, "made_from": list(stamp), "rows": rows, "companies": companies}
    meta |= _write_lists(folder, numbers)
    (folder / "index.json").write_text(json.dumps(meta))


def _current(file: pq.ParquetFile) -> Iterator[pa.Table]:
    """Whoever is at a company now, in the order of the file: by company, then profile."""
    for batch in file.iter_batches(batch_size=_ROWS, columns=_READ):
        table = pa.Table.from_batches([batch])
        yield table.filter(pc.is_null(table["ended_on"]))


def _groups(batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
    while group := list(islice(batches, _GROUP)):
        yield pa.concat_tables(group)


def _parts(group: pa.Table, name: str, numbers: dict[str, _Numbers]) -> list[layout.Column]:
    if name in _TEXTS:
        chunks = group[_TEXTS[name]].chunks
        return numbers[name].of(chunks) if chunks else []
    column = group[name] if name == "profile_id" else group[name].cast(pa.int32())
    return [chunk.to_numpy() for chunk in column.chunks]


def _counted(per_company: layout.Column, chunks: Sequence[pa.Array]) -> layout.Column:
    """The number of people of each company, by its id, with these added."""
    for chunk in chunks:
        if not len(chunk):
            continue
        ids = chunk.to_numpy()
        more = np.bincount(ids - ids[0])
        if len(per_company) < ids[0] + len(more):
            per_company = np.concatenate(
                [per_company, np.zeros(ids[0] + len(more) - len(per_company), np.int64)]
            )
        per_company[ids[0] : ids[0] + len(more)] += more
    return per_company


def _write_lists(folder: Path, numbers: dict[str, _Numbers]) -> dict[str, Any]:
    for name, list_name in _LIST_OF.items():
        layout.write_list(folder / f"{list_name}.arrow", numbers[name].known)
    words, starts, titles = title_words.table(numbers["title"].known)
    layout.write_list(folder / "words.arrow", words)
    starts.tofile(folder / "word_starts")
    titles.tofile(folder / "word_titles")
    return {"words": len(words), "word_titles": len(titles)}
