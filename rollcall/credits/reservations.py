"""Reservations: what a hold takes of each budget, confirmed by its charges, released with it, given back by refunds."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Value, When

from rollcall.core import faults, ids, rows
from rollcall.core.errors import NotEnough
from rollcall.credits import budget_history, budget_names, columns, crossings, rooms
from rollcall.credits.models import Acquisition, Budget, BudgetCounter, BudgetReservation, Hold
from rollcall.workspaces.access import Actor

RESERVED = faults.declare("budgets.reserved", "budgets are reserved, their hold not yet posted")
CONFIRMED = faults.declare("budgets.confirmed", "a charge is confirmed in budgets, and not yet posted")
GIVEN_BACK = faults.declare(
    "budgets.given_back", "budgets have credits back, the transaction not yet committed"
)
_Wanted = list[tuple[Budget, str, int]]


class BudgetExceeded(NotEnough):
    """{name} has {left} of its {limit} credits left, and this needs {needed}. Nothing was held: ask for fewer, or have
    the budget raised."""


class CapMissing(NotEnough):
    """The API key {key} has no spending cap, so it may not spend. Nothing was held: have an owner or admin give it a
    budget with a fixed limit (Credits, Budgets; 0 means 0), and try again."""


def reserve(
    *, hold: Hold, persona_credits: Mapping[int, int], actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """Take the hold's credits out of every budget they count for, in the transaction that places the hold.

    The wallet is locked, so no limit changes meanwhile. Each counter moves by one conditional UPDATE, in the order of
    their ids.

    Returns what was reserved of each, for the context of the hold's entry, which the chain seals.

    Raises:
        CapMissing: an API key without a hard budget of its own (I2); nothing may be kept.
        BudgetExceeded: a hard budget has too little left; nothing may be kept.
    """
    wanted = _wanted(hold, persona_credits, actor)
    _check_capped(actor, wanted)
    if not wanted:
        return []
    counters = _counters(hold, wanted, now)
    taken = [(counters[budget.pk, subject], budget, amount) for budget, subject, amount in wanted]
    taken.sort(key=lambda part: part[0].pk)
    for counter, budget, amount in taken:
        _take(counter, budget, amount)
    table = {
        "counter_id": [counter.pk for counter, _, _ in taken],
        "amount": [amount for _, _, amount in taken],
    }
    rows.insert(
        BudgetReservation,
        table,
        constants={"hold_id": hold.pk, "confirmed": 0, "released": 0, "refunded": 0},
    )
    moved = [(budget, counter, amount) for counter, budget, amount in taken]
    crossings.budgets_moved(workspace_id=hold.workspace_id, moved=moved, now=now)
    Hold.objects.filter(pk=hold.pk).update(is_budgeted=True)
    hold.is_budgeted = True
    faults.point(RESERVED)
    return [
        {
            "budget": ids.public("bud", budget.pk),
            "name": budget_names.name(budget, subject=counter.subject),
            "subject": counter.subject,
            "period_key": counter.period_key,
            "amount": amount,
            "limit": budget.limit if budget.is_hard else None,
        }
        for counter, budget, amount in taken
    ]


def confirm(*, hold: Hold, total: int, by_persona: Mapping[int | None, int]) -> None:
    """A charge of `total` credits out of the hold: what was reserved is used, in the period of the hold.

    Raises:
        OutOfStep: more people of a persona than the hold reserved; nothing may be kept.
    """
    amounts = {
        reservation: by_persona.get(ids.parse("per", reservation.counter.subject), 0)
        if rooms.is_of_persona(reservation.counter.budget)
        else total
        for reservation in _of(hold.pk)
    }
    amounts = {reservation: amount for reservation, amount in amounts.items() if amount}
    if not amounts:
        return
    amount = Case(*[When(pk=row.pk, then=Value(number)) for row, number in amounts.items()])
    asked = BudgetReservation.objects.filter(pk__in=[row.pk for row in amounts])
    enough = asked.filter(amount__gte=F("confirmed") + F("released") + amount)
    if enough.update(confirmed=F("confirmed") + amount) != len(amounts):
        raise columns.OutOfStep(what="reservation of hold", id=hold.pk)
    for row, number in amounts.items():
        _shift(row.counter_id, used=number, reserved=-number)
    faults.point(CONFIRMED)


def release(*, hold: Hold) -> None:
    """The hold was closed: what its charges did not confirm is free again."""
    if not hold.is_budgeted:
        return
    for row in _of(hold.pk):
        left = row.amount - row.confirmed - row.released
        if left and columns.add(BudgetReservation, row.pk, released=left):
            _shift(row.counter_id, reserved=-left)
    faults.point(GIVEN_BACK)


def refunded(*, claims: Sequence[Acquisition], now: datetime) -> None:
    """Credits came back: budgets whose period still lasts have them again; of past periods they stay spent.

    The claims are of one workspace, each with its entry and the hold of that; the wallet is locked.
    """
    back: dict[int, Counter[int | None]] = defaultdict(Counter)
    for claim in claims:
        if claim.entry.hold is not None and claim.entry.hold.is_budgeted:
            back[claim.entry.hold.pk][claim.persona_id] += 1
    used: Counter[int] = Counter()
    for row in _of(*back):
        budget, subject = row.counter.budget, row.counter.subject
        if row.counter.period_key != rooms.key_of(budget.period, claims[0].workspace, now):
            continue
        people = back[row.hold_id]
        amount = people[ids.parse("per", subject)] if rooms.is_of_persona(budget) else people.total()
        if amount and columns.add(BudgetReservation, row.pk, refunded=amount):
            used[row.counter_id] += amount
    before = budget_history.refunded(
        claims=[claim for claim in claims if claim.entry.hold_id is None], now=now
    )
    for counter_id in sorted({*used, *before}):
        _shift(counter_id, used=-used[counter_id] - before[counter_id], before=-before[counter_id])
    faults.point(GIVEN_BACK)


def needs_cap(actor: Actor) -> bool:
    """Whether a budget must allow what this actor spends: that of its API key (I2)."""
    return actor.ref.startswith("key_")


def _wanted(hold: Hold, persona_credits: Mapping[int, int], actor: Actor) -> _Wanted:
    """(budget, subject of its counter, credits): all of the hold's, or those for the people of a persona."""
    found = rooms.applying(
        workspace=hold.workspace,
        actor=actor,
        segment_id=hold.segment_id,
        automation_id=hold.automation_id,
        persona_ids=[number for number, amount in persona_credits.items() if amount],
    )
    return [
        (
            budget,
            subject,
            persona_credits[ids.parse("per", subject)] if rooms.is_of_persona(budget) else hold.amount,
        )
        for budget, subject in found
    ]


