"""Credits: balance, grants, the ledger, and the receipt behind each entry (C9, G1, G4)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from rollcall.core import clock, ids
from rollcall.credits import grants, ledger, packages
from rollcall.credits.balances import Balance
from rollcall.credits.models import Entry, Grant
from rollcall.delivery.destinations.csv_file import export
from rollcall.personas import entry_receipts
from rollcall.personas.entry_receipts import EntryReceipt
from rollcall.web import charts, converters, entry_words, formats, grant_table, listing, pages, shell
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
PERIODS = {"30": "30 days", "90": "90 days", "365": "12 months"}


@pages.page("credits.see")
def credits(request: PageRequest) -> HttpResponse:
    """Balance, grants in the order they burn, and the ledger with a reason for every line."""
    request.nav = "credits"
    now = clock.now()
    kind = request.GET.get("kind") if request.GET.get("kind") in Entry.Kind.values else None
    page = ledger.page(workspace=request.workspace, now=now, kind=kind, cursor=listing.cursor(request))
    context = {"title": "Credits", "rows": [_row(row) for row in page.items]}
    context |= listing.place(request, page, total=None)
    if not listing.cursor(request) or not request.htmx:
        context |= _overview(request, now, kind)
    return listing.answer(request, "credits/credits.html", "credits/ledger_rows.html", context)


@pages.page("credits.see")
def entry(request: PageRequest, entry_id: str) -> HttpResponse:
    """A permanent receipt; asked for by the ledger it is the row below the entry."""
    request.nav = "credits"
    receipt = entry_receipts.of(
        workspace=request.workspace, entry_id=ids.parse("ent", entry_id), cursor=listing.cursor(request)
    )
    context = _receipt(request, receipt) | listing.place(request, receipt.people, total=receipt.entry.amount)
    if not request.htmx:
        return render(request, "credits/entry.html", context)
    part = "credits/people_rows.html" if listing.cursor(request) else "credits/receipt_row.html"
    return render(request, part, context)


@pages.page("credits.see")
def export_(request: PageRequest) -> StreamingHttpResponse:
    """The whole ledger as CSV, streamed."""
    pieces = export.text(ledger.csv_rows(workspace=request.workspace))
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="ledger-{request.workspace.slug}.csv"'
    return answer


def _overview(request: PageRequest, now: datetime, kind: str | None) -> dict[str, Any]:
    balance = shell.balance(request, request.workspace)
    all_grants = grants.in_burn_order(workspace=request.workspace, now=now)
    days = request.GET.get("days", "90")
    days = days if days in PERIODS else "90"
    kinds = [("All types", None), *[(k.label, k.value) for k in Entry.Kind]]
    return {
        "balance": balance,
        "delta": _delta(balance),
        "expiry": _expiry(balance),
        "bar": _bar(all_grants, balance),
        "chart": _chart(request, now, int(days), all_grants, balance),
        "periods": [
            listing.Link(text, listing.link(request, days=key), key == days) for key, text in PERIODS.items()
        ],
        "kinds": [
            listing.Link(text, listing.link(request, kind=value), value == kind) for text, value in kinds
        ],
        "kind": {value: text for text, value in kinds}[kind],
        "requests": packages.of(workspace=request.workspace)[:5],
        "may_request": request.actor.may("packages.request"),
    } | grant_table.context(all_grants, balance)


def _delta(balance: Balance) -> str:
    """This month against the same days of last month, in words."""
    before, now_ = balance.used_last_month_same_days, balance.used_this_month
    if not before:
        return "None in the same days of last month"
    change = round(100 * (now_ - before) / before)
    if not change:
        return f"As many as in the same days of last month ({formats.num(before)})"
    return f"{abs(change)}% {'up' if change > 0 else 'down'} on the same days of last month"


def _expiry(balance: Balance) -> str:
    """When the first credits expire, and whether they will be used by then (as far as the past can tell)."""
    day, unused = formats.day(balance.next_expiry_at), balance.next_expiry_unused
    if unused is None:
        return day
    return f"{day}, about {formats.num(unused)} unused at this pace" if unused else f"{day}, likely all used"


def _bar(found: list[Grant], balance: Balance) -> charts.Bar:
    parts = [
        (grant.name, grant.remaining + grant.held, charts.TONES[index % len(charts.TONES)])
        for index, grant in enumerate(found)
        if grant.remaining + grant.held
    ]
    return charts.bar(name="grants", parts=parts, held=balance.held)


def _chart(
    request: PageRequest, now: datetime, days: int, found: list[Grant], balance: Balance
) -> charts.Line:
    arrived = [(timezone.localtime(grant.created_at).date(), grant.granted) for grant in found]
    return charts.balance_line(
        name="balance",
        balances=ledger.daily_balance(workspace=request.workspace, days=days, now=now),
        today=timezone.localtime(now).date(),
        grants=sorted(arrived),
        runs_out=balance.runs_out_on,
    )


def _row(row: ledger.LedgerRow) -> dict[str, Any]:
    said = entry_words.words(row.entry)
    return {"entry": row.entry, "after": row.balance_after, "words": said} | entry_words.shown_amount(
        row.entry
    )


def _receipt(request: PageRequest, receipt: EntryReceipt) -> dict[str, Any]:
    found = receipt.entry
    said = entry_words.words(found)
    pairs = [{"label": "Taken from" if found.kind != Entry.Kind.GRANT else "Into", "value": _split(receipt)}]
    if receipt.run is not None:
        quote = receipt.run.run.quote
        most = formats.count(quote.credits_max, "credit")
        pairs += [
            {"label": "Estimate", "value": f"{formats.num(quote.matches)} matches, never more than {most}"},
            {
                "label": "Search",
                "value": f"{receipt.run.segment['name']}, {ids.public('run', receipt.run.run.pk)}",
                "url": pages.url(request, "run", run_id=ids.public("run", receipt.run.run.pk)),
            },
        ]
    number = ids.public("ent", found.pk)
    pairs += [
        {"label": "Started by", "value": receipt.who},
        {
            "label": "When",
            "value": f"{timezone.localtime(found.created_at):%-d %b %Y, %H:%M:%S} {request.workspace.time_zone}",
        },
        {"label": "Entry", "value": number, "url": pages.url(request, "entry", entry_id=number)},
    ]
    return {
        "title": f"{found.get_kind_display()} {number}",
        "receipt": receipt,
        "entry": found,
        "words": said,
        "terms": entry_words.terms(receipt.equation),
        "pairs": pairs,
        "people": receipt.people.items,
    } | entry_words.shown_amount(found)


def _split(receipt: EntryReceipt) -> str:
    return ", ".join(f"{grant.name} {formats.num(amount)}" for grant, amount in receipt.grants) or "No grant"


urls: list[URLPattern] = [
    path("credits", credits, name="credits"),
    path("credits/ledger.csv", export_, name="ledger_csv"),
    path("credits/entries/<id:entry_id>", entry, name="entry"),
]
