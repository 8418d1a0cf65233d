"""An API key made together with what it may spend: a program with a key spends without anybody looking (I2)."""

from collections.abc import Sequence
from datetime import datetime

from rollcall.core import ids, transactions
from rollcall.credits import budgets
from rollcall.credits.models import Budget
from rollcall.workspaces import api_keys
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import ApiKey, Workspace


def create(
    *,
    workspace: Workspace,
    name: str,
    role: str,
    actor: Actor,
    now: datetime,
    expires_at: datetime | None = None,
    credits_per_month: int | None = None,
) -> tuple[ApiKey, str]:
    """The key and its secret; with `credits_per_month` (0 means 0) a hard budget of it, both or neither.

    Without a cap the key can read and prepare, and spend nothing until it has one.

    Raises:
        what `api_keys.create` and `budgets.create` raise
    """

    def work() -> tuple[ApiKey, str]:
        key, secret = api_keys.create(
            workspace=workspace, name=name, role=role, actor=actor, now=now, expires_at=expires_at
        )
        if credits_per_month is not None:
            budgets.create(
                workspace=workspace,
                scope=Budget.Scope.KEY,
                subject=ids.public("key", key.pk),
                period=Budget.Period.MONTH,
                limit=credits_per_month,
                is_hard=True,
                actor=actor,
                now=now,
            )
        return key, secret

    return transactions.run(work)


def caps(*, workspace: Workspace, key_ids: Sequence[int]) -> dict[int, Budget]:
    """By key, the hard budget with the least limit, be it its own or one that each key has; without one it spends
    nothing and is left out."""
    found = Budget.objects.filter(workspace=workspace, scope=Budget.Scope.KEY, is_hard=True, ended_at=None)
    tightest = sorted(found, key=lambda budget: (budget.limit, budget.pk))
    of_key = {
        key_id: next((b for b in tightest if b.subject in ("", ids.public("key", key_id))), None)
        for key_id in key_ids
    }
    return {key_id: budget for key_id, budget in of_key.items() if budget is not None}
