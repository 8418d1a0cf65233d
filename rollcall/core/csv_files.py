"""CSV files as people save them: in any of the usual encodings, with any of the usual separators."""

import csv
import io
from collections.abc import Iterator

from rollcall.core import cells


def rows(data: bytes) -> Iterator[list[str]]:
    """The cells of each line, as they stand; a line without any text is a line.

    Raises:
        csv.Error: while reading.
    """
    text = _decoded(data).replace("\0", "")
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=False)


def cleaned(cell: str) -> str:
    """Without the mark of a spreadsheet file, blanks around it, and the apostrophe that disarms a formula."""
    text = "".join(letter for letter in cell if letter >= " " or letter == "\t").strip(" \t\ufeff")
    return text[1:] if text[:1] == "'" and cells.RISKY.match(text[1:]) else text


def _decoded(data: bytes) -> str:
    """UTF-8, UTF-16 by its mark, else what western spreadsheets write; every byte means something there."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    first = text[:10_000].splitlines()[:1]
    return max(",;\t|", key=first[0].count) if first else ","
