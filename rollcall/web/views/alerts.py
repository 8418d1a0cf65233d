"""Alerts: the rules of a workspace, what they told, and putting it away (G6)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.http import url_has_allowed_host_and_scheme

from rollcall.core import clock, ids
from rollcall.core.errors import RollcallError
from rollcall.credits import alert_words, alerts
from rollcall.credits.models import AlertEvent, AlertRule
from rollcall.web import converters, form_errors, listing, pages
from rollcall.web.pages import PageRequest
from rollcall.workspaces import access

assert converters  # the addresses below use its `id`
KINDS = {
    "balance": "Available credits fall to … credits",
    "percent": "Available credits fall to … % of what there was when credits last arrived",
    "runway": "Credits run out within … days",
    "expiry": "A grant expires within … days",
    "spend": "A day's use reaches … % of a usual day's",
    "budget": "A budget is used or reserved up to … %",
}


class RuleForm(forms.Form):
    """When, and who is told how; in the product always."""

    kind = forms.ChoiceField(label="Tell us when", choices=list(KINDS.items()))
    threshold = forms.IntegerField(label="Threshold", min_value=0, max_value=10**15, initial=500)
    by_email = forms.BooleanField(label="By email, to owners and admins", required=False, initial=True)
    by_webhook = forms.BooleanField(label="By webhook", required=False, initial=True)


@pages.page("credits.see", methods=("GET", "POST"))
def list_(request: PageRequest) -> HttpResponse:
    """What was told, the rules, and making one."""
    request.nav = "credits"
    form = RuleForm(request.POST or None)
    if request.method == "POST":
        access.require(request.actor, "alerts.edit")
    if request.method == "POST" and form.is_valid():
        made = form_errors.attempt(form, lambda: _create(request, form.cleaned_data))
        if made is not None:
            messages.success(request, f"You are told when: {_says(made).lower()}.")
            return redirect(pages.url(request, "credits_alerts"))
    status = 422 if form.errors else 200
    page = alerts.events(workspace=request.workspace, cursor=listing.cursor(request))
    kept = alerts.list_(workspace=request.workspace)
    context = {
        "title": "Alerts",
        "rules": [{"rule": rule, "says": _says(rule), "unit": alert_words.UNITS[rule.kind]} for rule in kept],  # type: ignore[index]
        "lacks_usual": any(kind not in {rule.kind for rule in kept} for kind, _ in alerts.USUAL),
        "events": [{"event": event, "says": said(event)} for event in page.items],
        "form": form,
        "may_edit": request.actor.may("alerts.edit"),
        "may_call": request.actor.may("webhooks.edit"),
    }
    context |= listing.place(request, page, total=None)
    return render(request, "credits/alerts.html", context, status=status)


@pages.page("alerts.edit", methods=("POST",))
def usual(request: PageRequest) -> HttpResponse:
    """One click for the rules that suit most."""
    made = alerts.add_usual(workspace=request.workspace, **_acting(request))
    messages.success(request, f"{len(made)} rules were made. Change or end any of them.")
    return redirect(pages.url(request, "credits_alerts"))


@pages.page("alerts.edit", methods=("POST",))
def rule_(request: PageRequest, rule_id: str) -> HttpResponse:
    """Change a rule, or end it."""
    number = ids.parse("alr", rule_id)
    asked = {"workspace": request.workspace, "rule_id": number, **_acting(request)}
    if "end" in request.POST:
        alerts.end(**asked)
        messages.success(request, "The rule has ended. What it told stays.")
        return redirect(pages.url(request, "credits_alerts"))
    given = request.POST.copy()
    given["kind"] = alerts.get(workspace=request.workspace, rule_id=number).kind
    form = RuleForm(given)
    problem = "Write a whole number."
    if form.is_valid():
        wanted = {name: form.cleaned_data[name] for name in ("threshold", "by_email", "by_webhook")}
        try:
            changed = alerts.change(**asked, **wanted)
        except RollcallError as error:
            problem = error.message
        else:
            messages.success(request, f"You are told when: {_says(changed).lower()}.")
            return redirect(pages.url(request, "credits_alerts"))
    messages.error(request, problem)
    return redirect(pages.url(request, "credits_alerts"))


@pages.page("alerts.edit", methods=("POST",))
def seen(request: PageRequest) -> HttpResponse:
    """Put one alert away, or all; then back to where the reader was."""
    event = request.POST.get("event", "")
    alerts.see(
        workspace=request.workspace, event_id=ids.parse("ale", event) if event else None, now=clock.now()
    )
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return redirect(back if is_ours else pages.url(request, "credits_alerts"))


def said(event: AlertEvent) -> str:
    """What happened, in one sentence."""
    rule = event.rule
    return alert_words.event(rule.kind, rule.threshold, event.before, event.after, event.detail)


def _says(rule: AlertRule) -> str:
    return alert_words.rule(rule.kind, rule.threshold)


def _create(request: PageRequest, given: dict[str, Any]) -> AlertRule:
    return alerts.create(workspace=request.workspace, **_acting(request), **given)


def _acting(request: PageRequest) -> dict[str, Any]:
    return {"actor": request.actor, "now": clock.now()}


urls: list[URLPattern] = [
    path("credits/alerts", list_, name="credits_alerts"),
    path("credits/alerts/usual", usual, name="alerts_usual"),
    path("credits/alerts/seen", seen, name="alerts_seen"),
    path("credits/alerts/<id:rule_id>", rule_, name="alert_rule"),
]
