"""The operator's desk: what waits, who the customers are, which data is loaded; and granting without a request."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from rollcall.core import clock
from rollcall.credits import adjustments, grants, packages
from rollcall.credits.models import Grant
from rollcall.notices import undelivered
from rollcall.personas import outlooks
from rollcall.universe import versions
from rollcall.web import form_errors, formats, grant_form, pages, password_links
from rollcall.web.grant_form import GrantForm
from rollcall.web.pages import PageRequest
from rollcall.workspaces import members


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
    read = {w: outlooks.balance(workspace=w, now=now) for w in members.all_workspaces()}
    context |= {
        "queue": [{"asked": asked, "balance": read[asked.workspace]} for asked in packages.queue()],
        "waiting": adjustments.waiting(),
        "undelivered": undelivered.look(),
        "me": request.actor.ref,
        "customers": [{"workspace": w, "balance": balance} for w, balance in read.items()],
        "versions": versions.list_()[:12],
    }
    status = 422 if form.errors else 200
    return render(request, "operator/overview.html", context, status=status)


@pages.operator_page(methods=("POST",))
def letters(request: PageRequest) -> HttpResponse:
    """Send letters again that were given up."""
    number = undelivered.send_letters_again(now=clock.now())
    verb = "is" if number == 1 else "are"
    messages.success(request, f"{formats.count(number, 'letter')} {verb} tried again.")
    return redirect("operator")


@pages.operator_page(methods=("GET", "POST"))
def grant(request: PageRequest, workspace_slug: str) -> HttpResponse:
    """Grant credits without a request; a form sent twice grants once."""
    workspace = members.find_workspace(workspace_slug)
    now = clock.now()
    form = GrantForm(
        request.POST or None, initial={"kind": Grant.Kind.TOP_UP, "key": f"form:{now.timestamp()}"}
    )
    if request.method == "POST" and form.is_valid():
        given = grant_form.given(form, workspace) | {"reference": form.cleaned_data["reference"]}
        key = f"operator:{form.cleaned_data['key']}"
        made = form_errors.attempt(
            form, lambda: grants.add(workspace=workspace, key=key, actor=request.actor, now=now, **given)
        )
        if made:
            messages.success(request, f"{given['amount']:,} credits were granted to {workspace.name}.")
            return redirect("operator")
    context = {
        "title": f"Grant credits to {workspace.name}",
        "form": form,
        "balance": outlooks.balance(workspace=workspace, now=now),
        "burn_order": grants.BURN_ORDER,
    } | grant_form.preview(form, workspace, now)
    with timezone.override(ZoneInfo(workspace.time_zone)):
        return render(request, "operator/grant.html", context, status=422 if form.errors else 200)


@pages.operator_page()
def preview(request: PageRequest, workspace_slug: str) -> HttpResponse:
    """What the grant in the form would change; asked for while the form is filled in."""
    workspace = members.find_workspace(workspace_slug)
    form = GrantForm(request.GET)
    form.is_valid()
    for name in ("name", "kind", "price", "currency", "key"):
        form.errors.pop(name, None)
    context = grant_form.preview(form, workspace, clock.now())
    with timezone.override(ZoneInfo(workspace.time_zone)):
        return render(request, "operator/preview.html", context)


urls: list[URLPattern] = [
    path("operator", overview, name="operator"),
    path("operator/letters", letters, name="operator_letters"),
    path("operator/grant/<slug:workspace_slug>", grant, name="operator_grant"),
    path("operator/preview/<slug:workspace_slug>", preview, name="operator_preview"),
]
