"""Names in one spelling: a column of them says what each of them says by itself."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.universe.identity.people import spelling

pytestmark = pytest.mark.no_database

LETTERS = st.text("aeiouycshtkzjqwxgdpb07", max_size=12)
TOKENS = st.lists(st.none() | LETTERS | LETTERS.map(str.title) | st.text(max_size=6), max_size=30)


@given(tokens=TOKENS)
def test_a_column_is_spelled_as_its_words_are(tokens: list[str | None]) -> None:
    folded = [token if token is None else spelling.fold_token(token) for token in tokens]
    assert spelling.folded(pa.array(tokens, pa.string())).to_pylist() == folded
    heard = [token if token is None else spelling.sound(token) for token in folded]
    assert spelling.sounds(pa.array(folded, pa.string())).to_pylist() == heard


def test_names_that_sound_alike() -> None:
    names = pa.array(["meyer", "meier", "kovalsky", "kowalski", "cecil", "accent"])
    assert spelling.sounds(names).to_pylist() == ["mir", "mir", "kovalski", "kovalski", "sesil", "aksent"]
