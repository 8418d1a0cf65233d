"""Planning credits: the forecast, what chosen segments and personas need, and the package that follows (G8)."""

from typing import Any

from django import forms
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.core.errors import NotFound, RollcallError
from rollcall.credits import grants
from rollcall.delivery.destinations.csv_file import export
from rollcall.personas import definitions, outlooks, requirement_rows, requirements
from rollcall.personas.models import Analysis
from rollcall.personas.requirements import PersonaDraft, SegmentDraft
from rollcall.personas.wanted import PER_COMPANY_MAX
from rollcall.segments import register
from rollcall.universe import fields, titles
from rollcall.web import converters, filter_form, forecast_page, listing, pages, plan_page
from rollcall.web.filter_form import Lines
from rollcall.web.pages import PageRequest
from rollcall.web.views.personas import WhomForm
from rollcall.workspaces import access

assert converters  # the addresses below use its `id`
SHOWN, NAMED = 20, 80
CHART_DAYS = 90


class PlanForm(WhomForm):
    """What to analyse: saved segments and personas, and at most one draft of each."""

    name = forms.CharField(label="Name", required=False, max_length=requirements.NAME_MAX)
    segments = forms.MultipleChoiceField(
        label="Segments", required=False, widget=forms.CheckboxSelectMultiple
    )
    personas = forms.MultipleChoiceField(
        label="Personas", required=False, widget=forms.CheckboxSelectMultiple
    )
    months = forms.IntegerField(label="Months", min_value=1, max_value=requirements.MONTHS_MAX, initial=6)
    include_domains = forms.CharField(
        label="Domains", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_dynamic = forms.BooleanField(label="Dynamic: companies join and leave by themselves", required=False)
    per_company = forms.IntegerField(
        label="Most per company", required=False, min_value=1, max_value=PER_COMPANY_MAX, initial=""
    )

    def __init__(self, *args: Any, request: PageRequest, **more: Any) -> None:
        super().__init__(*args, **more)
        segments = [("seg", one) for one in register.list_(workspace=request.workspace)]
        personas = [("per", one) for one in definitions.list_(workspace=request.workspace)]
        for field, saved in (("segments", segments), ("personas", personas)):
            choices = [(ids.public(prefix, one.pk), one.name) for prefix, one in saved]
            self.fields[field].choices = choices  # type: ignore[attr-defined]

    def segment_drafts(self, lines: Lines) -> list[SegmentDraft]:
        where, domains = lines.condition(), self.cleaned_data["include_domains"]
        if not where["items"] and not domains.strip():
            return []
        definition = {"include_domains": domains} | ({"where": where} if where["items"] else {})
        return [SegmentDraft("Drafted companies", definition, self.cleaned_data["is_dynamic"])]

    def persona_drafts(self) -> list[PersonaDraft]:
        lists = {name: self.cleaned_data[name] for name in ("titles", "seniorities", "departments")}
        if not any(lists.values()):
            return []
        labels = {**titles.SENIORITIES, **titles.DEPARTMENTS}
        named = ", ".join(labels.get(word, word) for words in lists.values() for word in words)
        if len(named) > NAMED:
            named = f"{named[:NAMED]}…"
        return [PersonaDraft(named, lists | {"per_company": self.cleaned_data["per_company"]})]


@pages.page("credits.see", methods=("GET", "POST"))
def planner(request: PageRequest) -> HttpResponse:
    """The forecast and the form; sent, it leads to the analysis. Buttons of the filter show the form again."""
    request.nav = "credits"
    if request.method != "POST":
        return render(request, "planner/planner.html", _context(request, PlanForm(request=request), Lines()))
    access.require(request.actor, "analyses.make")
    form, lines = PlanForm(request.POST, request=request), filter_form.read(request.POST)
    if "act" in request.POST:
        form.errors.clear()
        template = "planner/builder.html" if request.htmx else "planner/planner.html"
        return render(request, template, _context(request, form, lines))
    right = filter_form.check(lines)
    if form.is_valid() and right:
        try:
            made = _analyse(request, form, lines)
        except NotFound:
            raise
        except RollcallError as error:
            form.add_error(None, error.message)
        else:
            return redirect(pages.url(request, "analysis", analysis_id=ids.public("ana", made.pk)))
    return render(request, "planner/planner.html", _context(request, form, lines), status=422)


@pages.page("credits.see")
def analysis(request: PageRequest, analysis_id: str) -> HttpResponse:
    """What was worked out, with its arithmetic; a permanent address."""
    found = _found(request, analysis_id)
    context = {"title": found.name, "found": found, **plan_page.context(found)}
    context["may_request"] = request.actor.may("packages.request")
    return render(request, "planner/analysis.html", context)


@pages.page("credits.see")
def as_csv(request: PageRequest, analysis_id: str) -> StreamingHttpResponse:
    """The numbers, one a row."""
    pieces = export.text(requirement_rows.rows(_found(request, analysis_id)))
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{analysis_id}.csv"'
    return answer


@pages.page("credits.see")
def as_json(request: PageRequest, analysis_id: str) -> JsonResponse:
    """The numbers and all that they were made from."""
    found = _found(request, analysis_id)
    answer = JsonResponse(
        requirements.attachment(found) | {"inputs": found.inputs}, json_dumps_params={"indent": 2}
    )
    answer["Content-Disposition"] = f'attachment; filename="{analysis_id}.json"'
    return answer


def _analyse(request: PageRequest, form: PlanForm, lines: Lines) -> Analysis:
    data = form.cleaned_data
    return requirements.analyse(
        workspace=request.workspace,
        segment_ids=[ids.parse("seg", number) for number in data["segments"]],
        persona_ids=[ids.parse("per", number) for number in data["personas"]],
        segment_drafts=form.segment_drafts(lines),
        persona_drafts=form.persona_drafts(),
        months=data["months"],
        name=data["name"],
        actor=request.actor,
        now=clock.now(),
    )


def _context(request: PageRequest, form: PlanForm, lines: Lines) -> dict[str, Any]:
    now = clock.now()
    outlook = outlooks.read(workspace=request.workspace, now=now)
    found = grants.in_burn_order(workspace=request.workspace, now=now)
    others = {one.pk: one.name for one in register.list_(workspace=request.workspace)}
    for line in lines.each():
        line.segments = filter_form.segment_names(line, others) if line.control == "segments" else []
    page = requirements.list_(workspace=request.workspace, cursor=listing.cursor(request), limit=SHOWN)
    return {
        "title": "Planner",
        "outlook": outlook,
        "note": forecast_page.note(outlook),
        "chart": forecast_page.chart(request.workspace, outlook, grants=found, days=CHART_DAYS, now=now),
        "form": form,
        "lines": lines,
        "fields": [(name, field.label) for name, field in fields.catalogue().items()],
        "edit_url": pages.url(request, "credits_planner"),
        "may_make": request.actor.may("analyses.make"),
        "analyses": page.items,
        "drafted": bool(lines.items) or any(form[name].value() for name in ("include_domains", "titles")),
        **listing.place(request, page, total=None),
    }


def _found(request: PageRequest, analysis_id: str) -> Analysis:
    request.nav = "credits"
    return requirements.get(workspace=request.workspace, analysis_id=ids.parse("ana", analysis_id))


urls: list[URLPattern] = [
    path("credits/planner", planner, name="credits_planner"),
    path("credits/planner/<id:analysis_id>", analysis, name="analysis"),
    path("credits/planner/<id:analysis_id>.csv", as_csv, name="analysis_csv"),
    path("credits/planner/<id:analysis_id>.json", as_json, name="analysis_json"),
]
