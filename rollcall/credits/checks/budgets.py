"""L8: what is used and reserved of budgets is what holds reserved, charges confirmed and refunds gave back."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from rollcall.core import ids
from rollcall.credits import periods, rooms
from rollcall.credits.checks.asking import Rule, statement
from rollcall.credits.models import Budget, BudgetCounter, BudgetReservation, Entry, Hold
from rollcall.workspaces.models import AuditEntry, Workspace

_BATCH = 1_000
# Where a day begins first, where last, and between: a workspace may have changed its zone since.
_ZONES = ("Etc/GMT-14", "Etc/UTC", "Etc/GMT+12")
_LIMITED = ("budget.created", "budget.changed")
_SUMS = statement("""
SELECT c.id AS n, 'bud_' || b.id || ' in ' || c.period_key || ': used ' || c.used || ', reserved ' || c.reserved
       || '; the reservations say ' || (c.before + coalesce(sum(r.confirmed - r.refunded), 0)) || ' and '
       || coalesce(sum(r.amount - r.confirmed - r.released), 0) AS words
FROM (SELECT * FROM credits_budget {scope}) b JOIN credits_budgetcounter c ON c.budget_id = b.id
LEFT JOIN credits_budgetreservation r ON r.counter_id = c.id
GROUP BY b.id, c.id, c.period_key, c.used, c.before, c.reserved
HAVING c.used <> c.before + coalesce(sum(r.confirmed - r.refunded), 0)
    OR c.reserved <> coalesce(sum(r.amount - r.confirmed - r.released), 0)
UNION ALL
SELECT c.id, 'bud_' || b.id || ' in ' || c.period_key || ': its limit is ' || coalesce('' || c."limit", 'none')
       || ', the budget''s ' || b."limit" || CASE WHEN b.is_hard THEN ' (hard)' ELSE ' (soft)' END
FROM (SELECT * FROM credits_budget {scope}) b JOIN credits_budgetcounter c ON c.budget_id = b.id
WHERE b.is_hard <> (c."limit" IS NOT NULL) OR c."limit" < c.used + c.reserved
UNION ALL
SELECT h.id, 'hol_' || h.id || ': amount ' || h.amount || ', captured ' || h.captured || ', released ' || h.released
       || '; its reservation in bud_' || b.id || ' says ' || r.amount || ', ' || r.confirmed || ', ' || r.released
FROM (SELECT * FROM credits_hold {scope}) h JOIN credits_budgetreservation r ON r.hold_id = h.id
JOIN credits_budgetcounter c ON c.id = r.counter_id JOIN credits_budget b ON b.id = c.budget_id
WHERE b.workspace_id <> h.workspace_id OR r.amount > h.amount OR r.confirmed > h.captured
   OR (b.scope <> 'persona' AND (r.amount <> h.amount OR r.confirmed <> h.captured OR r.released <> h.released))
   OR (NOT h.is_open AND r.amount <> r.confirmed + r.released)
UNION ALL
SELECT h.id, 'hol_' || h.id || ': it says that budgets count it, and its reservations say otherwise'
FROM (SELECT * FROM credits_hold {scope}) h
WHERE h.is_budgeted <> EXISTS (SELECT 1 FROM credits_budgetreservation r WHERE r.hold_id = h.id)
UNION ALL
SELECT r.hold_id, 'hol_' || r.hold_id || ': it, or the budget that it reserves of, is not there'
FROM credits_budgetreservation r LEFT JOIN credits_hold h ON h.id = r.hold_id
LEFT JOIN credits_budgetcounter c ON c.id = r.counter_id LEFT JOIN credits_budget b ON b.id = c.budget_id
WHERE h.id IS NULL OR b.id IS NULL
UNION ALL
SELECT c.budget_id, 'bud_' || c.budget_id || ': it is not there, and something was spent of it in ' || c.period_key
FROM credits_budgetcounter c LEFT JOIN credits_budget b ON b.id = c.budget_id WHERE b.id IS NULL
""")


def _budgets(workspace: Workspace | None) -> Iterator[str]:
    yield from _SUMS(workspace)
    yield from _limits(workspace)
    mine = BudgetReservation.objects.select_related("hold", "counter__budget").order_by("pk")
    mine = mine if workspace is None else mine.filter(hold__workspace=workspace)
    last_id = 0
    while found := list(mine.filter(pk__gt=last_id)[:_BATCH]):
        last_id = found[-1].pk
        yield from _of_holds(found)


def _limits(workspace: Workspace | None) -> Iterator[str]:
    """A counter's limit is one that the budget had, or what was spent already when it began, as the audit log has them.

    Budgets as old as that did not say what was spent already: of them anything above the first limit is believed.
    """
    of: dict[str, Any] = {} if workspace is None else {"budget__workspace": workspace}
    there = BudgetCounter.objects.filter(limit__isnull=False, budget__is_hard=True, **of)
    other = there.exclude(limit=F("budget__limit"))
    other = other.select_related("budget").order_by("pk")
    had: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    targets = {ids.public("bud", number) for number in other.values_list("budget", flat=True)}
    for said in AuditEntry.objects.filter(action__in=_LIMITED, target__in=targets).order_by("pk"):
        had[said.workspace_id or 0, said.target].append(said.detail)
    for counter in other:
        name = ids.public("bud", counter.budget_id)
        told = had[counter.budget.workspace_id, name]
        first = told[0] if told else {}
        if "already" not in first and counter.limit > first.get("limit", 0):
            continue
        if counter.limit not in [
            *(detail["limit"] for detail in told),
            first.get("already", {}).get(counter.subject),
        ]:
            yield f"{name} in {counter.period_key}: its limit is {counter.limit}, and the budget never had that one"


def _of_holds(found: list[BudgetReservation]) -> Iterator[str]:
    """Each reservation beside the journal: whose budget and which period it is, and a persona's part of it."""
    journal = _Journal({row.hold_id for row in found})
    for row in found:
        name = (
            f"{ids.public('hol', row.hold_id)}: its reservation in {ids.public('bud', row.counter.budget_id)}"
        )
        subject, period_key = row.counter.subject, row.counter.period_key
        if row.counter.budget.subject not in ("", subject) or not journal.is_for(
            row.counter.budget, row.hold, subject
        ):
            yield f"{name} is for {subject or 'the workspace'}, and the hold is not"
        elif not _may_be(row.counter.budget, row.hold, period_key, row.hold.created_at):
            yield f"{name} is for {period_key}, and the hold is not of that time"
        elif rooms.is_of_persona(row.counter.budget) and journal.of_persona(row) != (
            row.amount,
            row.confirmed,
        ):
            yield f"{name} says {row.amount} and {row.confirmed} of {subject}, and the entries say otherwise"
        else:
            least, most = journal.refunds(row)
            if not least <= row.refunded <= most:
                yield f"{name} says that {row.refunded} came back, and the entries say otherwise"


