"""Checks a roster's columns and cells; every refusal names the column and the row, and says what to write."""

from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.core.errors import Conflict, Invalid
from rollcall.universe.columns import first_of_each, mapped, with_columns
from rollcall.universe.domains import root_domain
from rollcall.universe.identity.companies import addresses

REQUIRED = ("person_id", "full_name", "title")
PERSON = (
    "last_seen",
    "since",
    "first_seen",
    "first_name",
    "last_name",
    "country",
    "region",
    "city",
    "profile_url",
)
COMPANY = ("company_id", "domain", "company", "ticker", "sector", "industry", "employees", "founded_year",
           "company_country", "company_region", "company_city")  # fmt: skip
DATES = ("last_seen", "since", "first_seen")
NUMBERS = ("employees", "founded_year")
OURS = ("seniority", "department")
_KNOWN = (*REQUIRED, *PERSON, *COMPANY)
_SHOWN = 3


class UnknownColumns(Invalid):
    """The roster has columns that nothing is known about: {columns}. Remove or rename them; the columns that can
    be read are: {allowed}."""


class OursToSay(Invalid):
    """The roster has the column {column!r}, but that is read from the title, so that all sources mean the same by
    it. Remove the column."""


class MissingColumns(Invalid):
    """The roster lacks {columns}. It needs person_id, full_name, title, and company_id or domain; it has: {present}."""


class BadCell(Invalid):
    """Row {row}, column {column!r}: {value!r} is not {expected}. Correct it, or leave the cell empty if it may be."""


class BlankCell(Invalid):
    """Column {column!r} is empty in {count} of the rows, first in row {row}. Fill it in, or leave the row out."""


class NoCompany(Invalid):
    """Row {row} names no company: company_id and domain are both empty. Fill one in, or leave the row out."""


class DatesDisagree(Invalid):
    """Row {row}: {column} is {value}, which is after {limit_name} ({limit}). Correct one of them."""


class ConflictingRows(Conflict):
    """{count} people stand twice at one company with different titles, and nobody can say which is right: {examples}.
    Keep one row for each person and company."""


class TwoDomains(Conflict):
    """The company {company_id!r} has two domains in this file, {one} and {other}. Give it one."""


def check_columns(names: list[str]) -> None:
    """Refuse a header that cannot be meant as a roster's."""
    for name in names:
        if name in OURS:
            raise OursToSay(column=name)
    unknown = [name for name in names if name not in _KNOWN]
    if unknown:
        raise UnknownColumns(columns=", ".join(_meant(name) for name in unknown), allowed=", ".join(_KNOWN))
    missing = [name for name in REQUIRED if name not in names]
    if "company_id" not in names and "domain" not in names:
        missing.append("company_id or domain")
    if missing:
        raise MissingColumns(columns=", ".join(missing), present=", ".join(names) or "no column")


def check_cells(table: pa.Table, *, first_row: int) -> pa.Table:
    """The table with every column of its type: text trimmed (empty is null), dates, whole numbers, root domains."""
    for name in table.column_names:
        if name in DATES:
            table = with_columns(table, **{name: _dates(table[name], name, first_row)})
        elif name in NUMBERS:
            table = with_columns(table, **{name: _numbers(table[name], name, first_row)})
        else:
            table = with_columns(table, **{name: _texts(table[name], name, first_row)})
    for name in REQUIRED:
        _check_filled(table[name], name, first_row)
    return _with_company(table, first_row)


def check_days(table: pa.Table, *, as_of: date, first_row: int) -> None:
    """Nobody was seen after the day of the roster, or held a title since after they were last seen."""
    last_seen = (
        table["last_seen"] if "last_seen" in table.column_names else pa.nulls(table.num_rows, pa.date32())
    )
    limit = pc.coalesce(last_seen, pa.scalar(as_of))
    for name, bound, limit_name in (
        ("last_seen", pc.coalesce(pa.scalar(as_of), last_seen), "the day of the roster"),
        ("since", limit, "the day last seen"),
        ("first_seen", limit, "the day last seen"),
    ):
        if name in table.column_names:
            row = _first(pc.greater(table[name], bound))
            if row is not None:
                top = bound[row].as_py() if isinstance(bound, pa.Array | pa.ChunkedArray) else as_of
                raise DatesDisagree(
                    row=row + first_row, column=name, value=table[name][row].as_py().isoformat(),
                    limit_name=limit_name, limit=top.isoformat(),
                )  # fmt: skip


def one_row_each(table: pa.Table, *, first_row: int) -> pa.Table:
    """One row for each person at each company, the one seen last; the same person twice must have one title.

    Raises:
        ConflictingRows: somebody has two titles at one company.
    """
    pair = ["company_id", "person_id"]
    titles = first_of_each(table, [*pair, "title"])
    if first_of_each(titles, pair).num_rows != titles.num_rows:
        raise _conflict(table, first_row)
    if "last_seen" in table.column_names:
        table = table.sort_by([("last_seen", "descending")])
    return first_of_each(table, pair)


def _meant(name: str) -> str:
    near = get_close_matches(name.casefold(), _KNOWN, n=1)
    return f"{name[:60]!r} (did you mean {near[0]!r}?)" if near else repr(name[:60])


