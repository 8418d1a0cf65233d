"""Names of companies that are one slip of the pen apart, in a long word that is nobody else's.

Two companies often have names that differ by one letter ("Argenta", "Argento"; "Fund 12", "Fund 13"), so much is asked:
the slip lies inside a word of six letters or more, is not in a number, and does not make one common word of another.
"""

from rollcall.universe.identity.companies import names
from rollcall.universe.identity.companies.names import Name
from rollcall.universe.identity.slips import edits

WORD_MIN, ALONE_MIN, WHOLE_MIN = 6, 8, 10
# Both have the same so many first letters of a word, or the same last ones: an index of names needs no more.
EDGE = 3


def keys(name: Name) -> list[str]:
    """By which names one slip apart are found: edges of its own words ("^mic", "$oft")."""
    own = [word for word in name.core.split() if len(word) >= WORD_MIN and not names.is_common(word)]
    return sorted({key for word in own for key in (f"^{word[:EDGE]}", f"${word[-EDGE:]}")})


def is_slip(one: Name, other: Name) -> bool:
    """Whether they may be one name of which one is misspelled."""
    if (
        len(one.tokens) != len(other.tokens)
        or min(len("".join(name.tokens)) for name in (one, other)) < WHOLE_MIN
    ):
        return len(one.tokens) == len(other.tokens) == 1 and _is_slip(
            one.tokens[0], other.tokens[0], ALONE_MIN
        )
    apart = [(a, b) for a, b in zip(one.tokens, other.tokens, strict=True) if a != b]
    return len(apart) == 1 and _is_slip(*apart[0], WORD_MIN)


def _is_slip(one: str, other: str, least: int) -> bool:
    if min(len(one), len(other)) < least or one[0] != other[0] or one[-1] != other[-1]:
        return False
    if names.is_common(one) and names.is_common(other):
        return False
    return (one + other).isalpha() and edits(one, other) == 1
