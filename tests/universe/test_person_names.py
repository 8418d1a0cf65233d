"""A name is read whatever its order, alphabet, accents, titles and particles."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.universe.identity.people import features, names, nicknames, spelling
from rollcall.universe.identity.people.names import Name


def brief(name: Name) -> tuple[str, str, str, str]:
    return name.first, name.middle, name.last, name.generation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("John Smith", ("john", "", "smith", "")),
        ("Smith, John A., Jr.", ("john", "a", "smith", "jr")),
        ("John Smith, Jr.", ("john", "", "smith", "jr")),
        ("John Smith, MBA, CFA", ("john", "", "smith", "")),
        ("SMITH JOHN A", ("john", "a", "smith", "")),
        ("SMITH JOHN", ("john", "", "smith", "")),
        ("JOHN SMITH", ("john", "", "smith", "")),
        ("FRIST THOMAS F JR", ("thomas", "f", "frist", "jr")),
        ("VAN DER BERG JAN P", ("jan", "p", "berg", "")),
        ("DE LA CRUZ MARIA", ("maria", "", "cruz", "")),
        ("Dr. Jane Smith-Jones, Ph.D.", ("jane", "", "smithjones", "")),
        ("Ludwig van Beethoven", ("ludwig", "", "beethoven", "")),
        ("Mohamed El-Erian", ("mohamed", "", "erian", "")),
        ("O’Brien, Conan", ("conan", "", "obrien", "")),
        ("J.R.R. Tolkien", ("j", "rr", "tolkien", "")),
        ("Jack Ma", ("jack", "", "ma", "")),
        ("Al Gore", ("al", "", "gore", "")),
        ("Jane  \u200b Doe", ("jane", "", "doe", "")),
        ("Thurston Howell III", ("thurston", "", "howell", "3")),
        ("王伟", ("伟", "", "王", "")),
        ("Madonna", ("", "", "madonna", "")),
        ("", ("", "", "", "")),
        ("—", ("", "", "", "")),
    ],
)
def test_a_name_in_one_text_is_read(text: str, expected: tuple[str, str, str, str]) -> None:
    first, middle, last, generation = expected
    assert brief(names.read(text)) == (
        spelling.fold_token(first), middle, spelling.fold_token(last), generation
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jürgen Müller", "Juergen Mueller"),
        ("Søren Kjærgård", "Soren Kjaergard"),
        ("Владимир Путин", "Vladimir Putin"),
        ("Łukasz Żółć", "Lukasz Zolc"),
        ("José García", "JOSE GARCIA"),
        ("Straße, Hans", "Hans Strasse"),
        ("ＪＯＨＮ Smith", "John Smith"),
        ("Jo\u0308rg Weiß", "Jörg Weiss"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert brief(names.read(one)) == brief(names.read(other))


def test_what_stands_in_brackets_is_known_too() -> None:
    assert names.read('Robert "Bob" Smith').aliases == ("bob",)
    assert names.read("Jane Smith (née Jones)").last_parts == ("smith", "jones")
    assert names.read("Jane Smith-Jones").last_parts == ("smith", "jones")
    assert names.read("J. Edgar Hoover").aliases == ("edgar",)


def test_separate_fields_decide_and_the_full_name_adds_the_middle() -> None:
    assert brief(names.read("Thomas F Frist Jr.", "Thomas", "Frist")) == ("thomas", "f", "frist", "jr")
    assert names.read("", "Mary Ann", "van der Berg") == Name(
        first="mary",
        given="maryann",
        middle="a",
        last="berg",
        last_parts=("berg",),
        words=("ann", "berg", "mary"),
        typed="mary",
        run="maryannvanderberg",
    )


def test_short_names_stand_for_full_ones_but_full_ones_not_for_each_other() -> None:
    def are_related(one: str, other: str) -> bool:
        return bool(set(nicknames.roots(one)) & set(nicknames.roots(other)))

    for short, full in (("bob", "robert"), ("bill", "william"), ("sasha", "aleksandr"), ("liz", "elizabeth")):
        assert are_related(short, full)
    for one, other in (
        ("robert", "william"),
        ("bob", "bill"),
        ("jane", "john"),
        ("paul", "paula"),
        ("alan", "albert"),
    ):
        assert not are_related(one, other)


def test_one_sound_is_one_spelling() -> None:
    for one, other in (("meyer", "meier"), ("kovalsky", "kowalski"), ("smith", "smyth"), ("erik", "eric")):
        assert spelling.sound(one) == spelling.sound(other)
    assert spelling.sound("miller") != spelling.sound("moller")


WORD = st.sampled_from(
    ["John", "Smith", "Dr", "Jr", "Müller", "van", "PhD", "王伟", "O'Brien", "A.", "SMITH", "Ма"]
)
TEXT = st.lists(WORD, max_size=4).map(" ".join) | st.text(max_size=12)


@given(st.lists(st.tuples(st.none() | TEXT, st.none() | TEXT, st.none() | TEXT), max_size=6))
def test_whole_columns_mean_the_same_as_one_by_one(
    rows: list[tuple[str | None, str | None, str | None]],
) -> None:
    columns = {
        name: [row[i] for row in rows] for i, name in enumerate(("full_name", "first_name", "last_name"))
    }
    table = features.named(features.records_of(pa.table({"record": list(range(len(rows))), **columns})))
    for row, found in zip(rows, table.to_pylist(), strict=True):
        name = names.read(*(text or "" for text in row))
        expected = (name.first, name.given, name.middle, name.last, name.generation)
        got = (found[part] or "" for part in ("first", "whole", "middle", "last", "generation"))
        assert tuple(got) == expected
        assert (found["parts"] or ([name.last] if name.last else [])) == list(name.last_parts)


@given(st.text(max_size=400))
def test_any_text_is_read_without_harm(text: str) -> None:
    name = names.read(text)
    assert all(part.isalnum() or not part for part in (name.first, name.last, name.middle))
