"""Looking values up in columns: as if each were compared with every other, however much is left out on the way."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.universe import columns, repeats, side_by_side
from rollcall.universe.index import hashing

pytestmark = pytest.mark.no_database

TEXTS = st.sampled_from(
    [None, "", "a", "b", "ab", "a long text of more than a word", "a long text of more than a wo"]
)
ROWS = st.lists(
    st.tuples(TEXTS, st.sampled_from([None, 0, 1, -1, 2**40]), st.sampled_from([None, date(2020, 1, 1)]))
)


def _first(rows: list[Any]) -> list[int]:
    return [place for place, row in enumerate(rows) if row not in rows[:place]]


@given(rows=ROWS)
def test_the_first_of_each(rows: list[Any]) -> None:
    table = _table(rows)
    assert columns.first_of_each(table, ["text", "number", "day"])["row"].to_pylist() == _first(rows)
    assert columns.first_of_each(table, ["text"])["row"].to_pylist() == _first([row[0] for row in rows])


@pytest.mark.parametrize("hashed", [lambda texts: np.zeros(len(texts), np.uint64), hashing.texts])
def test_texts_that_share_a_hash_are_two(
    hashed: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "texts", hashed)
    table = pa.table({"text": ["a", "b", None, "a", "c", None], "row": range(6)})
    assert columns.first_of_each(table, ["text"])["row"].to_pylist() == [0, 1, 2, 4]


def test_who_is_given_has_its_twin_beside_it() -> None:
    column = pa.chunked_array([["a", "b", "c"], ["b", "d", "a"]])
    assert repeats.rows([column]).tolist() == [0, 1, 3, 5]
    assert repeats.rows([column, pa.array([1, 2, 3, 2, 4, 5])]).tolist() == [1, 3]
    lists = pa.array([[1], [2]])
    assert repeats.rows([lists]).tolist() == [0, 1], "what cannot be told apart may be the same"


@given(wanted=st.lists(TEXTS, max_size=3), keys=st.lists(TEXTS, max_size=60))
def test_few_are_found_among_many(wanted: list[str | None], keys: list[str | None]) -> None:
    one, many = pa.array(wanted, pa.string()), pa.chunked_array([keys[:7], keys[7:]], pa.string())
    found = [keys.index(text) if text in keys else None for text in wanted]
    assert columns.places(one, many).to_pylist() == found
    assert columns.are_in(one, many).to_pylist() == [place is not None for place in found]
    assert columns.at(pa.array(range(len(keys)), pa.int64()), one, many).to_pylist() == found


def test_both_answer_and_an_error_of_either_is_raised() -> None:
    def fail() -> None:
        raise ValueError("of this one")

    assert side_by_side.both(lambda: 1, lambda: "two") == (1, "two")
    for pair in ((fail, int), (int, fail)):
        with pytest.raises(ValueError, match="of this one"):
            side_by_side.both(*pair)


def _table(rows: list[Any]) -> pa.Table:
    text, number, day = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "text": pa.array(text, pa.string()),
            "number": pa.array(number, pa.int64()),
            "day": pa.array(day, pa.date32()),
            "row": pa.array(range(len(rows)), pa.int64()),
        }
    )
