"""Records are compared on Spark as they are here: the same pairs, the same steps, the same weights."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks import person_sets
from rollcall.universe import engines
from rollcall.universe.identity import people, resemblance
from rollcall.universe.identity.people import comparing, features, joining, model
from tests.universe.conftest import Load
from tests.universe.rosters import person

RECORDS = 600


def records(name: str, count: int) -> pa.Table:
    """Some that have their other record among them."""
    whole = person_sets.public_people(seed=3) if name == "officers" else person_sets.generated(name)
    table, half = whole.records, whole.records.num_rows // 2
    if name == "FEBRL 4":
        table = pa.concat_tables([table.slice(0, count // 2), table.slice(half, count // 2)])
    if name == "officers":
        table = table.sort_by("company_id")
    return table.slice(0, count).combine_chunks()


def assert_linked_alike(name: str, count: int = RECORDS) -> int:
    told = features.told(features.records_of(records(name, count)))
    known = joining.by_keys(told=told, apart=frozenset())
    columns = features.compared(told=told, person=known.person, is_new=np.ones(told.num_rows, bool))
    here, there = (comparing.pairs(columns=columns, engine=engine) for engine in ("duckdb", "spark"))
    steps = ["left", "right", *(comparison.name for comparison in model.COMPARISONS)]
    assert there.select(steps).equals(here.select(steps))
    for number in ("weight", "probability"):
        assert np.allclose(there[number].to_numpy(), here[number].to_numpy(), rtol=1e-9, atol=1e-9)
    return here.num_rows


# Some have no middle names or birthdays, others neither companies nor titles: all comparisons are used by one of them.
@pytest.mark.slow
@pytest.mark.parametrize("name", ["FEBRL 3", "officers"])
def test_c3_pairs_and_weights_are_the_same(spark_here: None, name: str) -> None:
    """FEBRL 4 is compared on the cluster of `test_spark.py`."""
    assert assert_linked_alike(name) > 20


@pytest.mark.parametrize("comparison", model.COMPARISONS, ids=lambda comparison: comparison.name)
def test_every_condition_is_said_in_words_that_spark_knows(comparison: model.Comparison) -> None:
    """Names that only DuckDB has would fail there, and not before a large load."""
    from rollcall.universe.engines.spark.linking import Linking

    said = [Linking(None).said(step.condition) for step in comparison.steps if step.condition]
    assert not any(word in " ".join(said).lower() for word in ("list_", "jaro_winkler", "damerau", "&&"))


@pytest.mark.slow
def test_names_in_any_script_are_measured_alike(spark_here: None) -> None:
    """By bytes, as it is done here: a library that counts letters would come to other weights."""
    names = ["Zoë Łukasz", "Zoe Lukasz", "王小明", "王小名", "Юрий Петров", "Юрии Петров", "x" * 300, "", " "]
    table = pa.table({"one": names * len(names), "other": sorted(names * len(names))})
    assert measured("spark", table) == measured("duckdb", table)


def measured(engine: str, table: pa.Table) -> Any:
    with engines.linking(engine) as linking:
        api = linking.api
        api.register(table, table_name="texts")
        near, edits = (
            linking.said(f"{word}(one, other)") for word in ("jaro_winkler_similarity", "damerau_levenshtein")
        )
        found = api._execute_sql_against_backend(
            f"SELECT one, other, round({near}, 12) AS near, {edits} AS edits FROM texts"
        )
        rows = found.toArrow() if engine == "spark" else found.to_arrow_table()
        return sorted(tuple(row.values()) for row in rows.to_pylist())


@pytest.mark.slow
def test_a_large_load_is_linked_on_the_engine_that_is_set(
    spark_here: None, load: Load, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[str] = []
    compare = people.resolving.comparing.pairs

    def listen(*, columns: pa.Table, engine: str) -> pa.Table:
        chosen.append(engine)
        return compare(columns=columns, engine=engine)

    monkeypatch.setattr(people.resolving.comparing, "pairs", listen)
    settings.ROLLCALL_ENGINE = "spark"
    load(people=[person("ann", "c1", "Chief Executive Officer", full_name="Ann Moreau")])
    assert "spark" not in chosen
    monkeypatch.setattr(resemblance, "AFAR_FROM", 1)
    load(name="other", people=[person("x9", "c1", "Chief Executive Officer", full_name="Anne Moreau")])
    assert "spark" in chosen
