"""Names that agree in most letters and are still two people's: other middle names, other double surnames, slips in
short names. The model cannot see it: it compares first letters of middle names, and counts letters."""

import re
from typing import Any

import numpy as np
import pyarrow as pa

from rollcall.universe.identity.people import nicknames
from rollcall.universe.identity.slips import edits

# In a shorter name one other letter makes another name: Chen and Cheng, Wong and Wang, Kiran and Karan.
SHORT = 5
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
    if one + "g" == other or other + "g" == one:
        return True
    return (
        min(len(one), len(other)) <= SHORT and _heard(one) != _heard(other) and sorted(one) != sorted(other)
    )


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
    """Which of the pairs (rows of `told`) are so. `slips`: for "first" and "last", whether these are spelled nearly
    alike; `parts`: whether their last names overlap; `same_first`: whether they have one first name."""
    found = np.zeros(len(left), bool)
    rows = slips["first"]
    _mark(found, told.select(["first"]), left, right, rows, lambda a, b: is_other_first(a[0], b[0]))
    _mark(found, told.select(["last"]), left, right, slips["last"], lambda a, b: is_short_slip(a[0], b[0]))
    _mark(found, told.select(["parts"]), left, right, parts, lambda a, b: are_other_surnames(a[0], b[0]))
    given = told.select(["first", "whole", "middle"])
    both = told["middle"].is_valid().to_numpy()
    rows = same_first & both[left] & both[right]
    _mark(found, given, left, right, rows, lambda a, b: are_other_names(further(*a), further(*b)))
    return found


def _mark(found: Any, columns: pa.Table, left: Any, right: Any, asked: Any, unlike: Any) -> None:
    """Ask `unlike` of both rows of each pair that is asked about."""
    rows = np.flatnonzero(asked & ~found)
    if not len(rows):
        return
    sides = (columns.take(pa.array(side[rows])) for side in (left, right))
    told = (list(zip(*(column.to_pylist() for column in side.columns), strict=True)) for side in sides)
    for row, one, other in zip(rows.tolist(), *told, strict=True):
        found[row] = unlike(one, other)
