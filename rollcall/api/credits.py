"""Credits: the balance, the grants behind it, and the ledger of everything that moved."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpResponseBase, StreamingHttpResponse
from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    AutomationId,
    Count,
    Cursor,
    Day,
    EntryId,
    GrantId,
    Instant,
    Int64,
    Limit,
    PageOf,
    RunId,
    SegmentId,
    Shown,
    Word,
    page_of,
)  # fmt: skip
from rollcall.core import clock, ids
from rollcall.credits import explanations, grants, ledger, months
from rollcall.credits.ledger import LedgerRow
from rollcall.credits.models import Entry, Grant
from rollcall.delivery.destinations.csv_file import export
from rollcall.personas import outlooks

noun = Noun("credits")
Kind = Literal["grant", "hold", "charge", "release", "refund", "expiry", "void", "adjustment"]
Who = Annotated[str, Field(examples=["Alice Moreau"])]
Actor = Annotated[
    Word, Field(examples=["usr_3"], description="Who moved them: usr_…, key_…, or system:automation.")
]
Month = Annotated[Word, Field(examples=["2026-11"], description="A month, by the workspace's clock.")]


class BalanceShown(Shown):
    """What may be spent and what is held; total = available + held."""

    available: Count
    held: Count
    total: Count
    upcoming: Count = Field(description="In grants that start later.")
    used_this_month: Count
    used_last_month_same_days: Count
    next_expiry_amount: Count
    next_expiry_at: Instant | None
    runs_out_on: Day | None = Field(description="At the present pace; null when that cannot be said.")
    runs_out_why: str = Field(examples=["At the pace of the last 30 days."])


class GrantShown(Shown):
    """Credits that arrived: granted = remaining + held + spent + expired + voided."""

    id: GrantId
    kind: str = Field(examples=["package"])
    name: str = Field(examples=["Annual package 2026"])
    reference: str = Field(examples=["PO-4711"])
    state: str = Field(examples=["in use"], description="in use, next, later, used up or expired.")
    priority: Int64 = Field(examples=[0], description="Lower numbers burn first; 0 unless agreed otherwise.")
    price_minor: Count | None = Field(
        description="What all of it cost, in the smallest unit of the currency (cents)."
    )
    currency: str = Field(examples=["EUR"])
    granted: Count
    remaining: Count
    held: Count
    spent: Count
    expired: Count
    voided: Count
    effective_at: Instant
    expires_at: Instant | None
    created_at: Instant


class GrantsShown(Shown):
    """All grants, in the order in which they burn."""

    burn_order: str = Field(examples=[grants.BURN_ORDER])
    items: list[GrantShown]


class EntryShown(Shown):
    """One movement of credits; never changed, never deleted."""

    id: EntryId
    kind: Kind
    amount: Count
    balance_change: Int64 = Field(examples=[-40])
    actor: str = Field(examples=["usr_3"])
    actor_label: Who
    run_id: RunId | None
    segment_id: SegmentId | None
    automation_id: AutomationId | None
    reverses: EntryId | None = Field(description="The entry that a refund gives back.")
    context: dict[str, Any] = Field(examples=[{"run": "run_3", "segment": "Energy, large"}])
    created_at: Instant


class EntryLine(EntryShown):
    """An entry in the ledger, with what all entries up to it add up to."""

    balance_after: Int64 = Field(examples=[960])


@noun.operation("GET", "/credits", permission="credits.see", answer=BalanceShown)
def credits_balance(request: Request) -> BalanceShown:
    """The balance: available, held, used, what expires next, when it runs out."""
    read = outlooks.balance(workspace=request.auth.workspace, now=clock.now())
    return BalanceShown(**{name: getattr(read, name) for name in BalanceShown.model_fields})


@noun.operation("GET", "/credits/grants", permission="credits.see", answer=GrantsShown)
def credits_grants(request: Request) -> GrantsShown:
    """The grants, in the order in which they burn."""
    found = grants.in_burn_order(workspace=request.auth.workspace, now=clock.now())
    return GrantsShown(burn_order=grants.BURN_ORDER, items=[_grant(grant) for grant in found])


@noun.operation("GET", "/credits/entries", permission="credits.see", answer=PageOf[EntryLine])
def credits_entries(
    request: Request,
    kind: Kind | None = None,
    run_id: RunId | None = None,
    segment_id: SegmentId | None = None,
    automation_id: AutomationId | None = None,
    actor: Actor | None = None,
    month: Month | None = None,
    since: Day | None = None,
    until: Day | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> PageOf[EntryLine]:
    """The ledger or some of it, newest first, with the balance after each entry.

    `month`, `since` and `until` (both included) are by the workspace's clock.
    """
    only = _only(request, kind, run_id, segment_id, automation_id, actor, month, since, until)
    page = ledger.page(workspace=request.auth.workspace, now=clock.now(), cursor=cursor, limit=limit, **only)
    return page_of(page, _line)


@noun.operation("GET", "/credits/entries/export", permission="credits.see", answer=None, csv=True)
def credits_export(
    request: Request,
    kind: Kind | None = None,
    run_id: RunId | None = None,
    segment_id: SegmentId | None = None,
    automation_id: AutomationId | None = None,
    actor: Actor | None = None,
    month: Month | None = None,
    since: Day | None = None,
    until: Day | None = None,
) -> HttpResponseBase:
    """The ledger or some of it as CSV, oldest first."""
    only = _only(request, kind, run_id, segment_id, automation_id, actor, month, since, until)
    return csv_answer("ledger", ledger.csv_rows(workspace=request.auth.workspace, **only))


def csv_answer(name: str, rows: Iterator[list[str]]) -> HttpResponseBase:
    """The rows as a CSV file, streamed."""
    answer = StreamingHttpResponse(export.text(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def entry_values(entry: Entry) -> dict[str, Any]:
    """The fields of EntryShown."""
    return {
        "id": ids.public("ent", entry.pk),
        "kind": entry.kind,
        "amount": entry.amount,
        "balance_change": entry.balance_change,
        "actor": entry.actor,
        "actor_label": explanations.who(entry),
        "run_id": None if entry.run_id is None else ids.public("run", entry.run_id),
        "segment_id": None if entry.segment_id is None else ids.public("seg", entry.segment_id),
        "automation_id": None if entry.automation_id is None else ids.public("aut", entry.automation_id),
        "reverses": None if entry.reverses_id is None else ids.public("ent", entry.reverses_id),
        "context": entry.context,
        "created_at": entry.created_at,
    }


def _only(
    request: Request,
    kind: str | None,
    run_id: str | None,
    segment_id: str | None,
    automation_id: str | None,
    actor: str | None,
    month: str | None,
    since: date | None,
    until: date | None,
) -> ledger.Only:
    period = months.asked(workspace=request.auth.workspace, month=month, since=since, until=until)
    return ledger.Only(
        kind=kind,
        run_id=None if run_id is None else ids.parse("run", run_id),
        segment_id=None if segment_id is None else ids.parse("seg", segment_id),
        automation_id=None if automation_id is None else ids.parse("aut", automation_id),
        actor=actor,
        since=period.since,
        until=period.until,
    )


def _line(row: LedgerRow) -> EntryLine:
    return EntryLine(**entry_values(row.entry), balance_after=row.balance_after)


def _grant(grant: Grant) -> GrantShown:
    names = GrantShown.model_fields.keys() - {"id"}
    return GrantShown(id=ids.public("gra", grant.pk), **{name: getattr(grant, name) for name in names})
