"""Crossings: in the transaction that moves credits, the alerts that it sets off, once for each occasion (G6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet, Sum

from rollcall.core import faults, ids, rows
from rollcall.credits import alert_words, usual_days
from rollcall.credits.models import AlertEvent, AlertRule, Budget, BudgetCounter, Entry, Leg, Wallet
from rollcall.notices import calls, letters
from rollcall.workspaces import access, audit
from rollcall.workspaces.models import Workspace

RAISED = faults.declare(
    "alerts.raised", "an alert and its notices are written, the transaction not yet committed"
)
_ACTOR = access.system("alerts")
_Kind = AlertRule.Kind
# A grant that starts later is not available yet, although the wallet counts it: `late` is what belongs to such grants,
# as of the entry's own time. By hand: most moves cross nothing, and then this one statement is all they pay.
_CROSSED_NOW = """
SELECT r.id, l.late FROM credits_alertrule r CROSS JOIN (
  SELECT coalesce(sum(g.remaining), 0) AS late FROM credits_grant g
  WHERE g.workspace_id = %(workspace)s AND g.remaining > 0 AND g.effective_at > %(now)s) l
WHERE r.workspace_id = %(workspace)s AND r.ended_at IS NULL AND (
  (r.kind = 'balance' AND r.threshold < %(before)s - l.late AND r.threshold >= %(after)s - l.late) OR
  (r.kind = 'percent' AND r.threshold * %(whole)s < %(before_100)s AND r.threshold * %(whole)s >= %(after_100)s))
ORDER BY r.id
"""
_REPLAYED = """
WITH moved AS (
  SELECT e.id, e.created_at,
         sum(CASE WHEN l.account = 'available' THEN l.amount ELSE 0 END) AS change,
         sum(CASE WHEN l.account = 'available' AND g.effective_at > e.created_at THEN l.amount ELSE 0 END)
           AS late_change,
         max(CASE WHEN l.account = 'source' AND e.kind <> 'refund' THEN 1 ELSE 0 END) AS arrives
  FROM credits_entry e JOIN credits_leg l ON l.entry_id = e.id JOIN credits_grant g ON g.id = l.grant_id
  WHERE e.workspace_id = %(workspace)s AND l.account IN ('available', 'source') GROUP BY e.id, e.created_at
), running AS (
  SELECT id, created_at, change, late_change,
         sum(change) OVER (ORDER BY id) AS after, sum(arrives) OVER (ORDER BY id) AS epoch FROM moved
), seen AS (
  SELECT r.*, first_value(r.after) OVER (PARTITION BY r.epoch ORDER BY r.id) AS whole FROM running r
), looked_at AS (
  SELECT id, epoch, after, change, whole, late_change, coalesce((
      SELECT sum(l.amount) FROM credits_grant g JOIN credits_leg l ON l.grant_id = g.id
      WHERE g.workspace_id = %(workspace)s AND g.effective_at > s.created_at
        AND l.account = 'available' AND l.entry_id <= s.id), 0) AS late
  FROM seen s WHERE s.change < 0 AND s.id > %(after_entry)s AND s.id <= %(until_entry)s
)
SELECT epoch, min(id) FROM looked_at WHERE {crossed} GROUP BY epoch ORDER BY epoch
"""
_CROSSED = {
    _Kind.BALANCE: "after - change - (late - late_change) > %(threshold)s AND after - late <= %(threshold)s",
    _Kind.PERCENT: "(after - change) * 100 > %(threshold)s * whole AND after * 100 <= %(threshold)s * whole",
}


@dataclass(frozen=True)
class Crossing:
    """What the journal says should have been told: which rule, on which occasion, and the entry that crossed first."""

    rule_id: int
    crossing: str
    entry_id: int


@dataclass(frozen=True)
class Raised:
    """An occasion to tell of: its name (one event for each), the numbers before and after, and what words need."""

    crossing: str
    after: int
    before: int | None = None
    entry_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def available_moved(*, wallet: Wallet, before: int, after: int, entry: Entry | None, now: datetime) -> None:
    """Tell of the thresholds with before > T ≥ after, once in each epoch; the wallet is locked by the caller."""
    if not wallet.is_watched or after >= before or entry is None:
        return
    values: dict[str, Any] = {
        "workspace": wallet.workspace_id,
        "now": connection.ops.adapt_datetimefield_value(now),
        "whole": wallet.epoch_available,
        "before": before + _late_change(entry, now),
        "after": after,
        "before_100": before * 100,
        "after_100": after * 100,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CROSSED_NOW, values)
        crossed = cursor.fetchall()
    for rule_id, found in crossed:
        rule, late = AlertRule.objects.select_related("workspace").get(pk=rule_id), int(found)
        raised = Raised(f"epoch:{wallet.epoch}", after - late, values["before"] - late, entry.pk)
        if rule.kind == _Kind.PERCENT:
            raised = replace(raised, after=after, before=before, detail={"whole": wallet.epoch_available})
        raise_(rule, raised, now=now)


def hold_closed(*, wallet: Wallet, entry: Entry | None, now: datetime) -> None:
    """A search is over: tell if the day's use is unusual. The wallet is locked, so every charge before is seen."""
    if wallet.is_watched:
        for rule in _live(wallet.workspace_id, _Kind.SPEND):
            spent_unusually(rule, entry_id=entry.pk if entry else None, now=now)


