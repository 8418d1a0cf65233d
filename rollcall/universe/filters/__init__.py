"""The one filter language: `parse` a tree of conditions, and name what in it can never be met."""

from rollcall.universe.filters.emptiness import contradictions
from rollcall.universe.filters.tree import (
    CONDITIONS_MAX,
    DEPTH_MAX,
    Among,
    BadShape,
    BadValue,
    Condition,
    Group,
    UnknownField,
    UnknownOperator,
    conditions,
    parse,
)

__all__ = [
    "CONDITIONS_MAX", "DEPTH_MAX", "Among", "BadShape", "BadValue", "Condition", "Group", "UnknownField",
    "UnknownOperator", "conditions", "contradictions", "parse",
]  # fmt: skip
