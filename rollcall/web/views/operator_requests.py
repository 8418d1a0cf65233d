"""A package request as the operator sees it: quote, thread, and the grant with the balance it leads to (G7)."""

import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from rollcall.core import clock, ids
from rollcall.credits import grants, money, packages, steps
from rollcall.credits.models import PackageRequest
from rollcall.personas import outlooks
from rollcall.web import converters, form_errors, grant_form, package_page, pages
from rollcall.web.grant_form import GrantForm, Priced, day_field
from rollcall.web.pages import PageRequest
from rollcall.web.views.packages import SayForm

assert converters  # the addresses below use its `id`
VALID_DAYS = 30


class QuoteForm(Priced):
    """What is offered, for how much, and until when."""

    credits = forms.IntegerField(label="Credits", min_value=1, max_value=1_000_000_000)
    expires_on = day_field("Credits expire on", "Empty: never.")
    valid_until = day_field("Offer stands until")
    terms = forms.CharField(
        label="Terms", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    quote_number = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


@pages.operator_page(methods=("GET", "POST"))
def answer(request: PageRequest, request_id: str) -> HttpResponse:
    """Grant credits for a request, or decline it."""
    asked = _found(request, request_id)
    if request.method == "POST" and "decline" in request.POST:
        why = request.POST.get("why", "")
        packages.decline(request_id=asked.pk, actor=request.actor, now=clock.now(), why=why)
        messages.success(request, "The request was declined.")
        return redirect("operator")
    form = GrantForm(request.POST or None, initial=grant_form.of_request(asked))
    if request.method == "POST" and form.is_valid():
        given = grant_form.given(form, asked.workspace)
        if form_errors.attempt(
            form,
            lambda: packages.grant(
                request_id=asked.pk, actor=request.actor, now=clock.now(),
                quote_number=form.cleaned_data["quote_number"], **given,
            ),
        ):  # fmt: skip
            messages.success(request, f"{given['amount']:,} credits were granted to {asked.workspace.name}.")
            return redirect("operator")
    return _page(request, asked, form=form)


@pages.operator_page(methods=("POST",))
def quote(request: PageRequest, request_id: str) -> HttpResponse:
    """Make an offer, or a better one."""
    asked = _found(request, request_id)
    form = QuoteForm(request.POST, prefix="quote")
    if form.is_valid():
        read = form.cleaned_data
        until = grants.end_of(read["valid_until"], workspace=asked.workspace)
        names = ("credits", "price_minor", "currency", "terms", "expires_on", "quote_number")
        offer = {name: read[name] for name in names}
        if form_errors.attempt(
            form,
            lambda: packages.quote(
                request_id=asked.pk, valid_until=until, actor=request.actor, now=clock.now(), **offer
            ),
        ):
            messages.success(request, f"The quote was sent to {asked.reply_email}.")
            return redirect(_url(asked))
    return _page(request, asked, quote_form=form)


@pages.operator_page(methods=("POST",))
def say(request: PageRequest, request_id: str) -> HttpResponse:
    """Say something to the customer."""
    asked = _found(request, request_id)
    form = SayForm(request.POST)
    if form.is_valid():
        given = {"actor": request.actor, "now": clock.now(), **form.cleaned_data}
        if form_errors.attempt(form, lambda: packages.answer(request_id=asked.pk, **given)) is not None:
            return redirect(_url(asked))
    return _page(request, asked, say_form=form)


def _page(
    request: PageRequest,
    asked: PackageRequest,
    *,
    form: GrantForm | None = None,
    quote_form: QuoteForm | None = None,
    say_form: SayForm | None = None,
) -> HttpResponse:
    now, customer = clock.now(), asked.workspace
    grant = form or GrantForm(initial=grant_form.of_request(asked))
    offer = quote_form or QuoteForm(initial=_offer(asked), prefix="quote")
    bad = any(one is not None and one.errors for one in (form, quote_form, say_form))
    with timezone.override(ZoneInfo(customer.time_zone)):
        context: dict[str, Any] = package_page.context(asked, now) | grant_form.preview(grant, customer, now)
        context |= {
            "title": f"{customer.name}: {asked.credits_wanted:,} credits",
            "problem": _unseen(asked, grant, offer),
            "balance": outlooks.balance(workspace=customer, now=now),
            "burn_order": grants.BURN_ORDER,
            "form": grant,
            "quote_form": offer,
            "may_quote": asked.state in (steps.State.SENT, steps.State.QUOTED),
            "may_say": True,
            "say_form": say_form or SayForm(initial={"key": str(uuid.uuid4())}),
            "say_url": reverse("operator_say", kwargs={"request_id": steps.public(asked)}),
        }
        return render(request, "operator/request.html", context, status=422 if bad else 200)


def _unseen(asked: PackageRequest, grant: GrantForm, offer: QuoteForm) -> str:
    """What is wrong with a form that is no longer on the page, since somebody else answered meanwhile."""
    shown: dict[forms.Form, bool] = {
        grant: asked.state in steps.WAITING,
        offer: asked.state in (steps.State.SENT, steps.State.QUOTED),
    }
    errors = [error for form, is_shown in shown.items() if not is_shown for error in form.non_field_errors()]
    return " ".join(map(str, errors))


def _offer(asked: PackageRequest) -> dict[str, Any]:
    """What the quote form starts with: the quote there is, else what was asked for."""
    start = {
        "credits": asked.quoted_credits or asked.credits_wanted,
        "price": money.plain(asked.quoted_price_minor, asked.quoted_currency),
        "currency": asked.quoted_currency or "EUR",
        "expires_on": asked.quoted_expires_on,
        "terms": asked.quoted_terms,
        "quote_number": asked.quote_number,
    }
    return start | {"valid_until": timezone.localdate() + timedelta(days=VALID_DAYS)}


def _found(request: PageRequest, request_id: str) -> PackageRequest:
    return packages.get(request_id=ids.parse("req", request_id), actor=request.actor)


def _url(asked: PackageRequest) -> str:
    return reverse("operator_request", kwargs={"request_id": steps.public(asked)})


urls: list[URLPattern] = [
    path("operator/requests/<id:request_id>", answer, name="operator_request"),
    path("operator/requests/<id:request_id>/quote", quote, name="operator_quote"),
    path("operator/requests/<id:request_id>/say", say, name="operator_say"),
]
