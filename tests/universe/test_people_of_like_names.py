"""Names that are alike in most letters: whose are two people, whose are one person's written otherwise."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from rollcall.universe.identity import people
from rollcall.universe.identity.people import names, unlike

MANY, ONE = "Software Engineer", "CFO"


def row(number: int, name: str, **told: Any) -> dict[str, Any]:
    usual = {"title": MANY, "company_id": number // 2, "source": "ab"[number % 2], "source_key": str(number)}
    return (
        {"record": number, "full_name": name, "since": date(2020, 1, 1), "last_seen": date(2024, 1, 1)}
        | usual
        | told
    )


def clusters(*rows: dict[str, Any]) -> dict[int, int]:
    found = people.resolve(pa.Table.from_pylist(list(rows))).clusters
    return dict(zip(*(column.to_pylist() for column in found.columns), strict=True))


def joined(pairs: list[tuple[str, str]], **told: Any) -> list[tuple[str, str]]:
    """Those of the pairs that become one person, each two at a company of their own."""
    rows = [row(2 * n + side, name, **told) for n, pair in enumerate(pairs) for side, name in enumerate(pair)]
    found = clusters(*rows)
    return [pair for n, pair in enumerate(pairs) if found[2 * n] == found[2 * n + 1]]


TWO_PEOPLE = [
    ("Jean-Pierre Dubois", "Jean-Paul Dubois"),
    ("John Adam Smith", "John Albert Smith"),
    ("Maria José Silva", "Maria João Silva"),
    ("Min-jun Kim", "Min-ji Kim"),
    ("Kim Min-jun", "Kim Min-ji"),
    ("Maria Garcia Lopez", "Maria Garcia Perez"),
    ("Juan Perez Gomez", "Juan Lopez Gomez"),
    ("Wei Zhang", "Wei Zheng"),
    ("David Chen", "David Cheng"),
    ("Xiaoming Wang", "Xiaomin Wang"),
    ("Rajesh Sharma", "Rakesh Sharma"),
    ("Kiran Desai", "Karan Desai"),
    ("Luca Conti", "Lucia Conti"),
    ("Marie Blanc", "Mario Blanc"),
]
ONE_PERSON = [
    ("John Adam Smith", "John A. Smith"),
    ("John Adam Smith", "John Smith"),
    ("Ana Beatriz Souza Lima", "Ana Souza Lima"),
    ("Marc Stone", "Mark Stone"),
    ("Paul Meyer", "Paul Meier"),
    ("Anna Smith", "Anna Simth"),
    ("Lauren Hill", "Lauen Hill"),
    ("Tiana Worthington-Eyre", "Tiana Worthnigton-Eyre"),
    ("Evan Calio", "Evan Ca1io"),
    ("Seán MacDonald", "Sean Mac Donald"),
    ("J. Murphy", "Murphy J Andrew"),
    ("Liz Hepding", "Hepding Elizabeth Meloy"),
    ("Patrick Lord", "LORD PATRICK J"),
    ("Kristin Major", "Major Kristin K"),
    ("Marc De La Guerroniere", "de la Guerroniere Marc"),
    ("Ann Lee Jr.", "Ann Lee II"),
]


def test_c3_like_names_of_two_colleagues_stay_two() -> None:
    assert joined(TWO_PEOPLE) == []


def test_c3_one_name_written_otherwise_is_one_person() -> None:
    assert joined(ONE_PERSON) == ONE_PERSON


def test_c3_of_a_chief_there_is_one_so_a_slip_in_a_short_name_is_a_slip() -> None:
    assert joined([("Jon Smth", "John Smith"), ("Lee Wnog", "Lee Wong")], title=ONE) != []


@pytest.mark.parametrize(
    "pair", [("Sam Brown", "Samantha Brown"), ("Peter Johnson", "Peter Johnston"), ("Ann Lee", "Ann Lee")]
)
def test_c3_two_that_a_source_lists_at_once_stay_two_in_every_source(pair: tuple[str, str]) -> None:
    """Both sources list both: nobody is joined across, whatever the order of the rows."""
    rows = [
        row(2 * n + side, name, source=source, company_id=1)
        for n, source in enumerate("ab")
        for side, name in enumerate(pair)
    ]
    for order in (rows, rows[::-1]):
        found = clusters(*order)
        assert found[0] != found[1] and found[2] != found[3]
        assert found[0] != found[3] and found[1] != found[2]


def test_c3_two_colleagues_that_two_sources_list_are_each_found_in_both() -> None:
    pair = ("Wei Zhang", "Wei Zheng")
    found = clusters(
        *(
            row(2 * n + side, name, source="ab"[n], company_id=1)
            for n in (0, 1)
            for side, name in enumerate(pair)
        )
    )
    assert found[0] == found[2] != found[1] == found[3]


def test_c3_a_third_record_does_not_join_two_of_other_middle_names() -> None:
    rows = [row(0, "John Adam Smith", company_id=1), row(1, "John Albert Smith", company_id=1)]
    found = clusters(*rows, row(2, "John A. Smith", company_id=1, source="c"))
    assert found[0] != found[1]


def test_c3_a_mailbox_of_their_own_outweighs_a_slip() -> None:
    assert joined([("Wei Zhang", "Wei Zheng")], email="wei.zhang@acme.com") != []


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("MAJOR KRISTIN K", "kristin", "major"),
        ("Major Kristin Lee", "kristin", "lee"),
        ("Lord Patrick J", "patrick", "lord"),
        ("Dr. Jones", "", "jones"),
        ("'t Hart Cees", "cees", "hart"),
        ("van den Berg Jan", "jan", "berg"),
        ("Van Morrison", "van", "morrison"),
        ("al pacino", "al", "pacino"),
        ("User15", "", "user15"),
    ],
)
def test_which_word_is_the_last_name(text: str, first: str, last: str) -> None:
    read = names.read(text)
    assert (read.first, read.last) == (first, last)


def test_no_name_is_unlike_itself_and_the_order_makes_no_difference() -> None:
    texts = ["", "ng", "wang", "wangg", "pierre", "paul", "marie", "mariana", "hh", "ccc"]
    for one in texts:
        assert not unlike.is_short_slip(one, one) and not unlike.are_other_names(one, one)
        for other in texts:
            assert unlike.is_short_slip(one, other) == unlike.is_short_slip(other, one)
            assert unlike.are_other_names(one, other) == unlike.are_other_names(other, one)
