"""The ledger as it is read: entries with the running balance, and what is behind each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from rollcall.core import cells, ids, paging
from rollcall.core.errors import NotFound
from rollcall.core.paging import Page
from rollcall.credits.captures import Captured, HoldClosed, HoldContended, HoldTooSmall, capture
from rollcall.credits.models import Acquisition, Entry, Grant, Leg
from rollcall.workspaces.models import Workspace

__all__ = [
    "Captured", "HoldClosed", "HoldContended", "HoldTooSmall", "LedgerRow", "Only", "balance_after", "capture",
    "claims", "csv_rows", "daily_balance", "entry", "grant_split", "of_contact", "oldest_first", "page", "refunded",
]  # fmt: skip
_CSV_HEADER = [
    "entry",
    "at",
    "kind",
    "credits",
    "balance change",
    "balance after",
    "grants",
    "run",
    "who",
    "why",
]
_CSV_BATCH = 500
_BALANCES_AFTER = """
SELECT id, after FROM (
  SELECT id, coalesce((SELECT sum(balance_change) FROM credits_entry WHERE workspace_id = %s AND id < %s), 0)
             + sum(balance_change) OVER (ORDER BY id) AS after
  FROM credits_entry WHERE workspace_id = %s AND id BETWEEN %s AND %s) AS running
"""


@dataclass(frozen=True)
class LedgerRow:
    """An entry, and what all entries up to it add up to."""

    entry: Entry
    balance_after: int


class Only(TypedDict, total=False):
    """Which entries: each of these that is given narrows the list.

    `actor` is a ref (`usr_3`, `key_9`, `system:expiry`); `since` is included, `until` is not.
    """

    kind: str | None
    run_id: int | None
    segment_id: int | None
    automation_id: int | None
    actor: str | None
    since: datetime | None
    until: datetime | None


def page(
    *,
    workspace: Workspace,
    now: datetime,
    cursor: str | None = None,
    limit: int = 50,
    **only: Unpack[Only],
) -> Page[LedgerRow]:
    """Entries, newest first, all or only some, each with the balance after it."""
    entries, order = _narrowed(workspace, only)
    found = paging.page(entries, order=[f"-{name}" for name in order], cursor=cursor, limit=limit)
    after = _balances_after(workspace, found.items)
    return found.map(lambda entry: LedgerRow(entry, after[entry.pk]))


def balance_after(*, entry: Entry) -> int:
    """What all entries up to this one add up to."""
    return _balances_after(entry.workspace, [entry])[entry.pk]


def entry(*, workspace: Workspace, entry_id: int) -> Entry:
    """The entry with this id.

    Raises:
        NotFound
    """
    mine = Entry.objects.filter(workspace=workspace).select_related("workspace", "reverses")
    found = mine.filter(pk=entry_id).first()
    if found is None:
        raise NotFound(what="ledger entry", id=ids.public("ent", entry_id))
    return found


def claims(
    *, workspace: Workspace, entry_id: int, cursor: str | None = None, limit: int = 50
) -> Page[Acquisition]:
    """The people behind a charge (or behind a refund): the list that C9 asks for."""
    found = entry(workspace=workspace, entry_id=entry_id)
    mine = Acquisition.objects.filter(workspace=workspace)
    behind = (
        mine.filter(entry=found.reverses, refund_entry=found)
        if found.kind == Entry.Kind.REFUND
        else mine.filter(entry=found)
    )
    return paging.page(behind, order=["profile_id", "company_id"], cursor=cursor, limit=limit)


def refunded(*, entry: Entry) -> int:
    """How many credits of a charge came back since."""
    back = Entry.objects.filter(workspace=entry.workspace_id, reverses=entry)
    return int(back.aggregate(sum=Sum("amount", default=0))["sum"])


def of_contact(*, workspace: Workspace, profile_id: int, company_id: int) -> Entry | None:
    """The charge that paid for this profile at this company, if there was one."""
    claim = Acquisition.objects.filter(
        workspace=workspace, profile_id=profile_id, company_id=company_id
    ).select_related("entry")
    found = claim.first()
    return found.entry if found else None


def daily_balance(*, workspace: Workspace, days: int, now: datetime) -> list[tuple[date, int]]:
    """The balance at the end of each of the last days (the last one is today, so far), by the workspace's clock."""
    zone = ZoneInfo(workspace.time_zone)
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in range(max(1, min(days, 1000)) - 1, -1, -1)]
    start = datetime.combine(dates[0], datetime.min.time(), tzinfo=zone)
    mine = Entry.objects.filter(workspace=workspace, created_at__lte=now)
    balance = mine.filter(created_at__lt=start).aggregate(sum=Sum("balance_change", default=0))["sum"]
    changes = dict(
        mine.filter(created_at__gte=start)
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .values_list("day")
        .annotate(change=Sum("balance_change"))
    )
    series = []
    for day in dates:
        balance += changes.get(day, 0)
        series.append((day, balance))
    return series