class _Journal:
    """The entries of some holds."""

    def __init__(self, hold_ids: set[int]) -> None:
        self.placed: dict[int, Entry] = {}
        self.people: dict[int, Counter[str]] = defaultdict(Counter)
        self.back: dict[int, list[Entry]] = defaultdict(list)
        for entry in Entry.objects.filter(
            Q(hold__in=hold_ids) | Q(reverses__hold__in=hold_ids)
        ).select_related("reverses"):
            if entry.kind == Entry.Kind.HOLD and entry.hold_id is not None:
                self.placed[entry.hold_id] = entry
            elif entry.kind == Entry.Kind.CHARGE and entry.hold_id is not None:
                self.people[entry.hold_id].update(entry.context.get("by_persona", {}))
            elif entry.kind == Entry.Kind.REFUND and entry.reverses and entry.reverses.hold_id is not None:
                self.back[entry.reverses.hold_id].append(entry)

    def is_for(self, budget: Budget, hold: Hold, subject: str) -> bool:
        placed = self.placed.get(hold.pk)
        mine = {
            Budget.Scope.WORKSPACE: "",
            Budget.Scope.RUN: "",
            Budget.Scope.MEMBER: placed.actor if placed else None,
            Budget.Scope.KEY: placed.actor if placed else None,
            Budget.Scope.SEGMENT: hold.segment_id and ids.public("seg", hold.segment_id),
            Budget.Scope.AUTOMATION: hold.automation_id and ids.public("aut", hold.automation_id),
        }
        if rooms.is_of_persona(budget):
            planned = placed.context.get("by_persona", {}) if placed else {}
            return subject in planned or subject in self.people[hold.pk]
        return mine[Budget.Scope(budget.scope)] == subject

    def of_persona(self, row: BudgetReservation) -> tuple[int, int]:
        """Reserved and confirmed: who was charged counts even if more were found than planned."""
        placed = self.placed.get(row.hold_id)
        planned = placed.context.get("by_persona", {}) if placed else {}
        subject = row.counter.subject
        confirmed = self.people[row.hold_id][subject]
        return max(planned.get(subject, 0), confirmed), confirmed

    def refunds(self, row: BudgetReservation) -> tuple[int, int]:
        """At least and at most so many credits of the reservation came back in its period."""
        budget, least, most = row.counter.budget, 0, 0
        for entry in self.back[row.hold_id]:
            if rooms.is_of_persona(budget) and entry.context.get("persona") != row.counter.subject:
                continue
            key = row.counter.period_key
            most += _may_be(budget, row.hold, key, entry.created_at)
            least += _keys(budget, row.hold, entry.created_at) == {key}
        # A search's own budget gets nothing back. What came back before a budget began was never in it.
        is_sure = budget.period != Budget.Period.RUN and budget.created_at <= row.hold.created_at
        return least if is_sure else 0, most


def _may_be(budget: Budget, hold: Hold, key: str, at: datetime) -> bool:
    """Whether an instant is in the period of this key, in some zone."""
    return key in _keys(budget, hold, at)


def _keys(budget: Budget, hold: Hold, at: datetime) -> set[str]:
    """The keys that the period of an instant has around the world."""
    if budget.period == Budget.Period.RUN:
        return {ids.public("run", hold.run_id) if hold.run_id else ids.public("hol", hold.pk)}
    return {periods.key(budget.period, zone=zone, now=at) for zone in _ZONES}


RULES = (Rule("L8", "What budgets count is what was reserved, charged and refunded", _budgets),)
