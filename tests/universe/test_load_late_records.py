"""Single records are loaded in any order: what is older adds to the past and takes back nothing that is newer."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from rollcall.universe import ingest, late, records, spells, versions
from tests.universe.conftest import Load
from tests.universe.rosters import ACME, BOLT, CORE, Handmade, person

# What a load makes of people does not depend on the database, which only keeps that there was one.
pytestmark = pytest.mark.no_database

JAN, MAR, JUN, AUG = date(2026, 1, 31), date(2026, 3, 31), date(2026, 6, 30), date(2026, 8, 31)


@dataclass
class Records(Handmade):
    """Single people of whom absence says nothing."""

    name: str = "crm"
    is_complete: bool = False
    facts: list[dict[str, Any]] = field(default_factory=lambda: [ACME, BOLT, CORE])


def one(title: str, seen: date, where: str = "c1", **more: Any) -> Records:
    return Records(people=[person("ann", where, title, seen, **more)], as_of=seen)


def positions() -> list[tuple[Any, ...]]:
    number = versions.current()
    assert number is not None
    table = records.read(versions.path(number), "positions")
    return [
        (row["title"], row["started_on"], row["ended_on"], row["last_seen_on"]) for row in table.to_pylist()
    ]


def test_it_works(load: Load) -> None:
    """An older title becomes what somebody was before; the newer one stays what they are."""
    load(one("CFO", JUN))
    report = load(one("Controller", JAN))
    assert (report.version, report.joined, report.left, report.title_changed) == (2, 0, 0, 0)
    assert positions() == [("Controller", JAN, JAN, JAN), ("CFO", JUN, None, JUN)]


def test_the_same_title_earlier_only_began_earlier(load: Load) -> None:
    load(one("Chief Financial Officer", JUN, country="Spain"))
    load(one("CFO", MAR, country="France"))
    load(one("CFO", JAN, since=date(2020, 5, 1)))
    assert positions() == [("Chief Financial Officer", date(2020, 5, 1), None, JUN)]
    (row,) = records.read(versions.path(3), "positions").to_pylist()
    assert (row["country"], row["first_seen_on"]) == ("Spain", date(2020, 5, 1))


def test_nobody_comes_back_whose_end_is_known(load: Load) -> None:
    load(one("CFO", JAN))
    load(one("CFO", JUN, until=MAR))
    before = positions()
    assert [row[2] for row in before] == [MAR]
    load(one("CFO", JAN))
    assert positions() == before
    load(one("Controller", MAR))
    assert [row[2] for row in positions()] == [MAR, MAR], "still nobody is there"
    load(one("CFO", AUG))
    assert [row[2] for row in positions()].count(None) == 1, "seen again later: back"


def test_an_end_that_was_told_before_somebody_was_seen_again_ends_nothing(load: Load) -> None:
    load(one("CFO", AUG, since=JAN))
    load(one("CFO", JUN, until=MAR))
    assert positions() == [("CFO", JAN, None, AUG)]


def test_names_and_facts_of_companies_stay_the_newer_ones(load: Load) -> None:
    told = {"profile_url": "linkedin.com/in/ann"}
    newer = ACME | {"name": "Acme New", "employees": None, "observed_on": JUN}
    older = ACME | {"name": "Acme Old", "employees": 12, "observed_on": JAN, "domain": "shop.acme.com"}
    load(Records(people=[person("ann", "c1", "CFO", JUN, full_name="Ann New")], as_of=JUN, facts=[newer]))
    load(
        Records(
            people=[person("ann", "c1", "CFO", JAN, full_name="Ann Old", **told)], as_of=JAN, facts=[older]
        )
    )
    (ann,) = records.read(versions.path(2), "profiles").to_pylist()
    assert ann["full_name"] == "Ann New" and ann["profile_url"] is not None, "kept, and filled in"
    (acme,) = records.read(versions.path(2), "companies").to_pylist()
    assert (acme["name"], acme["employees"], acme["observed_on"], acme["host"]) == ("Acme New", 12, JUN, None)


def test_rows_of_one_file_count_by_their_own_day(load: Load) -> None:
    """F4: a new file may hold old rows; they are as old as they say."""
    load(one("CFO", JUN))
    mixed = [person("ann", "c1", "Controller", JAN), person("bo", "c1", "CEO", AUG)]
    report = load(Records(people=mixed, as_of=AUG))
    assert report.joined == 1
    assert {row[0]: row[2] for row in positions()} == {"CFO": None, "CEO": None, "Controller": JAN}


def test_any_order_ends_in_the_same_present(load: Load) -> None:
    dice = random.Random(5)
    told = [
        one(
            dice.choice(["CFO", "CEO", "Controller"]),
            JAN + timedelta(days=7 * week),
            dice.choice(["c1", "c2"]),
        )
        for week in range(5)
    ]
    presents = []
    for number, order in enumerate([told, told[::-1]]):
        for source in order:
            source.name = f"crm{number}"
            load(source)
        current = versions.current()
        assert current is not None
        table = spells.in_order(
            pa.concat_tables(
                [records.read(versions.path(current), name) for name in ("positions", "shadows")]
            )
        )
        presents.append(
            [
                (row["company_id"], row["title"], row["last_seen_on"])
                for row in table.to_pylist()
                if row["source"] == source.name and row["ended_on"] is None
            ]
        )
    assert presents[0] == presents[1] and presents[0]


def test_a_full_roster_that_is_older_is_still_refused(load: Load) -> None:
    load(Handmade(people=[person("ann", "c1", "CFO", JUN)], as_of=JUN))
    with pytest.raises(ingest.OlderThanKnown):
        load(Handmade(people=[person("ann", "c1", "CFO", JAN)], as_of=JAN))


def test_companies_alone_can_be_loaded(load: Load) -> None:
    report = load(Records(people=[], as_of=JAN))
    assert (report.companies, report.people, report.positions) == (3, 0, 0)
    load(one("CFO", JUN))
    load(Records(people=[], as_of=AUG, facts=[ACME | {"employees": 9}]))
    assert positions() == [("CFO", JUN, None, JUN)]
    with pytest.raises(ingest.EmptyRoster):
        load(Records(people=[], facts=[]))


def test_nothing_late_leaves_positions_as_they_are(load: Load) -> None:
    load(one("CFO", JUN))
    table = records.read(versions.path(1), "positions")
    assert late.placed(table, table.slice(0, 0), source="crm") is table
