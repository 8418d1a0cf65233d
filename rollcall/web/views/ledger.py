"""The ledger, narrowed as asked for, and the receipt of each entry: to read, to print, to take away (C9)."""

from dataclasses import replace
from itertools import islice
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from rollcall.core import clock, ids
from rollcall.core.paging import Page
from rollcall.credits import ledger
from rollcall.credits.explanations import Fact
from rollcall.credits.models import Entry
from rollcall.delivery.destinations.csv_file import export
from rollcall.personas import entry_receipts, receipt_files
from rollcall.personas.entry_receipts import EntryReceipt
from rollcall.web import converters, entry_words, formats, ledger_menus, listing, pages
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
PRINTED_MAX = 5_000  # people on one page: as many as a browser bears
# Where the public ids in a receipt lead: prefix → (name of the page, its argument).
_PLACES = {
    "seg": ("segment", "segment_id"),
    "run": ("run", "run_id"),
    "ent": ("entry", "entry_id"),
    "con": ("contact", "contact_id"),
}


@pages.page("credits.see")
def ledger_(request: PageRequest) -> HttpResponse:
    """Every movement of credits, newest first, or only some of them."""
    request.nav = "credits"
    now, only = clock.now(), ledger_menus.only(request)
    page = ledger.page(workspace=request.workspace, now=now, cursor=listing.cursor(request), **only)
    context: dict[str, Any] = {"title": "Ledger", "rows": [row(found) for found in page.items]}
    context |= listing.place(request, page, total=None)
    if not listing.cursor(request) or not request.htmx:
        context |= {"menus": ledger_menus.of(request, now=now), "is_narrowed": ledger_menus.is_narrowed(only)}
    return listing.answer(request, "credits/ledger.html", "credits/ledger_rows.html", context)


@pages.page("credits.see")
def entry(request: PageRequest, entry_id: str) -> HttpResponse:
    """A permanent receipt; asked for by the ledger it is the row below the entry."""
    request.nav = "credits"
    receipt = entry_receipts.of(
        workspace=request.workspace, entry_id=ids.parse("ent", entry_id), cursor=listing.cursor(request)
    )
    is_whole = request.GET.get("people") == "all"
    if is_whole:
        everybody = receipt_files.people(workspace=request.workspace, entry_id=receipt.entry.pk)
        receipt = replace(receipt, people=Page([*islice(everybody, PRINTED_MAX)], next_cursor=None))
    context = _receipt(request, receipt) | listing.place(request, receipt.people, total=receipt.entry.amount)
    context |= {"is_whole": is_whole, "printed_max": PRINTED_MAX}
    if not request.htmx:
        return render(request, "credits/entry.html", context)
    part = "credits/people_rows.html" if listing.cursor(request) else "credits/receipt_row.html"
    return render(request, part, context)


@pages.page("credits.see")
def export_(request: PageRequest) -> StreamingHttpResponse:
    """The ledger, narrowed as its page is, as CSV, streamed."""
    rows = ledger.csv_rows(workspace=request.workspace, **ledger_menus.only(request))
    return csv_answer(f"ledger-{request.workspace.slug}", export.text(rows))


@pages.page("contacts.see")
def receipt_csv(request: PageRequest, entry_id: str) -> StreamingHttpResponse:
    """A receipt with everybody behind it as CSV, streamed."""
    rows = receipt_files.csv_rows(workspace=request.workspace, entry_id=ids.parse("ent", entry_id))
    return csv_answer(f"receipt-{entry_id}", export.text(rows))


@pages.page("contacts.see")
def receipt_json(request: PageRequest, entry_id: str) -> StreamingHttpResponse:
    """The same as JSON."""
    pieces = receipt_files.json_pieces(workspace=request.workspace, entry_id=ids.parse("ent", entry_id))
    answer = StreamingHttpResponse(pieces, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="receipt-{entry_id}.json"'
    return answer


def csv_answer(name: str, pieces: Any) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def row(found: ledger.LedgerRow) -> dict[str, Any]:
    """One line of the ledger as the template draws it."""
    said = entry_words.words(found.entry)
    shown = entry_words.shown_amount(found.entry)
    return {"entry": found.entry, "after": found.balance_after, "words": said} | shown


def _receipt(request: PageRequest, receipt: EntryReceipt) -> dict[str, Any]:
    found, number = receipt.entry, ids.public("ent", receipt.entry.pk)
    return {
        "title": f"{found.get_kind_display()} {number}",
        "receipt": receipt,
        "entry": found,
        "words": entry_words.words(found),
        "terms": entry_words.terms(receipt.equation),
        "whole": entry_words.terms(receipt.whole) if _tells_more(receipt) else [],
        "pairs": _pairs(request, receipt, number),
        "people": receipt.people.items,
    } | entry_words.shown_amount(found)


def _pairs(request: PageRequest, receipt: EntryReceipt, number: str) -> list[dict[str, Any]]:
    """The lines beside the sum: grants, whatever the entry knows, when, and its own permanent address."""
    found = receipt.entry
    split = ", ".join(f"{grant.name} {formats.num(amount)}" for grant, amount in receipt.grants)
    zone = request.workspace.time_zone
    pairs: list[dict[str, Any]] = [{"label": _grant_word(found), "value": split or "No grant"}]
    if receipt.run is not None:
        quote = receipt.run.run.quote
        most = formats.count(quote.credits_max, "credit")
        value = f"{formats.num(quote.matches)} matches, at most {most} ({ids.public('quo', quote.pk)})"
        pairs.append({"label": "Estimate", "value": value})
    known = {pair["label"] for pair in pairs}
    pairs += [_pair(request, fact) for fact in receipt.facts if fact.label not in known]
    if receipt.refunded:
        back = formats.count(receipt.refunded, "credit")
        pairs.append({"label": "Came back since", "value": f"{back}, by the refunds named below"})
    return [
        *pairs,
        {"label": "When", "value": f"{timezone.localtime(found.created_at):%-d %b %Y, %H:%M:%S} {zone}"},
        {"label": "Balance after", "value": formats.num(receipt.balance_after)},
        {"label": "Entry", "value": number, "url": pages.url(request, "entry", entry_id=number)},
    ]


def _tells_more(receipt: EntryReceipt) -> bool:
    """Whether the sum of the whole search has other numbers than that of the entry."""
    whole, own = (
        [line.amount for line in lines if line.amount] for lines in (receipt.whole, receipt.equation)
    )
    return whole != own


def _grant_word(found: Entry) -> str:
    arrives = found.kind in (Entry.Kind.GRANT, Entry.Kind.REFUND, Entry.Kind.RELEASE)
    return (
        "Into"
        if arrives or (found.kind == Entry.Kind.ADJUSTMENT and found.balance_change > 0)
        else "Taken from"
    )


def _pair(request: PageRequest, fact: Fact) -> dict[str, Any]:
    prefix = fact.id.partition("_")[0]
    page, argument = _PLACES.get(prefix, ("", ""))
    return {
        "label": fact.label,
        "value": fact.value,
        "url": pages.url(request, page, **{argument: fact.id}) if page else "",
    }


urls: list[URLPattern] = [
    path("credits/ledger", ledger_, name="credits_ledger"),
    path("credits/ledger.csv", export_, name="ledger_csv"),
    path("credits/entries/<id:entry_id>", entry, name="entry"),
    path("credits/entries/<id:entry_id>/receipt.csv", receipt_csv, name="receipt_csv"),
    path("credits/entries/<id:entry_id>/receipt.json", receipt_json, name="receipt_json"),
]
