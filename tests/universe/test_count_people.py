"""Before anybody is bought: how many a persona finds, of which kinds, how lately seen, and a page of them."""

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from rollcall.universe import engines, erasure, search
from rollcall.universe.index import owned
from rollcall.universe.search import PeopleKept, PeopleQuery, PersonaQuery
from tests.universe.conftest import Load
from tests.universe.rosters import DAY, person

# A version is files: what reads them is the same on every database.
pytestmark = pytest.mark.no_database

ALL = PeopleQuery((1, 2, 3), (PersonaQuery(),))


@pytest.fixture(params=engines.NAMES, autouse=True)
def engine(request: pytest.FixtureRequest, settings: Any) -> None:
    if request.param == "spark":
        request.getfixturevalue("spark_here")
    settings.ROLLCALL_ENGINE = request.param


@pytest.fixture
def version(load: Load) -> int:
    return load(
        people=[
            person("ann", "c1", "Chief Executive Officer", country="France", email="ann@acme.com"),
            person(
                "bo",
                "c1",
                "VP Finance",
                country="FRANCE",
                last_seen=date(2025, 6, 1),
                email="bo@acme.com",
                profile_url="https://people.example/bo",
            ),
            person("cy", "c3", "VP, Finance", profile_url="https://people.example/cy", email=""),
            person("di", "c2", "Sales Manager", country="Spain", phone="+34612345678"),
        ]
    ).version


def test_it_works(version: int) -> None:
    facets = search.people_facets(version=version, people=ALL)
    assert dict(facets.seniorities) == {"vp": 2, "c_suite": 1, "manager": 1}
    assert facets.departments[0] == ("finance", 2)
    assert facets.countries == [("france", 2), ("", 1), ("spain", 1)]
    assert facets.titles[0] == ("vice-president finance", 2) and len(facets.titles) == 3
    assert search.people_facets(version=version, people=ALL, titles_max=1).titles == facets.titles[:1]


def test_e1_owned_people_are_counted_apart(version: int) -> None:
    mine = owned.of(company_ids=[1, 2, 3], profile_ids=[1, 1, 4])
    count = search.count_people(version=version, query=ALL, owned=mine)
    assert (count.people, count.owned) == (4, 1)
    assert search.count_people(version=version, query=ALL).owned == 0


def test_p4_those_owned_fill_their_place(version: int) -> None:
    first = PeopleQuery((1,), (PersonaQuery(per_company=1),))
    mine = owned.of(company_ids=[1], profile_ids=[1])
    count = search.count_people(version=version, query=first, owned=mine)
    assert (count.people, count.owned) == (1, 1)


def test_p5_who_was_seen_since_a_day(version: int) -> None:
    found = search.people_coverage(version=version, people=ALL, since=DAY)
    assert (found.people, found.seen) == (4, 3)
    assert (found.with_email, found.with_page, found.with_phone) == (2, 2, 1)


def test_p5_of_pairs_that_were_kept(version: int) -> None:
    """Those of a saved estimate; whoever is not at the company now is not counted, nor is an unknown pair."""
    pairs = pa.table({"company_id": [1, 1, 3, 9], "profile_id": [2, 1, 1, 2]})
    found = search.people_coverage(version=version, people=PeopleKept(pairs), since=DAY)
    assert (found.people, found.seen, found.with_email, found.with_page) == (2, 1, 2, 1)
    facets = search.people_facets(version=version, people=PeopleKept(pairs))
    assert facets.seniorities == [("c_suite", 1), ("vp", 1)] and facets.countries == [("france", 2)]


def test_f3_whoever_left_is_in_no_count(version: int, load: Load) -> None:
    later = load(people=[person("bo", "c1", "CFO", date(2026, 2, 28))], as_of=date(2026, 2, 28)).version
    pairs = pa.table({"company_id": [1, 1], "profile_id": [1, 2]})
    assert search.people_coverage(version=later, people=PeopleKept(pairs), since=DAY).people == 1
    assert search.people_facets(version=later, people=PeopleKept(pairs)).seniorities == [("c_suite", 1)]
    assert search.people_coverage(version=version, people=PeopleKept(pairs), since=DAY).people == 2


def test_a_page_begins_where_the_last_one_ended(version: int) -> None:
    everyone = search.people(version=version, query=ALL).to_pylist()
    first = search.page_of_people(version=version, query=ALL, limit=2).to_pylist()
    after = (first[1]["company_rank"], first[1]["person_rank"], first[1]["profile_id"])
    rest = search.page_of_people(version=version, query=ALL, after=after).to_pylist()
    assert first + rest == everyone


def test_x2_erased_people_are_nowhere(version: int, now: datetime) -> None:
    erasure.block(keys=["handmade:ann"], profile_id=1, now=now)
    assert search.count_people(version=version, query=ALL).people == 3
    assert search.people_coverage(version=version, people=ALL, since=DAY).people == 3
    pairs = pa.table({"company_id": [1, 1], "profile_id": [1, 2]})
    assert search.people_coverage(version=version, people=PeopleKept(pairs), since=DAY).people == 1
    assert search.people_facets(version=version, people=PeopleKept(pairs)).seniorities == [("vp", 1)]
    assert "c_suite" not in dict(search.people_facets(version=version, people=ALL).seniorities)
    assert 1 not in search.page_of_people(version=version, query=ALL)["profile_id"].to_pylist()
