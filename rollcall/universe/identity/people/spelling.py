"""One spelling for a word of a name: small Latin letters, and a coarser one by sound."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

from rollcall.universe.columns import flat
from rollcall.universe.folding import fold

_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
# Chinese, Japanese and Korean names are compared as written: by sound far too many people would be one.
HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Arabic and Hebrew write few vowels: in Latin letters little would be left of a name.
SEMITIC = re.compile(r"[\u0590-\u06ff\u0750-\u077f]")
_AS_WRITTEN = re.compile(f"{HAN.pattern}|{SEMITIC.pattern}")
_ONE_LETTER = str.maketrans("أإآٱىة", "اااايه")
_GREEK = re.compile(r"[\u0370-\u03ff]")
_APOSTROPHES = re.compile(r"['’‘`´ʻʼ]")
# Nearly all words are spelled so: a column of them never leaves Arrow.
_PLAIN = "^[A-Za-z0-9]*$"


@lru_cache(maxsize=200_000)
def fold_token(token: str) -> str:
    """One word in small Latin letters: `fold_token("MÜLLER") == fold_token("Mueller") == "muller"`."""
    plain = as_typed(token)
    if not HAN.search(plain):
        for two, one in _UMLAUTS:
            plain = plain.replace(two, one)
    return plain


@lru_cache(maxsize=200_000)
def as_typed(token: str) -> str:
    """The same with "ae", "oe", "ue" as they stand, to count slips: "Roert" is one letter from Robert, "rort" two."""
    plain = _APOSTROPHES.sub("", fold(token))
    if SEMITIC.search(plain):
        plain = plain.translate(_ONE_LETTER)
    if not _AS_WRITTEN.search(plain):
        plain = fold(anyascii(unicodedata.normalize("NFC", _greek(plain))))
    return "".join(letter for letter in plain if letter.isalnum())


def _greek(word: str) -> str:
    """Two letters that are one sound: "Ευαγγέλου" is Evangelou."""
    if not _GREEK.search(word):
        return word
    bare = unicodedata.normalize("NFD", word).replace("\u0301", "")
    for written, heard in (("ευ", "ev"), ("αυ", "av"), ("ου", "ou"), ("γγ", "ng")):
        bare = bare.replace(written, heard)
    return bare


_SOUNDS = (
    ("tsch", "c"), ("sch", "s"), ("tch", "c"), ("sh", "s"), ("cz", "c"), ("ch", "c"), ("zh", "s"), ("kh", "h"),
    ("ph", "f"), ("th", "t"), ("dh", "d"), ("gh", "g"), ("ck", "k"), ("tz", "z"), ("ts", "z"), ("dz", "z"),
    ("ks", "x"), ("qu", "kv"), ("q", "k"), ("w", "v"), ("yu", "u"), ("ju", "u"), ("iu", "u"), ("iou", "u"),
    ("ya", "a"), ("ja", "a"), ("ia", "a"), ("ye", "e"), ("ee", "i"), ("ie", "i"), ("ei", "i"), ("ea", "i"),
    ("ou", "u"), ("oo", "u"), ("y", "i"), ("j", "i"),
)  # fmt: skip


def are_he_and_she(one: str, other: str) -> bool:
    """Mario and Maria, Paul and Paula, Daniel and Danielle: nearly alike, but two names. `model` asks the same.

    "Lucai" is Lucia with two letters swapped.
    """
    if one[:-2] == other[:-2] and one[-2:] == other[-2:][::-1]:
        return False
    if one[-1:] != other[-1:] and "a" in (one[-1:], other[-1:]):
        return sound(one) != sound(other)
    short, long = sorted((one, other), key=len)
    return short != long and long.startswith(short) and long.endswith("e")


@lru_cache(maxsize=200_000)
def sound(token: str) -> str:
    """A coarser spelling, the same for most ways to write one sound: Meyer and Meier, Kovalsky and Kowalski."""
    for written, heard in _SOUNDS:
        token = token.replace(written, heard)
    token = re.sub(r"c(?=[eiy])", "s", token).replace("c", "k")
    token = re.sub(r"(.)\1+", r"\1", token)
    return token[:1] + re.sub(r"[eh]$", "", token[1:])


def folded(words: Any) -> Any:
    """`fold_token` of each word of a column."""
    return _each(words, fold_token, lambda plain: _replaced(plain, _UMLAUTS))


def sounds(words: Any) -> Any:
    """`sound` of each word of a column, all of them folded."""
    return _each(words, sound, _sounding)


def _each(words: Any, change: Callable[[str], str], of_plain: Callable[[Any], Any]) -> Any:
    """`change` of each distinct word; `of_plain` is the same, for a column of plain words in small letters."""
    coded = flat(words).dictionary_encode()
    every = coded.dictionary
    plain = pc.match_substring_regex(every, _PLAIN)
    odd = pc.invert(plain)
    slow = pa.array([change(word) for word in every.filter(odd).to_pylist()], pa.string())
    quick = of_plain(pc.ascii_lower(every.filter(plain)))
    found = pc.replace_with_mask(pc.replace_with_mask(every, plain, quick), odd, slow)
    return found.take(coded.indices)


def _sounding(plain: Any) -> Any:
    heard = _replaced(plain, (*_SOUNDS, ("ce", "se"), ("ci", "si"), ("cy", "sy"), ("c", "k")))
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        if pc.any(pc.match_substring(heard, letter * 2)).as_py():
            heard = pc.replace_substring_regex(heard, f"{letter}{{2,}}", letter)
    return pc.replace_substring_regex(heard, "^(.+)[eh]$", r"\1")


def _replaced(words: Any, pairs: tuple[tuple[str, str], ...]) -> Any:
    for written, heard in pairs:
        words = pc.replace_substring(words, written, heard)
    return words