def spent_unusually(rule: AlertRule, *, now: datetime, entry_id: int | None = None) -> bool:
    """Tell, once a day, if today's charges reach so many percent of a usual day's; whether it told."""
    local = now.astimezone(ZoneInfo(rule.workspace.time_zone))
    day = local.date().isoformat()
    if AlertEvent.objects.filter(rule=rule, crossing=day).exists():
        return False
    look = usual_days.look(workspace=rule.workspace, now=now)
    if look.usual is None or look.today * 100 < rule.threshold * look.usual:
        return False
    detail = {
        "day": day,
        "usual": look.usual,
        "days": look.days,
        "window_days": usual_days.WINDOW_DAYS,
    }
    return raise_(rule, Raised(day, look.today, entry_id=entry_id, detail=detail), now=now)


def budgets_moved(
    *, workspace_id: int, moved: Sequence[tuple[Budget, BudgetCounter, int]], now: datetime
) -> None:
    """Tell of the percents of their limits that budgets passed on the way up, once a period.

    Args:
        moved: the budget, its counter as it was before, and how much more of it is now reserved.
    """
    rules = list(_live(workspace_id, _Kind.BUDGET)) if moved else []
    for budget, counter, amount in moved:
        before = counter.used + counter.reserved
        for rule in rules:
            floor = rule.threshold * budget.limit
            if before * 100 < floor <= (before + amount) * 100:
                raise_(rule, _of_budget(budget, counter, before, amount), now=now)


def raise_(rule: AlertRule, raised: Raised, *, now: datetime) -> bool:
    """Write the event with its letters and calls; False, and nothing written, if this occasion was told of before."""
    columns: dict[str, list[Any]] = {"rule_id": [rule.pk], "crossing": [raised.crossing]}
    constants = {
        "workspace_id": rule.workspace_id,
        "entry_id": raised.entry_id,
        "before": raised.before,
        "after": raised.after,
        "detail": raised.detail,
        "created_at": now,
    }
    made = rows.insert(AlertEvent, columns, constants=constants, ignore_conflicts=True, returning=["id"])
    if made:
        event = AlertEvent(pk=made[0][0], rule=rule, crossing=raised.crossing, **constants)
        target, detail = ids.public("ale", event.pk), said(event)
        audit.write(
            workspace=rule.workspace, actor=_ACTOR, action="alert.told", target=target, now=now, detail=detail
        )
        _tell(rule, raised, target, now)
        faults.point(RAISED)
    return bool(made)


