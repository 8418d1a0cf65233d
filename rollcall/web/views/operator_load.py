"""One load on its way: the first look, the mapping, the check, the load itself; each page says what comes next."""

from typing import Any

from django import forms
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from rollcall.core import clock, ids
from rollcall.core.errors import Conflict, NotFound, RollcallError
from rollcall.universe import ingest
from rollcall.universe.loads import asking, carrying, earlier
from rollcall.universe.models import SourceLoad
from rollcall.universe.sources import files, naming
from rollcall.universe.sources.files.mapping import MappingUnreadable
from rollcall.web import converters, form_errors, load_pages, mapping_form, pages, upload_handlers
from rollcall.web.mapping_form import MappingForm
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
_PROGRESS_HEADERS = {"HX-Refresh": "true"}


class NotLookedAt(Conflict):
    """This file was not looked at yet, so its columns are not known. Go back to its page."""


class NothingRejected(NotFound):
    """There are no rejected rows of this load here. They are kept for a week after a check."""


class NoMapping(NotFound):
    """This load has no mapping yet. Say first what its columns mean."""


class WayForm(forms.Form):
    """How the file is written, where that was found out wrongly."""

    encoding = forms.CharField(label="Encoding", required=False, max_length=40, help_text="Such as cp1251.")
    delimiter = forms.CharField(
        label="Delimiter", required=False, max_length=3, strip=False, help_text="One mark; \\t is a tab."
    )
    sheet = forms.CharField(label="Sheet", required=False, max_length=100, help_text="Of a workbook.")
    header_row = forms.IntegerField(label="Header in row", required=False, min_value=1, max_value=1_000)

    def options(self) -> dict[str, Any]:
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        if given.get("delimiter") == "\\t":
            given["delimiter"] = "\t"
        return given


@pages.operator_page()
def show(request: PageRequest, load_id: str) -> HttpResponse:
    """The load, at whichever step it is."""
    return _show(request, _get(load_id), WayForm())


@pages.operator_page()
def progress(request: PageRequest, load_id: str) -> HttpResponse:
    """What changes while a worker is at it; asked for each second. At the end the whole page is asked for again."""
    load = _get(load_id)
    if load.state not in SourceLoad.ACTIVE:
        return HttpResponse(status=204, headers=_PROGRESS_HEADERS)
    return render(request, "operator/load_progress.html", load_pages.progress(load))


@pages.operator_page(methods=("POST",))
def look(request: PageRequest, load_id: str) -> HttpResponse:
    """Look again, reading the file in another way."""
    load, form = _get(load_id), WayForm(request.POST)
    if form.is_valid():
        done = form_errors.attempt(
            form,
            lambda: asking.look_again(
                load_id=load.pk, options=form.options(), actor=request.actor, now=clock.now()
            ),
        )
        if done is not None:
            return redirect("operator_load", load_id=load_id)
    return _show(request, load, form)


@csrf_exempt
@pages.operator_page(methods=("GET", "POST"))
def mapping(request: PageRequest, load_id: str) -> HttpResponse:
    """Which column is what. Who asks is known before anything of a mapping file is read."""
    request.upload_handlers = [upload_handlers.InMemory(request, bytes_max=mapping_form.FILE_BYTES_MAX)]
    answer: HttpResponse = _mapping(request, load_id)
    return answer


@csrf_protect
def _mapping(request: PageRequest, load_id: str) -> HttpResponse:
    load = _get(load_id)
    if load.preview is None or load.state not in asking.MAPPABLE:
        raise NotLookedAt()
    columns = [column["name"] for column in load.preview["columns"]]
    if request.method == "POST" and "use_file" in request.POST:
        form = _with_file(request, load, columns)
    elif request.method == "POST":
        form = MappingForm(request.POST, columns=columns)
        if form.is_valid() and _check(request, load, form):
            return redirect("operator_load", load_id=load_id)
    else:
        form = _started(request, load, columns)
    context = load_pages.mapping(load, form) | {"earlier": earlier.fitting(load=load)}
    return render(request, "operator/load_mapping.html", context, status=422 if form.errors else 200)


@pages.operator_page()
def mapping_file(request: PageRequest, load_id: str) -> HttpResponse:
    """The mapping as the command line uses it."""
    load = _get(load_id)
    said = asking.mapping_of(load)
    if said is None:
        raise NoMapping()
    answer = HttpResponse(said.toml(), content_type="application/toml")
    answer["Content-Disposition"] = f'attachment; filename="{said.source}.toml"'
    return answer


