"""Builds the index of a version from its Parquet files: in one pass, a row group at a time."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
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
    """Gives each text its number: the first seen is 0. One dictionary a column for all row groups."""

    def __init__(self) -> None:
        self.known: dict[str | None, int] = {}

    def of(self, column: pa.ChunkedArray) -> layout.Column:
        parts = [self._chunk(chunk) for chunk in column.chunks]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _chunk(self, chunk: pa.DictionaryArray) -> layout.Column:
        numbers = [self.known.setdefault(text, len(self.known)) for text in chunk.dictionary.to_pylist()]
        table = np.array([*numbers, self.known.setdefault(None, len(self.known)) if chunk.null_count else 0])
        codes = pc.fill_null(chunk.indices.cast(pa.int64()), len(numbers)).to_numpy()
        return np.asarray(table[codes])

    def texts(self) -> pa.Array:
        """An unknown value is written as an empty text, which no search asks for."""
        return pa.array(["" if text is None else text for text in self.known], pa.large_string())


def _write(file: pq.ParquetFile, folder: Path, stamp: Sequence[int]) -> None:
    numbers = {name: _Numbers() for name in _TEXTS}
    counts: list[layout.Column] = []
    rows = 0
    outs = {name: (folder / name).open("wb") for name in layout.COLUMNS}
    try:
        for batch in _current(file):
            rows += batch.num_rows
            counts.append(batch["company_id"].to_numpy())
            for name, column in _columns(batch, numbers).items():
                outs[name].write(np.ascontiguousarray(column, layout.COLUMNS[name]).tobytes())
    finally:
        for out in outs.values():
            out.close()
    companies = int(max((int(ids[-1]) for ids in counts if len(ids)), default=0))
    _write_starts(folder, counts, companies)
    meta = {"format": layout.FORMAT, "made_from": list(stamp), "rows": rows, "companies": companies}
    meta |= _write_lists(folder, numbers)
    (folder / "index.json").write_text(json.dumps(meta))


def _current(file: pq.ParquetFile) -> Iterator[pa.Table]:
    """Whoever is at a company now, in the order of the file: by company, then profile."""
    for batch in file.iter_batches(batch_size=_ROWS, columns=_READ):
        table = pa.Table.from_batches([batch])
        yield table.filter(pc.is_null(table["ended_on"]))


def _columns(batch: pa.Table, numbers: dict[str, _Numbers]) -> dict[str, layout.Column]:
    days = {name: batch[name].cast(pa.int32()).to_numpy() for name in ("first_seen_on", "last_seen_on")}
    texts = {name: numbers[name].of(batch[column]) for name, column in _TEXTS.items()}
    return {"profile_id": batch["profile_id"].to_numpy(), **days, **texts}


def _write_starts(folder: Path, ids: list[layout.Column], companies: int) -> None:
    per_company = np.zeros(companies + 2, np.int64)
    for part in ids:
        found, count = np.unique(part, return_counts=True)
        per_company[found + 1] += count
    np.cumsum(per_company).astype(layout.STARTS).tofile(folder / "starts")


def _write_lists(folder: Path, numbers: dict[str, _Numbers]) -> dict[str, Any]:
    for name, list_name in _LIST_OF.items():
        layout.write_list(folder / f"{list_name}.arrow", numbers[name].texts())
    words, starts, titles = title_words.table(numbers["title"].texts())
    layout.write_list(folder / "words.arrow", words)
    starts.tofile(folder / "word_starts")
    titles.tofile(folder / "word_titles")
    return {"words": len(words), "word_titles": len(titles)}