def said(event: AlertEvent) -> dict[str, Any]:
    """What the audit log keeps of an event, whose own row somebody might change by hand."""
    return {
        "rule": ids.public("alr", event.rule_id),
        "crossing": event.crossing,
        "entry": event.entry_id and ids.public("ent", event.entry_id),
        "before": event.before,
        "after": event.after,
        "detail": event.detail,
    }


def replay(*, workspace: Workspace) -> Iterator[Crossing]:
    """Every crossing of a balance or percent rule that the journal shows, from entries and legs alone."""
    for rule in AlertRule.objects.filter(workspace=workspace, kind__in=list(_CROSSED)).order_by("pk"):
        values = {
            "workspace": workspace.pk,
            "threshold": rule.threshold,
            "after_entry": rule.after_entry,
            "until_entry": ids.INT64_MAX if rule.until_entry is None else rule.until_entry,
        }
        with connection.cursor() as cursor:
            cursor.execute(_REPLAYED.format(crossed=_CROSSED[_Kind(rule.kind)]), values)
            found = cursor.fetchall()
        for epoch, entry_id in found:
            yield Crossing(rule.pk, f"epoch:{int(epoch)}", int(entry_id))


def _live(workspace_id: int, *kinds: str) -> QuerySet[AlertRule]:
    live = AlertRule.objects.filter(workspace=workspace_id, kind__in=kinds, ended_at__isnull=True)
    return live.select_related("workspace").order_by("pk")


def _late_change(entry: Entry, now: datetime) -> int:
    """What the entry itself took from (or added to) grants that start later: only voids and adjustments can."""
    if entry.kind not in (Entry.Kind.VOID, Entry.Kind.ADJUSTMENT):
        return 0
    legs = Leg.objects.filter(entry=entry, account=Leg.Account.AVAILABLE, grant__effective_at__gt=now)
    return int(legs.aggregate(sum=Sum("amount", default=0))["sum"])


def _of_budget(budget: Budget, counter: BudgetCounter, before: int, amount: int) -> Raised:
    detail = {
        "budget": ids.public("bud", budget.pk),
        "scope": budget.get_scope_display(),
        "subject": counter.subject,
        "period_key": counter.period_key,
        "limit": budget.limit,
    }
    crossing = f"{detail['budget']}:{counter.subject}:{counter.period_key}"
    return Raised(crossing, before + amount, before, detail=detail)


def _tell(rule: AlertRule, raised: Raised, event_id: str, now: datetime) -> None:
    says = alert_words.event(rule.kind, rule.threshold, raised.before, raised.after, raised.detail)
    key = f"alert:{event_id}"
    if rule.by_email:
        letters.to_admins(
            workspace=rule.workspace,
            subject=alert_words.subject(rule.kind, rule.workspace.name),
            body=_body(rule, says, now),
            key=key,
            now=now,
        )
    if rule.by_webhook:
        message = {
            "event": event_id,
            "rule": ids.public("alr", rule.pk),
            "workspace": ids.public("ws", rule.workspace_id),
            "kind": rule.kind,
            "threshold": rule.threshold,
            "crossing": raised.crossing,
            "before": raised.before,
            "after": raised.after,
            "entry": raised.entry_id and ids.public("ent", raised.entry_id),
            "detail": raised.detail,
            "says": says,
        }
        calls.write(workspace=rule.workspace, kind="credits.alert", body=message, key=key, now=now)


def _body(rule: AlertRule, says: str, now: datetime) -> str:
    at = now.astimezone(ZoneInfo(rule.workspace.time_zone))
    return "\n".join(
        [
            says,
            "",
            f"Workspace: {rule.workspace.name}",
            f"Rule: {alert_words.rule(rule.kind, rule.threshold)}",
            f"At: {at:%d %B %Y, %H:%M} ({rule.workspace.time_zone})",
            "",
            "You are told once for each occasion. Rules are changed under Credits, Alerts:",
            letters.link(f"/w/{rule.workspace.slug}/credits/alerts"),
        ]
    )
