"""Statements and usage to take away: as values for JSON, and as rows of CSV files of any length."""

from collections.abc import Iterable, Iterator
from typing import Any

from rollcall.core import cells, ids
from rollcall.credits import explanations, ledger, months, statements
from rollcall.credits.models import Entry
from rollcall.credits.statements import GrantLine, MonthLine, Statement
from rollcall.credits.usage import UsageRow
from rollcall.workspaces.models import Workspace

_MOVED = [statements.WORDS[kind].lower() for kind in statements.MOVING]
_HEADER = ["part", "label", "id", "at", "opening", *_MOVED, "closing", "searches", "who"]
_USAGE_HEADER = ["subject", "name", "charged", "refunded", "net", "searches"]
_PAGE = 500


def document(*, statement: Statement) -> dict[str, Any]:
    """Everything a statement says except its entries, as plain values; all sums are of credits."""
    held = statement.held
    return {
        "month": months.written(statement.month),
        "since": statement.period.since,
        "until": statement.period.until,
        "is_over": statement.is_over,
        "opening": statement.opening,
        "movements": [
            {"kind": moved.kind, "label": moved.label, "entries": moved.entries, "credits": moved.amount}
            for moved in statement.movements
        ],
        "closing": statement.closing,
        "held": {
            "opening": held.opening,
            "opened": held.opened,
            "charged": held.charged,
            "given_back": held.given_back,
            "closing": held.closing,
        },
        "grants": [
            {
                "id": ids.public("gra", line.grant.pk),
                "name": line.grant.name,
                "kind": line.grant.kind,
                "opening": line.opening,
                "moved": line.moved,
                "closing": line.closing,
            }
            for line in statement.grants
        ],
        "usage": {dimension: list(map(used, rows)) for dimension, rows in statement.usage.items()},
    }


def of_month(line: MonthLine) -> dict[str, Any]:
    """One month of the list of statements."""
    return {
        "month": months.written(line.month),
        "is_over": line.is_over,
        "opening": line.opening,
        "moved": line.moved,
        "closing": line.closing,
    }


def used(row: UsageRow) -> dict[str, Any]:
    """One row of usage."""
    return {
        "subject": row.subject,
        "label": row.label,
        "charged": row.charged,
        "refunded": row.refunded,
        "net": row.net,
        "searches": row.runs,
    }


def csv_rows(*, workspace: Workspace, statement: Statement) -> Iterator[list[str]]:
    """The balance, each grant, usage, and every entry, oldest first. From an opening all adds up to the closing."""
    yield _HEADER
    sums = {moved.kind: moved.amount for moved in statement.movements}
    yield _row("balance", months.written(statement.month), "", statement.opening, sums, statement.closing)
    for line in statement.grants:
        yield _of_grant(line)
    for dimension, rows in statement.usage.items():
        for row in rows:
            moved = {"charge": -row.charged, "refund": row.refunded}
            yield _row(dimension, row.label, row.subject, None, moved, None, searches=row.runs)
    period = {"since": statement.period.since, "until": statement.period.until}
    for entry, after in ledger.oldest_first(workspace=workspace, **period):  # type: ignore[arg-type]
        yield _of_entry(entry, after)


def usage_rows(rows: Iterable[UsageRow]) -> Iterator[list[str]]:
    """Usage as rows of a CSV file."""
    yield _USAGE_HEADER
    for row in rows:
        numbers = [str(number) for number in (row.charged, row.refunded, row.net, row.runs)]
        yield [row.subject, cells.harmless(row.label), *numbers]


def _of_grant(line: GrantLine) -> list[str]:
    number = ids.public("gra", line.grant.pk)
    return _row("grant", line.grant.name, number, line.opening, line.moved, line.closing)


def _of_entry(entry: Entry, after: int) -> list[str]:
    label = f"{entry.get_kind_display()}: {explanations.title(entry)}"
    moved = {entry.kind: entry.balance_change} if entry.balance_change else {}
    number, at = ids.public("ent", entry.pk), entry.created_at.isoformat()
    return _row(
        "entry", label, number, after - entry.balance_change, moved, after, at=at, who=explanations.who(entry)
    )


def _row(
    part: str,
    label: str,
    number: str,
    opening: int | None,
    moved: dict[str, int],
    closing: int | None,
    *,
    at: str = "",
    searches: int | None = None,
    who: str = "",
) -> list[str]:
    by_kind = [moved.get(kind) for kind in statements.MOVING]
    sums = ["" if value is None else str(value) for value in (opening, *by_kind, closing, searches)]
    return [cells.harmless(cell) for cell in (part, label, number, at, *sums, who)]
