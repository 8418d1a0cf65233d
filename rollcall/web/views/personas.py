"""Personas: whom to find, where each was used; while one is written, how many match and what is known of them (P5)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.http import urlencode

from rollcall.core import clock, ids
from rollcall.core.errors import Conflict, NotFound, RollcallError
from rollcall.personas import coverage, definitions, found_by, quotes, runs
from rollcall.personas.models import Persona
from rollcall.personas.wanted import PER_COMPANY_MAX, PersonaDefinition
from rollcall.segments import register
from rollcall.universe.titles import DEPARTMENTS, SENIORITIES
from rollcall.web import converters, dialogs, pages, wording
from rollcall.web.pages import PageRequest
from rollcall.web.views import coverage as coverage_page

assert converters  # the addresses below use its `id`
RUNS_LOOKED_AT = 200
USED_SHOWN = 3
_TOKENS = ("titles", "titles_out", "countries")
_LISTS = (*_TOKENS, "seniorities", "departments")
_FIELDS = {"seniority": "seniorities", "department": "departments", "definition": None}


class Tokens(forms.Field):
    """Several short texts; typed ones may hold commas."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False, widget=_Several())

    def clean(self, value: Any) -> list[str]:
        return list(value)


class _Several(forms.TextInput):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        sent = data.getlist(name) if isinstance(data, QueryDict) else data.get(name, [])
        return [part.strip() for text in sent for part in text.split(",") if part.strip()]


