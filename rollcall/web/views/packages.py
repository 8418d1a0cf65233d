"""Packages of credits: asking the operator, their offer, the thread, and the yes or no (G7)."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.core.errors import Conflict, Invalid, RollcallError
from rollcall.credits import packages, steps, threads
from rollcall.credits.models import PackageRequest
from rollcall.personas import requirements
from rollcall.personas.models import Analysis
from rollcall.web import converters, dialogs, form_errors, formats, package_page, pages, shell
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
CREDITS_MAX = 1_000_000_000


class PackageForm(forms.Form):
    """How many, what for, and where to answer."""

    credits_wanted = forms.IntegerField(
        label="Credits",
        min_value=1,
        max_value=CREDITS_MAX,
        help_text="A first idea is enough; you will get an offer.",
    )
    note = forms.CharField(
        label="What are they for?",
        required=False,
        max_length=packages.NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reply_email = forms.EmailField(label="Answer to")
    key = forms.CharField(widget=forms.HiddenInput, max_length=60, required=False)
    analysis = forms.CharField(widget=forms.HiddenInput, max_length=30, required=False)


class SayForm(forms.Form):
    """A message; the key makes it one message however often the form is sent."""

    body = forms.CharField(
        label="Message", max_length=threads.TEXT_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


@pages.page("credits.see")
def list_(request: PageRequest) -> HttpResponse:
    """What was asked for, and how far it is."""
    request.nav = "credits"
    found = packages.of(workspace=request.workspace)
    context = {
        "title": "Packages",
        "open": [asked for asked in found if asked.state in steps.WAITING],
        "ended": [asked for asked in found if asked.state not in steps.WAITING],
        "may_request": request.actor.may("packages.request"),
    }
    return render(request, "packages/list.html", context)


@pages.page("packages.request", methods=("GET", "POST"))
def request_(request: PageRequest) -> HttpResponse:
    """The form, and sending it."""
    request.nav = "credits"
    analysis = _analysis(request)
    initial = {"reply_email": request.user.email, "key": f"form:{uuid.uuid4()}"}
    form = PackageForm(request.POST or None, initial=initial | _wanted(analysis))
    if request.method == "POST" and form.is_valid() and _send(request, form, analysis):
        return dialogs.go(request, pages.url(request, "credits"))
    status = 422 if request.method == "POST" else 200
    context = {
        "title": "Request a package",
        "form": form,
        "layout": dialogs.layout(request),
        "balance": shell.balance(request, request.workspace),
        "action": pages.url(request, "package_request"),
        "back": pages.url(request, "credits"),
        "analysis": analysis,
    }
    return render(request, "credits/request.html", context, status=status)


@pages.page("credits.see")
def show(request: PageRequest, request_id: str) -> HttpResponse:
    """One request: how far it is, the offer, the thread."""
    return _show(request, _found(request, request_id))


@pages.page("packages.accept", methods=("POST",))
def accept(request: PageRequest, request_id: str) -> HttpResponse:
    """Accept exactly the offer that was on the page."""
    number = request.POST.get("quote_number", "")
    seen = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    return _act(
        request,
        request_id,
        lambda asked: packages.accept(
            workspace=request.workspace, request_id=asked.pk, quote_number=seen, actor=request.actor, now=clock.now()
        ),
        "The offer is accepted. The operator was told.",
    )  # fmt: skip


@pages.page("packages.request", methods=("POST",))
def decline(request: PageRequest, request_id: str) -> HttpResponse:
    """Withdraw the request, or decline the offer."""
    why = request.POST.get("why", "")
    return _act(
        request,
        request_id,
        lambda asked: packages.withdraw(
            workspace=request.workspace, request_id=asked.pk, actor=request.actor, now=clock.now(), why=why
        ),
        "The request was declined. The operator was told.",
    )


@pages.page("packages.request", methods=("POST",))
def say(request: PageRequest, request_id: str) -> HttpResponse:
    """Say something to the operator."""
    asked = _found(request, request_id)
    form = SayForm(request.POST)
    if form.is_valid():
        given = {"actor": request.actor, "now": clock.now(), **form.cleaned_data}
        said = form_errors.attempt(
            form, lambda: packages.say(workspace=request.workspace, request_id=asked.pk, **given)
        )
        if said is not None:
            return redirect(_url(request, "package", asked))
    return _show(request, asked, say_form=form, status=422)


def _act(
    request: PageRequest, request_id: str, act: Callable[[PackageRequest], object], done: str
) -> HttpResponse:
    """Take a step; what changed meanwhile is shown on the page as it is now, with the reason."""
    asked = _found(request, request_id)
    try:
        act(asked)
    except (Conflict, Invalid) as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        return _show(request, _found(request, request_id), problem=refused, status=status)
    messages.success(request, done)
    return redirect(_url(request, "package", asked))


def _show(
    request: PageRequest,
    asked: PackageRequest,
    *,
    say_form: SayForm | None = None,
    problem: RollcallError | None = None,
    status: int = 200,
) -> HttpResponse:
    request.nav = "credits"
    may_accept, may_ask = request.actor.may("packages.accept"), request.actor.may("packages.request")
    known = package_page.context(asked, clock.now())
    context: dict[str, Any] = known | {
        "title": formats.count(asked.credits_wanted, "credit"),
        "problem": problem.message if problem else "",
        "list_url": pages.url(request, "credits_packages"),
        "may_accept": may_accept,
        "may_withdraw": known["is_open"] and (may_accept or (may_ask and asked.state == "sent")),
        "may_say": may_ask,
        "say_form": say_form or SayForm(initial={"key": str(uuid.uuid4())}),
        "accept_url": _url(request, "package_accept", asked),
        "decline_url": _url(request, "package_decline", asked),
        "say_url": _url(request, "package_say", asked),
    }
    return render(request, "packages/show.html", context, status=status)


def _found(request: PageRequest, request_id: str) -> PackageRequest:
    return packages.find(workspace=request.workspace, request_id=ids.parse("req", request_id))


def _url(request: PageRequest, name: str, asked: PackageRequest) -> str:
    return pages.url(request, name, request_id=ids.public("req", asked.pk))


def _analysis(request: PageRequest) -> Analysis | None:
    """The analysis that the request is about: named in the address, then kept by the form."""
    named = request.POST.get("analysis") or request.GET.get("analysis")
    if not named:
        return None
    return requirements.get(workspace=request.workspace, analysis_id=ids.parse("ana", named))


def _wanted(analysis: Analysis | None) -> dict[str, Any]:
    """What the form starts with when it comes from an analysis."""
    if analysis is None:
        return {}
    known = requirements.attachment(analysis)
    return {
        "analysis": known["id"],
        "credits_wanted": known["recommended"] or None,
        "note": f"{known['name']}, for {formats.count(known['months'], 'month')}.",
    }


def _send(request: PageRequest, form: PackageForm, analysis: Analysis | None) -> bool:
    given = {name: form.cleaned_data[name] for name in ("credits_wanted", "note", "reply_email", "key")}
    asked = form_errors.attempt(
        form,
        lambda: packages.request(
            workspace=request.workspace, actor=request.actor, now=clock.now(),
            analysis=requirements.attachment(analysis) if analysis else None, **given,
        ),
    )  # fmt: skip
    if asked is not None:
        number = formats.count(asked.credits_wanted, "credit")
        messages.success(
            request, f"Your request for {number} was sent. The answer goes to {asked.reply_email}."
        )
    return asked is not None


urls: list[URLPattern] = [
    path("credits/request", request_, name="package_request"),
    path("credits/packages", list_, name="credits_packages"),
    path("credits/packages/<id:request_id>", show, name="package"),
    path("credits/packages/<id:request_id>/accept", accept, name="package_accept"),
    path("credits/packages/<id:request_id>/decline", decline, name="package_decline"),
    path("credits/packages/<id:request_id>/say", say, name="package_say"),
]
