"""What was spent before a budget began, in the period it begins in: it counts, as if the budget had been there."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from rollcall.core import ids, rows
from rollcall.credits import periods, rooms
from rollcall.credits.models import Acquisition, Budget, BudgetCounter, BudgetReservation, Entry, Hold
from rollcall.workspaces.access import Actor


@dataclass(frozen=True)
class _Past:
    """What a hold would have reserved of the budget, and what became of it."""

    hold_id: int
    subject: str
    amount: int
    confirmed: int
    released: int
    refunded: int


def count(*, budget: Budget, now: datetime) -> dict[str, int]:
    """Write counters and reservations for what was held and spent in the current period; the wallet is locked.

    Holds of running searches reserve what they may still spend. A budget of each search begins with the next one.

    Returns how much is used and reserved already where it is more than a fixed limit, by subject.
    """
    if budget.period == Budget.Period.RUN:
        return {}
    # Charges leave the wallet alone: without their holds, one that is being written could go uncounted.
    open_holds = Hold.objects.filter(workspace=budget.workspace_id, is_open=True).order_by("pk")
    list(open_holds.select_for_update(no_key=True).values_list("pk", flat=True))
    past = [part for part in _past(budget, now) if part.amount]
    counters = _write_counters(budget, past, now)
    table = {
        "hold_id": [part.hold_id for part in past],
        "counter_id": [counters[part.subject] for part in past],
        "amount": [part.amount for part in past],
        "confirmed": [part.confirmed for part in past],
        "released": [part.released for part in past],
        "refunded": [part.refunded for part in past],
    }
    rows.insert(BudgetReservation, table)
    Hold.objects.filter(pk__in={part.hold_id for part in past}, is_budgeted=False).update(is_budgeted=True)
    over = BudgetCounter.objects.filter(budget=budget, limit__gt=budget.limit).order_by("subject")
    return {counter.subject: counter.limit for counter in over if counter.limit is not None}


def refunded(*, claims: Sequence[Acquisition], now: datetime) -> Counter[int]:
    """Of claims that were charged without a hold, how many each counter counts, by counter id.

    There was no budget when they were charged; one that is there now counted them if its period had begun.
    """
    alike: dict[tuple[str, int | None, int | None, int | None], list[datetime]] = defaultdict(list)
    for claim in claims:
        entry = claim.entry
        facts = (entry.actor, entry.segment_id, entry.automation_id, claim.persona_id)
        alike[facts].append(entry.created_at)
    found: Counter[int] = Counter()
    for (actor, segment_id, automation_id, persona_id), instants in alike.items():
        applying = rooms.applying(
            workspace=claims[0].workspace,
            actor=Actor(ref=actor, label=""),
            segment_id=segment_id,
            automation_id=automation_id,
            persona_ids=[] if persona_id is None else [persona_id],
        )
        for budget, subject in applying:
            key = rooms.key_of(budget.period, budget.workspace, now)
            same = [at for at in instants if rooms.key_of(budget.period, budget.workspace, at) == key]
            counter = BudgetCounter.objects.filter(
                budget=budget, subject=subject, period_key=key, before__gt=0
            )
            for number, before in counter.values_list("pk", "before"):
                # Never more than it counted: the workspace's time zone may have changed since.
                found[number] = min(found[number] + len(same), before)
    return +found


def _write_counters(budget: Budget, past: list[_Past], now: datetime) -> dict[str, int]:
    """One for each subject; returns their ids."""
    before = _before(budget, now)
    used, reserved = Counter(before), Counter[str]()
    for part in past:
        used[part.subject] += part.confirmed - part.refunded
        reserved[part.subject] += part.amount - part.confirmed - part.released
    subjects = sorted(used)
    spent = [used[subject] + reserved[subject] for subject in subjects]
    table: dict[str, list[Any]] = {
        "subject": subjects,
        "limit": [max(budget.limit, credits) if budget.is_hard else None for credits in spent],
        "used": [used[subject] for subject in subjects],
        "before": [before[subject] for subject in subjects],
        "reserved": [reserved[subject] for subject in subjects],
    }
    key = rooms.key_of(budget.period, budget.workspace, now)
    same = {"budget_id": budget.pk, "period_key": key}
    return dict(rows.insert(BudgetCounter, table, constants=same, returning=["subject", "id"]))


def _before(budget: Budget, now: datetime) -> Counter[str]:
    """By subject, what was charged without a hold in the period, less what came back of it."""
    found: Counter[str] = Counter()
    for charge in _entries(budget, Entry.Kind.CHARGE, now, by="created_at").filter(hold=None):
        found.update(_credits(budget, charge, _by_persona(charge)))
    back = _entries(budget, Entry.Kind.REFUND, now, by="reverses__created_at").filter(reverses__hold=None)
    for entry in back.select_related("reverses"):
        assert entry.reverses is not None
        found.subtract(_credits(budget, entry.reverses, Counter({entry.context.get("persona", ""): 1})))
    return found


def _past(budget: Budget, now: datetime) -> Iterator[_Past]:
    """One for each hold of the period (and each persona) that counts for the budget, from the entries."""
    of_persona = rooms.is_of_persona(budget)
    charged = _charged(budget, now) if of_persona else {}
    back = _given_back(budget, now)
    for entry in _entries(budget, Entry.Kind.HOLD, now, by="hold__created_at").select_related("hold"):
        hold = entry.hold
        assert hold is not None
        people, refunds = charged.get(hold.pk, Counter()), back.get(hold.pk, Counter())
        if not of_persona:
            for subject in _credits(budget, entry, Counter()):
                yield _Past(hold.pk, subject, hold.amount, hold.captured, hold.released, refunds.total())
            continue
        planned = _by_persona(entry)
        for subject in _credits(budget, entry, planned | people):
            confirmed = people[subject]
            # A hold that did not say for whom may still be all for any of them.
            wanted = planned[subject] if planned else hold.amount
            amount = max(wanted, confirmed) if hold.is_open else max(planned[subject], confirmed)
            released = 0 if hold.is_open else amount - confirmed
            yield _Past(hold.pk, subject, amount, confirmed, released, refunds[subject])


def _credits(budget: Budget, entry: Entry, by_persona: Counter[str]) -> dict[str, int]:
    """Whose counters of the budget an entry counts for, with how many credits; nobody's if it is for others."""
    subjects: dict[str, dict[str | None, int]] = {
        Budget.Scope.MEMBER: {entry.actor if entry.actor.startswith("usr_") else None: entry.amount},
        Budget.Scope.KEY: {entry.actor if entry.actor.startswith("key_") else None: entry.amount},
        Budget.Scope.SEGMENT: {_public("seg", entry.segment_id): entry.amount},
        Budget.Scope.AUTOMATION: {
            _public("aut", entry.automation_id) if entry.actor == rooms.AUTOMATION else None: entry.amount
        },
        Budget.Scope.PERSONA: dict(by_persona.items()),
    }
    of_scope = subjects.get(budget.scope, {"": entry.amount})
    return {
        subject: credits
        for subject, credits in of_scope.items()
        if subject is not None and budget.subject in ("", subject)
    }


