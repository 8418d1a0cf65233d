"""A first look at a file: its columns, some rows, and the mapping that they suggest."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rollcall.universe.sources.files import places
from rollcall.universe.sources.files.suggesting import Suggestion, evidence, suggest
from rollcall.universe.sources.sandbox import reading
from rollcall.universe.sources.sandbox.reading import Options
from rollcall.universe.sources.sandbox.refusals import EmptyFile

_SAMPLE_ROWS = 500
_CELL = 200


class ColumnLook(BaseModel):
    """One column: what its values are, how many of the sampled rows have one, and some of them."""

    name: str
    kind: str
    filled: float
    examples: list[str]


class Preview(BaseModel):
    """What a file looks like from outside."""

    file: str
    files: int
    kind: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: list[str]
    columns: list[ColumnLook]
    rows: list[dict[str, str | None]]
    unreadable_rows: int
    suggestion: Suggestion


def look(path: Path | str, *, options: Options | None = None, rows: int = 20) -> Preview:
    """The first file at a path, a folder or an address, without reading more of it than is needed.

    Raises:
        a refusal of the reader or of `places`: it cannot be read.
    """
    found = places.find(path)
    place = found.places[0]
    sample: list[dict[str, str | None]] = []
    broken = 0
    with place.open() as file, reading.read(
        file, name=place.name, options=options, rows_most=_SAMPLE_ROWS
    ) as opened:  # fmt: skip
        for batch in opened.batches():
            sample += batch.table.slice(0, _SAMPLE_ROWS - len(sample)).to_pylist()
            broken += len(batch.rejected)
    if not sample and not broken:
        raise EmptyFile(path=place.name)
    facts: dict[str, Any] = opened.facts
    return Preview(
        file=place.name, files=len(found.places), kind=facts["kind"], encoding=facts.get("encoding"),
        delimiter=facts.get("delimiter"), sheet=facts.get("sheet"), sheets=facts.get("sheets", []),
        columns=[_column(name, sample) for name in opened.columns],
        rows=[{name: _short(text) for name, text in row.items()} for row in sample[:rows]],
        unreadable_rows=broken, suggestion=suggest(opened.columns, sample),
    )  # fmt: skip


def _column(name: str, sample: list[dict[str, str | None]]) -> ColumnLook:
    filled = [text for row in sample if (text := (row[name] or "").strip())]
    examples = [short for text in dict.fromkeys(filled) if (short := _short(text))]
    share = len(filled) / len(sample) if sample else 0.0
    return ColumnLook(name=name, kind=evidence.kind(filled), filled=round(share, 3), examples=examples[:3])


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _CELL else f"{text[: _CELL - 1]}…"
