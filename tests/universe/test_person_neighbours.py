"""Known people who cannot be anybody told of are not read in full, and that changes nothing about who is who."""

import random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benchmarks import person_sets
from rollcall.universe.columns import with_columns
from rollcall.universe.identity import people
from rollcall.universe.identity.people import features, neighbours


def _apart(labelled: person_sets.Labelled, *, size: int, new: float) -> tuple[pa.Table, pa.Table]:
    """Some records that are told now, and the others as they are known: a few of one person under two ids."""
    dice = random.Random(7)
    rows = sorted(dice.sample(range(labelled.records.num_rows), min(size, labelled.records.num_rows)))
    is_new = np.array([dice.random() < new for _ in rows])
    names = {name: number for number, name in enumerate(sorted(set(labelled.person)))}
    ids = [names[labelled.person[row]] * 3 + (dice.random() < 0.1) for row in rows]
    told = [None if new_ and dice.random() < 0.8 else of for of, new_ in zip(ids, is_new, strict=True)]
    table = features.records_of(labelled.records.take(pa.array(rows)))
    table = with_columns(
        table, known_id=pa.array(told, pa.int64()), record=pa.array(range(len(rows)), pa.int64())
    )
    return table.filter(pa.array(is_new)), table.filter(pa.array(~is_new))


@pytest.mark.parametrize("name", ["FEBRL 1", "Splink fake 1000", "public"])
def test_c3_without_them_the_same_is_decided(name: str) -> None:
    labelled = person_sets.public_people(seed=1) if name == "public" else person_sets.generated(name)
    told, known = _apart(labelled, size=1_500, new=0.05)
    needed = known.filter(neighbours.of(records=told, known=known))
    assert needed.num_rows < known.num_rows
    whole, some = people.resolve(told, known=known), people.resolve(told, known=needed)
    assert whole.pairs.num_rows
    assert (some.pairs, some.apart, some.merges) == (whole.pairs, whole.apart, whole.merges)
    clusters = whole.clusters.filter(pc.is_in(whole.clusters["record"], value_set=some.clusters["record"]))
    assert some.clusters == clusters


def test_a_shared_key_is_enough_and_a_stranger_is_left_out() -> None:
    page = {"profile_url": "https://www.linkedin.com/in/jane-doe"}
    mine = {"record": 1, "source": "a", "source_key": "1", "full_name": "Jane Doe", "company_id": 1}
    married = (
        mine | {"record": 2, "source": "b", "full_name": "J Smith", "company_id": 2, "known_id": 5} | page
    )
    elsewhere = married | {"record": 3, "company_id": 3, "full_name": "Zoe Zimmer", "profile_url": None}
    namesake = mine | {"record": 4, "source": "b", "known_id": 6, "title": "CEO"}
    stranger = namesake | {"record": 5, "known_id": 7, "full_name": "Bo Quist"}
    known = features.records_of(pa.Table.from_pylist([married, elsewhere, namesake, stranger]))
    told = features.records_of(pa.Table.from_pylist([mine | page]))
    assert neighbours.of(records=told, known=known).to_pylist() == [True, True, True, False]
