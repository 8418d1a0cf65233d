"""The bundled months: an independent reading of the observations gives the same rosters, and CEOs change hands."""

import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rollcall.universe import ingest, search, titles, versions
from rollcall.universe.search import CompanyQuery, PeopleQuery, PersonaQuery
from rollcall.universe.sources import us_public_companies
from tests.universe.conftest import Load

# What a load makes of people does not depend on the database, which only keeps that there was one.
pytestmark = pytest.mark.no_database

DATA = Path(us_public_companies.__file__).parent / "data"
SAID = ("title", "last_seen", "since", "first_seen")
SEEN = tuple[date, str | None]


@pytest.fixture(scope="module")
def observations() -> dict[tuple[str, str], list[SEEN]]:
    found: dict[tuple[str, str], list[SEEN]] = defaultdict(list)
    for row in pq.read_table(DATA / "observations.parquet").to_pylist():
        found[row["company_id"], row["person_id"]].append((row["date"], row["title"]))
    return {pair: sorted(days, key=lambda seen: seen[0]) for pair, days in found.items()}


def read_plainly(days: list[SEEN], day: date) -> dict[str, Any] | None:
    """Who was seen in the last 420 days is there, under the last title stated; since when, that run is unbroken."""
    seen = [
        (on, None if title is None or re.match(r"(?i)^\s*(see |remarks|officer$)", title) else title)
        for on, title in days
        if day - timedelta(days=420) < on <= day
    ]
    if not seen:
        return None
    stated = [(on, title) for on, title in seen if title is not None]
    last = stated[-1][1] if stated else None
    since = stated[-1][0] if stated else seen[0][0]
    for on, title in reversed(stated):
        if title != last:
            break
        since = on
    title = last if last is not None else "Director / non-officer insider"
    return {"title": title, "last_seen": seen[-1][0], "since": since, "first_seen": seen[0][0]}


def test_there_are_38_months() -> None:
    months = us_public_companies.months()
    assert (len(months), months[0], months[-1]) == (38, "2023-07", "2026-08")
    assert months == sorted(months) and len(set(months)) == 38


@pytest.mark.parametrize("month", [*us_public_companies.months()[::6], "2024-02", "2026-08"])
def test_a_roster_is_what_the_observations_say(
    month: str, observations: dict[tuple[str, str], list[SEEN]]
) -> None:
    source = us_public_companies.Source(month)
    expected = {
        pair: said for pair, days in observations.items() if (said := read_plainly(days, source.as_of))
    }
    roster = source.roster().to_pylist()
    found = {(row["company_id"], row["person_id"]): {key: row[key] for key in SAID} for row in roster}
    assert len(roster) == len(found)
    assert found == expected


def test_a_month_ends_on_its_last_day_or_with_the_data() -> None:
    assert us_public_companies.Source("2024-02").as_of == date(2024, 2, 29)
    assert us_public_companies.Source("2026-08").as_of == date(2026, 8, 20)


def test_names_come_from_the_people() -> None:
    people = {row["person_id"]: row for row in pq.read_table(DATA / "people.parquet").to_pylist()}
    for row in us_public_companies.Source("2026-08").roster().to_pylist():
        known = people[row["person_id"]]
        assert all(row[name] == known[name] for name in ("full_name", "first_name", "last_name"))


def test_companies_are_complete_and_without_the_column_left_out() -> None:
    assert "industry" not in pq.read_schema(DATA / "companies.parquet").names
    companies = {
        row["company_id"]: row for row in us_public_companies.Source("2026-08").companies().to_pylist()
    }
    assert len(companies) == 418
    assert sum(row["domain"] is None for row in companies.values()) == 1
    abbott = companies["cik0000001800"]
    assert (abbott["domain"], abbott["industry"], abbott["employees"]) == (
        "abbott.com",
        "Health Care Equipment",
        114_000,
    )
    years = [row["founded_year"] for row in companies.values()]
    assert all(year is not None and 1700 < year <= 2026 for year in years)
    assert all(re.fullmatch(r"[A-Z.\-]+", row["ticker"]) for row in companies.values())


def test_the_size_band_follows_from_the_employees(load: Load) -> None:
    load(us_public_companies.Source("2026-08"))
    rows = search.company_rows(version=1, ids=range(1, 419)).to_pylist()
    bands = {
        row["company_id"]: row["size_band"] for row in pq.read_table(DATA / "companies.parquet").to_pylist()
    }
    assert {row["source_key"]: row["size_band"] for row in rows} == bands


def test_a_company_is_known_once_it_filed() -> None:
    counts = [
        us_public_companies.Source(month).companies().num_rows for month in ("2023-07", "2025-01", "2026-08")
    ]
    assert counts == sorted(counts) and counts[0] < counts[-1] == 418


@pytest.mark.parametrize("month", ["2023-06", "2026-09", "2024-13", "", "2024-1"])
def test_other_months_are_refused(month: str) -> None:
    with pytest.raises(us_public_companies.UnknownMonth, match="2023-07"):
        us_public_companies.Source(month)


def test_all_months_in_order_tell_successions_with_true_days(load: Load, observations: Any) -> None:
    """Of every chief executive replaced in 2024: the old spell ends and the new one begins on days really seen."""
    joined = {}
    for month in us_public_companies.months()[:20]:
        report = load(us_public_companies.Source(month))
        joined[month] = (report.joined, report.left, report.title_changed + report.respelled)
    # What an outside script counted between these months' rosters.
    assert joined["2023-08"] == (67, 59, 18)
    assert joined["2024-02"] == (169, 60, 161)
    assert joined["2025-02"] == (156, 55, 119)
    number = versions.current() or 0
    keys = pq.read_table(versions.path(number) / "keys.parquet").to_pylist()
    names = {
        (row["kind"], row["id"]): row["key"].split(":")[1]
        for row in keys
        if not row["key"].startswith("domain:")
    }
    spells = pq.read_table(versions.path(number) / "positions.parquet").to_pylist()
    changed = 0
    for spell in spells:
        pair = (names["company", spell["company_id"]], spell["source_key"])
        days = {on for on, _ in observations[pair]}
        assert spell["started_on"] in days and spell["last_seen_on"] in days
        assert spell["first_seen_on"] <= spell["started_on"] <= spell["last_seen_on"]
        if spell["ended_on"] is not None:
            assert spell["ended_on"] == spell["last_seen_on"] and spell["noticed_on"] >= spell["ended_on"]
            changed += spell["ended_on"].year == 2024 and " chief executive officer " in spell["title_words"]
    assert changed > 20
    current = [(s["company_id"], s["profile_id"]) for s in spells if s["ended_on"] is None]
    assert len(current) == len(set(current))


def test_a_people_search_over_all_demo_companies(load: Load) -> None:
    load(us_public_companies.Source("2026-08"))
    ids = search.companies(version=1, query=CompanyQuery(order_by="name"))
    persona = PersonaQuery(titles=["CEO"], per_company=1)
    found = search.people(version=1, query=PeopleQuery(ids, (persona,)))
    assert 380 < found.num_rows <= len(ids) == 418
    rows = search.position_rows(version=1, pairs=found)
    assert all(" chief executive officer " in titles.words(title) for title in rows["title"].to_pylist())


def test_nothing_is_left_between_two_loads_of_a_month(load: Load, now: datetime) -> None:
    load(us_public_companies.Source("2026-07"))
    again = ingest.load(source=us_public_companies.Source("2026-07"), now=now)
    assert (again.joined, again.left, again.title_changed, again.respelled) == (0, 0, 0, 0)
