"""The segment editor: filter lines, pasted domains, order and limit, with a live preview (S1, S2)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.core.errors import Conflict, RollcallError
from rollcall.segments import definitions, language, preview, register
from rollcall.segments.models import Segment
from rollcall.universe import fields
from rollcall.universe.queries import COMPANY_ORDERS
from rollcall.web import converters, filter_form, pages
from rollcall.web.filter_form import Lines
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
ROWS_SHOWN = 8
_LIMIT_MAX = 10**15
_ORDERS = [
    (name, {"id": "As they became known", "random": "Random, but always the same"}.get(name)
     or fields.COMPANY_FIELDS[name].label)
    for name in COMPANY_ORDERS
]  # fmt: skip


class SegmentForm(forms.Form):
    """Everything of a segment but its filter lines."""

    name = forms.CharField(label="Name", max_length=definitions.NAME_MAX)
    kind = forms.ChoiceField(
        label="Type",
        choices=[
            ("static", "Static: companies change only when someone edits or refreshes it"),
            ("dynamic", "Dynamic: looked at again every day and with each load of data"),
        ],
        widget=forms.RadioSelect,
        initial="static",
    )
    everything = forms.BooleanField(label="All companies", required=False)
    include_domains = forms.CharField(
        label="Include these domains", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    exclude_domains = forms.CharField(
        label="Leave these domains out", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    exclude_segments = forms.MultipleChoiceField(
        label="Leave out companies of", required=False, widget=forms.CheckboxSelectMultiple
    )
    order_by = forms.ChoiceField(label="Order", choices=_ORDERS, initial="name")
    descending = forms.TypedChoiceField(
        label="Direction",
        required=False,
        choices=[("", "Smallest, or A, first"), ("1", "Largest, or Z, first")],
        coerce=bool,
    )
    limit = forms.IntegerField(label="Only the first", required=False, min_value=1, max_value=_LIMIT_MAX)
    random_seed = forms.IntegerField(required=False, min_value=0, max_value=2**31, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, others: Mapping[int, str], **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(ids.public("seg", number), name) for number, name in others.items()]
        self.fields["exclude_segments"].choices = choices  # type: ignore[attr-defined]

    def definition(self, lines: Lines, *, whole: bool) -> dict[str, Any]:
        """What `segments.language` reads; a value that this form refused is left out."""
        data = self.cleaned_data
        everything = bool(data.get("everything"))
        where = lines.condition(whole=whole)
        found: dict[str, Any] = {
            "everything": everything,
            "include_domains": data.get("include_domains", ""),
            "exclude_domains": data.get("exclude_domains", ""),
            "exclude_segments": data.get("exclude_segments", []),
            "order_by": data.get("order_by", "name"),
            "descending": bool(data.get("descending")),
            "limit": data.get("limit"),
            "random_seed": data.get("random_seed") or 0,
        }
        return found | ({"where": where} if where["items"] and not everything else {})


@pages.page("segments.edit", methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    """A new segment; without script every button sends the whole form and shows it again."""
    return _edit(request, None)


@pages.page("segments.edit", methods=("GET", "POST"))
def edit(request: PageRequest, segment_id: str) -> HttpResponse:
    """Change a segment's name, kind and definition."""
    segment = register.get(workspace=request.workspace, segment_id=ids.parse("seg", segment_id))
    return _edit(request, segment)


def _edit(request: PageRequest, segment: Segment | None) -> HttpResponse:
    request.nav = "segments"
    others = _others(request, segment)
    if request.method != "POST":
        form, lines = _stored(segment, others)
        return render(request, "segments/edit.html", _context(request, segment, form, lines, others))
    form, lines = SegmentForm(request.POST, others=others), filter_form.read(request.POST)
    if "act" in request.POST or request.htmx:
        return _shown(request, segment, form, lines, others)
    status = 422
    right = filter_form.check(lines) if not request.POST.get("everything") else True
    if form.is_valid() and right:
        try:
            saved = _save(request, segment, form, lines)
        except RollcallError as error:
            status = 409 if isinstance(error, Conflict) else 422
            form.add_error("name" if error.code in ("bad_name", "name_taken") else None, error.message)
        else:
            messages.success(request, f"“{saved.name}” has {saved.company_count:,} companies.")
            return redirect(pages.url(request, "segment_companies", segment_id=ids.public("seg", saved.pk)))
    context = _context(request, segment, form, lines, others)
    return render(request, "segments/edit.html", context, status=status)


