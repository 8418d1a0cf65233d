"""Somebody reads some titles otherwise: whom a search finds, in which order, and how they are counted."""

import random
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rollcall.universe import engines, search, titles, versions
from rollcall.universe.index import kinds, layout, opening, otherwise, owned, people
from rollcall.universe.search import PeopleKept, PeopleQuery, PersonaQuery
from rollcall.universe.titles import overrides
from tests.universe import random_filters
from tests.universe.conftest import Load
from tests.universe.rosters import person

QUERIES = 60


# Spark is compared with the reference, with overrides too, where all engines are (`test_engines_agree.py`).
@pytest.fixture(params=["memory", "duckdb"])
def engine(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.ROLLCALL_ENGINE = request.param


@pytest.fixture
def version(load: Load) -> int:
    return load(
        people=[
            person("ann", "c1", "Chief Executive Officer"),
            person("bo", "c1", "Deal Ninja"),
            person("cy", "c1", "Sales Manager"),
            person("di", "c2", "deal ninja!"),
            person("ed", "c2", "—"),
        ]
    ).version


def found(version: int, said: dict[str, tuple[str | None, str | None]], **persona: Any) -> list[int]:
    query = PeopleQuery((1, 2), (PersonaQuery(**persona),), overrides.of_titles(said))
    return [int(number) for number in search.people(version=version, query=query)["profile_id"].to_pylist()]


NINJA = {"DEAL NINJA": ("vp", "sales")}


@pytest.mark.usefixtures("engine")
def test_it_works(version: int) -> None:
    assert found(version, {}, seniorities=["vp"]) == []
    assert found(version, NINJA, seniorities=["vp"], departments=["sales"]) == [2, 4]
    # First the chief executive, then the ninja, who stands above the manager now.
    assert found(version, {})[:3] == [1, 3, 2]
    assert found(version, NINJA)[:3] == [1, 2, 3]
    assert found(version, NINJA, per_company=2, order="relevance", titles=["sales", "ninja"]) == [2, 3, 4]
    # One half may stay as the rules read it; a finer rank counts as the one it belongs to.
    assert found(version, {"sales manager": (None, "marketing")}, seniorities=["manager"]) == [3]
    assert found(version, {"sales manager": (None, "marketing")}, departments=["sales"]) == []
    assert found(version, {"sales manager": ("owner", None)}, seniorities=["c_suite"]) == [1, 3]
    # Who is no longer of the kind is gone, whether or not a title is asked for as well.
    assert found(version, {"sales manager": ("vp", None)}, seniorities=["manager"], titles=["sales"]) == []
    assert found(version, {"sales manager": ("vp", None)}, seniorities=["vp"], titles=["sales"]) == [3]
    assert found(version, {"sales manager": ("vp", None)}, seniorities=["vp"], titles_out=["sales"]) == []


@pytest.mark.usefixtures("engine")
def test_facets_and_rows_tell_the_same(version: int) -> None:
    query = PeopleQuery((1, 2), (PersonaQuery(),), overrides.of_titles(NINJA))
    facets = search.people_facets(version=version, people=query)
    assert dict(facets.seniorities)["vp"] == 2
    assert dict(facets.departments)["sales"] == 3
    pairs = search.people(version=version, query=query)
    kept = PeopleKept(pairs, query.overrides)
    assert search.people_facets(version=version, people=kept) == facets
    rows = search.position_rows(version=version, pairs=pairs)
    told = query.overrides.applied(rows).to_pylist()
    assert {(row["seniority"], row["department"]) for row in told if row["profile_id"] in (2, 4)} == {
        ("vp", "sales")
    }
    history = query.overrides.applied(search.role_history(version=version, profile_id=2)).to_pylist()
    assert (history[0]["seniority"], history[0]["department"]) == ("vp", "sales")


def test_counts_pages_facets_and_coverage_agree_with_the_reference(
    random_universe: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the index, beside the plain sums over what the reference finds."""
    dice = random.Random(5)
    queries = [
        PeopleQuery(
            range(1, 61),
            tuple(random_filters.persona(dice) for _ in range(dice.randint(1, 3))),
            random_filters.overrides(dice),
        )
        for _ in range(QUERIES)
    ]
    mine = owned.of(company_ids=list(range(1, 61)), profile_ids=list(range(1, 61)))
    settings.ROLLCALL_ENGINE = "duckdb"
    ours = [_answers(random_universe, query, mine) for query in queries]
    # Once more as it is done with many rows, streets for countries, and more kinds than there is room for.
    for name, value in {"_IN_MEMORY_ROWS": 0, "_ROWS": 70, "_TABLE_MAX": 0, "_DISK_BYTES": 0}.items():
        monkeypatch.setattr(otherwise, name, value)
    opening.of(random_universe).memory.clear()
    known = len(kinds.of(opening.of(random_universe)))
    monkeypatch.setattr(kinds, "dtype", lambda count: np.dtype("<u2" if count <= known else "<u4"))
    assert [_answers(random_universe, query, mine) for query in queries] == ours
    assert len(list((opening.of(random_universe).folder / "otherwise").iterdir())) == 4
    settings.ROLLCALL_ENGINE = "memory"
    for query, answer in zip(queries, ours, strict=True):
        assert answer == _answers(random_universe, query, mine), query
    assert sum(count.people for count, *_ in ours) > 100


def _answers(version: int, query: PeopleQuery, mine: Any) -> tuple[Any, ...]:
    first = search.page_of_people(version=version, query=query, limit=3)
    last = first.slice(2).to_pylist()
    after = tuple(last[0][name] for name in ("company_rank", "person_rank", "profile_id")) if last else None
    return (
        search.count_people(version=version, query=query, owned=mine),
        search.people_facets(version=version, people=query),
        search.people_coverage(version=version, people=query, since=date(2025, 12, 31)),
        first.to_pylist(),
        search.page_of_people(version=version, query=query, after=after, limit=4).to_pylist(),  # type: ignore[arg-type]
    )


def test_a_large_column_is_made_once_for_all_processes(
    version: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROLLCALL_ENGINE = "duckdb"
    monkeypatch.setattr(otherwise, "_IN_MEMORY_ROWS", 0)
    query = PeopleQuery((1, 2), (PersonaQuery(seniorities=("vp",)),), overrides.of_titles(NINJA))
    folder = opening.of(version).folder
    one, other = layout.open_(folder), layout.open_(folder)
    assert people.count(one, query, ()).people == 2
    (made,) = (folder / "otherwise").iterdir()
    was = (made / "kind").stat()
    assert people.count(other, query, ()).people == 2
    assert (made / "kind").stat().st_ino == was.st_ino and list((folder / "otherwise").iterdir()) == [made]
    # What was made of the index that was here before says nothing of the one that is here now.
    (folder / "again.json").write_bytes((folder / "index.json").read_bytes())
    (folder / "again.json").replace(folder / "index.json")
    assert people.count(layout.open_(folder), query, ()).people == 2
    assert len(list((folder / "otherwise").iterdir())) == 2


def test_without_room_on_the_disk_it_answers_all_the_same(
    version: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROLLCALL_ENGINE = "duckdb"
    monkeypatch.setattr(otherwise, "_IN_MEMORY_ROWS", 0)
    (opening.of(version).folder / "otherwise").write_text("no folder can be made here")
    assert found(version, NINJA, seniorities=["vp"]) == [2, 4]


def test_engines_are_sent_what_the_reference_reads(random_universe: int) -> None:
    """Rows with a level that no row of the version has, and with half of an override."""
    folder = versions.path(random_universe)
    said = overrides.of_titles({"Engineer": ("entry", None), "Intern": (None, "hospitality")})
    query = PeopleQuery(range(1, 61), (PersonaQuery(departments=["hospitality"]),), said)
    memory, duckdb = (engines.opener(name)(folder).people(query, ()) for name in ("memory", "duckdb"))
    assert memory.num_rows and duckdb.equals(memory)


def test_equal_overrides_are_looked_up_once() -> None:
    one, same = (overrides.of_titles({"B": ("vp", None), "A": (None, "sales")}) for _ in range(2))
    assert one == same and hash(one) == hash(same) and one != overrides.of_titles({"A": ("vp", None)})
    assert [entry.title_words for entry in one.entries] == [" b "]


def test_nothing_said_changes_nothing() -> None:
    rows = pa.table({"title_words": [" a "], "seniority": ["vp"], "department": ["sales"]})
    assert titles.NO_OVERRIDES.applied(rows) is rows
    assert not overrides.of_titles({"—": ("vp", None), "A Name": (None, None)})
    other = overrides.of_titles({"other": ("vp", "legal")})
    assert other.applied(rows).equals(rows)
    unknown = rows.append_column("n", [[1]]).slice(0, 0)
    assert other.applied(unknown).num_rows == 0
