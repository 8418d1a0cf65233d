"""Every number of an analysis, worked out again without the product: from the Parquet files and plain SQL (G8)."""

import json
import math
import statistics
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection

from rollcall.contacts import suppression
from rollcall.personas import requirements
from rollcall.personas.models import Analysis
from tests.personas.test_plan_what_is_needed import larger
from tests.personas.world import World, staff

Pair = tuple[int, int]
LEVEL = {"c_suite": 0, "vp": 1, "director": 2, "manager": 3}


def sql(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def instant(value: Any) -> datetime | None:
    """SQLite keeps UTC without saying so."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def table(home: Path, version: int, name: str) -> list[dict[str, Any]]:
    return pq.read_table(home / "universe" / f"v{version:06d}" / f"{name}.parquet").to_pylist()


def employees_at_least(home: Path, version: int, least: int) -> set[int]:
    return {row["id"] for row in table(home, version, "companies") if row["employees"] >= least}


def matching(home: Path, version: int, words: list[str], most: int | None) -> dict[int, list[int]]:
    """For each company the current people with one of the words in the title: highest level first, at most so many."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in table(home, version, "positions"):
        if row["ended_on"] is None and any(word in row["title"].casefold() for word in words):
            found.setdefault(row["company_id"], []).append(row)
    return {
        company: [
            row["profile_id"]
            for row in sorted(
                rows, key=lambda row: (LEVEL[row["seniority"]], row["first_seen_on"], row["profile_id"])
            )
        ][:most]
        for company, rows in found.items()
    }


def pairs(companies: set[int], found: dict[int, list[int]]) -> set[Pair]:
    return {(person, company) for company in companies for person in found.get(company, [])}


@pytest.fixture
def planned(world: World) -> Analysis:
    """Two segments that overlap, one dynamic; two personas that overlap; owned, suppressed, expiring; five versions."""
    for number, day in enumerate((11, 16, 21, 25), start=1):
        newcomers = [(1 + n % 6, 70_000 + n, "Director of Sales") for n in range(3 * number * number)]
        people = [row for row in staff(6 + number) if row[1] != 2000 + number]
        world.load([*people, *newcomers], as_of=date(2026, 8, day))
    everybody = world.segment("All")
    large = world.segment("Large", kind="dynamic", **larger(300))
    sales, chiefs = (
        world.persona("Sales", titles=["sales"], per_company=4),
        world.persona("Leaders", titles=["chief", "director"]),
    )
    world.search(everybody, chiefs, stop_at=9)
    suppression.add(
        workspace=world.workspace,
        kind="domain",
        value="company5.com",
        reason="",
        actor=world.actor,
        now=world.now,
    )
    world.credits(300, key="welcome", expires_at=world.now + timedelta(days=20))
    world.credits(25, key="next", effective_at=world.now + timedelta(days=45))
    return requirements.analyse(
        workspace=world.workspace,
        segment_ids=[everybody.pk, large.pk],
        persona_ids=[sales.pk, chiefs.pk],
        months=36,
        actor=world.actor,
        now=world.now,
    )


def members(name: str) -> set[int]:
    rows = sql(
        "SELECT m.company_id FROM segments_member m JOIN segments_segment s ON s.id = m.segment_id "
        f"WHERE s.name = '{name}' AND m.left_at IS NULL"
    )
    return {company for (company,) in rows}


def test_g8_today_from_parquet_and_sql(planned: Analysis, home: Path) -> None:
    version = sql("SELECT max(number) FROM universe_version")[0][0]
    companies = {name: members(name) for name in ("All", "Large")}
    wanted = {
        "Sales": matching(home, version, ["sales"], 4),
        "Leaders": matching(home, version, ["chief", "director"], None),
    }
    owned = set(sql("SELECT profile_id, company_id FROM contacts_contact"))
    blocked = {row["id"] for row in table(home, version, "companies") if row["domain"] == "company5.com"}
    everywhere = companies["All"] | companies["Large"]

    def new(of: set[Pair]) -> set[Pair]:
        return {pair for pair in of if pair not in owned and pair[1] not in blocked}

    of_persona = {name: pairs(everywhere, found) for name, found in wanted.items()}
    matches = set().union(*of_persona.values())
    of_segment = {name: {pair for pair in matches if pair[1] in ids} for name, ids in companies.items()}
    today = planned.result["today"]
    assert today["companies"] == len(everywhere)
    assert today["matches"] == len(matches)
    assert today["suppressed"] == sum(1 for pair in matches if pair[1] in blocked)
    assert today["owned"] == sum(1 for pair in matches if pair in owned and pair[1] not in blocked)
    assert today["new"] == len(new(matches)) > 0
    for part, of in (("segments", of_segment), ("personas", of_persona)):
        lines = {line["name"]: line for line in planned.result[part]}
        counts = {name: len(new(found)) for name, found in of.items()}
        assert {name: line["new"] for name, line in lines.items()} == counts
        both = len(set.intersection(*(new(found) for found in of.values())))
        assert {line["shared"] for line in lines.values()} == {both} and both > 0
        assert today[f"counted_twice_by_{part}"] == sum(counts.values()) - today["new"] == both
    seen = {
        (row["profile_id"], row["company_id"])
        for row in table(home, version, "positions")
        if row["ended_on"] is None and row["last_seen_on"] >= date(2026, 9, 1) - timedelta(days=90)
    }
    assert planned.result["coverage"]["seen_within_90_days"] == len(new(matches) & seen)


def test_g8_the_inflow_from_parquet(planned: Analysis, home: Path) -> None:
    known = sql("SELECT number, as_of FROM universe_version ORDER BY number")
    before: set[Pair] = set()
    day_before: date | None = None
    steps = []
    for number, as_of in known:
        day = as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
        companies = employees_at_least(home, number, 300)
        blocked = {row["id"] for row in table(home, number, "companies") if row["domain"] == "company5.com"}
        found = pairs(companies - blocked, matching(home, number, ["sales"], 4))
        found |= pairs(companies - blocked, matching(home, number, ["chief", "director"], None))
        if day_before is not None:
            days = (day - day_before).days
            steps.append((number, days, len(found - before), round(len(found - before) * 30 / days, 2)))
        before, day_before = before | found, day
    came = planned.result["inflow"]
    assert [(s["version"], s["days"], s["new"], s["per_month"]) for s in came["steps"]] == steps
    rates = [rate for *_, rate in steps]
    assert (came["low"], came["high"]) == (min(rates), max(rates))
    assert came["per_month"] == round(statistics.median(rates), 2) > 0


def test_g8_the_package_from_the_ledger(planned: Analysis, world: World) -> None:
    """Day by day: today's people at once, then what comes, out of the grants in the order in which they burn."""
    new, months = planned.result["today"]["new"], 36
    to_come = math.ceil(round(planned.result["inflow"]["per_month"] * months, 6))
    grants = sql(
        "SELECT g.effective_at, g.expires_at, sum(l.amount)"
        " FROM credits_leg l JOIN credits_grant g ON g.id = l.grant_id WHERE l.account = 'available'"
        " GROUP BY g.id, g.effective_at, g.expires_at"
        " ORDER BY g.expires_at IS NULL, g.expires_at, g.effective_at, g.id"
    )
    purses = [[left, instant(start), instant(end)] for start, end, left in grants]
    available = sum(left for left, start, end in purses if start <= world.now)
    later = sum(left for left, start, end in purses if world.now < start < world.now + timedelta(days=1080))
    used, lost = 0, 0
    for day in range(1080):
        for purse in purses:
            if purse[2] is not None and purse[2] <= world.now + timedelta(days=day) - timedelta(hours=12):
                lost, purse[0] = lost + purse[0], 0
        needed = new + to_come * (day + 1) // 1080 - used
        for purse in purses:
            if purse[1] <= world.now + timedelta(days=day):
                taken = min(needed, purse[0])
                purse[0], needed, used = purse[0] - taken, needed - taken, used + taken
    sized = planned.result["package"]
    assert lost and later and sized["missing"]
    assert [line["credits"] for line in sized["lines"]] == [new, to_come, -available, -later, lost]
    assert sized["missing"] == max(0, new + to_come - (available + later - lost))
    assert sized["recommended"] == math.ceil(sized["missing"] / 100) * 100


def test_g8_the_inputs_say_what_it_was_made_from(planned: Analysis) -> None:
    """Months, definitions, versions: all that is needed to do it again by hand is in the row."""
    ((inputs, version),) = sql("SELECT inputs, universe_version FROM personas_analysis")
    kept = json.loads(inputs) if isinstance(inputs, str) else inputs
    assert (kept["months"], version) == (36, 5)
    assert [(s["name"], s["kind"]) for s in kept["segments"]] == [("All", "static"), ("Large", "dynamic")]
    assert kept["segments"][1]["definition"]["where"]["items"][0]["value"] == 300
    assert kept["personas"][0]["definition"]["per_company"] == 4
    assert planned.result["inflow"]["versions"] == [1, 2, 3, 4, 5]
