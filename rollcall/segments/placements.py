"""The contacts of a segment, in pages that cost the same at any depth."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from rollcall.contacts.book import ContactFilters, UnknownSort
from rollcall.contacts.models import Contact
from rollcall.core import paging
from rollcall.segments import register
from rollcall.segments.models import Segment, SegmentContact
from rollcall.workspaces.models import Workspace

# Each is one partial index of SegmentContact, read in its own order.
ORDERS: dict[str, list[str]] = {
    "newest": ["-added_at", "-id"],
    "name": ["name_key", "id"],
    "-name": ["-name_key", "-id"],
    "company": ["company_key", "id"],
    "-company": ["-company_key", "-id"],
}
HISTORICAL_ORDER = ["-removed_at", "-id"]


@dataclass(frozen=True)
class Placement:
    """A contact in a segment: since when, whether a credit was spent for it then, and until when."""

    contact: Contact
    was_charged: bool
    added_at: datetime
    removed_at: datetime | None


def page(
    *,
    workspace: Workspace,
    segment_id: int,
    sort: str = "newest",
    cursor: str | None = None,
    limit: int = 50,
    filters: ContactFilters | None = None,
    contact_ids_in: "QuerySet[Any, Any] | None" = None,
    historical: bool = False,
) -> paging.Page[Placement]:
    """The contacts in the segment; or (`historical`) the ended stays, last to leave first.

    Args:
        contact_ids_in: a query for contact ids, for conditions that only rooms above know (personas).

    Raises:
        NoSuchSegment, UnknownSort, BadFilter, BadCursor
    """
    if sort not in ORDERS:
        raise UnknownSort(sort=sort[:40])
    segment = register.get(workspace=workspace, segment_id=segment_id)
    # Not joined: the page is one walk along its index, then fifty contacts by their ids.
    rows = _rows(segment, filters, contact_ids_in, historical).prefetch_related("contact")
    order = HISTORICAL_ORDER if historical else ORDERS[sort]
    return paging.page(rows, order=order, cursor=cursor, limit=limit).map(_shown)


def count(
    *,
    workspace: Workspace,
    segment_id: int,
    filters: ContactFilters | None = None,
    contact_ids_in: "QuerySet[Any, Any] | None" = None,
    historical: bool = False,
) -> int:
    """How many contacts `page` has in all; without conditions it is the number kept on the segment."""
    segment = register.get(workspace=workspace, segment_id=segment_id)
    if filters is None and contact_ids_in is None and not historical:
        return segment.contact_count
    return _rows(segment, filters, contact_ids_in, historical).count()


def of_contact(*, workspace: Workspace, contact_id: int) -> list[Segment]:
    """The segments a contact is in now, by name."""
    here = Segment.objects.filter(
        workspace=workspace,
        deleted_at__isnull=True,
        contacts__contact=contact_id,
        contacts__removed_at__isnull=True,
    )
    return list(here.defer("definition").order_by("name"))


def _rows(
    segment: Segment,
    filters: ContactFilters | None,
    contact_ids_in: "QuerySet[Any, Any] | None",
    historical: bool,
) -> QuerySet[SegmentContact]:
    rows = SegmentContact.objects.filter(segment=segment, removed_at__isnull=not historical)
    if historical:
        # Who was forgotten is in no segment any more; that they once were is nobody's business either.
        rows = rows.filter(contact__erased_at__isnull=True)
    if filters is not None:
        rows = rows.filter(filters.condition("contact__"))
    if contact_ids_in is not None:
        rows = rows.filter(contact__in=contact_ids_in)
    return rows


def _shown(row: SegmentContact) -> Placement:
    return Placement(
        contact=row.contact, was_charged=row.was_charged, added_at=row.added_at, removed_at=row.removed_at
    )
