"""Rows on their way from a reader to the output."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.sources.sandbox.limits import Limits

_RAW = 500


@dataclass
class Chunk:
    """Some rows: their numbers in the file, one text column for each name, and the rows that could not be read."""

    rows: pa.Array
    columns: list[pa.Array]
    rejected: list[dict[str, Any]] = field(default_factory=list)


def reject(row: int, code: str, *, column: str = "", value: str = "", raw: str = "") -> dict[str, Any]:
    return {"row": row, "code": code, "column": column, "value": value[:80], "raw": raw[:_RAW]}


def sound(chunk: Chunk, names: list[str], limits: Limits) -> Chunk:
    """The chunk without rows that hold broken text or cells that are too long."""
    bad: dict[int, dict[str, Any]] = {}
    for name, column in zip(names, chunk.columns, strict=True):
        if not _is_valid(column):
            for at, value in enumerate(column.cast(pa.binary()).to_pylist()):
                if value is not None and not _is_text(value):
                    shown = value.decode("utf-8", "replace")
                    bad.setdefault(
                        at, reject(chunk.rows[at].as_py(), "broken_text", column=name, value=shown)
                    )
        elif len(column) and (pc.max(pc.binary_length(column)).as_py() or 0) > limits.cell_characters:
            long = pc.greater(pc.utf8_length(column), limits.cell_characters)
            for at in pc.indices_nonzero(long.fill_null(False)).to_pylist():
                shown = column[at].as_py()[:40]
                bad.setdefault(at, reject(chunk.rows[at].as_py(), "cell_too_long", column=name, value=shown))
    if not bad:
        return chunk
    keep = pa.array([at not in bad for at in range(len(chunk.rows))], pa.bool_())
    return Chunk(
        chunk.rows.filter(keep),
        [column.filter(keep) for column in chunk.columns],
        sorted([*chunk.rejected, *bad.values()], key=lambda one: int(one["row"])),
    )


def _is_valid(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
