"""Exports the contacts or the companies of a segment, or all contacts, row by row in constant memory (D1, S4, X1)."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from django.db.models import Max, Model, QuerySet

from rollcall.contacts import suppression
from rollcall.contacts.models import LIVE, Contact
from rollcall.core import ids, paging
from rollcall.delivery.destinations.csv_file import cells
from rollcall.personas.models import ContactPersona
from rollcall.segments import membership, register
from rollcall.segments.models import Member, Segment, SegmentContact
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

M = TypeVar("M", bound=Model)
PAGE = paging.LIMIT_MAX
# Spreadsheets take a file without this mark for one in an old encoding, and garble every accent.
BYTE_ORDER_MARK = "\ufeff"

CONTACT_COLUMNS = {
    "Name": "full_name",
    "First name": "first_name",
    "Last name": "last_name",
    "Title": "title",
    "Seniority": "seniority",
    "Department": "department",
    "Company": "company_name",
    "Domain": "company_domain",
    "Country": "country",
    "Region": "region",
    "City": "city",
    "Profile URL": "profile_url",
    "Is former employee?": "is_former",
    "Left on": "left_on",
    "Now at": "now_company_name",
    "Now at domain": "now_company_domain",
    "Now title": "now_title",
    "In role since": "started_on",
    "Last seen": "last_seen_on",
    "Source": "source",
    "Owned since": "added_at",
    "Refreshed": "refreshed_at",
}
_AFTER_CONTACT = ["Personas", "Contact id", "Company id"]
_PLACEMENT = ["Added to segment", "Removed from segment"]
COMPANY_COLUMNS = {
    "Company": "name",
    "Domain": "domain",
    "Ticker": "ticker",
    "Sector": "sector",
    "Industry": "industry",
    "Country": "country",
    "Region": "region",
    "City": "city",
    "Employees": "employees",
    "Size": "size_band",
    "Founded": "founded_year",
    "Source": "source",
    "Observed": "observed_on",
}
_STAY = ["Joined", "Joined because", "Left", "Left because", "Company id"]


def rows(
    *,
    workspace: Workspace,
    segment_id: int | None = None,
    actor: Actor,
    now: datetime,
    historical: bool = False,
) -> Iterator[list[str]]:
    """The header, then one row a contact, oldest first: of a segment, or all that the workspace owns.

    People who were suppressed since they were added are left out (X1), and so are contacts that are added while the
    file is being read.

    Args:
        historical: also contacts that were taken out of the segment, with the time.

    Raises:
        NoSuchSegment
    """
    if segment_id is None:
        _audit(workspace, actor, now, ids.public("ws", workspace.pk), what="contacts", historical=False)
        return _contacts(workspace, Contact.objects.filter(LIVE, workspace=workspace))
    segment = register.get(workspace=workspace, segment_id=segment_id)
    _audit(workspace, actor, now, ids.public("seg", segment.pk), what="contacts", historical=historical)
    return _placements(segment, historical)


def chosen_rows(
    *, workspace: Workspace, contact_ids: Collection[int], actor: Actor, now: datetime
) -> Iterator[list[str]]:
    """The header, then those of these contacts that the workspace owns, oldest first."""
    _audit(workspace, actor, now, ids.public("ws", workspace.pk), what="chosen contacts", historical=False)
    chosen = Contact.objects.filter(LIVE, workspace=workspace, pk__in=list(contact_ids))
    return _contacts(workspace, chosen)


def company_rows(
    *, workspace: Workspace, segment_id: int, actor: Actor, now: datetime, historical: bool = False
) -> Iterator[list[str]]:
    """The header, then one row for each company in the segment; with `historical` for each stay, ended ones too.

    Raises:
        NoSuchSegment
    """
    segment = register.get(workspace=workspace, segment_id=segment_id)
    _audit(workspace, actor, now, ids.public("seg", segment.pk), what="companies", historical=historical)
    return _companies(segment, historical)


def text(rows: Iterable[list[str]]) -> Iterator[str]:
    """The rows as CSV (RFC 4180, byte order mark first), in pieces for a streaming answer: encode them as UTF-8."""
    buffer = io.StringIO()
    buffer.write(BYTE_ORDER_MARK)
    writer = csv.writer(buffer, lineterminator="\r\n")
    for number, row in enumerate(rows, start=1):
        writer.writerow(row)
        if number % PAGE == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _contacts(workspace: Workspace, contacts: QuerySet[Contact]) -> Iterator[list[str]]:
    yield [*CONTACT_COLUMNS, *_AFTER_CONTACT]
    for page in _pages(contacts, ["id"]):
        blocked = suppression.blocked_contacts(workspace=workspace, contacts=page)
        found_by = _personas([contact.pk for contact in page])
        yield from (_contact_cells(contact, found_by) for contact in page if contact.pk not in blocked)


def _placements(segment: Segment, historical: bool) -> Iterator[list[str]]:
    yield [*CONTACT_COLUMNS, *_AFTER_CONTACT, *_PLACEMENT]
    for ended in (False, True) if historical else (False,):
        placed = SegmentContact.objects.filter(
            segment=segment, removed_at__isnull=not ended, contact__erased_at__isnull=True
        )
        for page in _pages(placed.select_related("contact"), ["id"]):
            blocked = suppression.blocked_contacts(
                workspace=segment.workspace, contacts=[row.contact for row in page]
            )
            found_by = _personas([row.contact_id for row in page])
            for row in (row for row in page if row.contact_id not in blocked):
                stay = [cells.text(row.added_at), cells.text(row.removed_at)]
                yield _contact_cells(row.contact, found_by) + stay


def _companies(segment: Segment, historical: bool) -> Iterator[list[str]]:
    yield [*COMPANY_COLUMNS, *_STAY]
    for ended in (False, True) if historical else (False,):
        members = Member.objects.filter(segment=segment, left_at__isnull=not ended)
        for page in _pages(members, ["left_at" if ended else "rank", "id"]):
            for stay in membership.with_facts(page):
                facts = [cells.text(stay.facts.get(name)) for name in COMPANY_COLUMNS.values()]
                when = [stay.joined_at, stay.joined_why, stay.left_at, stay.left_why]
                yield [*facts, *map(cells.text, when), ids.public("com", stay.company_id)]


def _contact_cells(contact: Contact, found_by: dict[int, str]) -> list[str]:
    facts = [cells.text(getattr(contact, name)) for name in CONTACT_COLUMNS.values()]
    personas = cells.text(found_by.get(contact.pk, ""))
    return [*facts, personas, ids.public("con", contact.pk), ids.public("com", contact.company_id)]


def _personas(contact_ids: list[int]) -> dict[int, str]:
    """The names of the personas that found each contact (P2)."""
    names: dict[int, list[str]] = {}
    found = ContactPersona.objects.filter(contact__in=contact_ids).order_by("contact", "persona")
    for contact_id, name in found.values_list("contact_id", "persona__name"):
        names.setdefault(contact_id, []).append(name)
    return {contact_id: "; ".join(of_one) for contact_id, of_one in names.items()}


def _pages(rows: QuerySet[M], order: list[str]) -> Iterator[list[M]]:
    """All rows that exist at the start, page by page: no cursor, lock or transaction is held in between."""
    newest = rows.aggregate(newest=Max("id"))["newest"]
    cursor: str | None = None
    while newest is not None:
        page = paging.page(rows.filter(id__lte=newest), order=order, cursor=cursor, limit=PAGE)
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _drain(buffer: io.StringIO) -> str:
    written = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return written


def _audit(
    workspace: Workspace, actor: Actor, now: datetime, target: str, *, what: str, historical: bool
) -> None:
    """Written before the first row leaves: whoever reads half a file is on record too."""
    detail = {"format": "csv", "what": what, "historical": historical}
    audit.write(workspace=workspace, actor=actor, action="export.made", target=target, now=now, detail=detail)
