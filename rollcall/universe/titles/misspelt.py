"""Words that are one slip of the fingers away from those that titles are made of: "Manger", "Presdient", "Cheif"."""

from collections.abc import Iterator
from functools import cache

from rollcall.universe.titles import lexicon, tokens

# Words that slips are looked for, and words of their own in one language or another that look like slips.
_WORDS = tokens.listed("slip")
_RIGHT = frozenset(tokens.listed("right"))
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VOWELS = "aeiou"


def right(word: str) -> str:
    """The word that was meant, where it is one slip away and nothing else is meant by it; else the word as it is."""
    if len(word) < 5 or not word.isascii() or word in _RIGHT or lexicon.known(word):
        return word
    return _slips().get(word, word)


@cache
def _slips() -> dict[str, str]:
    found: dict[str, str] = {}
    for word in _WORDS:
        for slip in _of(word):
            found.setdefault(slip, word)
    for word in _WORDS:
        found.pop(word, None)
    return found


def _of(word: str) -> Iterator[str]:
    """Two letters changed over, one missing, one too many, or another vowel; the first letter is always right."""
    for at in range(1, len(word)):
        head, tail = word[:at], word[at:]
        # A last letter that is missing or added is another form of the word, not a slip.
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
            yield head + tail[1:]
            yield from (head + letter + tail for letter in _LETTERS)
        if tail[0] in _VOWELS:
            yield from (head + vowel + tail[1:] for vowel in _VOWELS if vowel != tail[0])
