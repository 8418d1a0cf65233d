"""XLSX: the rows of one sheet, as they come out of the archive."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, dropwhile, islice
from typing import Any, BinaryIO
from zipfile import ZipFile

import openpyxl
import pyarrow as pa

from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program import headers, paths
from rollcall.universe.sources.sandbox.program.chunk import Chunk, reject
from rollcall.universe.sources.sandbox.program.refused import Refused, unreadable

_CHUNK_CELLS = 20_000
_PARTS_MAX = 5_000
_LISTED = 10
_ODD = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")


class Workbook:
    """One sheet of one file; its first filled row that is no title, or the one that is told, is the header."""

    def __init__(
        self, file: BinaryIO, limits: Limits, *, file_bytes: int, sheet: str | None, header_row: int | None
    ) -> None:
        self._limits = limits
        _check_archive(file, limits.unpacked(file_bytes))
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        self.sheets = book.sheetnames[:100]
        self._sheet = _chosen(book, sheet)
        # What a sheet says of its size is not to be trusted.
        self._sheet.reset_dimensions()
        rows = self._numbered()
        self._rows: Iterator[tuple[int, tuple[Any, ...]]]
        if header_row is None:
            first = list(islice(rows, headers.FIRST_ROWS))
            at = headers.place([cells for _, cells in first])
            self._rows = chain(first[at:], rows)
        else:
            self._rows = dropwhile(lambda row: row[0] < header_row, rows)
        for _, cells in islice(self._rows, 1 if header_row else None):
            width = max((at for at, cell in enumerate(cells, start=1) if cell is not None), default=0)
            if width or header_row:
                self.names, self.repeated = headers.tidy(cells[:width], limits)
                break
        else:
            raise Refused("empty")

    @property
    def sheet(self) -> str:
        return str(self._sheet.title)

    def chunks(self, columns: list[str]) -> Iterator[Chunk]:
        chosen = [self.names.index(name) for name in columns]
        width, rejected = len(self.names), list[dict[str, Any]]()
        rows: list[int] = []
        cells: list[list[str | None]] = [[] for _ in columns]
        for number, values in self._rows:
            if any(value is not None for value in values[width:]):
                count = f"{len(values)} cells, {width} expected"
                rejected.append(reject(number, "uneven_row", value=count, raw=str(values[: width + 1])))
            elif any(value is not None for value in values):
                rows.append(number)
                for column, at in zip(cells, chosen, strict=True):
                    column.append(_text(values[at]) if at < len(values) else None)
            if len(rows) * max(10, len(columns)) >= _CHUNK_CELLS or len(rejected) >= 1_000:
                yield _chunk(rows, cells, rejected)
                rows, cells, rejected = [], [[] for _ in columns], []
        yield _chunk(rows, cells, rejected)

    def _numbered(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        for number, cells in enumerate(self._sheet.iter_rows(values_only=True), start=1):
            if len(cells) > 16_384:
                raise Refused("too_much", limit=f"{self._limits.columns} columns")
            yield number, cells


def _check_archive(file: BinaryIO, most: int) -> None:
    """Sizes as the archive declares them; what it hides, the limit on memory and time finds."""
    with ZipFile(file) as archive:
        parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > _PARTS_MAX or len(names) != len(parts):
        raise Refused("too_much", limit=f"{_PARTS_MAX} parts, each once")
    if "xl/workbook.bin" in names:
        raise unreadable("XLSX", "it is a binary workbook (.xlsb)")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise unreadable("XLSX", "it is an archive of something else; unpack it first")
    if any(part.flag_bits & 1 for part in parts):
        raise unreadable("XLSX", "it is protected by a password")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise unreadable("XLSX", "it is packed in a way that spreadsheets do not use")
    if sum(part.file_size for part in parts) > most:
        raise Refused("too_much", limit=f"{most >> 20} MB unpacked")
    file.seek(0)


def _chosen(book: Any, name: str | None) -> Any:
    sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
    if name is not None:
        found = next((sheet for sheet in sheets if sheet.title == name), None)
        if found is None:
            listed = ", ".join(sheet.title for sheet in sheets[:_LISTED])
            raise Refused("no_such_sheet", sheet=name, sheets=listed)
        return found
    shown = [sheet for sheet in sheets if getattr(sheet, "sheet_state", "visible") == "visible"]
    for sheet in [*shown, *sheets]:
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_row=50)
        if any(cell is not None for row in rows for cell in row):
            return sheet
    raise Refused("empty")


def _chunk(rows: list[int], cells: list[list[str | None]], rejected: list[dict[str, Any]]) -> Chunk:
    return Chunk(pa.array(rows, pa.int64()), [pa.array(column, pa.string()) for column in cells], rejected)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    text = paths.text(value)
    # How workbooks write characters that XML has no place for.
    return _ODD.sub(lambda found: chr(int(found[1], 16)), text) if text and "_x" in text else text
