"""The words that tell rank and function, in several languages: read from `data/*.txt`, found in a row of words."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from rollcall.universe.titles import tokens
from rollcall.universe.titles.tokens import DATA

LANGUAGES = ("english", "german", "french", "spanish_portuguese", "italian", "dutch", "other_languages",
             "other_scripts", "asian_languages")  # fmt: skip
_CHOICE = re.compile(r"\(([^()]*)\)")
_DECISIVE, _STRONG, _PLAIN, _GENERAL, _WEAK = 9, 3, 2, 1, 0
# Anybody can stand beside these: the function named with them says more.
_GENERAL_TRADES = {"operations", "consulting", "other"}
_WEAK_FIELDS = {"executive", "board", "administration"}
_NO_FIELD = {"other", "technical", "unknown"}
_TAIL_MIN, _HEAD_MIN, _COMPOUND_MIN = 4, 2, 8
_LINKS = ("", "s", "es", "en", "n", "e", "er")


class Entry(NamedTuple):
    """What a word or phrase says.

    `kind`: L a rank, F a function, P a post or a trade, M what colours a rank, T a rank at the end of compounds only.
    """

    kind: str
    level: str
    field: str
    weight: int
    text: str
    language: str


class Found(NamedTuple):
    """An entry and the words it was found in: from `start`, before `end`."""

    start: int
    end: int
    entry: Entry


def find(words: Sequence[str]) -> list[Found]:
    """The entries in a row of words, the longest phrase first, from left to right; a word is used once."""
    index, phrases, found, at, count = _longest(), _phrases(), list[Found](), 0, len(words)
    while at < count:
        length = min(index.get(words[at], 0), count - at)
        while length > 1 and " ".join(words[at : at + length]) not in phrases:
            length -= 1
        text = words[at] if length < 2 else " ".join(words[at : at + length])
        end = at + (length or 1)
        for entry in phrases.get(text) or _inside(text):
            found.append(Found(at, end, entry))
        at = end
    return found


def known(word: str) -> bool:
    return word in _longest()


@lru_cache(maxsize=65536)
def _inside(word: str) -> tuple[Entry, ...]:
    """A compound taken apart: "vertriebsleiter" is sales and head."""
    if len(word) < _COMPOUND_MIN or not word.isalpha():
        return ()
    ends, fields = _ends(), _single_fields()
    for at in range(_HEAD_MIN, len(word) - _TAIL_MIN + 1):
        tail = ends.get(word[at:])
        if tail:
            head = _function(word[:at])
            plain = tuple(e._replace(weight=min(e.weight, _PLAIN), text=word[at:]) for e in tail)
            return ((head._replace(text=word[:at]),) if head else ()) + plain
    for end in range(len(word) - 3, 5, -1):
        if word[:end] in fields:
            return (fields[word[:end]]._replace(weight=_GENERAL, text=word[:end]),)
    return ()


def _function(word: str) -> Entry | None:
    fields = _single_fields()
    for link in _LINKS:
        if word.endswith(link) and (found := fields.get(word[: len(word) - len(link)])):
            return found
    return fields.get(word + "en") or fields.get(word + "e")


@cache
def _longest() -> dict[str, int]:
    """First word of a phrase → how many words its longest phrase has."""
    longest: dict[str, int] = {}
    for phrase in _phrases():
        words = phrase.split()
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return longest


@cache
def _phrases() -> dict[str, tuple[Entry, ...]]:
    """Phrase → what it says. Of two languages the first in the list says what it means."""
    phrases: dict[str, dict[str, Entry]] = {}
    for entry in _entries():
        if entry.kind == "T":
            continue
        said, about = phrases.setdefault(entry.text, {}), "function" if entry.kind == "F" else "rank"
        former = said.setdefault(about, entry)
        if former.kind in "LM" and entry.kind == "P" and former.language == entry.language:
            said[about] = entry
    for said in phrases.values():
        if "function" in said and "rank" in said and said["rank"].kind == "P" and said["function"].weight:
            del said["function"]
    return {phrase: tuple(said.values()) for phrase, said in phrases.items()}


@cache
def _ends() -> dict[str, tuple[Entry, ...]]:
    """What the last part of a compound can be: single words of rank and trade in the languages that compound."""
    ends: dict[str, tuple[Entry, ...]] = {}
    for entry in _entries():
        word = entry.text
        compounding = entry.language in ("german", "dutch", "other_languages") or word in (
            "manager",
            "director",
            "engineer",
        )
        if entry.kind in "LOPMT" and " " not in word and len(word) >= _TAIL_MIN and compounding:
            if entry.kind == "P" and entry.level in ("c_suite", "owner", "founder", "board"):
                continue
            ends.setdefault(word, (entry,))
    return ends


@cache
def _single_fields() -> dict[str, Entry]:
    fields: dict[str, Entry] = {}
    for entry in _entries():
        if entry.kind == "F" and " " not in entry.text and entry.language not in ("french", "italian"):
            fields.setdefault(entry.text, entry)
    return fields


@cache
def _entries() -> tuple[Entry, ...]:
    return tuple(entry for language in LANGUAGES for entry in _read(language))


def _read(language: str) -> Iterator[Entry]:
    for line in (DATA / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        told, phrases = line.split(": ", 1)
        for phrase in phrases.split(";"):
            for spelled in _spellings(phrase.strip(), language):
                yield _entry(told.split(), spelled, language)


def _entry(told: list[str], text: str, language: str) -> Entry:
    kind = told[0]
    if kind == "F":
        return Entry(kind, "", told[1], int(told[2]), text, language)
    if kind == "O":
        return Entry("P", "staff", told[1], _weight(told[1]), text, language)
    if kind == "P":
        field = "" if told[2] in _NO_FIELD else told[2]
        decisive = told[2] == "executive" and told[-1] != "weak" and told[1] == "c_suite"
        weight = _DECISIVE if decisive else _WEAK if told[-1] == "weak" else _weight(told[2])
        return Entry(kind, told[1], field, weight, text, language)
    # Partners of firms manage them, unless another word says what they do.
    return Entry(kind, told[1], "executive" if told[1] == "partner" else "", _WEAK, text, language)


def _weight(field: str) -> int:
    return _WEAK if field in _WEAK_FIELDS else _GENERAL if field in _GENERAL_TRADES else _STRONG


def _spellings(phrase: str, language: str) -> Iterator[str]:
    """ "leiter(in)" is two words, "abogad(o|a)" too; a German ä can be written ae."""
    choice = _CHOICE.search(phrase)
    if choice:
        options, stem = choice[1].split("|"), phrase[: choice.start()]
        whole = len(options) == 1 or stem.endswith("e")
        for option in ["", *options] if whole else options:
            yield from _spellings(stem + option + phrase[choice.end() :], language)
        return
    for text in {phrase, phrase.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")}:
        found = tokens.of_title(text)
        words = " ".join(word for word in found if word not in (tokens.JOINT, tokens.BREAK))
        if language == "french" and words.startswith("chef "):
            yield f"chef-de {words[5:]}"
        if len(words) > 1:
            yield words
