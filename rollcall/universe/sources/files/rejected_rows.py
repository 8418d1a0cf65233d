"""Rejected rows as a CSV file: as they were, with the reason; safe to open, and to read again once corrected."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.core import cells
from rollcall.universe.sources.files import reasons
from rollcall.universe.sources.files.mapping import Mapping
from rollcall.universe.sources.files.places import Place
from rollcall.universe.sources.sandbox import reading

CODE = "rollcall_code"
_OURS = (
    "rollcall_file",
    "rollcall_row",
    CODE,
    "rollcall_column",
    "rollcall_value",
    "rollcall_reason",
    "rollcall_raw",
)


def write(path: Path, *, places: Sequence[Place], mapping: Mapping, rejected: pa.Table) -> int:
    """Write them to a file; how many there are. The files are read once more, for the columns that nobody mapped."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        return write_to(out, places=places, mapping=mapping, rejected=rejected)


def write_to(out: TextIO, *, places: Sequence[Place], mapping: Mapping, rejected: pa.Table) -> int:
    """As `write`, into something that is open."""
    names = list(dict.fromkeys(name for place in places for name in _columns(place, mapping)))
    writer = csv.writer(out)
    writer.writerow([cells.harmless(name) for name in [*names, *_OURS]])
    for number, place in enumerate(places):
        of_file = rejected.filter(pc.equal(rejected["file"], number)).sort_by("row")
        why = {int(one["row"]): one for one in of_file.to_pylist()}
        for row, values in _rows(place, mapping, of_file["row"]) if why else ():
            told = why.pop(row)
            writer.writerow(_line(names, values, place, told))
        # What could not be read has no cells, only the text as it stands.
        for told in why.values():
            writer.writerow(_line(names, {}, place, told))
    return int(rejected.num_rows)


def restored(table: pa.Table) -> pa.Table:
    """Cells as they were before `write` made them harmless, for when its file comes back."""
    for at, name in enumerate(table.column_names):
        column = table[name]
        if pc.any(pc.starts_with(column, "'")).as_py():
            texts = [text if text is None else cells.restored(text) for text in column.to_pylist()]
            table = table.set_column(at, name, pa.array(texts, pa.string()))
    return table


def _columns(place: Place, mapping: Mapping) -> list[str]:
    with place.open() as file, reading.read(
        file, name=place.name, options=mapping.file.options(), columns=[], rows_most=1
    ) as opened:  # fmt: skip
        return [name for name in opened.columns if name not in _OURS]


def _rows(place: Place, mapping: Mapping, wanted: Any) -> Iterator[tuple[int, dict[str, str | None]]]:
    wanted = wanted.combine_chunks()
    with place.open() as file, reading.read(
        file, name=place.name, options=mapping.file.options(), rows_most=pc.max(wanted).as_py()
    ) as opened:  # fmt: skip
        is_ours = CODE in opened.columns
        for batch in opened.batches():
            chosen = pc.is_in(batch.rows, value_set=wanted)
            table = restored(batch.table.filter(chosen)) if is_ours else batch.table.filter(chosen)
            yield from zip(batch.rows.filter(chosen).to_pylist(), table.to_pylist(), strict=True)


def _line(names: list[str], values: dict[str, str | None], place: Place, told: dict[str, Any]) -> list[str]:
    reason = reasons.ROW[told["code"]]
    ours = (place.name, str(told["row"]), told["code"], told["column"], told["value"],
            f"{reason.says} {reason.remedy}", told["raw"])  # fmt: skip
    return [cells.harmless(text or "") for text in [*(values.get(name) for name in names), *ours]]
