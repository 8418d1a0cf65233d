"""The catalogue of what a company can be filtered, ordered and counted by."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "set"]

TEXT_OPERATORS = (
    "is", "is_not", "contains", "not_contains", "starts_with", "is_any_of", "is_none_of", "is_known", "is_unknown",
)  # fmt: skip
NUMBER_OPERATORS = ("eq", "ne", "lt", "lte", "gt", "gte", "between", "is_known", "is_unknown")
SET_OPERATORS = ("is_any_of", "is_none_of", "is_known", "is_unknown")
_OPERATORS: dict[Kind, tuple[str, ...]] = {
    "text": TEXT_OPERATORS,
    "number": NUMBER_OPERATORS,
    "set": SET_OPERATORS,
}

OPERATOR_LABELS = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "is_any_of": "is any of",
    "is_none_of": "is none of",
    "is_known": "is known",
    "is_unknown": "is unknown",
    "eq": "equals",
    "ne": "does not equal",
    "lt": "less than",
    "lte": "at most",
    "gt": "more than",
    "gte": "at least",
    "between": "between",
}


@dataclass(frozen=True)
class Field:
    """One thing that a condition can test.

    `outside` marks fields that a room above this one answers (tags, other segments): it rewrites such
    conditions into `filters.Among` before it searches; the engines themselves refuse them.
    """

    name: str
    label: str
    kind: Kind
    outside: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        return _OPERATORS[self.kind]


COMPANY_FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("name", "Company name", "text"),
        Field("domain", "Domain", "text"),
        Field("ticker", "Ticker", "text"),
        Field("sector", "Sector", "text"),
        Field("industry", "Industry", "text"),
        Field("country", "Country", "text"),
        Field("region", "Region", "text"),
        Field("city", "City", "text"),
        Field("employees", "Employees", "number"),
        Field("size_band", "Size band", "text"),
        Field("founded_year", "Founded", "number"),
        Field("source", "Source", "text"),
    )
}
TEXT_FIELDS = tuple(name for name, field in COMPANY_FIELDS.items() if field.kind == "text")

_outside: dict[str, Field] = {}


def add_outside(field: Field) -> None:
    """Let conditions name a field that a room above answers; called once when that room's app is ready."""
    assert field.outside and field.name not in COMPANY_FIELDS, field.name
    _outside[field.name] = field


def catalogue() -> dict[str, Field]:
    """Every field a condition may name: the company's own, then those of the rooms above."""
    return COMPANY_FIELDS | _outside
