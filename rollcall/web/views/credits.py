"""Credits: the balance, the grants, and what happened last (G1, G2, G4)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from rollcall.core import clock
from rollcall.credits import grants, ledger, packages, refund_rules
from rollcall.credits.balances import Balance
from rollcall.credits.forecasts import Outlook
from rollcall.credits.models import Grant
from rollcall.personas import outlooks
from rollcall.web import charts, forecast_page, formats, grant_table, listing, pages, shell
from rollcall.web.pages import PageRequest
from rollcall.web.views import ledger as ledger_pages

NEWEST = 8
PERIODS = {"30": "30 days", "90": "90 days", "365": "12 months"}


@pages.page("credits.see")
def credits(request: PageRequest) -> HttpResponse:
    """Balance, grants in the order they burn, and the newest lines of the ledger."""
    request.nav = "credits"
    now = clock.now()
    newest = ledger.page(workspace=request.workspace, now=now, limit=NEWEST)
    context = {
        "title": "Credits",
        "rows": [ledger_pages.row(row) for row in newest.items],
        "more_entries": newest.next_cursor is not None,
    }
    return render(request, "credits/credits.html", context | _overview(request, now))


def _overview(request: PageRequest, now: datetime) -> dict[str, Any]:
    balance = shell.balance(request, request.workspace)
    all_grants = grants.in_burn_order(workspace=request.workspace, now=now)
    outlook = outlooks.read(workspace=request.workspace, now=now)
    days = request.GET.get("days", "90")
    days = days if days in PERIODS else "90"
    return {
        "balance": balance,
        "delta": _delta(balance),
        "expiry": _expiry(balance, outlook, all_grants, now),
        "bar": _bar(all_grants, balance),
        "outlook": outlook,
        "runs_out_note": forecast_page.note(outlook),
        "chart": forecast_page.chart(request.workspace, outlook, grants=all_grants, days=int(days), now=now),
        "periods": [
            listing.Link(text, listing.link(request, days=key), key == days) for key, text in PERIODS.items()
        ],
        "requests": packages.of(workspace=request.workspace)[:5],
        "may_request": request.actor.may("packages.request"),
        "refund_rules": refund_rules.all_(workspace=request.workspace),
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


def _expiry(balance: Balance, outlook: Outlook, found: list[Grant], now: datetime) -> str:
    """When the first credits expire, and whether they will be used by then (as far as the past can tell).

    Where nothing else expires the forecast says it, so that the page tells one number of it.
    """
    day, unused = formats.day(balance.next_expiry_at), balance.next_expiry_unused
    if unused is None:
        return day
    expiring = sum(one.remaining for one in found if one.expires_at and one.expires_at > now)
    if outlook.points and expiring == balance.next_expiry_amount:
        unused = outlook.expires_unused
    return f"{day}, likely {formats.num(unused)} unused" if unused else f"{day}, likely all used"


def _bar(found: list[Grant], balance: Balance) -> charts.Bar:
    parts = [
        (grant.name, grant.remaining + grant.held, charts.TONES[index % len(charts.TONES)])
        for index, grant in enumerate(found)
        if grant.remaining + grant.held
    ]
    return charts.bar(name="grants", parts=parts, held=balance.held)


urls: list[URLPattern] = [
    path("credits", credits, name="credits"),
]
