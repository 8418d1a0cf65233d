"""The daily allowance of an automation: a hard budget, so that neither races nor retries can pass it (E7, G5)."""

from dataclasses import dataclass
from datetime import datetime

from rollcall.core import ids
from rollcall.credits import budgets, periods
from rollcall.credits.models import Budget, BudgetCounter
from rollcall.personas.models import Automation
from rollcall.workspaces.access import Actor


@dataclass(frozen=True)
class Allowance:
    """What an automation may spend by itself today, where the workspace is."""

    day: str
    credits_per_day: int
    used: int
    left: int


def put(*, automation: Automation, actor: Actor, now: datetime) -> None:
    """Write the limit; what was used today stays used. One that asks first has the limit 0: it can spend nothing."""
    budgets.put(
        workspace=automation.workspace,
        scope=Budget.Scope.AUTOMATION,
        subject=ids.public("aut", automation.pk),
        period=Budget.Period.DAY,
        limit=automation.credits_per_day,
        is_hard=True,
        actor=actor,
        now=now,
    )


def end(*, automation: Automation, actor: Actor, now: datetime) -> None:
    """The automation has ended, so it needs no limit; searches under way still settle with it."""
    found = _budget(automation)
    if found is not None:
        budgets.end(workspace=automation.workspace, budget_id=found.pk, actor=actor, now=now)


def today(*, automation: Automation, now: datetime) -> Allowance:
    """What is used and left. Nothing is left without a limit in the ledger: what is not written down is not allowed."""
    day = periods.key(Budget.Period.DAY, zone=automation.workspace.time_zone, now=now)
    budget = _budget(automation)
    if budget is None:
        return Allowance(day, automation.credits_per_day, 0, 0)
    counter = BudgetCounter.objects.filter(budget=budget, period_key=day).first()
    used = counter.used + counter.reserved if counter else 0
    limit = min(budget.limit, automation.credits_per_day)
    return Allowance(day, automation.credits_per_day, used, max(0, limit - used))


def _budget(automation: Automation) -> Budget | None:
    return budgets.find(
        workspace=automation.workspace,
        scope=Budget.Scope.AUTOMATION,
        subject=ids.public("aut", automation.pk),
        period=Budget.Period.DAY,
        is_hard=True,
    )
