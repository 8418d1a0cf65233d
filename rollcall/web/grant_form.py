"""The form with which the operator grants credits, and the balance that would follow."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse

from rollcall.credits import grants, money, previews
from rollcall.credits.models import Grant, PackageRequest
from rollcall.personas import automations
from rollcall.workspaces.models import Workspace

KINDS = [
    c for c in Grant.Kind.choices if c[0] in (Grant.Kind.PACKAGE, Grant.Kind.TOP_UP, Grant.Kind.PROMOTIONAL)
]


def day_field(label: str, hint: str = "") -> forms.DateField:
    """A date as browsers choose one; without a hint it is required."""
    # Browsers read and send such a field as 2026-12-31, whatever the language.
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=not hint, widget=widget, help_text=hint)


class Priced(forms.Form):
    """An amount of money and its currency; both or neither."""

    price = forms.CharField(label="Price", required=False, max_length=20, help_text="Of all of them: 1200.50")
    currency = forms.CharField(label="Currency", required=False, max_length=3, initial="EUR")

    def clean(self) -> dict[str, Any]:
        """`price_minor` and `currency` as a grant keeps them."""
        given = super().clean() or {}
        try:
            read = money.parse(price=given.get("price"), currency=given.get("currency", ""))
        except money.BadPrice as wrong:
            self.add_error("price", wrong.message)
        else:
            given["price_minor"], given["currency"] = read
        return given


class GrantForm(Priced):
    """How many, of what kind, for how much, from when until when."""

    amount = forms.IntegerField(label="Credits", min_value=1, max_value=1_000_000_000)
    kind = forms.ChoiceField(label="Type", choices=KINDS)
    name = forms.CharField(
        label="Name", max_length=120, help_text="What the customer reads, such as Annual package."
    )
    starts_on = day_field("Starts on", "Empty: now.")
    expires_on = day_field("Expires on", "Empty: never.")
    priority = forms.IntegerField(
        label="Priority", required=False, min_value=-1000, max_value=1000, initial=0,
        help_text="Lower numbers burn first, whatever their dates. Usually 0.",
    )  # fmt: skip
    reference = forms.CharField(
        label="Document", required=False, max_length=60, help_text="Contract or invoice number."
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=100, required=False)
    quote_number = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)


def of_request(asked: PackageRequest) -> dict[str, Any]:
    """What the form starts with: the quote, or what was asked for."""
    start = {"amount": asked.credits_wanted, "kind": Grant.Kind.PACKAGE, "name": "Package", "priority": 0}
    if asked.quoted_credits is not None:
        start |= {
            "amount": asked.quoted_credits,
            "price": money.plain(asked.quoted_price_minor, asked.quoted_currency),
            "currency": asked.quoted_currency or "EUR",
            "expires_on": asked.quoted_expires_on,
        }
    return start | {"quote_number": asked.quote_number}


def given(form: GrantForm, workspace: Workspace) -> dict[str, Any]:
    """What the domain takes; days are those of the customer, and the last one is good until it ends."""
    read = form.cleaned_data
    names = ("amount", "kind", "name", "price_minor", "currency")
    return {name: read[name] for name in names} | _terms(read, workspace)


def preview(form: GrantForm, workspace: Workspace, now: datetime) -> dict[str, Any]:
    """Context of `operator/preview.html`: what this grant would change, as far as the form can be read."""
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    read = initial | {name: value for name, value in getattr(form, "cleaned_data", {}).items() if value}
    seen = None
    if read.get("amount") and (not form.is_bound or not form.errors):
        terms = _terms(read, workspace)
        seen = previews.of_grant(
            workspace=workspace, amount=read["amount"], kind=read.get("kind") or Grant.Kind.PACKAGE, now=now,
            commitments=automations.commitments(workspace=workspace), **terms,
        )  # fmt: skip
    return {
        "seen": seen,
        "amount": read.get("amount"),
        "customer": workspace,
        "preview_url": reverse("operator_preview", kwargs={"workspace_slug": workspace.slug}),
    }


def _terms(read: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    starts, ends = read.get("starts_on"), read.get("expires_on")
    return {
        "effective_at": grants.start_of(starts, workspace=workspace) if starts else None,
        "expires_at": grants.end_of(ends, workspace=workspace) if ends else None,
        "priority": read.get("priority") or 0,
    }
