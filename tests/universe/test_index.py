"""The index of people answers as the readable reference does, to the row, whatever is asked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.universe import engines, versions
from rollcall.universe.engine import Engine
from rollcall.universe.index import building, layout, people
from rollcall.universe.index.layout import Opened
from rollcall.universe.queries import PeopleQuery, PersonaQuery
from tests.universe.test_engines import IDS, MANY, PERSONAS


@pytest.fixture
def pair(random_universe: int, tmp_path: Path) -> tuple[Engine, Opened]:
    folder = versions.path(random_universe)
    building.build(version=folder, folder=tmp_path / "index")
    return engines.opener("memory")(folder), layout.open_(tmp_path / "index")


@MANY
@given(
    ids=IDS | st.just(list(range(-1, 70))), personas=st.lists(PERSONAS, min_size=1, max_size=4), hidden=IDS
)
def test_p1_p2_p4_any_people_query_is_answered_alike(
    pair: tuple[Engine, Opened], ids: list[int], personas: list[PersonaQuery], hidden: list[int]
) -> None:
    reference, index = pair
    query = PeopleQuery(ids, tuple(personas))
    assert people.people(index, query, hidden).to_pylist() == reference.people(query, hidden).to_pylist()


def test_nobody_is_found_in_no_company(pair: tuple[Engine, Opened]) -> None:
    assert people.people(pair[1], PeopleQuery([], (PersonaQuery(),)), []).num_rows == 0


def test_a_second_builder_leaves_the_first_ones_work(random_universe: int, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    building.build(version=versions.path(random_universe), folder=folder)
    before = (folder / "index.json").stat().st_ino
    building.build(version=versions.path(random_universe), folder=folder)
    assert (folder / "index.json").stat().st_ino == before
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
