"""Cells become values, a whole column at once: clean text, days, whole numbers, domains."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import mending
from rollcall.universe.columns import mapped

# How programs write that they know nothing.
_NOTHING = pa.array(
    ["#N/A", "N/A", "n/a", "NA", "-", "--", "—", "NULL", "null", "(null)", "None", "none", "nan", "NaN", "undefined",
     "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "\\N", "?"]
)  # fmt: skip
# Somebody may be called Null or Na; nobody is called #N/A.
_NO_NAME = pa.array(
    [
        "#N/A",
        "N/A",
        "n/a",
        "-",
        "--",
        "—",
        "NULL",
        "(null)",
        "nan",
        "NaN",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "\\N",
        "?",
    ]
)
# What is not seen: marks of direction would turn the text around them on every page. Joiners are parts of words.
_UNSEEN = r"\x{ad}\x{61c}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}"
_CONTROL = rf"[\x01-\x1f\x7f{_UNSEEN}]"
_ODD_BYTES = bytes((*range(0x20), 0x7F, 0xC2, 0xD8, 0xE2, 0xEF))
_EMAIL = r"^[^@\s,;<>\"()\[\]]{1,64}@[^@\s,;<>\"()\[\]]+\.[^@\s.,;<>\"()\[\]]{2,}$"
_URL = r"(?i)^(https?://)?[^\s/@]+\.[^\s/@]{2,}(/\S*)?$"
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
# Spreadsheets count days from 1900 on: these are 1954 to 2063. No other way to write a day has five figures.
_SERIAL, _SERIAL_ZERO = re.compile(r"([2-5]\d{4})(?:\.\d+)?", re.ASCII), date(1899, 12, 30)
_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})")
_WORDED = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%b %d %Y", "%b %Y", "%B %Y")
_COUNT = re.compile(r"(\d{1,3}(?:[,.\u00a0\u202f' ]\d{3})+|\d+)(?:\.0+)?")
_RANGE = re.compile(
    r"([\d,.\u00a0\u202f' ]+?)\s*(?:\+|(?:-|–|—|to|bis|à|a)\s*[\d,.\u00a0\u202f' ]+)(?:\s+\w+)?"
)
_SHORT = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM])\+?")


def clean(column: Any, *, is_name: bool = False) -> Any:
    """Text without blanks around it, control characters, and signs of nothing; empty is null. What other programs
    broke is mended first: of "GarcÃ\u00ada" a soft hyphen is a part."""
    if _any(pc.match_substring_regex(column, mending.LOOKS_BROKEN)):
        column = mapped(column, mending.mended)
    if _has_odd_bytes(column) and _any(pc.match_substring_regex(column, _CONTROL)):
        column = pc.replace_substring_regex(column, rf"[{_UNSEEN}\x01-\x08\x0e-\x1f\x7f]+", "")
        column = pc.replace_substring_regex(column, r"[\t\r\n\x0b\x0c ]+", " ")
    column = pc.utf8_trim_whitespace(column)
    nothing = pc.or_(pc.equal(column, ""), pc.is_in(column, value_set=_NO_NAME if is_name else _NOTHING))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), column)


def joined(columns: list[Any], between: str) -> Any:
    """The filled ones of each row, one after the other; null where none is. Arrow's own null_handling="skip" leaves
    out rows that are null everywhere."""
    text = columns[0]
    for column in columns[1:]:
        text = pc.coalesce(pc.binary_join_element_wise(text, column, between), text, column)
    return text


def days(column: Any, formats: tuple[str, ...], *, at_end: bool) -> Any:
    """Dates; what is not one is null. A month or a year alone is its first day, or its last with `at_end`."""
    coded = _flat(column).dictionary_encode()
    values = [day(text, formats, at_end) if text else None for text in coded.dictionary.to_pylist()]
    return pa.array(values, pa.date32()).take(coded.indices)


@lru_cache(maxsize=65_536)
def day(text: str, formats: tuple[str, ...], at_end: bool) -> date | None:
    """One date. 01/02/2026 is one only with a format: two countries read two dates in it."""
    for form in formats:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    try:
        if found := _DAY.fullmatch(text):
            return date(*(int(part) for part in found.groups()))
        if text.isascii() and text.isdigit() and len(text) == 8:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if found := _MONTH.fullmatch(text):
            return _of_month(int(found[1]), int(found[2]), at_end)
        if found := _SERIAL.fullmatch(text):
            return _SERIAL_ZERO + timedelta(days=int(found[1]))
        if text.isascii() and text.isdigit() and len(text) == 4:
            return _of_month(int(text), 12 if at_end else 1, at_end)
    except ValueError:
        return None
    return _worded(text, at_end)


def numbers(column: Any) -> Any:
    """Whole numbers; of "51-200" and "1,001+" the lower end; what is none is null."""
    coded = _flat(column).dictionary_encode()
    values = [number(text) if text else None for text in coded.dictionary.to_pylist()]
    return pa.array(values, pa.int64()).take(coded.indices)


@lru_cache(maxsize=65_536)
def number(text: str) -> int | None:
    """`number("1,001-5,000") == 1001`."""
    plain = text.strip()
    if found := _SHORT.fullmatch(plain):
        return _bounded(int(float(found[1]) * (1_000 if found[2] in "kK" else 1_000_000)))
    if found := _RANGE.fullmatch(plain):
        plain = found[1].strip()
    if found := _COUNT.fullmatch(plain):
        return _bounded(int(re.sub(r"\D", "", found[1])))
    return None


def emails(column: Any) -> Any:
    """Addresses; what is none is null."""
    plain = pc.replace_substring_regex(column, r"(?i)^mailto:", "")
    return pc.if_else(pc.match_substring_regex(plain, _EMAIL), plain, pa.scalar(None, pa.string()))


def addresses(column: Any) -> Any:
    """Addresses of pages; what is none is null."""
    return pc.if_else(pc.match_substring_regex(column, _URL), column, pa.scalar(None, pa.string()))


def same_page(column: Any) -> Any:
    """What two spellings of one page's address have in common."""
    plain = pc.replace_substring_regex(pc.utf8_lower(column), r"^(https?://)?(www\.|[a-z]{2}\.)?", "")
    return pc.replace_substring_regex(plain, r"/*([?#].*)?$", "")


def _of_month(year: int, month: int, at_end: bool) -> date:
    return date(year, month, monthrange(year, month)[1] if at_end else 1)


def _worded(text: str, at_end: bool) -> date | None:
    for form in _WORDED:
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return found if "%d" in form else _of_month(found.year, found.month, at_end)
    return None


def _bounded(count: int) -> int | None:
    return count if count < 10**12 else None


def _has_odd_bytes(column: Any) -> bool:
    """Whether any byte could belong to what `_CONTROL` looks for: a hundred times faster than looking for it."""
    data = column.buffers()[2]
    if data is None:
        return False
    plain = data.to_pybytes()
    return len(plain.translate(None, _ODD_BYTES)) != len(plain)


def _flat(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _any(mask: Any) -> bool:
    return bool(pc.any(mask).as_py())
