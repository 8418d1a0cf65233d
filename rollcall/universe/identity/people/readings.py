"""How a name in Chinese, Korean, kana, Arabic or Hebrew may be written in Latin letters.

Many names share a reading, so a reading counts only between a name in another writing and one in Latin letters, and
only beside the same title at the same company (`unlike.py`, `deciding.py`). Kanji have no reading of their own.
"""

import re
from functools import lru_cache

from anyascii import anyascii

from rollcall.universe.identity.people.spelling import SEMITIC

_HANGUL, _KANA = re.compile(r"[\uac00-\ud7af]"), re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
# Fewer consonants than this are too many people's.
_BONES_MIN = 4
_KOREAN_SURNAMES = {
    "lee": "i",
    "yi": "i",
    "rhee": "i",
    "park": "pak",
    "lim": "im",
    "rim": "im",
    "roh": "no",
    "ryu": "yu",
}
_KOREAN = (
    ("ch", "j"), ("yeo", "yu"), ("you", "yu"), ("eo", "u"), ("woo", "u"), ("wu", "u"), ("oo", "u"), ("ou", "u"),
    ("ee", "i"), ("ui", "i"), ("ae", "e"), ("ai", "e"), ("oe", "oi"), ("oh", "o"), ("uh", "u"), ("r", "l"), ("g", "k"),
    ("d", "t"), ("b", "p"),
)  # fmt: skip
# As `spelling.fold_token` folds the other side.
_FOLDED = (("lv", "lu"), ("nv", "nu"), ("ue", "u"))
_KANA_LONG = (("ou", "o"), ("oo", "o"), ("oh", "o"), ("uu", "u"))
_BONES = (("sh", "s"), ("kh", "k"), ("ch", "k"), ("th", "t"), ("dh", "d"), ("gh", "g"), ("ph", "f"), ("tz", "z"),
          ("ts", "z"), ("q", "k"), ("c", "k"), ("p", "f"), ("j", "g"), ("x", "ks"))  # fmt: skip


def is_foreign(word: str) -> bool:
    """Whether a folded word is in a script of which only a reading can be told: all others are folded to Latin."""
    return not word.isascii()


@lru_cache(maxsize=200_000)
def of(whole: str, last: str) -> tuple[str, ...]:
    """What a name can be heard as, from its folded given names and last name; each begins with the script it is for."""
    if _HANGUL.search(whole + last):
        return (f"korean:{_korean(_syllables(last))}{_korean(_syllables(whole))}",)
    if _HAN.search(whole + last):
        both = whole + last
        return (f"chinese:{_pinyin(last + whole)}",) if not _KANA.search(both) else ()
    if _KANA.search(whole + last):
        return _both_ways("kana", _kana(anyascii(whole)), _kana(anyascii(last)))
    if SEMITIC.search(whole + last):
        given, family = (_letters(word) for word in (whole, last))
        return tuple(f"bones:{bones}" for name in _without_article(family) if (bones := _bones(given, name)))
    return (
        *_both_ways("chinese", whole, last),
        *_both_ways("korean", _korean(whole), _korean(last)),
        *_both_ways("kana", _kana(whole), _kana(last)),
        *(f"bones:{bones}" for bones in {_bones(whole, last), _bones(last, whole)} if bones),
    )


def _both_ways(script: str, one: str, other: str) -> tuple[str, ...]:
    return (f"{script}:{one}{other}", f"{script}:{other}{one}")


def _letters(word: str) -> str:
    return "".join(letter for letter in anyascii(word).lower() if letter.isalnum())


def _pinyin(text: str) -> str:
    return _replaced(anyascii(text).lower(), _FOLDED)


def _syllables(hangul: str) -> str:
    return anyascii(hangul).lower()


def _korean(text: str) -> str:
    text = _KOREAN_SURNAMES.get(text, text)
    return _replaced(text, _KOREAN)


def _kana(text: str) -> str:
    return _replaced(text.lower(), _KANA_LONG)


def _without_article(word: str) -> tuple[str, ...]:
    """Arabic writes "al-" as a part of the word."""
    return (word, word[1:]) if word.startswith("l") and len(word) > 2 else (word,)


def _bones(given: str, last: str) -> str:
    """The consonants of both names, if they are enough to tell anybody by."""
    found = [
        re.sub("[aeiouyhwv]", "", _replaced(re.sub(r"(.)\1+", r"\1", word), _BONES)) for word in (given, last)
    ]
    return " ".join(found) if all(found) and sum(map(len, found)) >= _BONES_MIN else ""


def _replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for written, heard in pairs:
        text = text.replace(written, heard)
    return text
