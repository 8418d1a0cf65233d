"""Reads a company's name into keys: two names with a key in common are one name in two spellings."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from rollcall.universe.identity.companies import asides, legal_forms, spelling

# Raised whenever a name can get other keys than before; the next load reads all names again.
RULES_VERSION = 3
_LITTLE = frozenset(
    {"of", "the", "for", "de", "du", "des", "la", "le", "der", "die", "das", "van", "del", "di"}
)
# Forms that stand anywhere where the words of a name are in another order.
_FORMS = frozenset(
    {"inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "plc", "gmbh",
     "bhd", "berhad",     "tbk", "pt", "sa", "ag", "nv", "ab", "oyj", "asa", "spa", "se"}
)  # fmt: skip
# Says how a company is held, not which one it is.
_HOLDING = frozenset({"group", "holding", "companies", "company", "corporation", "com", "worldwide"})

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_FAMILY = frozenset({"group", "holding", "worldwide"})


@dataclass(frozen=True)
class Name:
    """A name as it is compared.

    `exact`: in this order of words, spaces aside. `words`: in any order, little words aside; `core`: also without
    "Group" and the like. `weight`: how much of it is its own, 0 (a common word) to 2.
    """

    exact: frozenset[str]
    words: str
    core: str
    weight: int
    countries: frozenset[str]
    others: tuple[str, ...] = ()
    ticker: str | None = None
    tokens: tuple[str, ...] = field(default=(), repr=False)


@lru_cache(maxsize=65_536)
def read(text: str) -> Name | None:
    """None when there is nothing in the text to call a company by."""
    name, others, ticker = spelling.split(asides.strip(text))
    name, registered = asides.registered(name)
    bare, countries = legal_forms.strip(spelling.tokens(name))
    if not bare:
        return None
    exact = {"".join(bare)}
    if not name.isascii():
        exact.add("".join(legal_forms.strip(spelling.tokens_spelled_out(name))[0]))
        if _CYRILLIC.search(name):
            # "Яндекс" writes itself Yandex.
            exact |= {key.replace("ks", "x") for key in exact}
    own = tuple(token for token in bare if token not in _LITTLE and token not in _FORMS) or bare
    core = tuple(token for token in own if token not in _HOLDING) or own
    return Name(
        exact=frozenset(exact),
        words=" ".join(sorted(own)),
        core=" ".join(sorted(core)),
        weight=_weight(core),
        countries=frozenset((registered,)) if registered else countries,
        others=tuple(others),
        ticker=ticker,
        tokens=bare,
    )


def overlap(one: Name, other: Name) -> bool:
    """Whether two names have anything of their own in common: a rare word, the spelling, or initials."""
    if one.exact & other.exact or one.core == other.core:
        return True
    if (set(one.core.split()) & set(other.core.split())) - _shared_words():
        return True
    return _is_short_for(one, other) or _is_short_for(other, one)


def is_exactly(name: Name, label: str) -> bool:
    """Whether the name is this one word, "Group" and the like aside."""
    return label in name.exact or "".join(token for token in name.tokens if token not in _HOLDING) == label


def is_domain_of(name: Name, label: str) -> bool:
    """Whether a company of this name would have such a domain: `boe`, `bankofengland`, `singpost` (Singapore Post)."""
    first, *rest = name.tokens
    if first == label and len(label) >= 4 and _shared_words().issuperset(rest):
        return True
    return is_exactly(name, label) or (len(label) >= 4 and _is_of_beginnings(label, name.tokens))


def are_held_otherwise(one: Name, other: Name) -> bool:
    """Whether one is a group and the other a holding: two of one family. One that says neither may be both."""
    said = [_FAMILY & set(name.tokens) for name in (one, other)]
    return all(said) and said[0] != said[1]


def is_common(word: str) -> bool:
    """Whether several companies have this word in their names."""
    return word in _shared_words()


def _is_short_for(short: Name, full: Name) -> bool:
    """`IBM`, of International Business Machines."""
    letters = [token[0] for token in full.tokens if token not in _LITTLE]
    return len(letters) >= 3 and "".join(letters) in short.exact


def _is_of_beginnings(label: str, tokens: tuple[str, ...]) -> bool:
    """Whether the label is put together from beginnings of all words, in their order."""
    if not tokens:
        return not label
    first, rest = tokens[0], tokens[1:]
    for length in range(min(len(first), len(label)), 1, -1):
        if label.startswith(first[:length]) and _is_of_beginnings(label[length:], rest):
            return True
    return False


def _weight(core: tuple[str, ...]) -> int:
    own = [token for token in core if token not in _shared_words()]
    if not own:
        # Common words, but several together can be a name: "General Motors", "Bank America".
        return 1 if len(core) > 1 else 0
    return 2 if len(core) > 1 or len(own[0]) > 5 else 1


@lru_cache(maxsize=1)
def _shared_words() -> frozenset[str]:
    """Words that stand in the names of several companies."""
    return frozenset((Path(__file__).parent / "data" / "shared_words.txt").read_text("utf-8").split())
