"""Receipts to take away: everything one says as CSV or JSON, its people read page by page."""

import json
from collections.abc import Iterator
from typing import Any

from rollcall.core import cells, ids
from rollcall.personas import entry_receipts, receipts
from rollcall.personas.entry_receipts import EntryReceipt
from rollcall.personas.receipts import Line, Person
from rollcall.workspaces.models import Workspace

ERASED = "Erased on request"
CSV_HEADER = ["part", "label", "credits", "note", "title", "company", "id", "refund"]
_PAGE = 500


def csv_rows(*, workspace: Workspace, entry_id: int) -> Iterator[list[str]]:
    """Rows of a CSV file: the entry, its facts and sums, then one row for each person.

    Raises:
        NotFound
    """
    receipt = entry_receipts.of(workspace=workspace, entry_id=entry_id, limit=1)
    return _csv_rows(workspace, receipt)


def json_pieces(*, workspace: Workspace, entry_id: int) -> Iterator[str]:
    """One JSON document, in pieces.

    Raises:
        NotFound
    """
    receipt = entry_receipts.of(workspace=workspace, entry_id=entry_id, limit=1)
    return _json_pieces(workspace, receipt)


def people(*, workspace: Workspace, entry_id: int) -> Iterator[Person]:
    """Everybody behind a charge or refund."""
    cursor = None
    while True:
        page = receipts.people(workspace=workspace, entry_id=entry_id, cursor=cursor, limit=_PAGE)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _csv_rows(workspace: Workspace, receipt: EntryReceipt) -> Iterator[list[str]]:
    yield CSV_HEADER
    entry, told = receipt.entry, _told(receipt)
    kind, number = str(entry.get_kind_display()), told["id"]
    yield _row("entry", kind, entry.balance_change, note=receipt.title, id=number)
    yield _row("entry", "At", note=told["at"])
    yield _row("entry", "Balance after", receipt.balance_after)
    for fact in receipt.facts:
        yield _row("fact", fact.label, note=fact.value, id=fact.id)
    sums = {"sum": receipt.equation, "search": receipt.whole, "not charged": receipt.not_charged}
    for part, lines in sums.items():
        for line in lines:
            yield _row(part, line.label, line.amount, note=line.note)
    for grant, amount in receipt.grants:
        yield _row("grant", grant.name, amount, note=grant.reference, id=ids.public("gra", grant.pk))
    for person in people(workspace=workspace, entry_id=entry.pk):
        known = _person(person)
        yield _row(
            "person", known["name"], 1, title=known["title"] or "", company=known["company"] or "",
            id=known["contact_id"] or known["profile_id"], refund=known["refund"] or "",
        )  # fmt: skip


def _json_pieces(workspace: Workspace, receipt: EntryReceipt) -> Iterator[str]:
    document = {
        **_told(receipt),
        "facts": [
            {"label": fact.label, "value": fact.value, "id": fact.id or None} for fact in receipt.facts
        ],
        "sum": _lines(receipt.equation),
        "search": _lines(receipt.whole),
        "not_charged": _lines(receipt.not_charged),
        "grants": [
            {"id": ids.public("gra", grant.pk), "name": grant.name, "credits": amount}
            for grant, amount in receipt.grants
        ],
    }
    yield json.dumps(document, ensure_ascii=False)[:-1] + ', "people": ['
    comma = ""
    for person in people(workspace=workspace, entry_id=receipt.entry.pk):
        yield comma + json.dumps(_person(person), ensure_ascii=False)
        comma = ", "
    yield "]}\n"


def _told(receipt: EntryReceipt) -> dict[str, Any]:
    entry = receipt.entry
    return {
        "id": ids.public("ent", entry.pk),
        "kind": entry.kind,
        "title": receipt.title,
        "about": receipt.about,
        "at": entry.created_at.isoformat(),
        "credits": entry.amount,
        "balance_change": entry.balance_change,
        "balance_after": receipt.balance_after,
        "refunded": receipt.refunded,
        "who": receipt.who,
        "reverses": ids.public("ent", entry.reverses_id) if entry.reverses_id else None,
    }


def _person(person: Person) -> dict[str, Any]:
    """Of somebody erased only the numbers are left, which say nothing about them."""
    contact, refund = person.contact_id, person.refund_entry_id
    return {
        "name": person.full_name if contact is not None else ERASED,
        "title": person.title,
        "company": person.company_name,
        "contact_id": ids.public("con", contact) if contact is not None else None,
        "profile_id": ids.public("pro", person.profile_id),
        "company_id": ids.public("com", person.company_id),
        "refund": ids.public("ent", refund) if refund is not None else None,
    }


def _lines(lines: list[Line]) -> list[dict[str, Any]]:
    return [{"label": line.label, "credits": line.amount, "note": line.note} for line in lines]


def _row(
    part: str, label: str, credits: int | None = None, *, note: str = "", title: str = "", company: str = "",
    id: str = "", refund: str = "",
) -> list[str]:  # fmt: skip
    number = "" if credits is None else str(credits)
    return [cells.harmless(cell) for cell in (part, label, number, note, title, company, id, refund)]
