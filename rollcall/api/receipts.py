"""Receipts: why every credit moved, what was not charged, from which grant, and the people behind it."""

from collections.abc import Sequence

from django.http import HttpResponseBase
from pydantic import Field

from rollcall.api.credits import EntryShown, Who, csv_answer, entry_values
from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.runs import RunShown, run_shown
from rollcall.api.shapes import (
    CompanyId,
    ContactId,
    Count,
    Cursor,
    EntryId,
    GrantId,
    Instant,
    Int64,
    Limit,
    PageOf,
    ProfileId,
    RunId,
    Shown,
    page_of,
)
from rollcall.core import ids
from rollcall.credits.models import Grant
from rollcall.personas import entry_receipts, receipt_files, receipts
from rollcall.personas.receipts import Line, Person, RunReceipt

noun = Noun("receipts")


class LineShown(Shown):
    """One line of a sum; the last line is what the others add up to."""

    label: str = Field(examples=["Already yours"])
    amount: Int64 = Field(examples=[-12])
    note: str = Field(examples=["free"])


class GrantPart(Shown):
    """How much of it one grant gave."""

    grant_id: GrantId
    name: str = Field(examples=["Annual package 2026"])
    amount: Count


class RunReceiptShown(Shown):
    """What a run was estimated at, what became of it, and why the two differ."""

    run: RunShown
    personas: list[str] = Field(examples=[["Sales leaders"]])
    estimate: list[LineShown]
    actual: list[LineShown]
    not_charged: list[LineShown]
    credits: list[LineShown]
    grants: list[GrantPart]
    entries: list[EntryId]
    who: Who
    rule: str = Field(examples=[""], description="What let it start, if nobody started it by hand.")
    started_at: Instant
    ended_at: Instant | None


class PersonShown(Shown):
    """Somebody behind a charge; without contact and name when erased since."""

    profile_id: ProfileId
    company_id: CompanyId
    contact_id: ContactId | None
    full_name: str | None = Field(examples=["Jane Smith"])
    title: str | None = Field(examples=["VP Sales"])
    company_name: str | None = Field(examples=["Acme Energy"])
    refund: EntryId | None = Field(description="The entry that gave the credit back, if one did.")


class FactShown(Shown):
    """One thing that explains the entry: who, for what, decided by which rule, on which terms."""

    label: str = Field(examples=["Segment"])
    value: str = Field(examples=["Energy, large"])
    id: str | None = Field(
        examples=["seg_4"], description="Public id of what the value names, if it has one."
    )


class EntryReceiptShown(Shown):
    """One entry: the sum behind its amount beside that of the whole search, by which rule, and from which grants."""

    entry: EntryShown
    title: str = Field(examples=["People added to Energy, large"])
    about: str = Field(examples=["Sales leaders"])
    balance_after: Int64
    equation: list[LineShown]
    whole: list[LineShown] = Field(description="The sum of the search that the entry is a part of.")
    not_charged: list[LineShown]
    grants: list[GrantPart]
    facts: list[FactShown]
    refunded: Count = Field(description="How many credits of this charge came back since.")
    run_receipt: RunReceiptShown | None
    who: Who


@noun.operation("GET", "/runs/{run_id}/receipt", permission="runs.see", answer=RunReceiptShown)
def runs_receipt(request: Request, run_id: RunId) -> RunReceiptShown:
    """The receipt of a run."""
    return _run(receipts.of_run(workspace=request.auth.workspace, run_id=ids.parse("run", run_id)))


@noun.operation("GET", "/credits/entries/{entry_id}", permission="credits.see", answer=EntryReceiptShown)
def credits_receipt(request: Request, entry_id: EntryId) -> EntryReceiptShown:
    """The receipt of a ledger entry."""
    number = ids.parse("ent", entry_id)
    found = entry_receipts.of(workspace=request.auth.workspace, entry_id=number, limit=1)
    return EntryReceiptShown(
        entry=EntryShown(**entry_values(found.entry)),
        title=found.title,
        about=found.about,
        balance_after=found.balance_after,
        equation=_lines(found.equation),
        whole=_lines(found.whole),
        not_charged=_lines(found.not_charged),
        grants=_parts(found.grants),
        facts=[FactShown(label=fact.label, value=fact.value, id=fact.id or None) for fact in found.facts],
        refunded=found.refunded,
        run_receipt=None if found.run is None else _run(found.run),
        who=found.who,
    )


@noun.operation("GET", "/credits/entries/{entry_id}/export", permission="contacts.see", answer=None, csv=True)
def credits_receipt_export(request: Request, entry_id: EntryId) -> HttpResponseBase:
    """The receipt of a ledger entry as CSV, with everybody behind it."""
    number = ids.parse("ent", entry_id)
    rows = receipt_files.csv_rows(workspace=request.auth.workspace, entry_id=number)
    return csv_answer(f"receipt-{ids.public('ent', number)}", rows)


@noun.operation(
    "GET", "/credits/entries/{entry_id}/people", permission="contacts.see", answer=PageOf[PersonShown]
)
def credits_people(
    request: Request, entry_id: EntryId, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[PersonShown]:
    """The people behind a charge or refund."""
    number = ids.parse("ent", entry_id)
    page = receipts.people(workspace=request.auth.workspace, entry_id=number, cursor=cursor, limit=limit)
    return page_of(page, _person)


def _run(receipt: RunReceipt) -> RunReceiptShown:
    return RunReceiptShown(
        run=run_shown(receipt.run),
        personas=[persona["name"] for persona in receipt.personas],
        estimate=_lines(receipt.estimate),
        actual=_lines(receipt.actual),
        not_charged=_lines(receipt.not_charged),
        credits=_lines(receipt.credits),
        grants=_parts(receipt.grants),
        entries=[ids.public("ent", entry.pk) for entry in receipt.entries],
        who=receipt.who,
        rule=receipt.rule,
        started_at=receipt.started_at,
        ended_at=receipt.ended_at,
    )


def _lines(lines: Sequence[Line]) -> list[LineShown]:
    return [LineShown(label=line.label, amount=line.amount, note=line.note) for line in lines]


def _parts(split: Sequence[tuple[Grant, int]]) -> list[GrantPart]:
    return [
        GrantPart(grant_id=ids.public("gra", grant.pk), name=grant.name, amount=amount)
        for grant, amount in split
    ]


def _person(person: Person) -> PersonShown:
    contact = person.contact_id
    return PersonShown(
        profile_id=ids.public("pro", person.profile_id),
        company_id=ids.public("com", person.company_id),
        contact_id=None if contact is None else ids.public("con", contact),
        full_name=person.full_name,
        title=person.title,
        company_name=person.company_name,
        refund=None if person.refund_entry_id is None else ids.public("ent", person.refund_entry_id),
    )
