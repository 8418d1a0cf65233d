"""Automatic searches of a segment: what starts by itself, what it may spend unasked, and what came of it (E7, S5)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.core.errors import RollcallError
from rollcall.personas import allowances, automations
from rollcall.personas import definitions as personas
from rollcall.personas.models import Automation
from rollcall.segments.models import Segment
from rollcall.web import converters, dialogs, form_errors, formats, pages
from rollcall.web.pages import PageRequest
from rollcall.web.views import segments

assert converters  # the addresses below use its `id`
_TRIGGERS = [
    ("joined", "When companies join: the companies that joined are searched"),
    ("daily", "Every day at 6 in the morning: the whole segment is searched"),
    ("weekly", "Every Monday at 6 in the morning"),
    ("monthly", "On the first of each month at 6 in the morning"),
]
_MODES = [
    ("ask", "Ask first: nothing is spent before somebody approves"),
    ("allowance", "Spend by itself, up to an allowance a day; what is above it waits for approval"),
]


class AutomationForm(forms.Form):
    """Whom, when, and what may be spent unasked."""

    personas = forms.MultipleChoiceField(label="Personas", widget=forms.CheckboxSelectMultiple)
    trigger = forms.ChoiceField(label="Starts", choices=_TRIGGERS, widget=forms.RadioSelect, initial="joined")
    mode = forms.ChoiceField(label="Credits", choices=_MODES, widget=forms.RadioSelect, initial="ask")
    credits_per_day = forms.IntegerField(
        label="Allowance a day", required=False, min_value=0, max_value=ids.INT64_MAX, initial=0
    )

    def __init__(self, *args: Any, known: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["personas"].choices = known  # type: ignore[attr-defined]

    def settings(self) -> dict[str, Any]:
        """What the domain takes; an allowance beside "ask first" means nothing."""
        data = self.cleaned_data
        spends = data["mode"] == Automation.Mode.ALLOWANCE
        return {
            "persona_ids": [ids.parse("per", text) for text in data["personas"]],
            "trigger": data["trigger"],
            "mode": data["mode"],
            "credits_per_day": data["credits_per_day"] or 0 if spends else 0,
        }


@pages.page("personas.see")
def list_(request: PageRequest, segment_id: str) -> HttpResponse:
    """The automations of the segment, with what each used of today's allowance."""
    segment = segments.find(request, segment_id)
    found = automations.list_(workspace=request.workspace, segment_id=segment.pk)
    context = segments.frame(request, segment, "automations") | {
        "rows": [
            {
                "automation": automation,
                "personas": " + ".join(persona.name for persona in automations.personas_of(automation)),
                "today": allowances.today(automation=automation, now=clock.now()),
            }
            for automation in found
        ],
        "new_url": pages.url(request, "automation_new", segment_id=segment_id),
        "may_automate": request.actor.may("automations.edit"),
    }
    return render(request, "automations/list.html", context)


@pages.page("automations.edit", methods=("GET", "POST"))
def new(request: PageRequest, segment_id: str) -> HttpResponse:
    """Set one up."""
    return _edit(request, segments.find(request, segment_id), None)


@pages.page("automations.edit", methods=("GET", "POST"))
def edit(request: PageRequest, automation_id: str) -> HttpResponse:
    """Change one."""
    automation = _find(request, automation_id)
    return _edit(request, automation.segment, automation)


@pages.page("automations.edit", methods=("POST",))
def act(request: PageRequest, automation_id: str) -> HttpResponse:
    """Pause, resume or end."""
    automation = _find(request, automation_id)
    this: dict[str, Any] = {
        "workspace": request.workspace,
        "automation_id": automation.pk,
        "actor": request.actor,
        "now": clock.now(),
    }
    try:
        if "end" in request.POST:
            automations.end(**this)
            messages.success(request, "The automatic search was ended. What it found stays yours.")
        elif "resume" in request.POST:
            automations.resume(**this)
            messages.success(request, "Resumed.")
        else:
            automations.pause(**this)
            messages.success(request, "Paused. Nothing starts by itself until somebody resumes it.")
    except RollcallError as refused:
        messages.error(request, refused.message)
    return redirect(_list_url(request, automation.segment))


def _edit(request: PageRequest, segment: Segment, automation: Automation | None) -> HttpResponse:
    request.nav = "segments"
    known = [(ids.public("per", p.pk), p.name) for p in personas.list_(workspace=request.workspace)]
    form = AutomationForm(request.POST or None, known=known, initial=_kept(automation, known))
    if request.method == "POST" and form.is_valid() and _save(request, segment, automation, form):
        return dialogs.go(request, _list_url(request, segment))
    public = ids.public("seg", segment.pk)
    context = {
        "title": "Automatic search",
        "segment": segment,
        "automation": automation,
        "form": form,
        "layout": dialogs.layout(request),
        "back": _list_url(request, segment),
        "action": pages.url(request, "automation", automation_id=ids.public("aut", automation.pk))
        if automation
        else pages.url(request, "automation_new", segment_id=public),
    }
    status = 422 if form.errors else 200
    return render(request, "automations/edit.html", context, status=status)


def _save(
    request: PageRequest, segment: Segment, automation: Automation | None, form: AutomationForm
) -> bool:
    acting: dict[str, Any] = {"workspace": request.workspace, "actor": request.actor, "now": clock.now()}
    if automation is None:
        done = form_errors.attempt(
            form, lambda: automations.create(segment_id=segment.pk, **form.settings(), **acting)
        )
    else:
        done = form_errors.attempt(
            form, lambda: automations.change(automation_id=automation.pk, **form.settings(), **acting)
        )
    if done is None:
        return False
    unasked = (
        f"It may spend up to {formats.count(done.credits_per_day, 'credit')} a day by itself."
        if done.mode == Automation.Mode.ALLOWANCE
        else "It asks before it spends anything."
    )
    messages.success(request, f"Saved. {unasked}")
    return True


def _kept(automation: Automation | None, known: list[tuple[str, str]]) -> dict[str, Any]:
    if automation is None:
        return {"personas": [known[0][0]] if len(known) == 1 else []}
    return {
        "personas": [ids.public("per", number) for number in automation.persona_ids],
        "trigger": automation.trigger,
        "mode": automation.mode,
        "credits_per_day": automation.credits_per_day,
    }


def _find(request: PageRequest, automation_id: str) -> Automation:
    request.nav = "segments"
    return automations.get(workspace=request.workspace, automation_id=ids.parse("aut", automation_id))


def _list_url(request: PageRequest, segment: Segment) -> str:
    return pages.url(request, "segment_automations", segment_id=ids.public("seg", segment.pk))


urls: list[URLPattern] = [
    path("segments/<id:segment_id>/automations", list_, name="segment_automations"),
    path("segments/<id:segment_id>/automations/new", new, name="automation_new"),
    path("automations/<id:automation_id>", edit, name="automation"),
    path("automations/<id:automation_id>/act", act, name="automation_act"),
]
