"""The running sums on wallets, grants, holds and budgets: conditional UPDATEs that must change exactly one row."""

from typing import Any

from django.db.models import F, QuerySet

from rollcall.core.errors import RollcallError
from rollcall.credits.models import Grant


class OutOfStep(RollcallError):
    """The {what} {id} does not hold what this step takes from it. Nothing was changed; run the proof (verify)."""


def move_grant(grant_id: int, **changes: int) -> None:
    """Add to the named columns of a grant; the sum of all changes is 0."""
    assert sum(changes.values()) == 0
    if not shift(Grant.objects.filter(pk=grant_id), **changes):
        raise OutOfStep(what="grant", id=grant_id)


def draw(found: QuerySet[Any, Any], amount: int) -> bool:
    """Capture so much of a hold, or of a part of one, if that much is left; tells whether it was."""
    enough = found.filter(amount__gte=F("captured") + F("released") + amount)
    return enough.update(captured=F("captured") + amount) == 1


def shift(found: QuerySet[Any, Any], **changes: int) -> bool:
    """One UPDATE that adds to columns, under the condition that none goes below zero; tells whether a row changed."""
    changes = {name: change for name, change in changes.items() if change}
    enough = {f"{name}__gte": -change for name, change in changes.items() if change < 0}
    changed = found.filter(**enough).update(**{name: F(name) + change for name, change in changes.items()})
    assert changed <= 1, found.model
    return changed == 1
