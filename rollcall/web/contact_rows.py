"""Contacts as rows of a grid: filters from the address, and what each row shows beside the contact itself."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from rollcall.contacts import book, staleness, suppression
from rollcall.contacts.book import ContactFilters
from rollcall.contacts.models import Contact
from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.core.paging import LIMIT_MAX
from rollcall.personas import definitions as personas
from rollcall.personas import found_by
from rollcall.personas.models import Persona
from rollcall.segments import placements
from rollcall.universe import titles, versions
from rollcall.web import listing
from rollcall.web.listing import Chip, Link
from rollcall.workspaces.models import Workspace

TEXT_MAX = 200
COUNTED_MAX = 20_000  # counting what filters leave of more than this would hold the page up
MATCHING_MAX = 1_000  # what "select all that match" may mean
SORTS = {
    "newest": "Newest first",
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "company": "Company, A to Z",
    "-company": "Company, Z to A",
}
_STATUS = {"here": "still there", "left": "left", "moved": "moved on, and where to is known"}


@dataclass(frozen=True)
class Row:
    """A contact as the grid shows it."""

    contact: Contact
    personas: Sequence[Persona]
    free: bool
    is_stale: bool
    is_suppressed: bool


@dataclass(frozen=True)
class Wanted:
    """What the address asks for: conditions, order, and all of it in words."""

    sort: str
    text: str
    seniorities: Sequence[str]
    departments: Sequence[str]
    status: str
    persona: Persona | None
    personas: Sequence[Persona]
    contact_ids_in: "QuerySet[Any, Any] | None"
    chips: Sequence[Chip]

    @property
    def filters(self) -> ContactFilters | None:
        if not (self.text or self.seniorities or self.departments or self.status):
            return None
        return ContactFilters(
            text=self.text,
            seniorities=self.seniorities,
            departments=self.departments,
            is_former={"here": False, "left": True}.get(self.status),
            has_moved=True if self.status == "moved" else None,
        )

    @property
    def narrows(self) -> bool:
        return self.filters is not None or self.contact_ids_in is not None


def wanted(query: QueryDict, workspace: Workspace) -> Wanted:
    """Read the address; values that nothing is called by are left out, as if not asked for."""
    known = personas.list_(workspace=workspace)
    persona = _persona(query.get("persona", ""), known)
    text = query.get("q", "").strip()[:TEXT_MAX].replace("\0", "")
    sort = query.get("sort", "newest")
    status = query.get("status", "")
    found = Wanted(
        sort=sort if sort in SORTS else "newest",
        text=text,
        seniorities=[value for value in query.getlist("seniority") if value in titles.SENIORITIES],
        departments=[value for value in query.getlist("department") if value in titles.DEPARTMENTS],
        status=status if status in _STATUS else "",
        persona=persona,
        personas=known,
        contact_ids_in=found_by.contact_ids(workspace=workspace, persona_id=persona.pk) if persona else None,
        chips=[],
    )
    return Wanted(**{**vars(found), "chips": list(_chips(query, found))})


def rows(contacts: Sequence[Contact], *, workspace: Workspace, free: Collection[int] = ()) -> list[Row]:
    """The rows of some contacts, with a fixed number of queries; `free` are those that cost nothing here."""
    names = found_by.personas(workspace=workspace, contact_ids=[contact.pk for contact in contacts])
    blocked = suppression.blocked_contacts(workspace=workspace, contacts=contacts)
    current = versions.current()
    as_of = versions.get(current).as_of if current and contacts else None
    return [
        Row(
            contact=contact,
            personas=names.get(contact.pk, []),
            free=contact.pk in free,
            is_stale=is_stale(contact, as_of),
            is_suppressed=contact.pk in blocked,
        )
        for contact in contacts
    ]


def is_stale(contact: Contact, as_of: date | None) -> bool:
    """Not seen for too long; of somebody who is known to have left that would say nothing."""
    if contact.is_former or as_of is None:
        return False
    return staleness.is_stale(last_seen_on=contact.last_seen_on, as_of=as_of)


def total(*, narrows: bool, whole: int, count: Callable[[], int]) -> int | None:
    """How many match in all; None where that is not worth the wait."""
    if not narrows:
        return whole
    return count() if whole <= COUNTED_MAX else None


def menus(query: QueryDict, asked: Wanted) -> dict[str, Any]:
    """For the bar above the grid: the ways to sort, and what can be ticked to filter."""
    return {
        "sorts": [
            Link(text, listing.link(query, sort=key), key == asked.sort) for key, text in SORTS.items()
        ],
        "sort_text": SORTS[asked.sort],
        "seniority_choices": _choices(titles.SENIORITIES, asked.seniorities),
        "department_choices": _choices(titles.DEPARTMENTS, asked.departments),
        "status_choices": _choices(_STATUS, [asked.status]),
        "clear_url": listing.link(query, q=None, seniority=None, department=None, status=None, persona=None),
        "filters_asked": len(asked.chips),
    }


def _choices(known: Mapping[str, str], chosen: Collection[str]) -> list[dict[str, Any]]:
    return [{"value": key, "text": text, "ticked": key in chosen} for key, text in known.items()]


def _persona(text: str, known: Sequence[Persona]) -> Persona | None:
    try:
        number = ids.parse("per", text)
    except NotFound:
        return None
    return next((persona for persona in known if persona.pk == number), None)


def _chips(query: QueryDict, asked: Wanted) -> list[Chip]:
    chips = []
    if asked.text:
        chips.append(Chip("Name", "contains", asked.text, listing.link(query, q=None), "search"))
    for name, label, values, known, icon in (
        ("seniority", "Seniority", asked.seniorities, titles.SENIORITIES, "briefcase"),
        ("department", "Department", asked.departments, titles.DEPARTMENTS, "building-2"),
    ):
        if values:
            words = ", ".join(known[value] for value in values)
            chips.append(Chip(label, "is any of", words, listing.link(query, **{name: None}), icon))
    if asked.status:
        words = _STATUS[asked.status]
        chips.append(Chip("Status", "is", words, listing.link(query, status=None), "user-minus"))
    if asked.persona:
        url = listing.link(query, persona=None)
        chips.append(Chip("Persona", "is", asked.persona.name, url, "user-search"))
    return chips


def matching(*, workspace: Workspace, asked: Wanted, segment_id: int | None) -> list[int]:
    """The ids of all that the grid would show (of a segment, or of the workspace), up to MATCHING_MAX."""
    found: list[int] = []
    cursor: str | None = None
    while len(found) < MATCHING_MAX:
        if segment_id is not None:
            placed = placements.page(
                workspace=workspace,
                segment_id=segment_id,
                cursor=cursor,
                limit=LIMIT_MAX,
                filters=asked.filters,
                contact_ids_in=asked.contact_ids_in,
            )
            contacts, cursor = [row.contact for row in placed.items], placed.next_cursor
        else:
            page = book.page(
                workspace=workspace,
                cursor=cursor,
                limit=LIMIT_MAX,
                filters=asked.filters,
                contact_ids_in=asked.contact_ids_in,
            )
            contacts, cursor = page.items, page.next_cursor
        found += [contact.pk for contact in contacts]
        if cursor is None:
            break
    return found[:MATCHING_MAX]