def _check_capped(actor: Actor, wanted: _Wanted) -> None:
    """A program spends without anybody looking: without a cap it spends nothing.

    Raises:
        CapMissing
    """
    capped = any(budget.scope == Budget.Scope.KEY and budget.is_hard for budget, _, _ in wanted)
    if needs_cap(actor) and not capped:
        raise CapMissing(key=actor.ref)


def _counters(hold: Hold, wanted: _Wanted, now: datetime) -> dict[tuple[int, str], BudgetCounter]:
    """The counters of this period, made where there are none yet."""
    keys = {
        (budget.pk, subject): rooms.key_of(budget.period, hold.workspace, now, hold)
        for budget, subject, _ in wanted
    }
    limits = {budget.pk: budget.limit if budget.is_hard else None for budget, _, _ in wanted}
    table: dict[str, list[Any]] = {
        "budget_id": [number for number, _ in keys],
        "subject": [subject for _, subject in keys],
        "period_key": list(keys.values()),
        "limit": [limits[number] for number, _ in keys],
    }
    rows.insert(
        BudgetCounter, table, constants={"used": 0, "before": 0, "reserved": 0}, ignore_conflicts=True
    )
    found = BudgetCounter.objects.filter(budget__in=limits, period_key__in=set(keys.values()))
    return {
        (counter.budget_id, counter.subject): counter
        for counter in found
        if keys.get((counter.budget_id, counter.subject)) == counter.period_key
    }


def _take(counter: BudgetCounter, budget: Budget, amount: int) -> None:
    """
    Raises:
        BudgetExceeded
    """
    mine = BudgetCounter.objects.filter(pk=counter.pk)
    if not budget.is_hard:
        mine.update(reserved=F("reserved") + amount, limit=None)
        return
    enough = mine.filter(used__lte=budget.limit - amount - F("reserved"))
    if enough.update(reserved=F("reserved") + amount, limit=budget.limit):
        return
    counter.refresh_from_db()
    raise BudgetExceeded(
        name=budget_names.name(budget, subject=counter.subject),
        budget=ids.public("bud", budget.pk),
        subject=counter.subject,
        limit=budget.limit,
        used=counter.used,
        reserved=counter.reserved,
        needed=amount,
        left=max(0, budget.limit - counter.used - counter.reserved),
    )


def _of(*hold_ids: int) -> list[BudgetReservation]:
    """Their reservations, in the order in which counters are locked."""
    found = BudgetReservation.objects.filter(hold__in=hold_ids).select_related("counter__budget")
    return list(found.order_by("counter_id", "pk"))


def _shift(counter_id: int, **changes: int) -> None:
    if not columns.add(BudgetCounter, counter_id, **changes):
        raise columns.OutOfStep(what="budget counter", id=counter_id)
