"""Filters and personas at random, the same for the same dice: what every engine must answer alike."""

import random
from typing import Any

from rollcall.universe import fields, filters, titles
from rollcall.universe.filters import Group
from rollcall.universe.queries import PERSON_ORDERS, PeopleQuery, PersonaQuery
from rollcall.universe.titles.overrides import Overrides, of_titles
from tests.universe.conftest import NAMES, SECTORS, TITLES

TEXTS = [
    text for text in (*NAMES, *SECTORS, "c1", "France", "lyon", "1-1000", "handmade", "oil", "ALFA") if text
]
# Wildcards, quotes and escapes of one dialect or another; what folds to something else; what is more than two bytes.
SIGNS = "acesßİıA%_'\"\\$:?`{}[]().*^|;-/#\n\t é\u0301ﬁ😀"
NUMBERS = [-(2**63), -(2**31) - 1, -1, 0, 4, 5, 10, 1900, 1999, 4_000, 2**31, 2**40, 2**63 - 1]
PHRASES = [
    "Sales",
    "VP",
    "Chief",
    "Finance",
    "General",
    "vice president of",
    "Head",
    "100 % Owner",
    "C++",
    "a'b\\c %",
]
COMPANIES, LONG = 60, 250


def group(dice: random.Random, depth: int = 3) -> Group:
    return filters.parse(_group(dice, depth))


def people(dice: random.Random, personas: int) -> PeopleQuery:
    """Some companies, known or not, in any order and some of them twice; or all."""
    ids: list[int] = list(range(COMPANIES, 0, -1))
    if dice.random() < 0.5:
        ids = dice.choices(range(-1, COMPANIES + 5), k=dice.randint(1, COMPANIES))
    otherwise = overrides(dice) if dice.random() < 0.5 else titles.NO_OVERRIDES
    return PeopleQuery(ids, tuple(persona(dice) for _ in range(personas)), otherwise)


def persona(dice: random.Random) -> PersonaQuery:
    def some(values: Any, most: int) -> list[str]:
        return dice.sample(list(values), dice.randint(0, most))

    return PersonaQuery(
        titles=some([title for title in (*TITLES, *PHRASES) if title != "—"], 2),
        titles_out=some(["CFO", *PHRASES], 2 if dice.random() < 0.3 else 1),
        seniorities=some(titles.SENIORITIES, 3) if dice.random() < 0.4 else [],
        departments=some(titles.DEPARTMENTS, 3) if dice.random() < 0.3 else [],
        countries=some(["france", "ESPAÑA", "nowhere", "Deutschland"], 2) if dice.random() < 0.3 else [],
        per_company=dice.choice([None, None, 0, 1, 2]),
        order=dice.choice(PERSON_ORDERS),
    )


def overrides(dice: random.Random) -> Overrides:
    """How somebody reads some of the titles, and others that nobody has."""
    chosen = dice.sample([*TITLES, "Nobody Has It"], dice.randint(0, 6))
    levels, departments = [None, *titles.SENIORITIES], [None, *titles.DEPARTMENTS]
    return of_titles({title: (dice.choice(levels), dice.choice(departments)) for title in chosen})


def _group(dice: random.Random, depth: int) -> dict[str, Any]:
    kinds = [_line, _line, _line, _among] + ([_group] if depth > 1 else [])
    items = [dice.choice(kinds)(dice, depth - 1) for _ in range(dice.randint(0, 3))]
    return {"op": dice.choice(["and", "or"]), "items": items}


def _line(dice: random.Random, _: int) -> dict[str, Any]:
    field = dice.choice(list(fields.COMPANY_FIELDS.values()))
    op = dice.choice(field.operators)
    return {"field": field.name, "op": op, "value": _value(dice, field, op)}


def _value(dice: random.Random, field: fields.Field, op: str) -> Any:
    if op in ("is_known", "is_unknown"):
        return None
    if op == "between":
        return sorted(dice.choices(NUMBERS, k=2))
    if field.kind == "number":
        return dice.choice(NUMBERS)
    if op in ("is_any_of", "is_none_of"):
        return [_text(dice) for _ in range(LONG if dice.random() < 0.03 else dice.randint(1, 3))]
    return _text(dice)


def _text(dice: random.Random) -> str:
    if dice.random() < 0.6:
        return dice.choice(TEXTS)
    return "".join(dice.choices(SIGNS, k=dice.randint(1, 3))).strip() or "%"


def _among(dice: random.Random, _: int) -> dict[str, Any]:
    count = LONG if dice.random() < 0.1 else dice.randint(0, 12)
    ids = [dice.randint(-1, COMPANIES + 10) for _ in range(count)]
    return {"company_ids": ids, "inside": dice.random() < 0.5}
