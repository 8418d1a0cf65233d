"""A customer as the operator sees it: balance, use, grants to take back, adjustments; never the data inside."""

import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from rollcall.core import clock, ids
from rollcall.credits import adjustments, grants, packages, usage
from rollcall.credits.models import Adjustment
from rollcall.personas import outlooks
from rollcall.web import converters, form_errors, formats, grant_table, listing, pages
from rollcall.web.pages import PageRequest
from rollcall.workspaces import members
from rollcall.workspaces.models import Workspace

assert converters  # the addresses below use its `id`
USAGE_DAYS = 365
DIMENSIONS = {
    "month": "Month",
    "member": "Member",
    "key": "API key",
    "segment": "Segment",
    "persona": "Persona",
}


class AdjustForm(forms.Form):
    """So many up or down, and why."""

    amount = forms.IntegerField(
        label="Credits", min_value=-1_000_000_000, max_value=1_000_000_000,
        help_text="Below zero takes away.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason", max_length=adjustments.REASON_MAX, help_text="The customer reads it too."
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


class VoidForm(forms.Form):
    why = forms.CharField(label="Reason", max_length=grants.WHY_MAX)
    key = forms.CharField(max_length=60)


@pages.operator_page(methods=("GET", "POST"))
def show(request: PageRequest, workspace_slug: str) -> HttpResponse:
    """The customer's page; sending its form adjusts the balance."""
    customer = members.find_workspace(workspace_slug)
    form = AdjustForm(request.POST or None, initial={"key": f"form:{uuid.uuid4()}"})
    if request.method == "POST" and form.is_valid():
        made = form_errors.attempt(
            form,
            lambda: adjustments.make(
                workspace=customer, actor=request.actor, now=clock.now(), **form.cleaned_data
            ),
        )
        if made is not None:
            messages.success(request, _said(made))
            return redirect(_url(customer))
    return _page(request, customer, form)


@pages.operator_page(methods=("POST",))
def void(request: PageRequest, workspace_slug: str, grant_id: str) -> HttpResponse:
    """Take back what is left of a grant, with a reason."""
    customer = members.find_workspace(workspace_slug)
    form = VoidForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why the credits are taken back, in at most 500 characters.")
        return redirect(_url(customer))
    number = ids.parse("gra", grant_id)
    entry = grants.void(
        workspace=customer, grant_id=number, key=f"void:{grant_id}:{form.cleaned_data['key']}", actor=request.actor,
        now=clock.now(), why=form.cleaned_data["why"],
    )  # fmt: skip
    messages.success(request, f"{formats.count(entry.amount, 'credit')} were taken back.")
    return redirect(_url(customer))


@pages.operator_page(methods=("POST",))
def decide(request: PageRequest, adjustment_id: str) -> HttpResponse:
    """Approve or refuse an adjustment that waits for a second operator."""
    act = adjustments.approve if "approve" in request.POST else adjustments.refuse
    made = act(adjustment_id=ids.parse("adj", adjustment_id), actor=request.actor, now=clock.now())
    messages.success(request, _said(made))
    return redirect("operator")


def _page(request: PageRequest, customer: Workspace, form: AdjustForm) -> HttpResponse:
    now = clock.now()
    balance = outlooks.balance(workspace=customer, now=now)
    by = request.GET.get("by", "month")
    by = by if by in DIMENSIONS else "month"
    with timezone.override(ZoneInfo(customer.time_zone)):
        found = grants.in_burn_order(workspace=customer, now=now)
        since = now - timedelta(days=USAGE_DAYS)
        context: dict[str, Any] = grant_table.context(found, balance) | {
            "title": customer.name,
            "customer": customer,
            "balance": balance,
            "form": form,
            "may_void": True,
            "void_key": str(uuid.uuid4()),
            "usage": usage.by(workspace=customer, dimension=by, since=since, until=None),
            "by": DIMENSIONS[by],
            "dimensions": [
                listing.Link(text, listing.link(request, by=key), key == by) for key, text in DIMENSIONS.items()
            ],
            "adjustment_limit": settings.ROLLCALL_ADJUSTMENT_LIMIT,
            "adjustments": adjustments.of(workspace=customer),
            "requests": packages.of(workspace=customer),
            "me": request.actor.ref,
        }  # fmt: skip
        return render(request, "operator/customer.html", context, status=422 if form.errors else 200)


def _said(made: Adjustment) -> str:
    number = formats.count(abs(made.amount), "credit")
    if made.state == Adjustment.State.WAITING:
        return f"The adjustment of {number} waits for a second operator."
    if made.state == Adjustment.State.REFUSED:
        return "The adjustment was refused. Nothing was changed."
    return f"{number} {'added' if made.amount > 0 else 'taken away'}."


def _url(customer: Workspace) -> str:
    return reverse("operator_customer", kwargs={"workspace_slug": customer.slug})


urls: list[URLPattern] = [
    path("operator/customers/<slug:workspace_slug>", show, name="operator_customer"),
    path("operator/customers/<slug:workspace_slug>/grants/<id:grant_id>/void", void, name="operator_void"),
    path("operator/adjustments/<id:adjustment_id>", decide, name="operator_adjustment"),
]
