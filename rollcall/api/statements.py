"""What credits were used for, and the statement of each month."""

from collections.abc import Iterator
from typing import Annotated, Literal

from django.http import HttpResponseBase
from pydantic import Field

from rollcall.api.credits import Kind, Month, csv_answer
from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Count, Day, GrantId, Instant, Int64, Shown, Word
from rollcall.core import clock
from rollcall.credits import months, statement_files, statements, usage

noun = Noun("statements")
By = Literal["segment", "persona", "member", "key", "automation", "month"]
Moved = Annotated[
    dict[str, Int64],
    Field(examples=[{"grant": 1000, "charge": -40}], description="Credits by kind of entry."),
]


class UsedShown(Shown):
    """What one subject used; without a subject: what belongs to none."""

    subject: Word = Field(examples=["seg_4"], description="Public id, or the month.")
    label: str = Field(examples=["Energy, large"], description="Its name at its last charge.")
    charged: Count
    refunded: Count
    net: Int64 = Field(description="Charged minus refunded.")
    searches: Count


class UsageShown(Shown):
    """Usage by one dimension; whatever it is, the sums are those of the ledger."""

    by: By
    charged: Count
    refunded: Count
    net: Int64
    items: list[UsedShown]


class MovementShown(Shown):
    """What all entries of one kind did to the balance."""

    kind: Kind
    label: str = Field(examples=["Charged"])
    entries: Count
    credits: Int64 = Field(examples=[-40])


class HeldShown(Shown):
    """What was set aside within the balance: opening + opened − charged − given back = closing."""

    opening: Count
    opened: Count
    charged: Count
    given_back: Count
    closing: Count


class GrantLineShown(Shown):
    """One grant: opening + what moved = closing."""

    id: GrantId
    name: str = Field(examples=["Annual package 2026"])
    kind: str = Field(examples=["package"])
    opening: Count
    moved: Moved
    closing: Count


class MonthShown(Shown):
    """One month: opening + what moved = closing."""

    month: Month
    is_over: bool
    opening: Int64
    moved: Moved
    closing: Int64


class MonthsShown(Shown):
    """Every month since the first entry, newest first."""

    items: list[MonthShown]


class StatementShown(Shown):
    """One month, from the opening to the closing balance, which counts what is available, held, and starts later."""

    month: Month
    since: Instant
    until: Instant
    is_over: bool
    opening: Int64
    movements: list[MovementShown]
    closing: Int64
    held: HeldShown
    grants: list[GrantLineShown]
    usage: dict[str, list[UsedShown]]


@noun.operation("GET", "/credits/usage", permission="credits.see", answer=UsageShown)
def credits_usage(
    request: Request,
    by: By = "segment",
    month: Month | None = None,
    since: Day | None = None,
    until: Day | None = None,
) -> UsageShown:
    """What credits were used for: in all, in a month, or in days (both included, by the workspace's clock)."""
    workspace = request.auth.workspace
    period = months.asked(workspace=workspace, month=month, since=since, until=until)
    rows = usage.by(workspace=workspace, dimension=by, since=period.since, until=period.until)
    charged, refunded = usage.total(rows)
    return UsageShown(
        by=by,
        charged=charged,
        refunded=refunded,
        net=charged - refunded,
        items=[UsedShown(**statement_files.used(row)) for row in rows],
    )


@noun.operation("GET", "/credits/statements", permission="credits.see", answer=MonthsShown)
def credits_statements(request: Request) -> MonthsShown:
    """Every month since the first entry, with its balance at both ends."""
    listed = statements.list_(workspace=request.auth.workspace, now=clock.now())
    return MonthsShown(items=[MonthShown(**statement_files.of_month(line)) for line in listed])


@noun.operation("GET", "/credits/statements/{month}", permission="credits.see", answer=StatementShown)
def credits_statement(request: Request, month: Month) -> StatementShown:
    """The statement of one month; of the one under way, so far. Its entries: `/credits/entries?month=`."""
    return StatementShown(**statement_files.document(statement=_statement(request, month)))


@noun.operation("GET", "/credits/statements/{month}/export", permission="credits.see", answer=None, csv=True)
def credits_statement_export(request: Request, month: Month) -> HttpResponseBase:
    """The statement of one month as CSV, with every entry."""
    made = _statement(request, month)
    rows: Iterator[list[str]] = statement_files.csv_rows(workspace=request.auth.workspace, statement=made)
    return csv_answer(f"statement-{months.written(made.month)}", rows)


def _statement(request: Request, month: str) -> statements.Statement:
    return statements.of(workspace=request.auth.workspace, month=months.parse(month), now=clock.now())
