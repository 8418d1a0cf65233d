"""The text of one of our fields, out of the columns that a mapping names."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import mapped
from rollcall.universe.folding import fold
from rollcall.universe.sources.files import values
from rollcall.universe.sources.files.mapping import Origin


class Texts:
    """The columns of one batch; each is cleaned once."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._clean: dict[tuple[str, bool], Any] = {}

    def of(self, origin: Origin, *, is_name: bool = False) -> Any:
        """One text for each row."""
        if not origin.columns:
            return pa.array([origin.value or None] * self.table.num_rows, pa.string())
        columns = [self._column(name, is_name) for name in origin.columns]
        text = pc.coalesce(*columns) if origin.join is None else values.joined(columns, origin.join)
        return _changed(text, origin)

    def each(self, origin: Origin) -> list[list[str]]:
        """All values of each row: of several columns, and of cells that hold several."""
        found: list[list[str]] = [[] for _ in range(self.table.num_rows)]
        for name in origin.columns:
            for row, text in zip(found, self._column(name, False).to_pylist(), strict=True):
                parts = text.split(origin.split) if text and origin.split else [text]
                row.extend(part.strip() for part in parts if part and part.strip())
        return found

    def _column(self, name: str, is_name: bool) -> Any:
        if (name, is_name) not in self._clean:
            if name in self.table.column_names:
                column = self.table[name].combine_chunks()
                self._clean[name, is_name] = values.clean(column, is_name=is_name)
            else:
                self._clean[name, is_name] = pa.nulls(self.table.num_rows, pa.string())
        return self._clean[name, is_name]


def _changed(text: Any, origin: Origin) -> Any:
    if origin.split is not None:
        wanted, at = origin.split, origin.part or 0

        def part(whole: str) -> str | None:
            parts = [piece.strip() for piece in whole.split(wanted)]
            return (parts[at] or None) if -len(parts) <= at < len(parts) else None

        text = mapped(text, part)
    if origin.last_name_first:
        text = pc.replace_substring_regex(text, r"^([^,]+),\s*([^,]+)$", r"\2 \1")
    if origin.values:
        meanings = {fold(said): meant or None for said, meant in origin.values.items()}
        text = mapped(text, lambda said: meanings.get(fold(said), said))
    if origin.case:
        text = pc.utf8_lower(text) if origin.case == "lower" else pc.utf8_upper(text)
    return text
