"""The operator's rules of refunds: what comes back by itself, for whom, and what that came to so far (C8)."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from rollcall.contacts import erasure, merging
from rollcall.core import clock, ids
from rollcall.credits import posting, refund_effects, refund_rules
from rollcall.credits.refund_effects import Effect
from rollcall.credits.refund_rules import Cause, Rule
from rollcall.web import form_errors, formats, pages
from rollcall.web.pages import PageRequest
from rollcall.workspaces import members
from rollcall.workspaces.models import Workspace

_SINCE = timedelta(days=366)


class RuleForm(forms.Form):
    """One rule: for all workspaces or for one."""

    cause = forms.ChoiceField(label="Cause", choices=Cause.choices)
    workspace = forms.ChoiceField(label="For", required=False)
    is_on = forms.BooleanField(label="The credit comes back by itself", required=False, initial=True)
    window_days = forms.IntegerField(
        label="Within days of the charge", required=False, min_value=0, max_value=refund_rules.WINDOW_DAYS_MAX,
        help_text="Empty: however long ago it was.",
    )  # fmt: skip
    cap_credits = forms.IntegerField(
        label="At most credits a month", required=False, min_value=0, max_value=posting.AMOUNT_MAX,
        help_text="For each workspace, by its calendar month. Empty: no cap.",
    )  # fmt: skip

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        mine = [(one.slug, one.name) for one in members.all_workspaces()]
        self.fields["workspace"].choices = [("", "All workspaces"), *mine]  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """Whom to forget everywhere."""

    profile_id = forms.CharField(
        label="Profile id", max_length=30, help_text="As it is at the foot of a contact: pro_12."
    )
    sure = forms.BooleanField(label="They asked for it, and it cannot be undone")


@pages.operator_page(methods=("GET", "POST"))
def rules(request: PageRequest) -> HttpResponse:
    """All rules, the form that sets one, and what came back by month and cause."""
    form = RuleForm(request.POST if request.method == "POST" else None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        rule = form_errors.attempt(form, lambda: _set(request, form))
        if rule is not None:
            messages.success(request, f"{rule.label}: {rule.words}")
            return redirect("operator_refunds")
    return _page(request, {"form": form, "person": PersonForm()}, 422 if form.errors else 200)


@pages.operator_page(methods=("POST",))
def clear(request: PageRequest, workspace_slug: str, cause: str) -> HttpResponse:
    """The rule of the installation holds for the workspace again."""
    workspace = members.find_workspace(workspace_slug)
    refund_rules.clear(workspace=workspace, cause=cause, actor=request.actor, now=clock.now())
    messages.success(request, f"{workspace.name} has the rule of the installation again.")
    return redirect("operator_refunds")


@pages.operator_page(methods=("POST",))
def confirm(request: PageRequest, merge_id: int) -> HttpResponse:
    """Two merged contacts that do not look alike were looked at: the second credit comes back after all."""
    done = merging.confirm(merge_id=merge_id, actor=request.actor, now=clock.now())
    messages.success(request, done.why)
    return redirect("operator_refunds")


@pages.operator_page(methods=("POST",))
def forget(request: PageRequest) -> HttpResponse:
    """Forget a person in every workspace and in the universe (X2)."""
    person = PersonForm(request.POST)
    if person.is_valid():
        done = form_errors.attempt(person, lambda: _forget(request, person))
        if done is not None:
            contacts = formats.count(done.contacts, "contact")
            workspaces = formats.count(done.workspaces, "workspace")
            back = formats.count(done.refunded, "credit")
            messages.success(request, f"Forgotten: {contacts} in {workspaces}, {back} came back.")
            return redirect("operator_refunds")
    return _page(request, {"form": RuleForm(initial=_initial(request)), "person": person}, 422)


def _page(request: PageRequest, forms_: dict[str, Any], status: int) -> HttpResponse:
    own = [
        {
            "workspace": one,
            "rule": rule,
            "clear": reverse("operator_refunds_clear", args=[one.slug, rule.cause]),
        }
        for one in members.all_workspaces()
        for rule in refund_rules.all_(workspace=one)
        if rule.is_own
    ]
    context = {
        "title": "Refunds",
        "rules": refund_rules.all_(workspace=None),
        "own": own,
        "months": _months(refund_effects.by_month(workspace=None, since=clock.now() - _SINCE)),
        "causes": [*Cause.labels, "Given back by hand"],
        "merges": merging.unconfirmed(),
    }
    return render(request, "operator/refunds.html", context | forms_, status=status)


def _months(effects: list[Effect]) -> list[dict[str, Any]]:
    """A line a month: the credits of each cause, and of all."""
    order = [*Cause.values, refund_effects.BY_HAND]
    months = sorted({effect.month for effect in effects}, reverse=True)
    found = {(effect.month, effect.cause): effect for effect in effects}
    return [
        {
            "month": month,
            "cells": [found.get((month, cause)) for cause in order],
            "credits": sum(effect.credits for effect in effects if effect.month == month),
        }
        for month in months
    ]


def _initial(request: PageRequest) -> dict[str, Any]:
    """The rule that a link of the page asks to change."""
    cause, slug = request.GET.get("cause", ""), request.GET.get("workspace", "")
    if cause not in Cause.values:
        return {"window_days": refund_rules.WINDOW_DAYS}
    rule: Rule = refund_rules.of(workspace=_workspace(slug), cause=cause)
    return {
        "cause": cause, "workspace": slug, "is_on": rule.is_on, "window_days": rule.window_days,
        "cap_credits": rule.cap_credits,
    }  # fmt: skip


def _set(request: PageRequest, form: RuleForm) -> Rule:
    given = form.cleaned_data
    return refund_rules.set_(
        workspace=_workspace(given["workspace"]),
        cause=given["cause"],
        is_on=given["is_on"],
        window_days=given["window_days"],
        cap_credits=given["cap_credits"],
        actor=request.actor,
        now=clock.now(),
    )


def _forget(request: PageRequest, person: PersonForm) -> erasure.Forgotten:
    number = ids.parse("pro", person.cleaned_data["profile_id"].strip())
    return erasure.forget_everywhere(profile_id=number, actor=request.actor, now=clock.now())


def _workspace(slug: str) -> Workspace | None:
    return members.find_workspace(slug) if slug else None


urls: list[URLPattern] = [
    path("operator/refunds", rules, name="operator_refunds"),
    path("operator/refunds/clear/<slug:workspace_slug>/<slug:cause>", clear, name="operator_refunds_clear"),
    path("operator/refunds/confirm/<int:merge_id>", confirm, name="operator_refunds_confirm"),
    path("operator/refunds/forget", forget, name="operator_refunds_forget"),
]
