"""Keyset pages: constant time at any depth, never OFFSET."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from rollcall.core.errors import Invalid

T = TypeVar("T")
M = TypeVar("M", bound=Model)
LIMIT_MAX = 500


class BadCursor(Invalid):
    """This cursor is not one that a page of this list gave. Start again without a cursor."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and the cursor of what follows (None: this was the last page)."""

    items: list[T]
    next_cursor: str | None

    def map(self, shape: Callable[[T], Any]) -> "Page[Any]":
        return Page(items=[shape(item) for item in self.items], next_cursor=self.next_cursor)


def page(rows: QuerySet[M], *, order: Sequence[str], cursor: str | None, limit: int) -> Page[M]:
    """One page of `rows` in `order`, whose last field must make it unique (the id).

    All fields of `order` run the same way ("-name" or "name"), so that one index serves; none may be null.
    """
    limit = max(1, min(limit, LIMIT_MAX))
    if cursor:
        rows = _continued(rows, order, cursor)
    found = list(rows.order_by(*order)[: limit + 1])
    more = len(found) > limit
    return Page(items=found[:limit], next_cursor=_encode(found[limit - 1], order) if more else None)


def _continued(rows: QuerySet[M], order: Sequence[str], cursor: str) -> QuerySet[M]:
    """The rows after the cursor; a made-up one may hold text where the column has numbers or times."""
    try:
        return rows.filter(_after(rows, order, _decode(cursor, tuple(order))))
    except (ValueError, TypeError, ValidationError):
        raise BadCursor() from None


def _after(rows: QuerySet[M], order: Sequence[str], values: list[Any]) -> Q:
    """(a, b, id) > (x, y, z), written so that both databases use the composite index."""
    compare = "lt" if order[0].startswith("-") else "gt"
    names = [name.lstrip("-") for name in order]
    if len(names) == 1:
        return Q(**{f"{names[0]}__{compare}": values[0]})
    later = Q()
    for depth in range(len(names)):
        same = {names[i]: values[i] for i in range(depth)}
        later |= Q(**same, **{f"{names[depth]}__{compare}": values[depth]})
    return Q(**{f"{names[0]}__{compare}e": values[0]}) & later


def _encode(row: Model, order: Sequence[str]) -> str:
    values = [_plain(_value(row, name.lstrip("-"))) for name in order]
    raw = json.dumps([list(order), values], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _decode(cursor: str, order: tuple[str, ...]) -> list[Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        names, values = json.loads(raw)
    except (ValueError, TypeError):
        raise BadCursor() from None
    if names != list(order) or not isinstance(values, list) or len(values) != len(order):
        raise BadCursor()
    if not all(_is_safe(value) for value in values):
        raise BadCursor()
    return values


def _is_safe(value: Any) -> bool:
    """Text without NUL, or a whole number of 64 bits: what a column can be compared with."""
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
