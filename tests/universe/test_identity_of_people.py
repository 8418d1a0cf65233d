"""Several sources name one person: one id, one current position each, nothing lost; what an operator says counts."""

import random
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from rollcall.universe import erasure, publication, records, search, versions
from rollcall.universe.identity import review
from rollcall.universe.ingest import LoadReport
from rollcall.workspaces.access import Actor
from tests.universe.conftest import Load
from tests.universe.rosters import DAY, Handmade, person

# What a load makes of people does not depend on the database, which only keeps that there was one.
pytestmark = pytest.mark.no_database

OLGA = Actor(ref="system:test", label="Olga", is_operator=True)
NEXT, LATER = date(2026, 2, 28), date(2026, 3, 31)
PAGE = "https://www.linkedin.com/in/ann-doe"


class Single(Handmade):
    """Records of single people: nobody has left because a later file is silent about them."""

    is_complete = False
    licence = "CC-BY-4.0"
    lawful_basis = "legitimate interests"


def table(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = records.read(versions.path(versions.current() or 0), name).to_pylist()
    return rows


def ids() -> dict[str, int]:
    """By the name that a source gives, the id of the person."""
    return {row["key"]: row["id"] for row in table("keys") if row["kind"] == "profile"}


def now_at(profile_id: int, company_id: int) -> dict[str, Any]:
    pairs = pa.table({"company_id": pa.array([company_id]), "profile_id": pa.array([profile_id])})
    found = search.position_rows(version=versions.current() or 0, pairs=pairs)
    return dict(found.to_pylist()[0])


def current() -> list[tuple[int, int]]:
    return [(row["profile_id"], row["company_id"]) for row in table("positions") if row["ended_on"] is None]


def both(load: Load, day: date = DAY, *, first: dict[str, Any], second: dict[str, Any]) -> LoadReport:
    """Two sources about one day."""
    load(people=[first], as_of=day)
    return load(Handmade(people=[second], as_of=day, name="other"))


def test_c3_one_page_in_two_spellings_is_one_person(load: Load) -> None:
    report = both(
        load,
        first=person("ann", "c1", "CFO", profile_url=PAGE, full_name="Ann Doe"),
        second=person(
            "77",
            "c1",
            "Chief Financial Officer",
            profile_url="uk.linkedin.com/in/Ann-Doe/?trk=x",
            full_name="A. Doe",
        ),
    )
    assert (report.new_people, report.people) == (0, 1)
    assert ids() == {"handmade:ann": 1, "other:77": 1}
    assert current() == [(1, 1)], "at most one current position for each person and company"
    assert table("shadows")[0]["source"] == "other", "what the other source says is kept"
    assert now_at(1, 1)["full_name"] == "Ann Doe", "the first source gives the name"


def test_one_address_is_one_person_but_a_family_mailbox_is_not(load: Load) -> None:
    load(
        people=[
            person("ann", "c1", "CFO", email="ann@acme.com"),
            person("jo", "c2", "CEO", email="doe@home.fr", full_name="Jo Doe"),
        ]
    )
    rows = [
        person("1", "c1", "CFO", email="Ann@ACME.com", full_name="Ann Doe-Smith"),
        person("2", "c2", "CFO", email="doe@home.fr", full_name="Mary Doe"),
    ]
    report = load(Handmade(people=rows, name="other"))
    assert (report.new_people, report.doubtful) == (1, 0)
    assert ids()["other:1"] == ids()["handmade:ann"] and ids()["other:2"] not in (1, 2)


def test_one_page_under_two_names_is_asked_about(load: Load) -> None:
    report = both(
        load,
        first=person("jo", "c2", "CEO", profile_url=PAGE, full_name="Jo Doe"),
        second=person("2", "c2", "CFO", profile_url=PAGE, full_name="Mary Quist"),
    )
    assert (report.new_people, report.doubtful) == (1, 1)
    (asked,) = review.list_().items
    assert (asked.left, asked.right) == ("handmade:jo", "other:2") and "their first names differ" in asked.why


def test_a_page_that_somebody_left_behind_is_still_theirs(load: Load) -> None:
    load(people=[person("ann", "c1", "CFO", profile_url=PAGE)])
    load(people=[person("ann", "c1", "CFO", NEXT, profile_url="linkedin.com/in/the-real-ann")], as_of=NEXT)
    load(
        Handmade(
            people=[person("1", "c2", "CEO", profile_url=PAGE, full_name="Ann Doe")], as_of=NEXT, name="other"
        )
    )
    assert set(ids().values()) == {1}
    (known,) = table("profiles")
    assert sorted(known["other_names"]) == [
        "profile:linkedin.com/in/ann-doe",
        "profile:linkedin.com/in/the-real-ann",
    ]


def test_two_ids_that_turn_out_to_be_one_leave_a_redirect(load: Load) -> None:
    load(people=[person("ann", "c1", "CFO", profile_url=PAGE)])
    load(Handmade(people=[person("1", "c2", "CEO", full_name="Ann Lindqvist")], name="other"))
    assert ids() == {"handmade:ann": 1, "other:1": 2}
    married = person("1", "c1", "CFO", NEXT, full_name="Ann Lindqvist", profile_url=PAGE)
    report = load(Handmade(people=[married], as_of=NEXT, name="other"))
    assert (report.merged, report.new_people, report.people) == (1, 0, 1)
    assert set(ids().values()) == {1} and current() == [(1, 1), (1, 2)]
    (redirect,) = table("redirects")
    assert (redirect["kind"], redirect["from_id"], redirect["to_id"], redirect["version"]) == (
        "profile",
        2,
        1,
        3,
    )
    assert redirect["why"] == "Both have the profile page linkedin.com/in/ann-doe"
    load(people=[person("new", "c1", "CEO", LATER)], as_of=LATER)
    assert ids()["handmade:new"] == 3, "an id is never used again"


def test_a_wrong_merger_is_undone_and_costs_the_ids_nothing(load: Load, now: datetime) -> None:
    both(
        load,
        first=person("ann", "c1", "CFO", profile_url=PAGE),
        second=person("1", "c1", "CEO", profile_url=PAGE, full_name="Anna Doe"),
    )
    assert set(ids().values()) == {1}
    review.say(
        left="handmade:ann",
        right="other:1",
        answer="different",
        why="Mother and daughter",
        actor=OLGA,
        now=now,
    )
    report = load(people=[person("ann", "c1", "CFO", NEXT, profile_url=PAGE)], as_of=NEXT)
    assert (report.split, report.merged) == (1, 0)
    assert ids() == {"handmade:ann": 1, "other:1": 2}, "the oldest record keeps the id"
    assert sorted(current()) == [(1, 1), (2, 1)], "each with what its own source says"
    assert now_at(2, 1)["full_name"] == "Anna Doe" and now_at(2, 1)["title"] == "CEO"
    (told,) = table("redirects")
    assert (told["kind"], told["from_id"], told["to_id"]) == ("split", 1, 2) and "Olga" in told["why"]
    again = load(
        Handmade(
            people=[person("1", "c1", "CEO", NEXT, profile_url=PAGE, full_name="Anna Doe")],
            as_of=NEXT,
            name="other",
        )
    )
    assert (again.split, again.merged, ids()["other:1"]) == (0, 0, 2), "said once, remembered for ever"


def test_an_id_that_ended_leads_to_the_part_that_it_was(load: Load, now: datetime) -> None:
    load(people=[person("ann", "c1", "CFO")])
    load(Handmade(people=[person("1", "c2", "CEO", full_name="Zoe Quist")], name="other"))
    review.say(left="handmade:ann", right="other:1", answer="same", why="Renamed", actor=OLGA, now=now)
    load(people=[person("ann", "c1", "CFO", NEXT)], as_of=NEXT)
    assert set(ids().values()) == {1}
    review.say(
        left="handmade:ann", right="other:1", answer="different", why="Not renamed", actor=OLGA, now=now
    )
    load(people=[person("ann", "c1", "CFO", LATER)], as_of=LATER)
    assert ids() == {"handmade:ann": 1, "other:1": 3}
    leads = {(row["kind"], row["from_id"]): row["to_id"] for row in table("redirects")}
    assert leads == {("profile", 2): 3, ("split", 1): 3}
    assert now_at(3, 2)["full_name"] == "Zoe Quist"


def test_the_same_rows_in_another_order_give_the_same_people(load: Load, now: datetime) -> None:
    pages = [f"linkedin.com/in/somebody-{number}" for number in range(6)]
    rows = [
        person(
            f"p{number}",
            f"c{1 + number % 3}",
            "CEO",
            profile_url=pages[number % 6],
            email=f"x{number % 4}@acme.com",
            full_name="Sam Poe",
        )
        for number in range(12)
    ]
    partitions = []
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        load(Handmade(people=rows, name=f"s{seed}"))
        found: dict[int, set[str]] = {}
        for name, number in ids().items():
            if name.startswith(f"s{seed}:"):
                found.setdefault(number, set()).add(name.partition(":")[2])
        partitions.append(sorted(map(sorted, found.values())))
    assert partitions[0] == partitions[1] == partitions[2]


def test_single_records_end_nobody_and_an_end_that_is_told_counts(load: Load) -> None:
    load(Single(people=[person("ann", "c1", "CFO", since=date(2020, 1, 1)), person("bo", "c1", "CEO")]))
    report = load(
        Single(
            people=[person("ann", "c1", "CFO", NEXT, since=date(2020, 1, 1), until=date(2026, 2, 10))],
            as_of=NEXT,
        )
    )
    assert report.left == 1 and current() == [(2, 1)], "bo is not in the file, and has not left"
    ann = now_at(1, 1)
    assert (ann["ended_on"], ann["noticed_on"], ann["started_on"]) == (
        date(2026, 2, 10),
        NEXT,
        date(2020, 1, 1),
    )


def test_a_curriculum_is_history_and_told_once(load: Load) -> None:
    past = person("ann", "c2", "VP Sales", since=date(2012, 1, 1), until=date(2019, 5, 1))
    rows = [
        person("ann", "c1", "CFO", since=date(2019, 6, 1)),
        past,
        {**past, "title": "Sales Manager", "until": date(2011, 12, 31), "since": date(2009, 1, 1)},
    ]
    for _ in range(2):
        load(Single(people=rows))
    spells = search.role_history(version=versions.current() or 0, profile_id=1).to_pylist()
    assert [(spell["title"], spell["ended_on"]) for spell in spells] == [
        ("CFO", None), ("VP Sales", date(2019, 5, 1)), ("Sales Manager", date(2011, 12, 31)),
    ]  # fmt: skip


def test_f3_who_left_by_one_source_is_gone_until_another_sees_them_again(load: Load) -> None:
    both(
        load,
        first=person("ann", "c1", "CFO", profile_url=PAGE),
        second=person("1", "c1", "CFO", profile_url=PAGE, full_name="Ann Doe"),
    )
    load(people=[person("bo", "c1", "CEO", NEXT)], as_of=NEXT)
    assert now_at(1, 1)["ended_on"] == DAY, "the other source has not seen her since"
    load(
        Handmade(
            people=[person("1", "c1", "CFO", LATER, profile_url=PAGE, full_name="Ann Doe")],
            as_of=LATER,
            name="other",
        )
    )
    assert now_at(1, 1)["ended_on"] is None and (1, 1) in current()


def test_a_title_does_not_change_with_every_load_of_another_source(load: Load) -> None:
    titles = []
    for month in (1, 2, 3, 4):
        for name, title, day in (("handmade", "CFO", 10), ("other", "Finance Director", 20)):
            seen = date(2026, month, day)
            load(Handmade(people=[person("1", "c1", title, seen, profile_url=PAGE)], as_of=seen, name=name))
            titles.append(now_at(1, 1)["title"])
    assert set(titles) == {"CFO"}
    load(
        Handmade(
            people=[person("1", "c1", "Finance Director", date(2026, 7, 1), profile_url=PAGE)],
            as_of=date(2026, 7, 1),
            name="other",
        )
    )
    assert now_at(1, 1)["title"] == "Finance Director", "after so long the newer word counts"


def test_f4_every_fact_names_its_licence_and_lawful_basis(load: Load) -> None:
    load(Single(people=[person("ann", "c1", "CFO")]))
    assert versions.get(1).manifest["terms"]["handmade"]["licence"] == "CC-BY-4.0"
    ann = now_at(1, 1)
    assert (ann["source"], ann["licence"], ann["lawful_basis"]) == (
        "handmade",
        "CC-BY-4.0",
        "legitimate interests",
    )


def test_x2_nobody_comes_back_under_another_name(load: Load, now: datetime) -> None:
    both(
        load,
        first=person("ann", "c1", "CFO", profile_url=PAGE, email="ann@acme.com"),
        second=person("1", "c1", "CFO", profile_url=PAGE, email="a.doe@home.fr", full_name="Ann Doe"),
    )
    erasure.forget(profile_id=1, now=now)
    for row in (
        person("x1", "c1", "CFO", NEXT, profile_url="http://de.LINKEDIN.com/in/Ann-Doe/"),
        person("x2", "c1", "CFO", NEXT, email="mailto:A.Doe@HOME.fr"),
        person("x3", "c1", "CFO", NEXT, email="ＡＮＮ@acme.com"),
    ):
        report = load(Handmade(people=[row, person("bo", "c2", "CEO", NEXT)], as_of=NEXT, name="third"))
        assert report.erased_left_out == 1
    kept = {name: table(name) for name in ("profiles", "positions", "shadows", "evidence", "matches", "told")}
    assert "ann" not in str(kept).lower().replace("publican", "")


def test_x2_an_erased_id_that_had_become_another_is_the_same_person(load: Load, now: datetime) -> None:
    load(people=[person("ann", "c1", "CFO")])
    load(
        Handmade(people=[person("1", "c2", "CEO", full_name="Zoe Quist", email="zoe@bolt.io")], name="other")
    )
    review.say(left="handmade:ann", right="other:1", answer="same", why="Renamed", actor=OLGA, now=now)
    load(people=[person("ann", "c1", "CFO", NEXT)], as_of=NEXT)
    erasure.forget(profile_id=2, now=now)
    assert erasure.blocked_profiles() == {1, 2}
    report = load(
        Handmade(people=[person("z", "c2", "CEO", NEXT, email="zoe@bolt.io")], as_of=NEXT, name="third")
    )
    assert report.erased_left_out == 1 and review.count(state="same") == 0, "the question said who they were"


def test_what_was_known_before_there_were_these_tables_is_read(load: Load) -> None:
    load(people=[person("ann", "c1", "CFO", profile_url=PAGE)])
    for name in ("shadows", "evidence", "matches", "told", "redirects"):
        (versions.path(1) / f"{name}.parquet").unlink()
    assert publication.read_current().tables["shadows"].num_rows == 0
    load(people=[person("ann", "c1", "CFO", NEXT, profile_url=PAGE)], as_of=NEXT)
    assert ids() == {"handmade:ann": 1}
