"""Names that agree in most letters and are still two people's: other middle names, other double surnames, slips in
short names. The model cannot see it: it compares first letters of middle names, and counts letters."""

import re
from typing import Any

import numpy as np
import pyarrow as pa

from rollcall.universe import titles
from rollcall.universe.identity.people import nicknames
from rollcall.universe.identity.slips import edits

# In a shorter name one other letter makes another name: Chen and Cheng, Wong and Wang, Kiran and Karan.
SHORT = 5
_FEW = ("c_suite", "head", "director")
# So many letters have names that few share in any writing.
LONG = 12
_PINYIN = re.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)(?:i?ang|i?ong|[aeiu]ng|ia[on]|ua[in]|uang|[aeiu]n|a[io]|[eu]i|[io]u|i[ae]"
    r"|u[aeo]|[aeiou])){2}"
)
_FATHER = re.compile(r"(.{2,}?)(ss?on|s?dottir)")
_ONE_SOUND = (
    (re.compile(r"ph"), "f"),
    (re.compile(r"(?<=[^aeiou])h"), ""),
    (re.compile(r"c(?=[^eihy]|$)"), "k"),
    (re.compile(r"y"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"(?<=..)[eh]$"), ""),
)


def further(first: str, whole: str, middle: str) -> str:
    """The given names behind the first that are written out, run together; empty where there are but initials."""
    rest = whole.removeprefix(first)
    return rest if len(rest) > len(middle) and len(whole) > len(rest) else ""


def are_other_names(one: str, other: str) -> bool:
    """Whether these further given names (or none) cannot be those of one person: Jean-Pierre and Jean-Paul."""
    if not one or not other or one == other:
        return False
    if one + "g" == other or other + "g" == one:
        return True
    if one in other or other in one:
        return False
    short, long = sorted((one, other), key=len)
    # "Marie" and "Mariana Luisa" begin alike; "Adam" and "Adem" are a slip apart.
    slips = 1 if len(short) < SHORT else 2
    return edits(one, other) > slips and not (len(short) > SHORT and long.startswith(short[:SHORT]))


def are_other_surnames(one: list[str] | None, other: list[str] | None) -> bool:
    """Whether each has a surname that the other lacks: García López and García Pérez."""
    left, right = set(one or ()), set(other or ())
    return bool(left and right) and _has_more(left, right) and _has_more(right, left)


def is_short_slip(one: str, other: str) -> bool:
    """Whether two short names differ by more than by how one sound is written or in which order letters were struck:
    "Mark" is Marc and "Simth" Smith, "Wong" is not Wang. In names of any length "Xiaomin" is not Xiaoming."""
    if (
        one + "g" == other
        or other + "g" == one
        or _are_an_and_anh(one, other)
        or _are_other_syllables(one, other)
    ):
        return True
    return (
        min(len(one), len(other)) <= SHORT and _heard(one) != _heard(other) and sorted(one) != sorted(other)
    )


def _are_an_and_anh(one: str, other: str) -> bool:
    """Vietnamese names: An and Anh, Than and Thanh."""
    short, long = sorted((one, other), key=len)
    return short + "h" == long and short.endswith("n")


def _are_other_syllables(one: str, other: str) -> bool:
    """Whether both are Chinese syllables, as many, and one of these is another: Xiaoming and Xiaoping."""
    left, right = _PINYIN.fullmatch(one), _PINYIN.fullmatch(other)
    return bool(left and right) and min(len(one), len(other)) > SHORT and _heard(one) != _heard(other)


def is_other_last(one: str, other: str) -> bool:
    """The same of last names, some of which are a father's name with an ending."""
    return is_short_slip(one, other) or _are_sons_of_others(one, other)


def _are_sons_of_others(one: str, other: str) -> bool:
    """Whether both are called after a father, and after another one: Jónsson and Jónasson."""
    left, right = _FATHER.fullmatch(one), _FATHER.fullmatch(other)
    if left is None or right is None or left[2] != right[2]:
        return False
    return left[1] != right[1] and is_short_slip(left[1], right[1])


def is_other_first(one: str, other: str) -> bool:
    """The same of first names, where the lists help: "Lauen" is no name, so it is a slip of Lauren."""
    known = nicknames.given()
    return (one in known) == (other in known) and is_short_slip(one, other)


def _has_more(one: set[str], other: set[str]) -> bool:
    return any(min(edits(a, b) if len(a) > SHORT else 3 for b in other) > 2 for a in one - other)


def _heard(name: str) -> str:
    for written, heard in _ONE_SOUND:
        name = written.sub(heard, name)
    return name


def mask(*, told: pa.Table, left: Any, right: Any, slips: dict[str, Any], parts: Any, same_first: Any) -> Any:
    """Which of the pairs (rows of `told`) are so. `slips`: see `deciding.slips`; `parts`: whether their last names
    overlap; `same_first`: whether they have one first name."""
    found = np.zeros(len(left), bool)
    rows = slips["first"]
    _mark(found, told.select(["first"]), left, right, rows, lambda a, b: is_other_first(a[0], b[0]))
    _mark(found, told.select(["last"]), left, right, slips["last"], lambda a, b: is_other_last(a[0], b[0]))
    _mark(found, told.select(["parts"]), left, right, parts, lambda a, b: are_other_surnames(a[0], b[0]))
    given = told.select(["first", "whole", "middle"])
    both = told["middle"].is_valid().to_numpy()
    _mark(found, told.select(["title", "run"]), left, right, slips["heard"], _are_many_heard_so)
    _mark(found, told.select(["compound"]), left, right, slips["compound"], _are_other_compounds)
    rows = same_first & both[left] & both[right]
    _mark(found, given, left, right, rows, lambda a, b: are_other_names(further(*a), further(*b)))
    return found


def _are_many_heard_so(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> bool:
    """A reading is many people's: it is believed of a long name, or of a post that one or few have."""
    (title, run), (_, other_run) = one, other
    return not (title and is_held_by_few(title)) and max(len(run or ""), len(other_run or "")) < LONG


def is_held_by_few(title: str) -> bool:
    """Whether a company has one or a few who are called so: a chief, the head of a department."""
    read = titles.read(title)
    return read.seniority in _FEW and (
        read.seniority == "c_suite" or read.department not in ("unknown", "executive")
    )


def _are_other_compounds(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> bool:
    """Anna is a form of Anne, but not of Anne-Marie."""
    return one[0] != other[0]


def _mark(found: Any, columns: pa.Table, left: Any, right: Any, asked: Any, unlike: Any) -> None:
    """Ask `unlike` of both rows of each pair that is asked about."""
    rows = np.flatnonzero(asked & ~found)
    if not len(rows):
        return
    sides = (columns.take(pa.array(side[rows])) for side in (left, right))
    told = (list(zip(*(column.to_pylist() for column in side.columns), strict=True)) for side in sides)
    for row, one, other in zip(rows.tolist(), *told, strict=True):
        found[row] = unlike(one, other)
