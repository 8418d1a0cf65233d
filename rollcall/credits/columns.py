"""The running sums on wallets, grants and holds: conditional UPDATEs that must change exactly one row."""

from typing import Any

from django.db.models import F, QuerySet

from rollcall.core import rows
from rollcall.core.errors import RollcallError
from rollcall.credits.models import Grant, Wallet
from rollcall.workspaces.models import Workspace


class OutOfStep(RollcallError):
    """The {what} {id} does not hold what this step takes from it. Nothing was changed; run the proof (verify)."""


def move_wallet(*, workspace: Workspace, available: int = 0, held: int = 0) -> None:
    """Add to what the wallet has available and held (negative: take away, never below zero)."""
    if not available and not held:
        return
    mine = Wallet.objects.filter(workspace=workspace)
    changes = {"available": available, "held": held}
    if shift(mine, **changes):
        return
    rows.insert(
        Wallet, {"workspace_id": [workspace.pk]}, constants={"available": 0, "held": 0}, ignore_conflicts=True
    )
    if not shift(mine, **changes):
        raise OutOfStep(what="wallet", id=workspace.pk)


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
