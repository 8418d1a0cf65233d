"""Company names with a slip, with numbers in figures, and those of one family: which are one, and which stay two."""

from typing import Any

import pytest

from rollcall.universe.identity.companies import misspelling, names
from tests.universe.test_company_identity import Registry

KNOWN = {"name": "Quinthra Services Ltd", "domain": "quinthra.example", "country": "Spain", "city": "Bilbao"}
HERE = {"country": "Spain", "city": "Bilbao"}


@pytest.mark.parametrize("name", ["Qiunthra Services", "Quinnthra Services", "Quintra Services S.L."])
def test_a_slip_in_a_long_word_of_its_own_is_read_where_two_things_agree(name: str) -> None:
    registry = Registry()
    registry.load(KNOWN)
    assert registry.load({"name": name, **HERE}, source="two") == [1]
    assert "is one slip from quinthra service" in registry.names.to_pylist()[-1]["because"]


@pytest.mark.parametrize(
    "said",
    [
        {"name": "Quintra Services", "country": "Spain"},
        {"name": "Quintra Services", "city": "Bilbao"},
        {"name": "Quintra Services", "country": "France", "city": "Bilbao"},
        {"name": "Zuinthra Services", **HERE},
        {"name": "Quinthro Services", **HERE},
        {"name": "Quintra Foods", **HERE},
        {"name": "Quintra Services", "domain": "quintra.example", **HERE},
    ],
)
def test_less_is_not_enough(said: dict[str, Any]) -> None:
    registry = Registry()
    registry.load(KNOWN)
    assert registry.load(said, source="two") == [2]


def test_whoever_is_really_called_so_is_meant() -> None:
    registry = Registry()
    registry.load(KNOWN, {"name": "Quintra Services", "domain": "quintra.example", **HERE})
    assert registry.load({"name": "Quintra Services", **HERE}, source="two") == [2]


def test_of_two_that_are_one_slip_away_it_is_neither() -> None:
    registry = Registry()
    registry.load(KNOWN, {"name": "Quanthra Services", "domain": "quanthra.example", **HERE})
    assert registry.load({"name": "Qunthra Services", **HERE}, source="two") == [3]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fund 12 Quinthra", "Fund 13 Quinthra"),
        ("Argenta", "Argento"),
        ("National Gas", "National Gaz"),
        ("Western Resources", "Eastern Resources"),
        ("Mining", "Minings"),
    ],
)
def test_no_slips(one: str, other: str) -> None:
    first, second = names.read(one), names.read(other)
    assert first and second and not misspelling.is_slip(first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7-Eleven", "Seven Eleven"),
        ("First Solar", "1st Solar"),
        ("20th Century Fox", "Twentieth Century Fox"),
    ],
)
def test_numbers_are_words(one: str, other: str) -> None:
    first, second = names.read(one), names.read(other)
    assert first and second and first.exact & second.exact


def test_a_group_and_a_holding_of_one_name_are_two() -> None:
    registry = Registry()
    registry.load({"name": "Quinthra Group", "domain": "quinthra.example", **HERE})
    assert registry.load({"name": "Quinthra Holdings", **HERE}, source="two") == [2]
    assert registry.load({"name": "Quinthra", "country": "Spain"}, source="three") not in ([1], [2])
