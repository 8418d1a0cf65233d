"""Whether two descriptions under one name are one company: what agrees, what speaks against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rollcall.universe.folding import fold
from rollcall.universe.identity.companies import countries, letters
from rollcall.universe.identity.companies.names import Name

# A description: the columns of COMPANIES that help to tell companies apart.
FACTS = ("ticker", "sector", "industry", "country", "region", "city", "founded_year")
Facts = Mapping[str, Any]
IMPOSSIBLE = -9
TICKER_POINTS = 3
# What must agree besides a name that is misspelled.
SLIP_POINTS = 2
OWN_WORDS = 3
# "First National Bank", "County General Hospital", "Central High School", "Real Estate Agency".
_EVERYWHERE_WORDS = """
first second national state community savings farmers merchants peoples citizens security bank banking bancorp
bancshares trust federal credit union financial united american general central county city town regional
memorial medical dental health care center centre hospital clinic church school high college university public
library real estate insurance agency services service home construction auto repair building supply family law
office group st saint new old north south east west northern southern eastern western
"""
_EVERYWHERE = frozenset(_EVERYWHERE_WORDS.split())
_ABROAD = -2


@dataclass(frozen=True)
class Evidence:
    """`points`: how much agrees, less what does not; `told`: what agrees, in words."""

    points: int
    told: list[str] = field(default_factory=list)
    same_ticker: bool = False


def compare(one: Facts, other: Facts, *, names: Sequence[Name] = ()) -> Evidence:
    """What speaks for and against one company, besides the name. `names`: of both, for what their legal forms say."""
    points, told = 0, []
    for weigh in (_ticker, _country, _city, _branch, _founded):
        score, said = weigh(one, other)
        points += score
        told += [said] if said else []
    same_ticker = _ticker(one, other)[0] > 0
    if IMPOSSIBLE < points < 0 and same_ticker:
        # One is told by where it is run from, the other by where it is registered.
        points += _ABROAD - IMPOSSIBLE
    if not (one["country"] and other["country"]) and _forms_disagree(names):
        return Evidence(IMPOSSIBLE, ["the legal forms are of different countries"])
    return Evidence(points, told, same_ticker)


def needed(name: Name, *, is_reordered: bool) -> int:
    """How many points make two companies of this name one: more for common words, and for words in another order.

    Nought means that the name alone does, as long as nobody else has it. Three common words in their order
    ("American Electric Power") are a name of their own, but not those of which every county has one.
    """
    if is_reordered:
        return 3 - name.weight
    words = set(name.core.split())
    if words <= _EVERYWHERE:
        return max(1, 2 - name.weight)
    return 0 if name.weight and len(words) >= OWN_WORDS else 2 - name.weight


def _ticker(one: Facts, other: Facts) -> tuple[int, str]:
    mine, theirs = _plain_ticker(one["ticker"]), _plain_ticker(other["ticker"])
    if not mine or not theirs:
        return 0, ""
    return (TICKER_POINTS, f"both are listed as {mine}") if mine == theirs else (-1, "")


def _country(one: Facts, other: Facts) -> tuple[int, str]:
    mine, theirs = countries.comparable(one["country"]), countries.comparable(other["country"])
    if not mine or not theirs:
        return 0, ""
    return (1, f"both are in {other['country']}") if mine == theirs else (IMPOSSIBLE, "")


def _city(one: Facts, other: Facts) -> tuple[int, str]:
    mine, theirs = _plain(one["city"]), _plain(other["city"])
    return (1, f"both are in {other['city']}") if mine and mine == theirs else (0, "")


def _branch(one: Facts, other: Facts) -> tuple[int, str]:
    """Sources divide the economy in different ways: only labels without a word in common speak against it."""
    mine, theirs = _labels(one), _labels(other)
    if not mine or not theirs:
        return 0, ""
    same = sorted(mine.keys() & theirs.keys())
    if same:
        return 1, f"both are in {theirs[same[0]]}"
    words = [{word[:5] for label in labels for word in label.split()} - _AND for labels in (mine, theirs)]
    return (0, "") if words[0] & words[1] else (-1, "")


def _founded(one: Facts, other: Facts) -> tuple[int, str]:
    mine, theirs = one["founded_year"], other["founded_year"]
    if not mine or not theirs:
        return 0, ""
    return (
        (1, f"both were founded in {theirs}") if mine == theirs else (-1 if abs(mine - theirs) > 2 else 0, "")
    )


_AND = frozenset({"and", "&", "of", "other", "servi", "gener", "diver", "produ", "-"})


def _labels(facts: Facts) -> dict[str, str]:
    return {fold(facts[name]): facts[name] for name in ("industry", "sector") if facts[name]}


def _forms_disagree(names: Sequence[Name]) -> bool:
    said = [name.countries for name in names]
    return len(said) == 2 and all(said) and not said[0] & said[1]


def _plain(text: str | None) -> str:
    return "".join(letter for letter in letters.plain(text) if letter.isalnum()) if text else ""


def _plain_ticker(text: str | None) -> str:
    """`"NASDAQ: GOOGL" -> "GOOGL"`, `"BRK.B" -> "BRK"`."""
    if not text:
        return ""
    symbol = fold(text).rpartition(":")[2].strip().upper()
    return symbol.replace("-", ".").partition(".")[0]
