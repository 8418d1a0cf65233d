"""Had already left when bought (C8): noted by the refresh that learns it, given back by a sweep."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from rollcall.contacts import owned
from rollcall.contacts.models import Contact, Departure
from rollcall.core import faults, ids, jobs, rows, transactions
from rollcall.credits import refund_policies
from rollcall.credits.models import RefundPolicy
from rollcall.credits.refund_policies import Case
from rollcall.workspaces import access
from rollcall.workspaces.models import Workspace

BATCH = 500
DECIDED = faults.declare(
    "contacts.departures.decided", "credits are given back for departures, which do not know it yet"
)
CAUSE = RefundPolicy.Cause.LEFT_BEFORE


def note(*, workspace: Workspace, changes: Mapping[str, Sequence[Any]], now: datetime) -> int:
    """Keep who left before the day of their charge, in the transaction that writes these changes; returns how many.

    `left_on` is the last day on which somebody was seen at the company. In a row of its own and not by way of the
    feed: ids of the feed are not committed in order, so a sweep that remembers the last one it saw would miss some.
    """
    told = zip(changes["contact_id"], changes["after"], changes["source"], strict=True)
    left = {number: (after["left_on"], source) for number, after, source in told if after.get("left_on")}
    if not left:
        return 0
    zone = ZoneInfo(workspace.time_zone)
    bought = Contact.objects.filter(workspace=workspace, pk__in=sorted(left)).order_by("pk")
    late = [
        number
        for number, added_at in bought.values_list("pk", "added_at")
        if date.fromisoformat(str(left[number][0])) < added_at.astimezone(zone).date()
    ]
    table = {
        "contact_id": late,
        "left_on": [left[number][0] for number in late],
        "source": [left[number][1] for number in late],
    }
    shared = {"workspace_id": workspace.pk, "learned_at": now, "code": "", "why": ""}
    rows.insert(Departure, table, constants=shared, ignore_conflicts=True)
    return len(late)


@jobs.sweep("contacts.departures")
def sweep(*, now: datetime) -> int:
    """Decide on those that wait, some at a time; a crash between two batches leaves the rest for the next worker."""
    waiting = Departure.objects.filter(decided_at__isnull=True).order_by("pk")
    found = list(waiting.select_related("workspace")[:BATCH])
    by_workspace = groupby(sorted(found, key=lambda row: row.workspace_id), key=lambda row: row.workspace_id)
    for _, rows_of_one in by_workspace:
        mine = list(rows_of_one)
        transactions.run(lambda: _decide(mine[0].workspace, [row.pk for row in mine], now))  # noqa: B023
    return len(found)


def _decide(workspace: Workspace, departure_ids: Sequence[int], now: datetime) -> None:
    """Refunds and decisions in one transaction: each departure is decided once, by whoever locks its row."""
    mine = Departure.objects.filter(pk__in=departure_ids, decided_at__isnull=True).order_by("pk")
    found = list(mine.select_for_update(of=("self",)).select_related("contact"))
    paid = owned.paid_pairs(workspace=workspace, contacts=[row.contact for row in found])
    outcomes = refund_policies.apply_all(
        workspace=workspace,
        cause=CAUSE,
        cases=[_case(row, paid[row.contact_id]) for row in found],
        actor=access.system("contacts.departures"),
        now=now,
    )
    faults.point(DECIDED)
    for row, outcome in zip(found, outcomes, strict=True):
        row.code, row.why, row.entry, row.decided_at = outcome.code, outcome.why, outcome.entry, now
    Departure.objects.bulk_update(found, ["code", "why", "entry", "decided_at"])


def _case(row: Departure, paid: owned.Pair) -> Case:
    return Case(
        profile_id=paid[0],
        company_id=paid[1],
        observed=f"last seen there on {row.left_on.isoformat()}, before the charge",
        observed_at=row.learned_at,
        context={
            "contact": ids.public("con", row.contact_id),
            "left_on": row.left_on.isoformat(),
            "source": row.source,
        },
    )
