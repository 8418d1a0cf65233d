"""How budgets stand: what is used, reserved and left in the present period, and when counting begins anew."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from rollcall.credits import periods, rooms
from rollcall.credits.models import Budget, BudgetCounter
from rollcall.workspaces.models import Workspace


@dataclass(frozen=True)
class Use:
    """What is used and reserved of one counter; `left` is never below 0."""

    subject: str
    used: int
    reserved: int
    left: int


@dataclass(frozen=True)
class Standing:
    """A budget as it stands: its fullest counter, and all of them (`uses`) where it is of each one by itself.

    `ends_at` is when counting begins anew; None for all time and for each search.
    """

    budget: Budget
    used: int
    reserved: int
    left: int
    period_key: str
    ends_at: datetime | None
    uses: list[Use]


def standings(*, workspace: Workspace, now: datetime, budget_id: int | None = None) -> list[Standing]:
    """The live budgets as they stand, oldest first; with `budget_id` that one, if it is live."""
    live = Budget.objects.filter(workspace=workspace, ended_at=None).order_by("pk")
    budgets = list(live if budget_id is None else live.filter(pk=budget_id))
    keys = {period: rooms.key_of(period, workspace, now) for period in {b.period for b in budgets}}
    # Of each search those that run now: what a search used that has ended limits nothing any more.
    running = Q(budget__period=Budget.Period.RUN, reserved__gt=0)
    current = Q(period_key__in=set(keys.values()) - {""}) & ~Q(budget__period=Budget.Period.RUN)
    counters: dict[int, list[BudgetCounter]] = defaultdict(list)
    found = BudgetCounter.objects.filter(running | current, budget__in=budgets).select_related("budget")
    for counter in found.order_by("pk"):
        if counter.budget.period == Budget.Period.RUN or counter.period_key == keys[counter.budget.period]:
            counters[counter.budget_id].append(counter)
    return [
        _standing(budget, counters[budget.pk], keys[budget.period], workspace.time_zone, now)
        for budget in budgets
    ]


def _standing(budget: Budget, counters: list[BudgetCounter], key: str, zone: str, now: datetime) -> Standing:
    uses = [_use(budget, counter) for counter in counters]
    uses.sort(key=lambda use: (-use.used - use.reserved, use.subject))
    fullest = uses[0] if uses else Use(budget.subject, 0, 0, budget.limit)
    span = periods.span(budget.period, zone=zone, now=now)
    return Standing(
        budget=budget,
        used=fullest.used,
        reserved=fullest.reserved,
        left=fullest.left,
        period_key=key,
        ends_at=span and span[1],
        uses=uses,
    )


def _use(budget: Budget, counter: BudgetCounter) -> Use:
    left = max(0, budget.limit - counter.used - counter.reserved)
    subject = counter.period_key if budget.period == Budget.Period.RUN else counter.subject
    return Use(subject=subject, used=counter.used, reserved=counter.reserved, left=left)
