"""What occupation lists say of a word that no list of ours knows."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import pyarrow.parquet as pq

from rollcall.universe.titles.tokens import DATA

_LEAST = 0.2
_LONG = 8
_PIECES = range(11, 4, -1)


class Guess(NamedTuple):
    """What the words point to, and the word that says it loudest."""

    name: str
    word: str
    loudness: float


# Times and places stand beside any trade, though the lists know only a few beside each.
_WHEN_AND_WHERE_WORDS = """
summer winter spring autumn fall seasonal weekend night day part full time temporary contract regional district
north south east west northern southern eastern western central
"""
_WHEN_AND_WHERE = frozenset(_WHEN_AND_WHERE_WORDS.split())


def department(words: Sequence[str]) -> Guess | None:
    return _guess(words, "department")


def level(words: Sequence[str]) -> Guess | None:
    return _guess(words, "level")


def _guess(words: Sequence[str], about: str) -> Guess | None:
    """The sum of the weights of all words; a word not in the lists is looked up by its end, then its beginning."""
    sums, loudest = dict[str, float](), dict[str, tuple[float, str]]()
    for word in words:
        found = None if word in _WHEN_AND_WHERE else _said(about, word)
        if found:
            name, weight = found
            sums[name] = sums.get(name, 0.0) + weight
            loudest[name] = max(loudest.get(name, (0.0, "")), (weight, word))
    best = max(sums, key=lambda name: sums[name], default="")
    return Guess(best, loudest[best][1], sums[best]) if best and sums[best] >= _LEAST else None


@lru_cache(maxsize=65536)
def _said(about: str, word: str) -> tuple[str, float] | None:
    table = _table(about)
    return table.get(word) or next((table[piece] for piece in pieces(word) if piece in table), None)


def pieces(word: str) -> list[str]:
    """Ends and beginnings of a long word, the longest first: "~techniker", "elektro~"."""
    if len(word) < _LONG:
        return []
    return [piece for n in _PIECES if n < len(word) for piece in (f"~{word[-n:]}", f"{word[:n]}~")]


@cache
def _table(about: str) -> dict[str, tuple[str, float]]:
    rows = pq.read_table(DATA / "evidence.parquet", filters=[("about", "=", about)])
    columns = (rows[name].to_pylist() for name in ("word", "name", "weight"))
    return {word: (name, weight) for word, name, weight in zip(*columns, strict=True)}
