"""The rosters of the bundled data: who held which title at which company, as known at the end of a month."""

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rollcall.core.errors import NotFound
from rollcall.universe.columns import at
from rollcall.universe.sources.source import ROSTER

NAME = "us_public_companies"
FIRST, LAST = (2023, 7), (2026, 8)
LAST_DAY = date(2026, 8, 20)
# Officers file at least once a year almost always: who has not been seen for longer is no longer on the roster.
LOOKBACK = timedelta(days=420)
UNTITLED = "Director / non-officer insider"
# What filers write in the title box when the title stands elsewhere.
_NO_TITLE = r"(?i)^\s*(see |remarks|officer$)"
_YEAR = re.compile(r"\d{4}")
_TICKER = re.compile(r"[A-Z][A-Z.\-]*")
_DATA = Path(__file__).parent / "data"


class UnknownMonth(NotFound):
    """There is no month {month!r} in the bundled data. Choose one from {first} to {last}."""


def months() -> list[str]:
    """`["2023-07", …, "2026-08"]`."""
    numbers = range(FIRST[0] * 12 + FIRST[1] - 1, LAST[0] * 12 + LAST[1])
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in numbers]


class Source:
    """One month of the bundled data."""

    name = NAME
    collapsed_duplicates = 0

    def __init__(self, month: str) -> None:
        if month not in months():
            raise UnknownMonth(month=month[:40], first=months()[0], last=months()[-1])
        year, number = int(month[:4]), int(month[5:])
        self.as_of = min(date(year, number, monthrange(year, number)[1]), LAST_DAY)

    def companies(self) -> pa.Table:
        """The companies that had filed anything by then."""
        found = _companies()
        seen = found.filter(pc.less_equal(found["first_filing"], pa.scalar(self.as_of)))
        # The facts were last confirmed when the company was last listed, but never after the day of this roster.
        confirmed = pc.min_element_wise(seen["in_index_last"], pa.scalar(self.as_of))
        return seen.drop_columns(["first_filing", "in_index_last"]).append_column("observed_on", confirmed)

    def roster(self) -> pa.Table:
        seen = self._observations
        titled = seen.filter(pc.is_valid(seen["title"]))
        last = seen.group_by(["pair", "company_id", "person_id"], use_threads=False).aggregate(
            [("title", "last"), ("date", "min"), ("date", "max")]
        )
        # A run begins after the last day on which another title was stated; days without a title do not break it.
        titled = titled.append_column("final", at(last["title_last"], titled["pair"], last["pair"]))
        other = (
            titled.filter(pc.not_equal(titled["title"], titled["final"]))
            .group_by("pair")
            .aggregate([("date", "max")])
        )
        titled = titled.append_column("broken", at(other["date_max"], titled["pair"], other["pair"]))
        unbroken = pc.or_kleene(pc.is_null(titled["broken"]), pc.greater(titled["date"], titled["broken"]))
        run = titled.filter(unbroken).group_by("pair").aggregate([("date", "min")])
        since = at(run["date_min"], last["pair"], run["pair"])
        return _with_names(last, pc.coalesce(since, last["date_min"])).cast(_roster_schema())

    @cached_property
    def _observations(self) -> pa.Table:
        """The observations of the window, with a number for each pair of company and person."""
        every = _table("observations")
        day, first = pa.scalar(self.as_of), pa.scalar(self.as_of - LOOKBACK)
        seen = every.filter(pc.and_(pc.less_equal(every["date"], day), pc.greater(every["date"], first)))
        company, person = (_codes(seen[name]) for name in ("company_id", "person_id"))
        pair = pc.add(pc.multiply(company, 2**32), person)
        title = seen["title"]
        no_title = pc.match_substring_regex(title, _NO_TITLE)
        stated = pc.if_else(pc.fill_null(no_title, True), pa.scalar(None, title.type), title)
        return seen.set_column(seen.column_names.index("title"), "title", stated).append_column("pair", pair)


def _with_names(last: pa.Table, since: Any) -> pa.Table:
    people = _table("people")
    columns = {
        "company_id": last["company_id"],
        "person_id": last["person_id"],
        "title": pc.fill_null(last["title_last"], UNTITLED),
        "last_seen": last["date_max"],
        "since": since,
        "first_seen": last["date_min"],
    }
    for name in ("full_name", "first_name", "last_name"):
        columns[name] = at(people[name], last["person_id"], people["person_id"])
    return pa.table(columns)


def _companies() -> pa.Table:
    raw = _table("companies")
    return pa.table(
        {
            "company_id": raw["company_id"].cast(pa.string()),
            "domain": raw["domain"].cast(pa.string()),
            "name": raw["name"].cast(pa.string()),
            "ticker": pa.array([_ticker(text) for text in raw["tickers"].to_pylist()], pa.string()),
            "sector": raw["sector"].cast(pa.string()),
            "industry": raw["sub_industry"].cast(pa.string()),
            "country": raw["hq_country"].cast(pa.string()),
            "region": raw["hq_region"].cast(pa.string()),
            "city": raw["hq_city"].cast(pa.string()),
            "employees": raw["employees"].cast(pa.int64()),
            "founded_year": pa.array([_year(text) for text in raw["founded"].to_pylist()], pa.int64()),
            "first_filing": raw["first_filing"],
            "in_index_last": raw["in_index_last"].cast(pa.date32()),
        }
    )


def _ticker(text: str | None) -> str | None:
    """`"PKI|RVTY|RVTY (Previously PKI)" -> "RVTY"`: the newest of the plain symbols."""
    plain = [part for part in (text or "").split("|") if _TICKER.fullmatch(part)]
    return plain[-1] if plain else text


def _year(text: str | None) -> int | None:
    """`"1989 (1887)" -> 1989`: of the company as it is now, before its ancestors in brackets."""
    found = _YEAR.search(text or "")
    return int(found.group()) if found else None


@lru_cache(maxsize=3)
def _table(name: str) -> pa.Table:
    return pq.read_table(_DATA / f"{name}.parquet")


def _codes(column: Any) -> Any:
    return column.combine_chunks().dictionary_encode().indices.cast(pa.int64())


def _roster_schema() -> pa.Schema:
    present = (
        "company_id",
        "person_id",
        "title",
        "last_seen",
        "since",
        "first_seen",
        "full_name",
        "first_name",
        "last_name",
    )
    return pa.schema([ROSTER.field(name) for name in present])
