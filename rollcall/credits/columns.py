"""The running sums on wallets, grants, holds and budgets: conditional UPDATEs that must change exactly one row."""

from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import F, QuerySet

from rollcall.core.errors import RollcallError
from rollcall.credits.models import Grant


class OutOfStep(RollcallError):
    """The {what} {id} does not hold what this step takes from it. Nothing was changed; run the proof (verify)."""


def move_grant(grant_id: int, **changes: int) -> None:
    """Add to the named columns of a grant; the sum of all changes is 0."""
    assert sum(changes.values()) == 0
    if not add(Grant, grant_id, **changes):
        raise OutOfStep(what="grant", id=grant_id)


def draw(found: QuerySet[Any, Any], amount: int) -> bool:
    """Capture so much of a hold, or of a part of one, if that much is left; tells whether it was."""
    enough = found.filter(amount__gte=F("captured") + F("released") + amount)
    return enough.update(captured=F("captured") + amount) == 1


def add(table: type[models.Model], row_id: int, **changes: int) -> bool:
    """One UPDATE that adds to columns, under the condition that none goes below zero; tells whether the row changed."""
    changes = {name: change for name, change in changes.items() if change}
    down = tuple(name for name, change in changes.items() if change < 0)
    statement = _statement(table, tuple(changes), down)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*changes.values(), row_id, *(-changes[name] for name in down)])
        assert cursor.rowcount <= 1, table
        return bool(cursor.rowcount == 1)


@cache
def _statement(table: type[models.Model], names: tuple[str, ...], down: tuple[str, ...]) -> str:
    """Written once a shape: it is run several times in every charge, and the ORM takes longer than the database."""
    assert {field.column for field in table._meta.concrete_fields} >= set(names)
    key = table._meta.pk.column if table._meta.pk else "id"
    sets = ", ".join(f"{name} = {name} + %s" for name in names)
    enough = "".join(f" AND {name} >= %s" for name in down)
    return f"UPDATE {table._meta.db_table} SET {sets} WHERE {key} = %s{enough}"  # noqa: S608
