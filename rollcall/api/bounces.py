"""Bounces: reported in bulk by whoever sends the mail; a hard one gives its credit back, each line says what came."""

from typing import Annotated

from ninja import Header
from pydantic import Field, StringConstraints

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    BounceReportId,
    ContactId,
    Count,
    Cursor,
    Day,
    EntryId,
    Given,
    Instant,
    Limit,
    PageOf,
    Shown,
    page_of,
)
from rollcall.contacts import bounce_rows, bounces
from rollcall.contacts.bounces import Reported
from rollcall.contacts.models import Bounce, BounceReport
from rollcall.core import clock, ids
from rollcall.core.errors import Invalid
from rollcall.credits import posting

noun = Noun("bounces")
BOUNCES_MAX, CSV_MAX = 5_000, 1_500_000
Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=posting.KEY_MAX - 4, pattern=r"^[\x20-\x7e]+$"),
    Header(
        alias="Idempotency-Key",
        description="One key for one report; the same again gives the same report and goes on where it broke off.",
        example="bounces-2026-09-01",
    ),
]
Cell = Annotated[str, StringConstraints(max_length=bounce_rows.TEXT_MAX, pattern=r"^[^\x00]*$")]


class BouncesOrCsv(Invalid):
    """Send either a list of bounces or the text of a CSV file, and not both."""


class BounceGiven(Given):
    """Whom it is about, by the first of these that is there: contact id, profile URL, or name and company (its domain
    or name; else the domain of the address); and what the mail server said."""

    contact_id: Cell = Field(default="", examples=["con_12"])
    profile_url: Cell = Field(default="", examples=[""])
    full_name: Cell = Field(default="", examples=["Jane Smith"])
    company: Cell = Field(default="", examples=["acme.com"])
    email: Cell = Field(
        default="", examples=["jane@acme.com"], description="Used for its domain, and not kept."
    )
    type: Cell = Field(default="", examples=["hard"], description="`hard` or `soft`, where there is no code.")
    code: Cell = Field(default="", examples=["5.1.1"], description="SMTP code; 5.x.x is a hard bounce.")
    reason: Cell = Field(default="", examples=["user unknown"], description="Read for a code, and not kept.")
    bounced_on: Cell = Field(default="", examples=["2026-09-01"])


class BouncesGiven(Given):
    """A list of bounces, or the text of a CSV file whose first line names its columns."""

    bounces: list[BounceGiven] = Field(
        default=[], max_length=BOUNCES_MAX, examples=[[{"contact_id": "con_12", "code": "5.1.1"}]]
    )
    csv: Annotated[str, StringConstraints(max_length=CSV_MAX, pattern=r"^[^\x00]*$")] = Field(
        default="", examples=[""]
    )


class BounceReportShown(Shown):
    """A report, and how many of its lines came to what."""

    id: BounceReportId
    lines: Count
    given_back: Count = Field(description="Credits that came back.")
    counts: dict[str, int] = Field(
        examples=[{"given_back": 3, "unmatched": 1}],
        description="Lines by result: given_back, refunded_before, past_window, over_cap, off, never_charged, soft, "
        "unclear, unmatched, several, forgotten.",
    )
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant
    finished_at: Instant | None = Field(description="Null: it broke off. Send it again with the same key.")


class BounceShown(Shown):
    """What came of one line of a report."""

    line: Count
    contact_id: ContactId | None
    label: str = Field(
        examples=["J… at acme.com"], description="Of lines that matched nobody; names are not kept."
    )
    status: str = Field(examples=["5.1.1"])
    bounced_on: Day | None
    result: str = Field(examples=["given_back"])
    why: str = Field(examples=["Hard bounce reported: 1 credit came back."])
    entry_id: EntryId | None = Field(description="The refund.")


@noun.operation(
    "POST",
    "/contacts/bounces",
    permission="bounces.report",
    answer=BounceReportShown,
    status=201,
    errors=(409,),
)
def bounces_report(request: Request, body: BouncesGiven, idempotency_key: Key) -> BounceReportShown:
    """Report bounces.

    A hard bounce gives the contact's credit back as far as the refund policy allows; the contact stays yours. What
    came of each line is told by its lines.
    """
    if bool(body.bounces) == bool(body.csv):
        raise BouncesOrCsv()
    rows = bounce_rows.read(data=body.csv.encode()) if body.csv else [_row(given) for given in body.bounces]
    done = bounces.report(
        workspace=request.auth.workspace,
        rows=rows,
        key=f"api:{idempotency_key}",
        actor=request.auth.actor,
        now=clock.now(),
    )
    return report_shown(done)


@noun.operation("GET", "/contacts/bounces", permission="contacts.see", answer=PageOf[BounceReportShown])
def bounces_list(
    request: Request, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[BounceReportShown]:
    """List reports of bounces, newest first."""
    workspace = request.auth.workspace
    page = bounces.list_(workspace=workspace, cursor=cursor, limit=limit)
    counted = bounces.counted(workspace=workspace, reports=page.items)
    return page_of(page, lambda row: report_shown(counted[row.pk]))


@noun.operation("GET", "/contacts/bounces/{report_id}", permission="contacts.see", answer=BounceReportShown)
def bounces_get(request: Request, report_id: BounceReportId) -> BounceReportShown:
    """One report of bounces."""
    return report_shown(bounces.get(workspace=request.auth.workspace, report_id=ids.parse("bou", report_id)))


@noun.operation(
    "GET", "/contacts/bounces/{report_id}/lines", permission="contacts.see", answer=PageOf[BounceShown]
)
def bounces_lines(
    request: Request, report_id: BounceReportId, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[BounceShown]:
    """What came of each line of a report, in its order."""
    page = bounces.lines(
        workspace=request.auth.workspace, report_id=ids.parse("bou", report_id), cursor=cursor, limit=limit
    )
    return page_of(page, _bounce)


def report_shown(done: Reported) -> BounceReportShown:
    """A report as every answer shows it."""
    row: BounceReport = done.report
    return BounceReportShown(
        id=ids.public("bou", row.pk),
        lines=row.lines,
        given_back=done.given_back,
        counts=done.counts,
        created_by=row.actor_label,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _row(given: BounceGiven) -> bounce_rows.Row:
    said = given.model_dump()
    said["kind"], said["status"] = said.pop("type"), said.pop("code")
    return bounce_rows.made(**said)


def _bounce(row: Bounce) -> BounceShown:
    return BounceShown(
        line=row.line,
        contact_id=None if row.contact_id is None else ids.public("con", row.contact_id),
        label=row.label,
        status=row.status,
        bounced_on=row.bounced_on,
        result=row.code,
        why=row.why,
        entry_id=None if row.entry_id is None else ids.public("ent", row.entry_id),
    )
