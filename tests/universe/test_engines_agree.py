"""Every engine chooses the same ids, whatever is asked; the number of filters is ROLLCALL_ENGINE_FILTERS.

The full number is run by `python -m tests.campaigns.engines --filters 10000`.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from rollcall.universe import engines, versions
from rollcall.universe.engine import Engine, PeopleFinder
from rollcall.universe.filters import Among, Group
from rollcall.universe.index import owned
from rollcall.universe.index.answering import Indexed
from rollcall.universe.index.owned import Pairs
from rollcall.universe.queries import CompanyQuery, PeopleQuery, PersonaQuery
from tests.universe import random_filters
from tests.universe.rosters import DAY

# A version is files: what reads them is the same on every database.
pytestmark = pytest.mark.no_database

FILTERS = int(os.environ.get("ROLLCALL_ENGINE_FILTERS", "100"))
AT_ONCE, PERSONAS_AT_ONCE = 100, 50
# A few personas show who comes first at a company; in a long run many at once take less time.
FEW_PERSONAS = max(3, FILTERS // 400)


@pytest.fixture
def memory(random_universe: int) -> Engine:
    return opened("memory", random_universe)


def groups() -> list[Group]:
    dice = random.Random(20)
    return [random_filters.group(dice) for _ in range(FILTERS)]


@dataclass(frozen=True)
class Search:
    """One question about people, in all its forms."""

    query: PeopleQuery
    hidden: set[int]
    owned: Pairs
    after: tuple[int, int, int] | None
    since: date

    def ask(self, finder: PeopleFinder, form: str) -> Any:
        if form == "people":
            return finder.people(self.query, self.hidden).to_pylist()
        if form == "page":
            return finder.page_of_people(self.query, self.hidden, self.after, 7).to_pylist()
        if form == "count":
            return finder.count_people(self.query, self.hidden, self.owned)
        if form == "facets":
            return finder.people_facets(self.query, self.hidden, 4)
        return finder.people_coverage(self.query, self.hidden, self.since)


FORMS = ("people", "page", "count", "facets", "coverage")


def searches(personas_at_once: int) -> Iterator[Search]:
    """As many personas as there are filters, in questions of so many."""
    dice = random.Random(21)
    for _ in range(-(-FILTERS // personas_at_once)):
        pairs = [(dice.randint(1, 60), dice.randint(1, 300)) for _ in range(dice.choice([0, 1, 4_000]))]
        yield Search(
            query=random_filters.people(dice, personas_at_once),
            hidden=dice.choice([set(), {7}, set(range(1, 290, 3))]),
            owned=owned.of(company_ids=[pair[0] for pair in pairs], profile_ids=[pair[1] for pair in pairs]),
            after=dice.choice(
                [None, (1, 1, 1), (dice.randint(1, 60), dice.randint(1, 9), dice.randint(0, 300))]
            ),
            since=dice.choice([date(2025, 11, 1), DAY, date(1, 1, 1)]),
        )


def test_duckdb_chooses_the_same_companies(memory: Engine, random_universe: int) -> None:
    duckdb = opened("duckdb", random_universe)
    different = [where for where in groups() if _chosen(duckdb, where) != _chosen(memory, where)]
    assert different == []


@pytest.mark.slow
def test_spark_chooses_the_same_companies(spark_here: None, memory: Engine, random_universe: int) -> None:
    engine = opened("spark", random_universe)
    different = []
    for wheres in _parts(groups(), AT_ONCE):
        for where, ids in zip(wheres, engine.companies_of_each(wheres), strict=True):
            if ids != _chosen(memory, where):
                different.append(where)
    assert different == []


@pytest.mark.slow
def test_one_question_of_spark_is_answered_like_many_at_once(
    spark_here: None, memory: Engine, random_universe: int
) -> None:
    engine = opened("spark", random_universe)
    for where in groups()[:10]:
        lines = memory.count_after_each(where)
        assert _chosen(engine, where) == _chosen(memory, where)
        assert engine.count_after_each(where) == lines


@pytest.mark.parametrize("name", ["duckdb", "the index"])
def test_the_same_people_are_found(memory: Engine, random_universe: int, name: str) -> None:
    finder = Indexed(random_universe) if name == "the index" else opened(name, random_universe)
    found = 0
    for search in searches(FEW_PERSONAS):
        for form in FORMS:
            expected = search.ask(memory, form)
            assert search.ask(finder, form) == expected, (form, search)
        found += search.ask(memory, "count").people
    assert found > FILTERS


@pytest.mark.slow
def test_spark_finds_the_same_people(spark_here: None, memory: Engine, random_universe: int) -> None:
    engine = opened("spark", random_universe)
    for number, search in enumerate(searches(PERSONAS_AT_ONCE)):
        for form in ("people", FORMS[1 + number % 4]):
            assert search.ask(engine, form) == search.ask(memory, form), (form, search)


@pytest.mark.slow
@pytest.mark.parametrize("since", [date.min, date(999, 12, 31), date.max])
def test_any_day_reaches_spark(spark_here: None, memory: Engine, random_universe: int, since: date) -> None:
    query = random_filters.people(random.Random(3), 1)
    told = memory.people_coverage(query, set(), since)
    assert opened("spark", random_universe).people_coverage(query, set(), since) == told


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_a_negated_line_is_the_complement_whatever_the_value(
    request: pytest.FixtureRequest, name: str, random_universe: int
) -> None:
    """Also of values that mean something in SQL, in LIKE, in regular expressions or in escapes."""
    if name == "spark":
        request.getfixturevalue("spark_here")
    engine = opened(name, random_universe)
    everyone = engine.companies(CompanyQuery())
    for value in ("%", "_", "\\", "'", "' OR 1=1 --", ":p0", "{x}", "a.*", "\\u0041", "strasse"):
        for op, negated in (("is", "is_not"), ("contains", "not_contains")):
            met, unmet = (
                engine.companies(CompanyQuery(_line("name", word, value))) for word in (op, negated)
            )
            assert sorted(met + unmet) == everyone, (op, value)


@pytest.mark.slow
def test_lists_of_any_length_reach_spark(spark_here: None, random_universe: int) -> None:
    engine = opened("spark", random_universe)
    where = Group(items=[Among(company_ids=list(range(1_000_000)), inside=False)])
    found = engine.companies(CompanyQuery(where, include_ids=range(50_000), exclude_ids=range(1, 60)))
    assert found == [60]
    people = PeopleQuery(range(100_000), (PersonaQuery(),))
    assert engine.people(people, set(range(250))).num_rows > 0


def opened(name: str, version: int) -> Any:
    return engines.opener(name)(versions.path(version))


def _chosen(engine: Engine, where: Group) -> list[int]:
    return engine.companies(CompanyQuery(where))


def _line(field: str, op: str, value: str) -> Group:
    return Group(items=[{"field": field, "op": op, "value": value}])


def _parts(values: list[Any], size: int) -> list[list[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
