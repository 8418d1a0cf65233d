"""What is in a segment: its companies now and before, its contacts, and what happened in it."""

from typing import Any, Literal

from django.http import HttpResponseBase, StreamingHttpResponse
from pydantic import Field

from rollcall.api.companies import CompanyShown, company_shown
from rollcall.api.contacts import ContactShown, YesNo, contacts_shown
from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    CompanyId,
    ContactId,
    Cursor,
    Instant,
    Limit,
    PageOf,
    SegmentId,
    Shown,
    Word,
    page_of,
)  # fmt: skip
from rollcall.contacts.book import ContactFilters
from rollcall.core import clock, ids
from rollcall.delivery.destinations.csv_file import export
from rollcall.segments import activity, membership, placements
from rollcall.segments.membership import CompanyStay
from rollcall.segments.models import Event
from rollcall.segments.placements import Placement

noun = Noun("segments")


class StayShown(Shown):
    """A company's stay in a segment."""

    company_id: CompanyId
    joined_at: Instant
    joined_why: str = Field(examples=["created"])
    left_at: Instant | None
    left_why: str = Field(examples=[""])
    company: CompanyShown | None = Field(
        description="Null when the newest universe version does not know it."
    )


class PlacedShown(Shown):
    """A contact in a segment."""

    contact: ContactShown
    was_charged: bool = Field(description="Adding it here cost a credit; false: it was yours already.")
    added_at: Instant


class EventShown(Shown):
    """One line of a segment's activity."""

    at: Instant
    kind: str = Field(examples=["companies_changed"])
    actor: str = Field(examples=["Alice Moreau"])
    detail: dict[str, Any] = Field(examples=[{"joined": 3, "left": 1}])


@noun.operation(
    "GET", "/segments/{segment_id}/companies", permission="segments.see", answer=PageOf[StayShown]
)
def segments_companies(
    request: Request,
    segment_id: SegmentId,
    historical: YesNo = "false",
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> PageOf[StayShown]:
    """The companies of a segment in its order, or (historical) those that left."""
    page = membership.companies(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id),
        historical=historical == "true",
        cursor=cursor,
        limit=limit,
    )
    return page_of(page, _stay)


@noun.operation(
    "GET", "/segments/{segment_id}/companies/export", permission="contacts.export", answer=None, csv=True
)
def segments_companies_export(
    request: Request, segment_id: SegmentId, historical: YesNo = "false"
) -> HttpResponseBase:
    """Export the companies of a segment as CSV, with historical those that left too."""
    rows = export.company_rows(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id),
        historical=historical == "true",
        actor=request.auth.actor,
        now=clock.now(),
    )
    answer = StreamingHttpResponse(export.text(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="companies.csv"'
    return answer


@noun.operation(
    "GET", "/segments/{segment_id}/contacts", permission="contacts.see", answer=PageOf[PlacedShown]
)
def segments_contacts(
    request: Request,
    segment_id: SegmentId,
    sort: Literal["newest", "name", "company"] = "newest",
    text: Word = "",
    is_former: YesNo | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> PageOf[PlacedShown]:
    """The contacts of a segment."""
    page = placements.page(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id),
        sort=sort,
        cursor=cursor,
        limit=limit,
        filters=ContactFilters(text=text, is_former=None if is_former is None else is_former == "true"),
    )
    shown = contacts_shown(request.auth.workspace, [placed.contact for placed in page.items])
    items = [_placed(placed, contact) for placed, contact in zip(page.items, shown, strict=True)]
    return PageOf[PlacedShown](items=items, next_cursor=page.next_cursor)


@noun.operation(
    "DELETE",
    "/segments/{segment_id}/contacts/{contact_id}",
    permission="segments.edit",
    answer=None,
    status=204,
)
def segments_remove_contact(request: Request, segment_id: SegmentId, contact_id: ContactId) -> None:
    """Take a contact out of a segment; it stays owned, and adding it again is free."""
    membership.remove_contact(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id),
        contact_id=ids.parse("con", contact_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


@noun.operation(
    "GET", "/segments/{segment_id}/activity", permission="segments.see", answer=PageOf[EventShown]
)
def segments_activity(
    request: Request, segment_id: SegmentId, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[EventShown]:
    """What happened in a segment, newest first."""
    page = activity.page(
        workspace=request.auth.workspace, segment_id=ids.parse("seg", segment_id), cursor=cursor, limit=limit
    )
    return page_of(page, _event)


def _stay(stay: CompanyStay) -> StayShown:
    return StayShown(
        company_id=ids.public("com", stay.company_id),
        joined_at=stay.joined_at,
        joined_why=stay.joined_why,
        left_at=stay.left_at,
        left_why=stay.left_why,
        company=company_shown(stay.facts) if stay.facts else None,
    )


def _placed(placed: Placement, contact: ContactShown) -> PlacedShown:
    return PlacedShown(contact=contact, was_charged=placed.was_charged, added_at=placed.added_at)


def _event(event: Event) -> EventShown:
    return EventShown(at=event.at, kind=event.kind, actor=event.actor_label, detail=event.detail)