def _charged(budget: Budget, now: datetime) -> dict[int, Counter[str]]:
    """By hold, how many people of each persona were charged."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for entry in _entries(budget, Entry.Kind.CHARGE, now, by="hold__created_at"):
        assert entry.hold_id is not None
        found[entry.hold_id] += _by_persona(entry)
    return found


def _given_back(budget: Budget, now: datetime) -> dict[int, Counter[str]]:
    """By hold, how many credits came back, by the persona that found the person (empty: by none)."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    refunds = _entries(budget, Entry.Kind.REFUND, now, by="reverses__hold__created_at")
    for entry in refunds.filter(reverses__hold__isnull=False).select_related("reverses"):
        assert entry.reverses is not None and entry.reverses.hold_id is not None
        found[entry.reverses.hold_id][entry.context.get("persona", "")] += entry.amount
    return found


def _by_persona(entry: Entry) -> Counter[str]:
    return Counter(entry.context.get("by_persona", {}))


def _public(prefix: str, number: int | None) -> str | None:
    return ids.public(prefix, number) if number else None


def _entries(budget: Budget, kind: str, now: datetime, *, by: str) -> QuerySet[Entry]:
    """Entries of this kind whose instant `by` is in the period of `now`."""
    found = Entry.objects.filter(workspace=budget.workspace_id, kind=kind)
    span = periods.span(budget.period, zone=budget.workspace.time_zone, now=now)
    if span is None:
        return found
    return found.filter(**{f"{by}__gte": span[0], f"{by}__lt": span[1]})
