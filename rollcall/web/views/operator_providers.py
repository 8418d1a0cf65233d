"""The operator's connections to providers: keys, caps of a month, pausing, and the orders placed there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.universe.models import ProviderOrder
from rollcall.universe.providers import connections, costs, keys, orders, registry
from rollcall.universe.providers.registry import Known
from rollcall.web import form_errors, pages
from rollcall.web.order_form import CapsForm, KeyForm, OrderForm, title
from rollcall.web.pages import PageRequest

_SHOWN = 25
TONES = {"done": "ok", "buying": "acc", "loading": "acc", "stopped": "warn", "halted": "bad", "given_up": ""}


@pages.operator_page()
def overview(request: PageRequest) -> HttpResponse:
    """The providers that can be asked, and what was ordered there."""
    page = orders.list_(cursor=request.GET.get("cursor"), limit=_SHOWN)
    told = orders.standings(page.items)
    context = {
        "title": "Providers",
        "providers": [_connection(known) for known in registry.list_()],
        "orders": [order_row(order, told[order.pk]) for order in page.items],
        "next": page.next_cursor,
    }
    return render(request, "operator/providers.html", context)


@pages.operator_page(methods=("GET", "POST"))
def connection(request: PageRequest, name: str) -> HttpResponse:
    """One provider: its key, caps of a month, whether it is paused; and what its endpoints cost."""
    known = registry.get(name)
    act = request.POST.get("act", "")
    key_form = KeyForm(request.POST if act == "key" else None)
    row = connections.of(name)
    initial = {"calls_max": row.calls_max, "cost_max": _plain(row.cost_max)}
    caps_form = CapsForm(request.POST if act == "caps" else None, initial=initial)
    if request.method == "POST":
        done = _act(request, known, act, key_form, caps_form)
        if done:
            messages.success(request, done)
            return redirect("operator_provider", name=name)
    is_wrong = bool(key_form.errors or caps_form.errors)
    context = {
        "title": known.about.title,
        "row": _connection(known),
        "key_form": key_form,
        "caps_form": caps_form,
        "is_from_environment": bool(registry.key_from_environment(name)),
        "endpoints": [
            {"about": endpoint, "title": title(endpoint), "limits": known.limits(endpoint)}
            for endpoint in known.about.endpoints
        ],
    }
    return render(request, "operator/provider.html", context, status=422 if is_wrong else 200)


@pages.operator_page(methods=("GET", "POST"))
def order(request: PageRequest, name: str) -> HttpResponse:
    """Order people or companies: first what it may cost, then the order itself."""
    known = registry.get(name)
    form = OrderForm(known, request.POST or None)
    context: dict[str, Any] = {"title": f"Order at {known.about.title}", "form": form, "known": known}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        asked: dict[str, Any] = {"known": known, "endpoint": given["wanted"], "query": given["asked"]}
        asked["caps"] = given["caps"]
        if "quote" in request.POST:
            context["quote"] = form_errors.attempt(form, lambda: orders.quote(**asked, now=clock.now()))
        else:
            kept: dict[str, Any] = {"is_to_load": given["is_to_load"], "lawful_basis": given["lawful_basis"]}
            acting: dict[str, Any] = {
                "key": f"operator:{given['key']}",
                "actor": request.actor,
                "now": clock.now(),
            }
            made = form_errors.attempt(form, lambda: orders.place(**asked, **kept, **acting))
            if made is not None:
                return redirect("operator_order", order_id=ids.public("buy", made.pk))
    return render(request, "operator/order_new.html", context, status=422 if form.errors else 200)


def order_row(made: ProviderOrder, told: orders.Standing) -> dict[str, Any]:
    """An order as lists and its own page show it."""
    known, endpoint = orders.known_of(made)
    return {
        "order": made,
        "told": told,
        "provider": known.about,
        "what": title(endpoint),
        "tone": TONES[made.state],
        "cost_max": _plain(made.cost_max),
    }


def _act(request: PageRequest, known: Known, act: str, key_form: KeyForm, caps_form: CapsForm) -> str:
    """What was done, in words; empty when it was not."""
    acting: dict[str, Any] = {"known": known, "actor": request.actor, "now": clock.now()}
    if act in ("pause", "go_on"):
        connections.pause(is_paused=act == "pause", **acting)
        return "Nothing more is asked there." if act == "pause" else "Orders go on."
    if act == "remove_key":
        connections.set_key(key="", **acting)
        return "The key is forgotten."
    if act == "key" and key_form.is_valid():
        given = key_form.cleaned_data["provider_key"]
        form_errors.attempt(key_form, lambda: connections.set_key(key=given, **acting))
        return "" if key_form.errors else "The key is stored, sealed. It is shown nowhere again."
    if act == "caps" and caps_form.is_valid():
        form_errors.attempt(caps_form, lambda: connections.set_caps(**caps_form.cleaned_data, **acting))
        return "" if caps_form.errors else "The caps hold from the next call on."
    return ""


def _connection(known: Known) -> dict[str, Any]:
    row = connections.of(known.about.name)
    return {
        "about": known.about,
        "row": row,
        "cost_max": _plain(row.cost_max),
        "used": connections.used(known.about.name, now=clock.now()),
        "has_key": keys.is_there(known),
    }


def _plain(cost: Any) -> Any:
    return None if cost is None else costs.plain(cost)


urls: list[URLPattern] = [
    path("operator/providers", overview, name="operator_providers"),
    path("operator/providers/<slug:name>", connection, name="operator_provider"),
    path("operator/providers/<slug:name>/order", order, name="operator_order_new"),
]
