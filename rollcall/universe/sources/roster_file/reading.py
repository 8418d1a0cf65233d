"""Reads a roster file: in a process of its own, all of it or nothing, the first row that does not fit named."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.core.errors import Invalid
from rollcall.universe.sources.sandbox import reading
from rollcall.universe.sources.sandbox.reading import Options
from rollcall.universe.sources.sandbox.refusals import (
    EmptyFile,
    FileMissing,
    FileTooLarge,
    FileUnreadable,
    RepeatedColumn,
)

COLUMNS_MAX = 100
TEXT_MAX = 1_000


class UnevenRow(Invalid):
    """Row {row} of {path} has {cells}. Put cells that hold commas in quotes."""


class CellTooLong(Invalid):
    """The column {column!r} of {path} has a cell of more than {most:,} characters.
    Shorten it; no name or title needs that."""


def read(path: Path) -> tuple[pa.Table, int]:
    """The file's table, all of it text, and the number a reader of the file gives to its first row (2 below a header).

    Raises:
        a refusal of the reader, or one of this module: nothing of the file is used.
    """
    if not path.is_file():
        raise FileMissing(path=str(path))
    with path.open("rb") as file, reading.read(file, name=path.name, options=Options()) as opened:
        _check_header(path, opened)
        kept: list[pa.Table] = []
        for batch in opened.batches():
            if batch.rejected:
                raise _refusal(path, opened.facts["kind"], batch.rejected[0])
            kept.append(_checked(path, _filled(batch.table)))
    table = pa.concat_tables(kept) if kept else pa.table({})
    if not table.num_rows:
        raise EmptyFile(path=path.name)
    return table, 1 if opened.facts["kind"] in ("Parquet", "JSON Lines") else 2


def _check_header(path: Path, opened: reading.Reading) -> None:
    if len(opened.columns) > COLUMNS_MAX:
        raise FileTooLarge(path=path.name, limit=f"{COLUMNS_MAX} columns")
    if opened.facts.get("encoding_why") == "it is not valid UTF-8":
        raise FileUnreadable(path=path.name, kind=" as CSV", reason="it is not in UTF-8")
    for name in opened.facts.get("repeated", []):
        raise RepeatedColumn(path=path.name, column=name)


def _filled(table: pa.Table) -> pa.Table:
    """Without blank lines, which are nobody."""
    blank = pc.is_null(table.column(0))
    for column in table.columns[1:]:
        blank = pc.and_(blank, pc.is_null(column))
    return table.filter(pc.invert(blank)) if pc.any(blank).as_py() else table


def _checked(path: Path, table: pa.Table) -> pa.Table:
    for name in table.column_names:
        longest = pc.max(pc.utf8_length(table[name])).as_py()
        if longest is not None and longest > TEXT_MAX:
            raise CellTooLong(path=path.name, column=name, most=TEXT_MAX)
    return table


def _refusal(path: Path, kind: str, first: dict[str, Any]) -> Invalid:
    if first["code"] == "uneven_row":
        return UnevenRow(row=first["row"], path=path.name, cells=first["value"])
    if first["code"] == "cell_too_long":
        return CellTooLong(path=path.name, column=first["column"], most=TEXT_MAX)
    reason = f"row {first['row']} holds what is no text in UTF-8, or no object"
    return FileUnreadable(path=path.name, kind=f" as {kind}", reason=reason)