class WhomForm(forms.Form):
    """Whom to find, where a persona is written down and where one is only planned."""

    titles = Tokens("Job titles")
    seniorities = forms.MultipleChoiceField(
        label="Seniority",
        required=False,
        choices=list(SENIORITIES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    departments = forms.MultipleChoiceField(
        label="Department",
        required=False,
        choices=list(DEPARTMENTS.items()),
        widget=forms.CheckboxSelectMultiple,
    )


class PersonaForm(WhomForm):
    """P1 in fields."""

    name = forms.CharField(label="Name", max_length=definitions.NAME_MAX)
    titles_out = Tokens("Leave out")
    countries = Tokens("Country")
    per_company = forms.IntegerField(
        label="Most per company", required=False, min_value=1, max_value=PER_COMPANY_MAX
    )
    order = forms.ChoiceField(label="Who comes first", choices=list(wording.PERSON_ORDERS.items()))
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def definition(self) -> PersonaDefinition:
        """
        Raises:
            BadPersona, UnknownChoice
        """
        data = self.cleaned_data
        lists = {name: data.get(name, []) for name in _LISTS}
        return definitions.parse(
            {**lists, "per_company": data.get("per_company"), "order": data.get("order") or "seniority"}
        )


@pages.page("personas.see")
def list_(request: PageRequest) -> HttpResponse:
    """All personas: what each says, whom it found, where it was used last and what that cost."""
    request.nav = "personas"
    used: dict[int, dict[str, Any]] = {}
    for run in runs.list_(workspace=request.workspace, limit=RUNS_LOOKED_AT).items:
        for named in run.quote.inputs["personas"]:
            entry = used.setdefault(named["id"], {"last": run, "segments": {}})
            entry["segments"].setdefault(run.segment_id, run.quote.inputs["segment"]["name"])
    counts = found_by.counts(workspace=request.workspace)
    rows = [
        {
            "persona": persona,
            "summary": wording.persona(definitions.of(persona)),
            "found": counts.get(persona.pk, 0),
            "last": used[persona.pk]["last"] if persona.pk in used else None,
            "segments": list(used[persona.pk]["segments"].items())[:USED_SHOWN] if persona.pk in used else [],
            "more": max(0, len(used[persona.pk]["segments"]) - USED_SHOWN) if persona.pk in used else 0,
        }
        for persona in definitions.list_(workspace=request.workspace)
    ]
    context = {"title": "Personas", "rows": rows, "may_edit": request.actor.may("personas.edit")}
    return render(request, "personas/list.html", context)


@pages.page("personas.edit", methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    """A new persona; with `?segment=` it leads on to the search there."""
    return _edit(request, None)


@pages.page("personas.edit", methods=("GET", "POST"))
def edit(request: PageRequest, persona_id: str) -> HttpResponse:
    """Change a persona; removes nobody and spends nothing (P3)."""
    return _edit(request, _get(request, persona_id))


@pages.page("quotes.make", methods=("POST",))
def matches(request: PageRequest) -> HttpResponse:
    """How many people a persona that is still being written would find in a segment."""
    form = PersonaForm(request.POST)
    return render(request, "personas/matches.html", _matches(request, form))


@pages.page("personas.edit", methods=("GET", "POST"))
def delete(request: PageRequest, persona_id: str) -> HttpResponse:
    """Ask first; then delete. The contacts it found stay and keep its name."""
    persona = _get(request, persona_id)
    if request.method == "POST":
        definitions.delete(
            workspace=request.workspace, persona_id=persona.pk, actor=request.actor, now=clock.now()
        )
        messages.success(request, f"“{persona.name}” was deleted. The contacts it found stay yours.")
        return dialogs.go(request, pages.url(request, "personas"))
    back = pages.url(request, "persona_edit", persona_id=persona_id)
    context = {"title": "Delete persona", "persona": persona, "back": back}
    context["layout"] = dialogs.layout(request)
    return render(request, "personas/delete.html", context)


def _edit(request: PageRequest, persona: Persona | None) -> HttpResponse:
    request.nav = "personas"
    if request.method != "POST":
        form = PersonaForm(initial=_stored(persona) if persona else {"per_company": 3})
        return render(request, "personas/edit.html", _context(request, persona, form))
    form, status = PersonaForm(request.POST), 422
    if form.is_valid() and "act" not in request.POST:
        try:
            saved = _save(request, persona, form)
        except RollcallError as error:
            status = 409 if isinstance(error, Conflict) else 422
            form.add_error(_field(error), error.message)
        else:
            messages.success(request, f"“{saved.name}” is saved. Nothing was spent.")
            return redirect(_onward(request, saved))
    if "act" in request.POST:
        status = 200
        form.errors.clear()
    return render(request, "personas/edit.html", _context(request, persona, form), status=status)


def _save(request: PageRequest, persona: Persona | None, form: PersonaForm) -> Persona:
    given: dict[str, Any] = {
        "workspace": request.workspace,
        "name": form.cleaned_data["name"],
        "definition": form.definition(),
        "actor": request.actor,
        "now": clock.now(),
    }
    if persona is None:
        return definitions.create(**given)
    return definitions.update(**given, persona_id=persona.pk, revision=form.cleaned_data.get("revision"))


def _onward(request: PageRequest, persona: Persona) -> str:
    """To the search that the persona was wanted for, else to the list."""
    segment = request.GET.get("segment", "")
    try:
        register.get(workspace=request.workspace, segment_id=ids.parse("seg", segment))
    except NotFound:
        return pages.url(request, "personas")
    chosen = urlencode({"persona": ids.public("per", persona.pk)})
    return f"{pages.url(request, 'find', segment_id=segment)}?{chosen}"


def _context(request: PageRequest, persona: Persona | None, form: PersonaForm) -> dict[str, Any]:
    asked = request.GET.get("segment", "")
    return {
        "title": persona.name if persona else "New persona",
        "persona": persona,
        "form": form,
        "back": pages.url(request, "personas"),
        "matches_url": pages.url(request, "persona_matches"),
        **_matches(request, form, asked=asked),
    }


def _matches(request: PageRequest, form: PersonaForm, *, asked: str = "") -> dict[str, Any]:
    """The same sum as a quote's, in one segment, for what the form says now."""
    segments = register.list_(workspace=request.workspace)
    asked = request.POST.get("in_segment", asked)
    chosen = next((one for one in segments if ids.public("seg", one.pk) == asked), None)
    chosen = chosen or (segments[0] if segments else None)
    found: dict[str, Any] = {"segments": segments, "chosen": chosen, "draft": None, "problem": ""}
    if chosen is None:
        return found
    try:
        if form.is_bound:
            form.is_valid()
            wanted = form.definition()
        else:
            lists = {name: form.initial.get(name, []) for name in _LISTS}
            wanted = definitions.parse(lists | {"per_company": form.initial.get("per_company")})
        draft = quotes.draft(workspace=request.workspace, segment_id=chosen.pk, definition=wanted)
    except RollcallError as error:
        return found | {"problem": error.message}
    if not draft.matches:
        return found | {"draft": draft, "sample": []}
    sample = quotes.sample(draft) if draft.credits_max else []
    known = coverage.of_draft(workspace=request.workspace, draft=draft, now=clock.now())
    return found | {"draft": draft, "sample": sample, **coverage_page.context(known)}


def _stored(persona: Persona) -> dict[str, Any]:
    return {
        "name": persona.name,
        "revision": persona.revision,
        **definitions.of(persona).model_dump(),
    }


def _get(request: PageRequest, persona_id: str) -> Persona:
    request.nav = "personas"
    return definitions.get(workspace=request.workspace, persona_id=ids.parse("per", persona_id))


def _field(error: RollcallError) -> str | None:
    """The form's field that an error speaks of."""
    if error.code in ("name_needed", "name_taken"):
        return "name"
    named = str(error.details.get("field", ""))
    named = _FIELDS.get(named, named) or ""
    return named if named in PersonaForm.base_fields else None


urls: list[URLPattern] = [
    path("personas", list_, name="personas"),
    path("personas/new", new, name="persona_new"),
    path("personas/matches", matches, name="persona_matches"),
    path("personas/<id:persona_id>", edit, name="persona_edit"),
    path("personas/<id:persona_id>/delete", delete, name="persona_delete"),
]
