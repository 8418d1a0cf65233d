"""What a later load says of people who are known: another company, another name, one company for two; and namesakes."""

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from rollcall.universe import erasure
from rollcall.universe.identity import people
from tests.universe.conftest import Load
from tests.universe.rosters import ACME, BOLT, CORE, DAY, Handmade, person
from tests.universe.test_identity_of_people import Single, current, ids, table

# What a load makes of people does not depend on the database, which only keeps that there was one.
pytestmark = pytest.mark.no_database

NEXT, LATER = date(2026, 2, 28), date(2026, 8, 31)
Row = dict[str, Any]


def other(*rows: Row, day: date = DAY, **more: Any) -> Handmade:
    return Handmade(people=list(rows), as_of=day, name="other", **more)


def ann(who: str, where: str, day: date = DAY, title: str = "Plant Manager", **more: Any) -> Row:
    return person(who, where, title, day, **{"full_name": "Ann Lindqvist", **more})


def test_c3_somebody_at_two_companies_is_found_by_either(load: Load) -> None:
    load(people=[ann("a", "c2")])
    rows = [ann("1", "c1", title="Director"), ann("1", "c2", DAY - timedelta(days=3))]
    assert load(other(*rows)).new_people == 0
    assert ids()["other:1"] == ids()["handmade:a"]


def test_c6_two_who_meet_at_a_company_become_one(load: Load) -> None:
    load(people=[ann("a", "c1")])
    load(other(ann("1", "c2")))
    assert ids()["other:1"] != ids()["handmade:a"], "nobody is joined across companies by name alone"
    report = load(people=[ann("a", "c2", NEXT)], as_of=NEXT)
    assert (report.merged, set(ids().values())) == (1, {1}) and (1, 2) in current()


def test_who_was_there_long_before_is_somebody_else_or_asked_about(load: Load) -> None:
    load(people=[ann("a", "c1")])
    load(other(ann("1", "c2")))
    load(other(ann("1", "c2", LATER), day=LATER))
    report = load(people=[ann("a", "c2", LATER)], as_of=LATER)
    assert (report.merged, report.doubtful) == (0, 1)
    (asked,) = [row for row in table("matches") if row["verdict"] == "doubtful"]
    assert asked["why"].startswith("doubtful because one was there long before the other came")


def test_a_name_that_is_corrected_is_looked_at_again(load: Load) -> None:
    load(people=[ann("a", "c1")])
    load(Single(people=[ann("1", "c1", full_name="Xnn Lndqst")], name="other"))
    assert len(set(ids().values())) == 2
    report = load(Single(people=[ann("1", "c1", NEXT)], as_of=NEXT, name="other"))
    assert report.merged == 1 and len(set(ids().values())) == 1


def test_c6_people_of_two_companies_that_are_one_are_compared(load: Load) -> None:
    load(people=[ann("a", "c1")])
    load(other(ann("1", "c2"), facts=[BOLT]))
    assert len(set(ids().values())) == 2
    taken_over = {**BOLT, "merged_into": "c1"}
    report = load(people=[person("bo", "c1", "CEO", NEXT), ann("a", "c1", NEXT)], as_of=NEXT,
                  facts=[ACME, taken_over, CORE])  # fmt: skip
    assert report.merged == 1 and ids()["other:1"] == ids()["handmade:a"]


def test_nothing_new_is_not_asked_about_twice(load: Load) -> None:
    rows = [
        person("1", "c1", "Director", full_name="Jo Ek"),
        person("2", "c1", "Director", full_name="Jo Ek"),
    ]
    load(people=rows)
    asked = table("matches")
    load(people=[{**row, "last_seen": NEXT, "full_name": "Jo  EK"} for row in rows], as_of=NEXT)
    assert table("matches") == asked and len(asked) == 1


def test_x2_a_name_without_more_does_not_bring_somebody_back(load: Load, now: datetime) -> None:
    page = "linkedin.com/in/ann-lindqvist"
    load(people=[ann("a", "c1", profile_url=page), ann("a2", "c1", title="Treasurer"), ann("a3", "c2")])
    erasure.forget(profile_id=ids()["handmade:a"], now=now)
    alone = ann("1", "c1", NEXT, full_name="LINDQVIST, Ann M.")
    report = load(other(alone, person("bo", "c1", "CEO", NEXT), day=NEXT))
    assert report.erased_left_out == 1 and "other:1" not in ids(), "the name at the company is hers"
    rows = [ann("2", "c1", NEXT, profile_url="linkedin.com/in/another-ann"), ann("3", "c3", NEXT)]
    assert load(Handmade(people=rows, as_of=NEXT, name="third")).erased_left_out == 0, "these are others"
    report = load(people=[ann("a2", "c1", NEXT, title="Treasurer"), ann("a3", "c2", NEXT)], as_of=NEXT)
    assert report.erased_left_out == 0, "who was known beside her stays"


def test_two_namesakes_of_one_source_are_not_joined_by_a_third_record() -> None:
    """The register lists two directors of one name; the network knows one. Whose page it is nobody can tell."""
    register = [_record(0, "register", "1"), _record(1, "register", "2")]
    found = people.resolve(_table(register), known=_table([_record(2, "network", "9", known_id=5)]))
    assert len(set(found.clusters["cluster"].to_pylist())) == 3
    assert set(found.pairs["verdict"].to_pylist()) == {"doubtful"}
    # Also if it was known whose it is before the second one came.
    known = [_record(1, "register", "2", known_id=5), _record(2, "network", "9", known_id=5)]
    found = people.resolve(_table(register[:1]), known=_table(known))
    assert len(set(found.clusters["cluster"].to_pylist())) == 2 and not found.merges.num_rows


def test_another_number_in_a_mailbox_is_another_mailbox() -> None:
    rows = [
        _record(0, "register", "1", company_id=1, email="ann.lindqvist1101@mail.example", title="CFO"),
        _record(1, "network", "2", company_id=2, email="ann.lindqvist1102@mail.example", title="CFO"),
    ]
    assert len(set(people.resolve(_table(rows)).clusters["cluster"].to_pylist())) == 2


def _record(number: int, source: str, key: str, **more: Any) -> Row:
    told = {"full_name": "Ann Lindqvist", "company_id": 1, "title": "Director"}
    return {"record": number, "source": source, "source_key": key, **told, **more}


def _table(rows: list[Row]) -> pa.Table:
    names = ("record", "known_id", "source", "source_key", "full_name", "company_id", "title", "email")
    numbers = ("record", "known_id", "company_id")
    return pa.table(
        {
            n: pa.array([row.get(n) for row in rows], pa.int64() if n in numbers else pa.string())
            for n in names
        }
    )
