"""The operator's pages: package requests, customers and their balances, the universe."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from rollcall.core import clock, ids
from rollcall.credits import balances, grants, packages
from rollcall.credits.models import Grant
from rollcall.universe import versions
from rollcall.web import converters, form_errors, pages, password_links
from rollcall.web.pages import PageRequest
from rollcall.workspaces import members
from rollcall.workspaces.models import Workspace

assert converters  # the addresses below use its `id`
KINDS = [
    c for c in Grant.Kind.choices if c[0] in (Grant.Kind.PACKAGE, Grant.Kind.TOP_UP, Grant.Kind.PROMOTIONAL)
]


class GrantForm(forms.Form):
    amount = forms.IntegerField(label="Credits", min_value=1, max_value=1_000_000_000)
    kind = forms.ChoiceField(label="Type", choices=KINDS)
    name = forms.CharField(
        label="Name", max_length=120, help_text="What the customer reads, such as Annual package."
    )
    expires_on = forms.DateField(
        label="Expires on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: never.",
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)


class ForgottenForm(forms.Form):
    email = forms.EmailField(label="Email")


@pages.operator_page(methods=("GET", "POST"))
def overview(request: PageRequest) -> HttpResponse:
    """What waits, who the customers are, and which data is loaded; and a link for a forgotten password."""
    now = clock.now()
    form = ForgottenForm(request.POST or None)
    context: dict[str, Any] = {"title": "Operator", "form": form}
    if request.method == "POST" and form.is_valid():
        user = form_errors.attempt(form, lambda: members.find_user(email=form.cleaned_data["email"]))
        if user is not None:
            link = password_links.make(request, user=user, workspace=None, actor=request.actor, now=now)
            context |= {"form": ForgottenForm(), "link": link, "link_for": user.name}
    context |= {
        "queue": packages.queue(),
        "customers": [
            {"workspace": w, "balance": balances.read(workspace=w, now=now)} for w in members.all_workspaces()
        ],
        "versions": versions.list_()[:12],
    }
    status = 422 if form.errors else 200
    return render(request, "operator/overview.html", context, status=status)


@pages.operator_page(methods=("GET", "POST"))
def answer(request: PageRequest, request_id: str) -> HttpResponse:
    """Grant credits for a request, or decline it."""
    number = ids.parse("req", request_id)
    asked = packages.get(request_id=number, actor=request.actor)
    form = GrantForm(
        request.POST or None,
        initial={
            "amount": asked.credits_wanted,
            "kind": Grant.Kind.PACKAGE,
            "name": "Package",
            "key": request_id,
        },
    )
    if request.method == "POST" and "decline" in request.POST:
        packages.decline(request_id=number, actor=request.actor, now=clock.now())
        messages.success(request, "The request was declined.")
        return redirect("operator")
    if request.method == "POST" and form.is_valid():
        given = _given(form)
        if form_errors.attempt(
            form, lambda: packages.grant(request_id=number, actor=request.actor, now=clock.now(), **given)
        ):
            messages.success(request, f"{given['amount']:,} credits were granted to {asked.workspace.name}.")
            return redirect("operator")
    return _grant_page(request, form, asked.workspace, {"asked": asked})


@pages.operator_page(methods=("GET", "POST"))
def grant(request: PageRequest, workspace_slug: str) -> HttpResponse:
    """Grant credits without a request; a form sent twice grants once."""
    workspace = members.find_workspace(workspace_slug)
    now = clock.now()
    form = GrantForm(
        request.POST or None, initial={"kind": Grant.Kind.TOP_UP, "key": f"form:{now.timestamp()}"}
    )
    if request.method == "POST" and form.is_valid():
        given = _given(form)
        key = f"operator:{form.cleaned_data['key']}"
        made = form_errors.attempt(
            form, lambda: grants.add(workspace=workspace, key=key, actor=request.actor, now=now, **given)
        )
        if made:
            messages.success(request, f"{given['amount']:,} credits were granted to {workspace.name}.")
            return redirect("operator")
    return _grant_page(request, form, workspace, {})


def _grant_page(
    request: PageRequest, form: GrantForm, workspace: Workspace, more: dict[str, Any]
) -> HttpResponse:
    balance = balances.read(workspace=workspace, now=clock.now())
    context = {
        "title": f"Grant credits to {workspace.name}",
        "form": form,
        "balance": balance,
        "customer": workspace,
    }
    return render(request, "operator/grant.html", context | more, status=422 if form.errors else 200)


def _given(form: GrantForm) -> dict[str, Any]:
    """What the domain takes; a grant that expires on a day is good until that day ends."""
    day = form.cleaned_data["expires_on"]
    ends = timezone.make_aware(datetime.combine(day, time.max)) if day else None
    return {name: form.cleaned_data[name] for name in ("amount", "kind", "name")} | {"expires_at": ends}


urls: list[URLPattern] = [
    path("operator", overview, name="operator"),
    path("operator/requests/<id:request_id>", answer, name="operator_request"),
    path("operator/grant/<slug:workspace_slug>", grant, name="operator_grant"),
]