def grant_split(*, entry: Entry) -> list[tuple[Grant, int]]:
    """How much of the entry each grant gave, or got, in the order recorded."""
    into = Leg.objects.filter(entry=entry, amount__gt=0).select_related("grant").order_by("line")
    split: dict[int, tuple[Grant, int]] = {}
    for leg in into:
        split[leg.grant_id] = (leg.grant, split.get(leg.grant_id, (leg.grant, 0))[1] + leg.amount)
    return list(split.values())


def csv_rows(*, workspace: Workspace, **only: Unpack[Only]) -> Iterator[list[str]]:
    """The ledger, or only some of it, oldest first, as rows of a CSV file of any length."""
    yield _CSV_HEADER
    for row, after in oldest_first(workspace=workspace, **only):
        yield [cells.harmless(cell) for cell in _csv_row(row, after)]


def oldest_first(*, workspace: Workspace, **only: Unpack[Only]) -> Iterator[tuple[Entry, int]]:
    """Every entry asked for with the balance after it, read in batches."""
    entries, order = _narrowed(workspace, only)
    entries = entries.prefetch_related("legs__grant")
    cursor = None
    while True:
        found = paging.page(entries, order=order, cursor=cursor, limit=_CSV_BATCH)
        after = _balances_after(workspace, found.items)
        yield from ((row, after[row.pk]) for row in found.items)
        cursor = found.next_cursor
        if cursor is None:
            return


def _narrowed(workspace: Workspace, only: Only) -> tuple[QuerySet[Entry], list[str]]:
    """The entries asked for, and the order in which an index has them ready: never a sort, whatever is combined.

    A period alone is read along the clock. With anything that has an index of its own, which ends in the id, it is
    that index: an instant wrapped in a function is compared row by row, and tempts no planner to sort.
    """
    entries = Entry.objects.filter(workspace=workspace)
    for name in ("kind", "run_id", "segment_id", "automation_id", "actor"):
        if (value := only.get(name)) is not None:
            entries = entries.filter(**{name: value})
    narrow = any(only.get(name) is not None for name in ("run_id", "segment_id", "automation_id", "actor"))
    since, until = only.get("since"), only.get("until")
    if narrow:
        entries = entries.alias(at=Coalesce("created_at", "created_at"))
    column = "at" if narrow else "created_at"
    if since is not None:
        entries = entries.filter(**{f"{column}__gte": since})
    if until is not None:
        entries = entries.filter(**{f"{column}__lt": until})
    return entries, ["created_at", "id"] if (since or until) and not narrow else ["id"]


def _balances_after(workspace: Workspace, entries: list[Entry]) -> dict[int, int]:
    if not entries:
        return {}
    numbers = [entry.pk for entry in entries]
    first, last = min(numbers), max(numbers)
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES_AFTER, [workspace.pk, first, workspace.pk, first, last])
        after = dict(cursor.fetchall())
    return {number: int(after[number]) for number in numbers}


def _csv_row(row: Entry, balance: int) -> list[str]:
    names = dict.fromkeys(leg.grant.name for leg in row.legs.all())
    return [
        ids.public("ent", row.pk),
        row.created_at.isoformat(),
        row.get_kind_display(),
        str(row.amount),
        str(row.balance_change),
        str(balance),
        "; ".join(names),
        ids.public("run", row.run_id) if row.run_id else "",
        row.actor_label,
        str(row.context.get("why", "")),
    ]