@pages.operator_page()
def rejected(request: PageRequest, load_id: str) -> HttpResponseBase:
    """The rejected rows, with the reasons; spreadsheets find no formula in them."""
    file = carrying.rejected_path(_get(load_id).pk)
    if not file.is_file():
        raise NothingRejected()
    answer = FileResponse(file.open("rb"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejected-{load_id}.csv"'
    return answer


@pages.operator_page(methods=("POST",))
def act(request: PageRequest, load_id: str, what: str) -> HttpResponse:
    """Load, try again, or cancel."""
    doing = {"load": asking.load, "again": asking.try_again, "cancel": asking.cancel}[what]
    doing(load_id=ids.parse("lod", load_id), actor=request.actor, now=clock.now())
    return redirect("operator_load", load_id=load_id)


def _get(load_id: str) -> SourceLoad:
    return asking.get(load_id=ids.parse("lod", load_id))


def _show(request: PageRequest, load: SourceLoad, way: WayForm) -> HttpResponse:
    if not way.is_bound:
        way = WayForm(initial=load.options)
    context = load_pages.show(load) | {"way": way}
    return render(request, "operator/load.html", context, status=422 if way.errors else 200)


def _started(request: PageRequest, load: SourceLoad, columns: list[str]) -> MappingForm:
    """Filled in with what was said before: of this load, of the one that a link names; else with what is guessed."""
    said, as_of = asking.mapping_of(load), load.as_of
    if wanted := request.GET.get("from"):
        said, as_of = asking.mapping_of(_get(wanted)), None
    day = as_of or naming.day_in(load.name)
    if said is not None:
        return mapping_form.of_mapping(said, columns=columns, as_of=day)
    suggested = (load.preview or {})["suggestion"]
    has_people = not {"people.full_name", "people.title"} <= set(suggested["missing"])
    terms = {"kind": "records" if has_people else "companies", "as_of": day}
    return mapping_form.start(columns=columns, rooms=suggested, terms=terms, way=load.options)


def _with_file(request: PageRequest, load: SourceLoad, columns: list[str]) -> MappingForm:
    """The form as a mapping file fills it in; or as it was, with what is wrong with the file."""
    sent = request.FILES.get("mapping_file")
    problem = "Choose a mapping file first." if sent is None else ""
    if sent is not None:
        try:
            if (sent.size or 0) > mapping_form.FILE_BYTES_MAX:
                raise MappingUnreadable(reason="it is larger than 1 MB")
            day = load.as_of or naming.day_in(load.name)
            return mapping_form.of_mapping(files.parse(sent.read()), columns=columns, as_of=day)
        except RollcallError as error:
            problem = error.message
    form = MappingForm(request.POST, columns=columns)
    form.errors.clear()
    form.add_error("mapping_file", problem)
    return form


def _check(request: PageRequest, load: SourceLoad, form: MappingForm) -> bool:
    given = form.cleaned_data
    try:
        asking.check(
            load_id=load.pk,
            mapping=given["mapping"],
            as_of=given["as_of"],
            actor=request.actor,
            now=clock.now(),
        )
    except (ingest.FromTheFuture, ingest.OlderThanKnown) as error:
        form.add_error("as_of", error.message)
    except RollcallError as error:
        form.add_error(None, error.message)
    return not form.errors


urls: list[URLPattern] = [
    path("operator/sources/<id:load_id>", show, name="operator_load"),
    path("operator/sources/<id:load_id>/progress", progress, name="operator_load_progress"),
    path("operator/sources/<id:load_id>/look", look, name="operator_load_look"),
    path("operator/sources/<id:load_id>/mapping", mapping, name="operator_load_mapping"),
    path("operator/sources/<id:load_id>/mapping.toml", mapping_file, name="operator_load_mapping_file"),
    path("operator/sources/<id:load_id>/rejected.csv", rejected, name="operator_load_rejected"),
    *(
        path(f"operator/sources/<id:load_id>/{what}", act, {"what": what}, name=f"operator_load_{name}")
        for what, name in (("load", "go"), ("again", "again"), ("cancel", "cancel"))
    ),
]
