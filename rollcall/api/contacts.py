"""Contacts: the people a workspace owns, what changed about them, and a CSV file of them all."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.http import HttpResponseBase, StreamingHttpResponse
from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    ChangeId,
    CompanyId,
    ContactId,
    Count,
    Cursor,
    Day,
    EntryId,
    Given,
    Instant,
    Limit,
    PageOf,
    ProfileId,
    RunId,
    SegmentId,
    ShortText,
    Shown,
    Word,
    page_of,
)  # fmt: skip
from rollcall.api.suppressions import SuppressionShown, suppression_shown
from rollcall.contacts import book, history, suppression
from rollcall.contacts.models import Change, Contact
from rollcall.core import clock, ids
from rollcall.delivery.destinations.csv_file import export
from rollcall.personas import found_by
from rollcall.workspaces.models import Workspace

noun = Noun("contacts")
Maybe = Annotated[str | None, Field(examples=["text"])]
YesNo = Literal["true", "false"]
ChangeKind = Literal[
    "added", "title_changed", "promoted", "department_changed", "left", "moved", "returned", "corrected",
    "merged", "split",
]  # fmt: skip


class NowShown(Shown):
    """Where somebody who left works now."""

    company_id: CompanyId | None
    company_name: str | None = Field(examples=["Borealis Grid"])
    company_domain: str | None = Field(examples=["borealis.example"])
    title: str | None = Field(examples=["Chief Revenue Officer"])


class ContactShown(Shown):
    """A profile at a company that the workspace owns."""

    id: ContactId
    profile_id: ProfileId
    company_id: CompanyId
    full_name: str = Field(examples=["Jane Smith"])
    first_name: str | None = Field(examples=["Jane"])
    last_name: str | None = Field(examples=["Smith"])
    profile_url: str | None = Field(examples=["https://profiles.example/jane"])
    title: str | None = Field(examples=["VP Sales"])
    seniority: str | None = Field(examples=["vp"])
    department: str | None = Field(examples=["sales"])
    country: str | None = Field(examples=["United States"])
    region: str | None = Field(examples=["Texas"])
    city: str | None = Field(examples=["Houston"])
    company_name: str = Field(examples=["Acme Energy"])
    company_domain: str | None = Field(examples=["acme.com"])
    started_on: Day | None
    last_seen_on: Day | None
    source: str = Field(examples=["us_public_companies"])
    personas: list[str] = Field(examples=[["Sales leaders"]], description="The personas that found it.")
    is_former: bool = Field(description="Left this company; the contact stays yours.")
    left_on: Day | None
    now: NowShown | None = Field(description="Where they are now, when known; learning it is free.")
    charge_entry_id: EntryId | None = Field(description="The ledger entry that paid for it.")
    run_id: RunId | None
    universe_version: Count
    added_at: Instant
    refreshed_at: Instant


class ChangeShown(Shown):
    """One thing that happened to a contact."""

    id: ChangeId
    contact_id: ContactId
    kind: str = Field(examples=["title_changed"])
    before: dict[str, Any] = Field(examples=[{"title": "Director of Sales"}])
    after: dict[str, Any] = Field(examples=[{"title": "VP Sales"}])
    happened_on: Day | None = Field(description="When it was true.")
    learned_at: Instant = Field(description="When we learned it.")
    source: str = Field(examples=["us_public_companies"])
    universe_version: Count


class SuppressGiven(Given):
    """Why."""

    reason: ShortText = Field(default="", examples=["asked not to be contacted"])


@noun.operation("GET", "/contacts", permission="contacts.see", answer=PageOf[ContactShown])
def contacts_list(
    request: Request,
    sort: Literal["newest", "name", "company"] = "newest",
    text: Word = "",
    is_former: YesNo | None = None,
    seniority: Word | None = None,
    department: Word | None = None,
    run_id: RunId | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> PageOf[ContactShown]:
    """List contacts."""
    filters = book.ContactFilters(
        text=text,
        is_former=None if is_former is None else is_former == "true",
        seniorities=[seniority] if seniority is not None else (),
        departments=[department] if department is not None else (),
        run_id=ids.parse("run", run_id) if run_id is not None else None,
    )
    page = book.page(workspace=request.auth.workspace, sort=sort, cursor=cursor, limit=limit, filters=filters)
    items = contacts_shown(request.auth.workspace, page.items)
    return PageOf[ContactShown](items=items, next_cursor=page.next_cursor)


@noun.operation("GET", "/contacts/export", permission="contacts.export", answer=None, csv=True, errors=(404,))
def contacts_export(
    request: Request, segment_id: SegmentId | None = None, historical: YesNo = "false"
) -> HttpResponseBase:
    """Export contacts as CSV, all or those of one segment.

    Cells that a spreadsheet would run as a formula begin with an apostrophe.
    """
    rows = export.rows(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id) if segment_id is not None else None,
        historical=historical == "true",
        actor=request.auth.actor,
        now=clock.now(),
    )
    answer = StreamingHttpResponse(export.text(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="contacts.csv"'
    return answer


@noun.operation("GET", "/contacts/{contact_id}", permission="contacts.see", answer=ContactShown)
def contacts_get(request: Request, contact_id: ContactId) -> ContactShown:
    """One contact."""
    found = book.get(workspace=request.auth.workspace, contact_id=ids.parse("con", contact_id))
    return contacts_shown(request.auth.workspace, [found])[0]


@noun.operation(
    "GET", "/contacts/{contact_id}/history", permission="contacts.see", answer=PageOf[ChangeShown]
)
def contacts_history(
    request: Request, contact_id: ContactId, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[ChangeShown]:
    """What happened to a contact, newest first."""
    page = history.of_contact(
        workspace=request.auth.workspace,
        contact_id=ids.parse("con", contact_id),
        cursor=cursor,
        limit=limit,
    )
    return page_of(page, change_shown)


@noun.operation(
    "POST",
    "/contacts/{contact_id}/suppress",
    permission="contacts.suppress",
    answer=SuppressionShown,
    status=201,
)
def contacts_suppress(request: Request, contact_id: ContactId, body: SuppressGiven) -> SuppressionShown:
    """Never add this person anywhere, and deliver them no more.

    Suppressing somebody again changes nothing. The contact stays owned; nothing is refunded.
    """
    workspace = request.auth.workspace
    contact = book.get(workspace=workspace, contact_id=ids.parse("con", contact_id))
    made = suppression.add(
        workspace=workspace,
        kind="profile",
        value=ids.public("pro", contact.profile_id),
        reason=body.reason,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return suppression_shown(made)


@noun.operation("GET", "/changes", permission="contacts.see", answer=PageOf[ChangeShown])
def changes_list(
    request: Request, kind: ChangeKind | None = None, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[ChangeShown]:
    """What happened to all contacts, newest first."""
    page = history.feed(
        workspace=request.auth.workspace, kinds=[kind] if kind else None, cursor=cursor, limit=limit
    )
    return page_of(page, change_shown)


_SAME = (
    "full_name", "first_name", "last_name", "profile_url", "title", "seniority", "department", "country", "region",
    "city", "company_name", "company_domain", "started_on", "last_seen_on", "source", "is_former", "left_on",
    "universe_version", "added_at", "refreshed_at",
)  # fmt: skip


def contacts_shown(workspace: Workspace, contacts: Sequence[Contact]) -> list[ContactShown]:
    """Contacts as every list shows them, with the personas of all of them read at once."""
    personas = found_by.personas(workspace=workspace, contact_ids=[contact.pk for contact in contacts])
    return [_shown(contact, [p.name for p in personas.get(contact.pk, [])]) for contact in contacts]


def _shown(contact: Contact, personas: list[str]) -> ContactShown:
    charge, run = contact.charge_id, contact.run_id
    return ContactShown(
        id=ids.public("con", contact.pk),
        profile_id=ids.public("pro", contact.profile_id),
        company_id=ids.public("com", contact.company_id),
        now=_now(contact),
        personas=personas,
        charge_entry_id=None if charge is None else ids.public("ent", charge),
        run_id=None if run is None else ids.public("run", run),
        **{name: getattr(contact, name) for name in _SAME},
    )


def change_shown(change: Change) -> ChangeShown:
    """A line of the change feed."""
    return ChangeShown(
        id=ids.public("chg", change.pk),
        contact_id=ids.public("con", change.contact_id),
        kind=change.kind,
        before=change.before,
        after=change.after,
        happened_on=change.happened_on,
        learned_at=change.learned_at,
        source=change.source,
        universe_version=change.universe_version,
    )


def _now(contact: Contact) -> NowShown | None:
    if contact.now_company_name is None and contact.now_company_id is None:
        return None
    number = contact.now_company_id
    return NowShown(
        company_id=None if number is None else ids.public("com", number),
        company_name=contact.now_company_name,
        company_domain=contact.now_company_domain,
        title=contact.now_title,
    )
