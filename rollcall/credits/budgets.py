"""Budgets: caps on spending, by whom or for what, in which period; 0 means 0 (G5)."""

from datetime import datetime
from typing import Any

from rollcall.core import ids, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.credits import budget_history, budget_names, posting, wallets
from rollcall.credits.models import Budget
from rollcall.credits.reservations import BudgetExceeded, confirm, refunded, release, reserve
from rollcall.credits.rooms import Left, Room, room
from rollcall.credits.standings import Standing, Use, standings
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import ApiKey, Member, Workspace

__all__ = [
    "BudgetExceeded", "Left", "Room", "Standing", "Use", "change", "confirm", "create", "end", "find", "get",
    "put", "refunded", "release", "reserve", "room", "standings",
]  # fmt: skip


class BadLimit(Invalid):
    """{limit} is no limit. Use a whole number of credits from 0 to {limit_max}; 0 lets nothing through."""


class UnknownScope(Invalid):
    """There is no budget for a {scope}. Use one of {allowed}."""


class UnknownPeriod(Invalid):
    """A budget for {scope} cannot count per {period}. Use one of: {allowed}."""


class SubjectNotNeeded(Invalid):
    """A budget of the scope {scope} is for nothing in particular, not for {subject}. Leave the subject out."""


class BudgetExists(Conflict):
    """{budget} caps this already, at {limit} credits. Change its limit, or end it first."""


class BudgetEnded(Conflict):
    """{budget} has ended; it limits nothing any more. Make a new one."""


def create(
    *,
    workspace: Workspace,
    scope: str,
    subject: str,
    period: str,
    limit: int,
    is_hard: bool,
    actor: Actor,
    now: datetime,
) -> Budget:
    """Cap spending from now on; what was spent in the present period already counts.

    Args:
        subject: public id of whom or what it is for; empty for the workspace, or for each one of the scope by itself.
        is_hard: refuses what goes past it; a soft one only counts, and alerts.

    Raises:
        BadLimit, UnknownScope, UnknownPeriod, SubjectNotNeeded, NotFound
        BudgetExists: there is one of this kind; its limit can be changed.
    """
    made = Budget(
        workspace=workspace,
        scope=scope,
        subject=subject,
        period=period,
        limit=_checked_limit(limit),
        is_hard=is_hard,
        actor=actor.ref,
        actor_label=actor.label,
        created_at=now,
    )
    _check(made)

    def work() -> Budget:
        wallets.lock(workspace)
        existing = find(workspace=workspace, scope=scope, subject=subject, period=period, is_hard=is_hard)
        if existing is not None:
            raise BudgetExists(budget=ids.public("bud", existing.pk), limit=existing.limit)
        made.pk = None
        made.save(force_insert=True)
        already = budget_history.count(budget=made, now=now)
        _log(made, "budget.created", actor, now, already=already)
        return made

    return transactions.run(work)


def change(*, workspace: Workspace, budget_id: int, limit: int, actor: Actor, now: datetime) -> Budget:
    """Write a new limit in place: what is used and reserved stays, and below that everything further is refused.

    Raises:
        BadLimit, NotFound, BudgetEnded
    """
    _checked_limit(limit)

    def work() -> Budget:
        # Whoever places a hold has the wallet locked too, and so reads either the old limit or the new one.
        wallets.lock(workspace)
        budget = _live(workspace, budget_id)
        if budget.limit != limit:
            before, budget.limit = budget.limit, limit
            budget.save(update_fields=["limit"])
            _log(budget, "budget.changed", actor, now, before=before)
        return budget

    return transactions.run(work)


def end(*, workspace: Workspace, budget_id: int, actor: Actor, now: datetime) -> Budget:
    """Limit nothing any more; open holds still settle with it. Ending it again changes nothing.

    Raises:
        NotFound
    """

    def work() -> Budget:
        wallets.lock(workspace)
        budget = get(workspace=workspace, budget_id=budget_id)
        if budget.ended_at is None:
            budget.ended_at = now
            budget.save(update_fields=["ended_at"])
            _log(budget, "budget.ended", actor, now)
        return budget

    return transactions.run(work)


def put(
    *,
    workspace: Workspace,
    scope: str,
    subject: str,
    period: str,
    limit: int,
    is_hard: bool,
    actor: Actor,
    now: datetime,
) -> Budget:
    """Make the budget, or give the one that is there this limit.

    Raises:
        what `create` raises, but BudgetExists
    """

    def work() -> Budget:
        wallets.lock(workspace)
        there = find(workspace=workspace, scope=scope, subject=subject, period=period, is_hard=is_hard)
        if there is not None:
            return change(workspace=workspace, budget_id=there.pk, limit=limit, actor=actor, now=now)
        return create(
            workspace=workspace,
            scope=scope,
            subject=subject,
            period=period,
            limit=limit,
            is_hard=is_hard,
            actor=actor,
            now=now,
        )

    return transactions.run(work)


def find(*, workspace: Workspace, scope: str, subject: str, period: str, is_hard: bool) -> Budget | None:
    """The live budget of this kind, if there is one."""
    alike = Budget.objects.filter(scope=scope, subject=subject, period=period, is_hard=is_hard)
    return alike.filter(workspace=workspace, ended_at=None).first()


def get(*, workspace: Workspace, budget_id: int) -> Budget:
    """A budget, live or ended.

    Raises:
        NotFound
    """
    found = Budget.objects.filter(workspace=workspace, pk=budget_id).first()
    if found is None:
        raise NotFound(what="budget", id=ids.public("bud", budget_id))
    return found


def _live(workspace: Workspace, budget_id: int) -> Budget:
    budget = get(workspace=workspace, budget_id=budget_id)
    if budget.ended_at is not None:
        raise BudgetEnded(budget=ids.public("bud", budget_id))
    return budget


def _checked_limit(limit: int) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= posting.AMOUNT_MAX:
        raise BadLimit(limit=limit, limit_max=posting.AMOUNT_MAX)
    return limit


def _check(budget: Budget) -> None:
    """What can be told here: segments, personas and automations are known to rooms above."""
    if budget.scope not in Budget.Scope.values:
        raise UnknownScope(scope=budget.scope, allowed=", ".join(Budget.Scope.values))
    of_run = budget.scope == Budget.Scope.RUN
    if budget.period not in Budget.Period.values or (of_run and budget.period != Budget.Period.RUN):
        allowed = [Budget.Period.RUN] if of_run else Budget.Period.values
        raise UnknownPeriod(scope=budget.scope, period=budget.period[:20], allowed=", ".join(allowed))
    if not budget.subject:
        return
    prefix = budget_names.PREFIXES.get(budget.scope)
    if prefix is None:
        raise SubjectNotNeeded(scope=budget.scope, subject=budget.subject[:40])
    number = ids.parse(prefix, budget.subject)
    budget.subject = ids.public(prefix, number)
    known = {
        "usr": Member.objects.filter(workspace=budget.workspace, user=number),
        "key": ApiKey.objects.filter(workspace=budget.workspace, pk=number),
    }.get(prefix)
    if known is not None and not known.exists():
        raise NotFound(what=ids.NAMES[prefix], id=budget.subject)


def _log(budget: Budget, action: str, actor: Actor, now: datetime, **detail: Any) -> None:
    said = {
        "name": budget_names.name(budget),
        "scope": budget.scope,
        "subject": budget.subject,
        "period": budget.period,
        "limit": budget.limit,
        "is_hard": budget.is_hard,
    }
    target = ids.public("bud", budget.pk)
    audit.write(
        workspace=budget.workspace, actor=actor, action=action, target=target, now=now, detail=said | detail
    )
