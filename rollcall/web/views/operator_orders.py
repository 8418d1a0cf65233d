"""One order at a provider: how far it is, what it cost, what was asked; stopping it, going on, giving it up."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import cells, clock, ids
from rollcall.core.errors import Conflict, RollcallError
from rollcall.delivery.destinations.csv_file import export
from rollcall.universe.models import ProviderOrder
from rollcall.universe.providers import checking, orders
from rollcall.web import converters, pages
from rollcall.web.pages import PageRequest
from rollcall.web.views.operator_providers import order_row

assert converters  # the addresses below use its `id`
_CALLS_SHOWN = 50
STATES = {
    "answered": ("Bought", "ok"), "refused": ("Refused, free", ""), "unsure": ("Maybe bought", "warn"),
    "sent": ("On its way", "acc"),
}  # fmt: skip
ACTS = {
    "stop": (orders.stop, "It is stopped. What is on its way now is still kept."),
    "go_on": (orders.go_on, "It goes on."),
    "give_up": (orders.give_up, "It is given up. What was bought stays in the call ledger."),
}


@pages.operator_page()
def show(request: PageRequest, order_id: str) -> HttpResponse:
    """How far it is, what it cost, what was asked and what became of it."""
    made = orders.get(order_id=ids.parse("buy", order_id))
    context = _progress(made) | {"title": f"Order {order_id}", "query": _query(made)}
    return render(request, "operator/order.html", context)


@pages.operator_page()
def progress(request: PageRequest, order_id: str) -> HttpResponse:
    """What changes while it is under way; when it has ended the page is loaded again."""
    made = orders.get(order_id=ids.parse("buy", order_id))
    if made.state not in ProviderOrder.ACTIVE:
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    context = _progress(made)
    # The table is sent only when it has changed: who scrolls in it is not put back to its beginning.
    context["with_calls"] = request.GET.get("seen") != context["seen"]
    return render(request, "operator/order_progress.html", context)


@pages.operator_page(methods=("POST",))
def act(request: PageRequest, order_id: str) -> HttpResponse:
    """Stop it, let it go on, or give it up."""
    asked = ACTS.get(request.POST.get("act", ""))
    if asked is not None:
        try:
            asked[0](order_id=ids.parse("buy", order_id), actor=request.actor, now=clock.now())
        except Conflict as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, asked[1])
    return redirect("operator_order", order_id=order_id)


@pages.operator_page()
def rejected(request: PageRequest, order_id: str) -> HttpResponseBase:
    """What could not be used of what was bought, with the reasons, as a file that no spreadsheet runs."""
    made = orders.get(order_id=ids.parse("buy", order_id))
    table = orders.source_of(made, as_of=clock.now().date()).problems()

    def rows() -> Iterator[list[Any]]:
        yield table.column_names
        for batch in table.to_batches(max_chunksize=1_000):
            yield from ([_cell(value) for value in row.values()] for row in batch.to_pylist())

    answer = StreamingHttpResponse(export.text(rows()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejected-{order_id}.csv"'
    return answer


def _progress(made: ProviderOrder) -> dict[str, Any]:
    told = orders.standing(made)
    calls = [row | _said(row) for row in checking.attempts_of(order=made, limit=_CALLS_SHOWN)]
    return order_row(made, told) | {
        "is_active": made.state in ProviderOrder.ACTIVE,
        "waits_until": made.lease_until if made.problem and made.lease_until > clock.now() else None,
        "wanted": _wanted(made, told),
        "calls": calls,
        "seen": f"{calls[0]['sent_at'].timestamp()}-{calls[0]['state']}" if calls else "0",
    }


def _wanted(made: ProviderOrder, told: orders.Standing) -> int | None:
    """How many records it may come to: as many as match, within its caps. Of lookups in bulk nobody knows."""
    if made.is_bulk or told.told_total is None:
        return None
    _, endpoint = orders.known_of(made)
    price, most = endpoint.cost.per_record, told.told_total
    if made.pages_max is not None:
        most = min(most, made.pages_max * endpoint.paging.size)
    return min(most, int(made.cost_max / price)) if made.cost_max is not None and price else most


def _query(made: ProviderOrder) -> str:
    """What was asked for; of a person it is forgotten, and after a change of the secret key nobody can read it."""
    try:
        asked = orders.query_of(made)
    except RollcallError as error:
        return error.message
    if made.is_bulk and made.query_sealed:
        named = asked.get("subjects")
        return "\n".join(named) if named else "Everybody that the universe knows"
    return json.dumps(asked, indent=2, ensure_ascii=False) if asked else ""


def _cell(value: Any) -> str:
    return cells.harmless("" if value is None else str(value))


def _said(row: dict[str, Any]) -> dict[str, str]:
    said, tone = STATES[row["state"]]
    return {"said": said, "tone": tone}


urls: list[URLPattern] = [
    path("operator/orders/<id:order_id>", show, name="operator_order"),
    path("operator/orders/<id:order_id>/progress", progress, name="operator_order_progress"),
    path("operator/orders/<id:order_id>/act", act, name="operator_order_act"),
    path("operator/orders/<id:order_id>/rejected.csv", rejected, name="operator_order_rejected"),
]