def _texts(column: Any, name: str, first_row: int) -> Any:
    if pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    if not pa.types.is_string(column.type) and not pa.types.is_null(column.type):
        raise _bad(column, _first(pc.is_valid(column)) or 0, name, "text", first_row)
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    nul = _first(pc.match_substring(trimmed, "\0"))
    if nul is not None:
        raise _bad(column, nul, name, "text without NUL characters", first_row)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _dates(column: Any, name: str, first_row: int) -> Any:
    """Dates, timestamps (their day) and ISO text; anything else is refused rather than guessed."""
    if pa.types.is_timestamp(column.type):
        return pc.floor_temporal(column, unit="day").cast(pa.timestamp("s")).cast(pa.date32())
    if pa.types.is_date(column.type) or pa.types.is_null(column.type):
        return column.cast(pa.date32())
    if not pa.types.is_string(column.type):
        raise _bad(column, _first(pc.is_valid(column)) or 0, name, "a date like 2026-08-31", first_row)
    return _parsed(
        _texts(column, name, first_row), name, _day, "a date like 2026-08-31", first_row, pa.date32()
    )


def _numbers(column: Any, name: str, first_row: int) -> Any:
    if pa.types.is_integer(column.type) or pa.types.is_null(column.type):
        numbers = column.cast(pa.int64())
    else:
        texts = column.cast(pa.string()) if pa.types.is_floating(column.type) else column
        texts = _texts(texts, name, first_row)
        numbers = _parsed(texts, name, _whole, "a whole number from 0", first_row, pa.int64())
    negative = _first(pc.less(numbers, 0))
    if negative is not None:
        raise _bad(column, negative, name, "a whole number from 0", first_row)
    return numbers


def _parsed(column: Any, name: str, parse: Any, expected: str, first_row: int, kind: pa.DataType) -> Any:
    coded = column.combine_chunks().dictionary_encode()
    values = [parse(text) for text in coded.dictionary.to_pylist()]
    if None in values:
        wrong = pc.is_in(
            coded.indices, value_set=pa.array([i for i, v in enumerate(values) if v is None], pa.int32())
        )
        raise _bad(column, _first(wrong) or 0, name, expected, first_row)
    return pa.array(values, kind).take(coded.indices)


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    plain = text.replace(",", "").removesuffix(".0")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 15 else None


def _check_filled(column: Any, name: str, first_row: int) -> None:
    row = _first(pc.is_null(column))
    if row is not None:
        raise BlankCell(column=name, count=column.null_count, row=row + first_row)


def _with_company(table: pa.Table, first_row: int) -> pa.Table:
    """`company_id` filled from the domain where it is missing; domains reduced to their root."""
    empty = pa.nulls(table.num_rows, pa.string())
    typed = table["domain"] if "domain" in table.column_names else empty
    domain = mapped(typed, root_domain)
    wrong = _first(pc.and_(pc.is_valid(typed), pc.is_null(domain)))
    if wrong is not None:
        raise _bad(typed, wrong, "domain", "a web domain like acme.com", first_row)
    # Pages on shared hosts are as many companies as there are pages.
    by_address = mapped(
        typed, lambda text: text.casefold() if addresses.is_of_nobody(text) else root_domain(text)
    )
    company_id = pc.coalesce(table["company_id"] if "company_id" in table.column_names else empty, by_address)
    nameless = _first(pc.is_null(company_id))
    if nameless is not None:
        raise NoCompany(row=nameless + first_row)
    table = with_columns(table, company_id=company_id, domain=domain)
    named = table.filter(pc.is_valid(table["domain"]))
    pairs = first_of_each(named.select(["company_id", "domain"]), ["company_id", "domain"])
    counted = pairs.group_by("company_id").aggregate(
        [("domain", "count"), ("domain", "min"), ("domain", "max")]
    )
    double = _first(pc.greater(counted["domain_count"], 1))
    if double is not None:
        row = counted.slice(double, 1).to_pylist()[0]
        raise TwoDomains(company_id=row["company_id"], one=row["domain_min"], other=row["domain_max"])
    return table


def _conflict(table: pa.Table, first_row: int) -> ConflictingRows:
    seen: dict[tuple[str, str], tuple[int, str]] = {}
    clashes: dict[tuple[str, str], str] = {}
    columns = (table[name].to_pylist() for name in ("company_id", "person_id", "title"))
    for row, (company, person, title) in enumerate(zip(*columns, strict=True), start=first_row):
        former = seen.setdefault((company, person), (row, title))
        if former[1] != title and (company, person) not in clashes:
            clashes[company, person] = (
                f"{person} at {company} in rows {former[0]} ({former[1]!r}) and {row} ({title!r})"
            )
    return ConflictingRows(count=len(clashes), examples="; ".join(_few(clashes.values())))


def _few(texts: Iterable[str]) -> list[str]:
    listed = list(texts)
    return listed[:_SHOWN] + (["…"] if len(listed) > _SHOWN else [])


def _first(mask: Any) -> int | None:
    found = pc.index(mask, pa.scalar(True)).as_py()
    return None if found < 0 else int(found)


def _bad(column: Any, row: int, name: str, expected: str, first_row: int) -> BadCell:
    return BadCell(row=row + first_row, column=name, value=str(column[row].as_py())[:80], expected=expected)
