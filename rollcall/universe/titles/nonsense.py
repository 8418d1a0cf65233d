"""Texts in the field for a title that are none: keys struck at random, figures, words that forms are tried with."""

import re

# The rows of English, German, French and Russian keyboards.
_ROWS = (
    "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "qsdfghjklm", "yxcvbnm", "zxcvbnm", "wxcvbn",
    "йцукенгшщзхъ", "фывапролдж", "ячсмитьбю",
)  # fmt: skip
_RUN_MIN = 4
_TRIED_WORDS = """
test tests tester1 testing123 lorem ipsum dolor foo bar baz blah bla abc abcd xyz xxx yyy zzz
"""
_TRIED = frozenset(_TRIED_WORDS.split())
_WORD = re.compile(r"[^\W_]+")
_VOWELS = re.compile(r"[aeiouyäöüåøæœıàáâãèéêëìíîïòóôõùúûý]")


def is_nonsense(title: str) -> bool:
    """Whether every word of the text is nonsense; "Test Engineer" and "Bar Manager" are titles."""
    words = _WORD.findall(title.casefold())
    return bool(words) and all(_means_nothing(word) for word in words)


def _means_nothing(word: str) -> bool:
    if word.isdigit() or word in _TRIED or (len(word) > 2 and len(set(word)) == 1):
        return True
    if len(word) < _RUN_MIN:
        return False
    return any(word in row or word in row[::-1] for row in _ROWS) or (
        len(word) > _RUN_MIN and word.isascii() and word.isalpha() and not _VOWELS.search(word)
    )
