"""Which first names stand for which: Bob for Robert, Sasha for Aleksandr."""

import csv
from functools import cache, lru_cache
from pathlib import Path

from rollcall.universe.identity.people.spelling import fold_token

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=200_000)
def roots(first: str, aliases: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names that a first name can stand for, itself included: Bob is Bob, Bobby's and Robert's short form."""
    found = {name for alias in (first, *aliases) if alias for name in (alias, *_formal().get(alias, ()))}
    return tuple(sorted(found))


@cache
def _formal() -> dict[str, tuple[str, ...]]:
    """For each short name, the full ones it can stand for."""
    found: dict[str, set[str]] = {}
    with (DATA / "nicknames.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            formal, short = row["name1"], row["name2"]
            # The list has some pairs both ways; a short form that were full again would make Robert a William.
            longer = len(formal) > len(short) or (len(formal) == len(short) and formal < short)
            if longer or (short.endswith(("y", "ie", "i")) and short.startswith(formal[:2])):
                found.setdefault(fold_token(short), set()).add(fold_token(formal))
    with (DATA / "diminutives.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for short in row["short"].split():
                found.setdefault(fold_token(short), set()).add(fold_token(row["formal"]))
    for short, formal in _NOT_SHORT:
        found.get(short, set()).discard(formal)
    return {short: tuple(sorted(formal)) for short, formal in found.items()}


_OF_TWO = ("al", "ed", "jo", "di", "ma", "md")
_SURNAMES = frozenset(("smith", "van", "jones", "brown", "taylor", "lee", "king", "le", "la", "de"))
# The list says so, but nobody else does.
_NOT_SHORT = (
    ("bill", "robert"),
    ("billy", "robert"),
    ("erin", "aaron"),
    ("bela", "william"),
    ("ana", "bryanna"),
)


@cache
def given() -> frozenset[str]:
    """First names that the lists know."""
    known = set(_formal()) | {name for names in _formal().values() for name in names}
    listed = (name for name in known - _SURNAMES if len(name) > 2 or name in _OF_TWO)
    lines = (DATA / "given_names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset((*listed, *(name for line in lines if line[:1] != "#" for name in line.split())))


def short_for(first: str) -> tuple[str, ...]:
    """The short forms of a full first name, folded."""
    name = fold_token(first)
    return tuple(sorted(short for short, formal in _formal().items() if name in formal))
