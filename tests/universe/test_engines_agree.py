"""Every engine chooses the same ids, whatever is asked; the number of filters is ROLLCALL_ENGINE_FILTERS.

The full number is run by `python -m tests.campaigns.engines --filters 10000`.
"""

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from rollcall.universe import engines, search, titles, versions
from rollcall.universe.engine import Engine
from rollcall.universe.filters import Among, Group
from rollcall.universe.queries import CompanyQuery, PeopleQuery, PersonaQuery
from tests.universe import random_filters

FILTERS = int(os.environ.get("ROLLCALL_ENGINE_FILTERS", "100"))
# Planning a people search takes Spark half a second a persona, however small the data.
SPARK_PERSONAS = min(FILTERS // 2, 500)
AT_ONCE, PERSONAS_AT_ONCE = 100, 10
EVERYWHERE = range(random_filters.COMPANIES, 0, -1)


@pytest.fixture
def memory(random_universe: int) -> Engine:
    return engines.opener("memory")(versions.path(random_universe))


def groups() -> list[Group]:
    dice = random.Random(20)
    return [random_filters.group(dice) for _ in range(FILTERS)]


def personas(count: int) -> Iterator[PeopleQuery]:
    dice = random.Random(21)
    made = [random_filters.persona(dice) for _ in range(count)]
    for number, some in enumerate(_parts(made, PERSONAS_AT_ONCE)):
        otherwise = random_filters.overrides(dice) if number % 2 else titles.NO_OVERRIDES
        yield PeopleQuery(EVERYWHERE, tuple(some), otherwise)


def test_duckdb_chooses_the_same_companies(memory: Engine, random_universe: int) -> None:
    duckdb = engines.opener("duckdb")(versions.path(random_universe))
    different = [where for where in groups() if _chosen(duckdb, where) != _chosen(memory, where)]
    assert different == []


@pytest.mark.slow
def test_spark_chooses_the_same_companies(spark_here: None, memory: Engine, random_universe: int) -> None:
    engine: Any = engines.opener("spark")(versions.path(random_universe))
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
    engine = engines.opener("spark")(versions.path(random_universe))
    for where in groups()[:10]:
        lines = memory.count_after_each(where)
        assert _chosen(engine, where) == _chosen(memory, where)
        assert engine.count_after_each(where) == lines


def test_duckdb_and_the_index_find_the_same_people(memory: Engine, random_universe: int) -> None:
    duckdb = engines.opener("duckdb")(versions.path(random_universe))
    for query in personas(FILTERS):
        expected = memory.people(query, set())
        assert duckdb.people(query, set()).equals(expected), query.personas
        assert search.people(version=random_universe, query=query).equals(expected), query.personas


@pytest.mark.slow
def test_spark_finds_the_same_people(spark_here: None, memory: Engine, random_universe: int) -> None:
    engine = engines.opener("spark")(versions.path(random_universe))
    hidden = set(range(1, 290, 3))
    for number, query in enumerate(personas(SPARK_PERSONAS)):
        gone = hidden if number % 2 else set()
        assert engine.people(query, gone).equals(memory.people(query, gone)), query.personas


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_a_negated_line_is_the_complement_whatever_the_value(
    request: pytest.FixtureRequest, name: str, random_universe: int
) -> None:
    """Also of values that mean something in SQL, in LIKE, in regular expressions or in escapes."""
    if name == "spark":
        request.getfixturevalue("spark_here")
    engine = engines.opener(name)(versions.path(random_universe))
    everyone = engine.companies(CompanyQuery())
    for value in ("%", "_", "\\", "'", "' OR 1=1 --", ":p0", "{x}", "a.*", "\\u0041", "strasse"):
        for op, negated in (("is", "is_not"), ("contains", "not_contains")):
            met, unmet = (
                engine.companies(CompanyQuery(_line("name", word, value))) for word in (op, negated)
            )
            assert sorted(met + unmet) == everyone, (op, value)


@pytest.mark.slow
def test_lists_of_any_length_reach_spark(spark_here: None, random_universe: int) -> None:
    engine = engines.opener("spark")(versions.path(random_universe))
    where = Group(items=[Among(company_ids=list(range(1_000_000)), inside=False)])
    found = engine.companies(CompanyQuery(where, include_ids=range(50_000), exclude_ids=range(1, 60)))
    assert found == [60]
    people = PeopleQuery(range(100_000), (PersonaQuery(),))
    assert engine.people(people, set(range(250))).num_rows > 0


def _chosen(engine: Engine, where: Group) -> list[int]:
    return engine.companies(CompanyQuery(where))


def _line(field: str, op: str, value: str) -> Group:
    return Group(items=[{"field": field, "op": op, "value": value}])


def _parts(values: list[Any], size: int) -> list[list[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
