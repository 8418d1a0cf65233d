"""The index of people answers as the readable reference does, to the row, whatever is asked."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.universe import ascending, engines, reckoning, versions
from rollcall.universe.engine import Engine
from rollcall.universe.index import (
    building,
    coverage,
    facets,
    kinds,
    layout,
    owned,
    pages,
    people,
    staff,
    title_words,
)
from rollcall.universe.index.layout import Opened
from rollcall.universe.queries import PeopleQuery, PersonaQuery
from tests.universe.rosters import DAY
from tests.universe.test_engines import IDS, MANY, PERSONAS

# A version is files: what reads them is the same on every database.
pytestmark = pytest.mark.no_database

COMPANIES = IDS | st.just(list(range(-1, 70))) | st.just(range(1, 61)) | st.just(list(range(60, 0, -1)))
QUERIES = st.builds(PeopleQuery, COMPANIES, st.lists(PERSONAS, max_size=4).map(tuple))
NUMBERS = st.lists(st.sampled_from([-(2**63), -1, 0, 1, 2, 2**63 - 1]))
PAIRS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 300)), max_size=200)
Pair = tuple[Engine, Opened]


@pytest.fixture(params=["whole", "parts"])
def pair(
    request: pytest.FixtureRequest, random_universe: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Pair:
    """The reference and the index; the second time everything that is done in parts is done in many small ones."""
    if request.param == "parts":
        monkeypatch.setattr(staff, "ROWS_MAX", 7)
        monkeypatch.setattr(pages, "_ROWS_FIRST", 3)
        monkeypatch.setattr(kinds, "_TABLE_MAX", 0)
        monkeypatch.setattr(title_words, "_KEPT_BYTES", 0)
    folder = versions.path(random_universe)
    building.build(version=folder, folder=tmp_path / "index")
    return engines.opener("memory")(folder), layout.open_(tmp_path / "index")


@given(numbers=NUMBERS)
def test_each_number_is_kept_once(numbers: list[int]) -> None:
    for dtype in (np.int64, np.uint64):
        column = np.array(numbers, np.int64).astype(dtype)
        assert ascending.distinct(column).tolist() == sorted(set(column.tolist()))


@MANY
@given(query=QUERIES, hidden=IDS)
def test_p1_p2_p4_any_people_query_is_answered_alike(
    pair: Pair, query: PeopleQuery, hidden: list[int]
) -> None:
    reference, index = pair
    assert people.people(index, query, hidden).equals(reference.people(query, hidden))


@MANY
@given(query=QUERIES, hidden=IDS, pairs=PAIRS)
def test_e1_what_is_owned_already_is_counted_alike(
    pair: Pair, query: PeopleQuery, hidden: list[int], pairs: list[tuple[int, int]]
) -> None:
    reference, index = pair
    mine = owned.of(company_ids=[one for one, _ in pairs], profile_ids=[other for _, other in pairs])
    found = reference.people(query, hidden)
    asked = set(zip(found["company_id"].to_pylist(), found["profile_id"].to_pylist(), strict=True))
    counted = people.count(index, query, hidden, mine)
    assert (counted.people, counted.owned) == (found.num_rows, len(asked & set(pairs)))
    assert people.count(index, query, hidden).people == found.num_rows


@MANY
@given(query=QUERIES, hidden=IDS, most=st.sampled_from([0, 1, 3, 100]))
def test_facets_of_people_are_alike(pair: Pair, query: PeopleQuery, hidden: list[int], most: int) -> None:
    reference, index = pair
    rows = reference.position_rows(reference.people(query, hidden))
    assert facets.count(index, query, hidden, most) == reckoning.facets(rows, most)


@MANY
@given(query=QUERIES, hidden=IDS, days=st.integers(-1, 50))
def test_p5_coverage_is_alike(pair: Pair, query: PeopleQuery, hidden: list[int], days: int) -> None:
    reference, index = pair
    since: date = DAY - timedelta(days=days)
    rows = reference.position_rows(reference.people(query, hidden))
    assert coverage.measure(index, query, hidden, since) == reckoning.coverage(rows, since)


@MANY
@given(query=QUERIES, hidden=IDS, limit=st.integers(1, 9))
def test_pages_follow_each_other_without_gap_or_repetition(
    pair: Pair, query: PeopleQuery, hidden: list[int], limit: int
) -> None:
    reference, index = pair
    everyone = reference.people(query, hidden)
    after, seen = None, []
    for _ in range(everyone.num_rows + 1):
        page = pages.page(index, query, hidden, after, limit)
        assert page.equals(reckoning.page(everyone, after, limit))
        if not page.num_rows:
            break
        seen += page.to_pylist()
        last = seen[-1]
        after = (last["company_rank"], last["person_rank"], last["profile_id"])
    assert seen == everyone.to_pylist()


@pytest.mark.parametrize("after", [(-5, 1, 1), (0, 0, 0), (61, 1, 1), (2**62, 1, 1)])
def test_a_page_may_begin_anywhere(pair: Pair, after: tuple[int, int, int]) -> None:
    query = PeopleQuery(range(1, 61), (PersonaQuery(),))
    expected = reckoning.page(pair[0].people(query, []), after, 5)
    assert pages.page(pair[1], query, [], after, 5).equals(expected)


def test_nobody_is_found_in_no_company_and_by_no_persona(pair: Pair) -> None:
    assert people.people(pair[1], PeopleQuery([], (PersonaQuery(),)), []).num_rows == 0
    assert people.people(pair[1], PeopleQuery(range(1, 61), ()), []).num_rows == 0
    assert people.count(pair[1], PeopleQuery(range(1, 61), ()), []).people == 0


def test_what_was_looked_up_once_is_not_looked_up_again(pair: Pair) -> None:
    index, phrases = pair[1], [" sales manager "]
    first = title_words.flags(index, phrases, [])
    assert title_words.flags(index, phrases, []) is first
    for number in range(300):
        title_words.flags(index, [f" word{number} "], [])
    again = title_words.flags(index, phrases, [])
    assert again is not first and np.array_equal(again, first)


def test_pairs_with_ids_too_large_are_refused_and_never_found() -> None:
    pairs = owned.of(company_ids=[1, 1], profile_ids=[2, 2])
    assert len(pairs) == 1
    # In one number the last two would be the pair (1, 2) again.
    asked = ([1, 0, 1 << 27 | 1, -1], [2, (1 << 37) + 2, 2, 2])
    assert pairs.have(*asked).tolist() == [True, False, False, False]
    with pytest.raises(owned.IdsTooLarge):
        owned.of(company_ids=[1], profile_ids=[1 << 37])


def test_a_second_builder_leaves_the_first_ones_work(random_universe: int, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    building.build(version=versions.path(random_universe), folder=folder)
    before = (folder / "index.json").stat().st_ino
    building.build(version=versions.path(random_universe), folder=folder)
    assert (folder / "index.json").stat().st_ino == before
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
