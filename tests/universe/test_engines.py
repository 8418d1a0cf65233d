"""One suite for both engines: what each must answer, and that they answer alike whatever is asked."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollcall.core.errors import Invalid
from rollcall.universe import fields, filters, titles
from rollcall.universe.engine import Engine
from rollcall.universe.filters import Among, Group
from rollcall.universe.queries import COMPANY_ORDERS, PERSON_ORDERS, CompanyQuery, PeopleQuery, PersonaQuery
from tests.universe.conftest import NAMES, SECTORS, TITLES

# A version is files: what reads them is the same on every database.
pytestmark = pytest.mark.no_database

MANY = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXTS = st.one_of(
    st.sampled_from(
        [text for text in (*NAMES, *SECTORS, "c1", "France", "lyon", "1-1000", "handmade") if text]
    ),
    st.text(alphabet="acesßİıＡ%_'\\$", min_size=1, max_size=3).filter(lambda text: bool(text.strip())),
)
NUMBERS = st.sampled_from([-(2**63), -1, 0, 4, 5, 10, 1900, 4_000, 2**40, 2**63 - 1])
IDS = st.lists(st.integers(min_value=-1, max_value=70), max_size=12)
PERSONAS = st.builds(
    PersonaQuery,
    titles=st.lists(st.sampled_from([t for t in TITLES if t != "—"]), max_size=2),
    titles_out=st.lists(st.sampled_from(["Sales", "CFO"]), max_size=1),
    seniorities=st.lists(st.sampled_from(list(titles.SENIORITIES)), max_size=3),
    departments=st.lists(st.sampled_from(list(titles.DEPARTMENTS)), max_size=3),
    countries=st.lists(st.sampled_from(["france", "ESPAÑA", "nowhere"]), max_size=2),
    per_company=st.sampled_from([None, 0, 1, 2]),
    order=st.sampled_from(PERSON_ORDERS),
)


def _value(field: fields.Field, op: str) -> st.SearchStrategy[Any]:
    if op in ("is_known", "is_unknown"):
        return st.none()
    if op == "between":
        return st.tuples(NUMBERS, NUMBERS).map(sorted)
    if field.kind == "number":
        return NUMBERS
    return st.lists(TEXTS, min_size=1, max_size=3) if op in ("is_any_of", "is_none_of") else TEXTS


CONDITIONS = st.sampled_from(list(fields.COMPANY_FIELDS.values())).flatmap(
    lambda field: st.sampled_from(field.operators).flatmap(
        lambda op: st.fixed_dictionaries(
            {"field": st.just(field.name), "op": st.just(op), "value": _value(field, op)}
        )
    )
)
AMONG = st.fixed_dictionaries({"company_ids": IDS, "inside": st.booleans()})


def _groups(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    item = st.one_of(CONDITIONS, AMONG) if depth == 1 else st.one_of(CONDITIONS, AMONG, _groups(depth - 1))
    return st.fixed_dictionaries({"op": st.sampled_from(["and", "or"]), "items": st.lists(item, max_size=3)})


GROUPS = _groups(3).map(filters.parse)


@MANY
@given(where=st.none() | GROUPS, include=IDS, exclude=IDS, order=st.sampled_from(COMPANY_ORDERS), down=st.booleans(),
       limit=st.sampled_from([None, 0, 1, 7]), seed=st.integers(-(2**63), 2**63 - 1))  # fmt: skip
def test_s1_any_company_query_is_answered_alike(
    both: tuple[Engine, Engine], where: Group | None, include: list[int], exclude: list[int], order: str, down: bool,
    limit: int | None, seed: int,
) -> None:  # fmt: skip
    query = CompanyQuery(where, include, exclude, order, down, limit, seed)
    memory, duckdb = both
    ids = memory.companies(query)
    assert duckdb.companies(query) == ids
    assert memory.count_companies(query) == duckdb.count_companies(query) == len(ids)


@MANY
@given(where=GROUPS)
def test_s2_counts_after_each_line_are_alike(both: tuple[Engine, Engine], where: Group) -> None:
    counts = both[0].count_after_each(where)
    assert both[1].count_after_each(where) == counts
    if counts:
        assert counts[-1] == both[0].count_companies(CompanyQuery(where))


@MANY
@given(where=GROUPS)
def test_what_is_called_contradictory_matches_nothing(both: tuple[Engine, Engine], where: Group) -> None:
    only_and = Group(op="and", items=[item for item in where.items if not isinstance(item, Group)])
    if filters.contradictions(only_and):
        assert both[1].companies(CompanyQuery(only_and)) == []


@MANY
@given(company_ids=IDS | st.just(list(range(60, 0, -1))), personas=st.lists(PERSONAS, max_size=3), hidden=IDS)
def test_p1_any_people_query_is_answered_alike(
    both: tuple[Engine, Engine], company_ids: list[int], personas: list[PersonaQuery], hidden: list[int]
) -> None:
    query = PeopleQuery(company_ids, tuple(personas))
    assert both[1].people(query, set(hidden)).equals(both[0].people(query, set(hidden)))


@MANY
@given(pairs=st.lists(st.tuples(st.integers(0, 62), st.none() | st.integers(0, 310)), max_size=30))
def test_rows_of_any_pairs_are_alike(
    both: tuple[Engine, Engine], pairs: list[tuple[int, int | None]]
) -> None:
    table = _pairs(pairs)
    memory, duckdb = both
    rows = memory.position_rows(table)
    assert duckdb.position_rows(table).equals(rows)
    assert list(zip(rows["company_id"].to_pylist(), rows["profile_id"].to_pylist(), strict=True)) == pairs
    assert duckdb.current_elsewhere(table).equals(memory.current_elsewhere(table))


def test_every_pair_there_is_is_answered_alike(both: tuple[Engine, Engine]) -> None:
    memory, duckdb = both
    table = _pairs([(company, profile) for company in range(1, 61) for profile in range(1, 301)])
    assert duckdb.position_rows(table).equals(memory.position_rows(table))
    moved = memory.current_elsewhere(table)
    assert moved.num_rows > 20
    assert duckdb.current_elsewhere(table).equals(moved)
    assert all(duckdb.role_history(number).equals(memory.role_history(number)) for number in range(1, 301))


def test_facets_are_alike(both: tuple[Engine, Engine]) -> None:
    memory, duckdb = both
    for field in fields.TEXT_FIELDS:
        for prefix in ("", "A", "ｅ", "%", "'"):
            assert duckdb.facets(field, prefix, 5) == memory.facets(field, prefix, 5)


def test_company_rows_come_in_the_order_asked(engine: Engine) -> None:
    rows = engine.company_rows([7, 3, 999, 7])
    assert rows["id"].to_pylist() == [7, 3, 7]
    assert not any(name.startswith("folded_") for name in rows.column_names)


def test_text_compares_without_case_and_compatibility_forms(engine: Engine) -> None:
    def found(op: str, value: str) -> int:
        return engine.count_companies(
            CompanyQuery(filters.parse({"items": [{"field": "name", "op": op, "value": value}]}))
        )

    assert found("is", "strasse") == found("is", "STRAẞE") > 0
    assert found("is", "acme") == found("is", "ａｃｍｅ") > 0
    assert found("contains", "%") == found("contains", "_") == 0


def test_a_negated_line_is_the_exact_complement(engine: Engine) -> None:
    """`is_not` matches companies whose sector is unknown."""

    def ids(op: str) -> set[int]:
        line = {"field": "sector", "op": op, "value": "energy"}
        return set(engine.companies(CompanyQuery(filters.parse({"items": [line]}))))

    assert ids("is") and ids("is_not") and not ids("is") & ids("is_not")
    assert len(ids("is") | ids("is_not")) == engine.count_companies(CompanyQuery())


def test_s1_random_order_is_stable_for_a_seed(engine: Engine) -> None:
    first, again, other = (
        engine.companies(CompanyQuery(order_by="random", random_seed=seed)) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert sorted(first) == sorted(other) != first


def test_unknown_values_come_last_both_ways(engine: Engine) -> None:
    for down in (False, True):
        ids = engine.companies(CompanyQuery(order_by="employees", descending=down))
        counts = engine.company_rows(ids)["employees"].to_pylist()
        known = [count for count in counts if count is not None]
        assert known == sorted(known, reverse=down) and counts[len(known) :] == [None] * (
            len(counts) - len(known)
        )


def test_p4_the_cut_keeps_the_best_of_each_company(engine: Engine) -> None:
    everyone = engine.people(PeopleQuery(range(1, 61), (PersonaQuery(),)), set()).to_pylist()
    two = engine.people(PeopleQuery(range(1, 61), (PersonaQuery(per_company=2),)), set()).to_pylist()
    assert two == [row for row in everyone if row["person_rank"] <= 2]


def test_p2_a_person_found_by_two_personas_is_one_row_with_both_bits(engine: Engine) -> None:
    query = PeopleQuery(range(1, 61), (PersonaQuery(titles=["CEO"]), PersonaQuery(seniorities=["c_suite"])))
    found = engine.people(query, set())
    assert found.num_rows == len({(row["company_id"], row["profile_id"]) for row in found.to_pylist()})
    assert set(found["persona_mask"].to_pylist()) == {2, 3}


def test_a_field_of_another_room_is_not_guessed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "_outside", {})
    fields.add_outside(fields.Field("tag", "Tag", "set", outside=True))
    where = filters.parse({"items": [{"field": "tag", "op": "is_any_of", "value": ["hot"]}]})
    with pytest.raises(Invalid, match="'tag'"):
        engine.companies(CompanyQuery(where))


def test_long_lists_of_ids_are_no_trouble(engine: Engine) -> None:
    where = Group(items=[Among(company_ids=list(range(100_000)), inside=False)])
    query = CompanyQuery(where, include_ids=range(50_000), exclude_ids=range(1, 60))
    assert engine.companies(query) == [60]


def _pairs(pairs: list[Any]) -> pa.Table:
    return pa.table(
        {
            "company_id": pa.array([company for company, _ in pairs], pa.int64()),
            "profile_id": pa.array([profile for _, profile in pairs], pa.int64()),
        }
    )