def _shown(
    request: PageRequest, segment: Segment | None, form: SegmentForm, lines: Lines, others: dict[int, str]
) -> HttpResponse:
    """The form again, unsaved: whole, or (htmx) its filter lines, or only the preview with the counts."""
    context = _context(request, segment, form, lines, others)
    form.errors.clear()
    if not request.htmx:
        return render(request, "segments/edit.html", context)
    template = "segments/builder_again.html" if "act" in request.POST else "segments/preview_again.html"
    return render(request, template, context)


def _save(request: PageRequest, segment: Segment | None, form: SegmentForm, lines: Lines) -> Segment:
    given: dict[str, Any] = {
        "workspace": request.workspace,
        "name": form.cleaned_data["name"],
        "kind": form.cleaned_data["kind"],
        "definition": form.definition(lines, whole=True),
        "actor": request.actor,
        "now": clock.now(),
    }
    if segment is None:
        return definitions.create(**given)
    return definitions.update(**given, segment_id=segment.pk, revision=form.cleaned_data.get("revision"))


def _context(
    request: PageRequest, segment: Segment | None, form: SegmentForm, lines: Lines, others: dict[int, str]
) -> dict[str, Any]:
    """The page, with what the definition would choose as far as it is written."""
    for line in lines.each():
        line.segments = filter_form.segment_names(line, others) if line.control == "segments" else []
    here = ids.public("seg", segment.pk) if segment else ""
    return {
        "title": f"Edit {segment.name}" if segment else "New segment",
        "segment": segment,
        "form": form,
        "lines": lines,
        "fields": [(name, field.label) for name, field in fields.catalogue().items()],
        "edit_url": pages.url(request, "segment_edit", segment_id=here)
        if segment
        else pages.url(request, "segment_new"),
        "back": pages.url(request, "segment", segment_id=here) if segment else pages.url(request, "segments"),
        "everything": form["everything"].value(),
        "is_random": form["order_by"].value() == "random",
        **_preview(request, form, lines),
    }


def _preview(request: PageRequest, form: SegmentForm, lines: Lines) -> dict[str, Any]:
    """Count and first rows; or why there are none yet."""
    data: dict[str, Any]
    if form.is_bound:
        form.is_valid()
        data = form.definition(lines, whole=False)
    else:
        data = {**form.initial, "where": lines.condition(whole=False)}
        data["descending"] = bool(data.get("descending"))
        data = {name: value for name, value in data.items() if name in language.Definition.model_fields}
        if not data["where"]["items"]:
            del data["where"]
    try:
        seen = preview.preview(workspace=request.workspace, definition=data, limit=ROWS_SHOWN)
    except language.NothingChosen:
        return {"seen": None, "problem": ""}
    except RollcallError as error:
        return {"seen": None, "problem": error.message}
    filter_form.count(lines, seen.after_each)
    return {"seen": seen, "problem": ""}


def _stored(segment: Segment | None, others: dict[int, str]) -> tuple[SegmentForm, Lines]:
    if segment is None:
        return SegmentForm(others=others), filter_form.of(None)
    chosen = language.parse(segment.definition)
    initial = {
        "name": segment.name,
        "kind": segment.kind,
        "revision": segment.revision,
        "everything": chosen.everything,
        "include_domains": "\n".join(chosen.include_domains),
        "exclude_domains": "\n".join(chosen.exclude_domains),
        "exclude_segments": [ids.public("seg", number) for number in chosen.exclude_segments],
        "order_by": chosen.order_by,
        "descending": "1" if chosen.descending else "",
        "limit": chosen.limit,
        "random_seed": chosen.random_seed,
    }
    empty = chosen.where is None
    lines = Lines() if empty else filter_form.of(chosen.where)
    return SegmentForm(initial=initial, others=others), lines


def _others(request: PageRequest, segment: Segment | None) -> dict[int, str]:
    """The segments that a definition may name: all but itself."""
    found = register.list_(workspace=request.workspace)
    return {other.pk: other.name for other in found if segment is None or other.pk != segment.pk}


urls: list[URLPattern] = [
    path("segments/new", new, name="segment_new"),
    path("segments/<id:segment_id>/edit", edit, name="segment_edit"),
]
