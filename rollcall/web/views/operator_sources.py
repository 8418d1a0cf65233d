"""Loading files on pages: all loads, and beginning one from an upload, the inbox or a store."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from rollcall.core import clock, ids
from rollcall.core.errors import Invalid, RollcallError, TryLater
from rollcall.universe.loads import allowed, asking, uploads
from rollcall.universe.models import SourceLoad
from rollcall.web import listing, pages, upload_handlers
from rollcall.web.pages import PageRequest

Kind = SourceLoad.Place


class UploadTooLarge(Invalid):
    """The file is larger than {most:,} MB. Split it or pack it with gzip; or put it into the inbox on the server."""


class NoRoomForUpload(TryLater):
    """There is no room on the server's disk for this file. Free some space and upload it again."""


class UploadBrokenOff(TryLater):
    """The file did not arrive whole. Upload it again, one file at a time."""


_PROBLEMS: dict[str, type[RollcallError]] = {"too_large": UploadTooLarge, "no_room": NoRoomForUpload}


class UploadForm(forms.Form):
    """One file from this computer."""

    file = forms.FileField(
        label="File", allow_empty_file=True, error_messages={"required": "Choose a file first."},
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson,.json,.xlsx,.xlsm,.parquet,.gz"}
        ),
    )  # fmt: skip

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.problem:
            error = _PROBLEMS.get(file.problem, UploadBrokenOff)(most=settings.ROLLCALL_UPLOAD_MB_MAX)
            raise forms.ValidationError(error.message)
        if not file.size:
            uploads.forget(file.token)
            raise forms.ValidationError("The file is empty. Choose one with rows.")
        return file


class PlaceForm(forms.Form):
    """Something that the server can read."""

    place = forms.CharField(label="Name or address", max_length=1_000, strip=True)


@pages.operator_page()
def list_(request: PageRequest) -> HttpResponse:
    """All loads, the newest first."""
    page = asking.list_(cursor=listing.cursor(request), limit=listing.ROWS)
    context = {
        "title": "Sources",
        "loads": page.items,
        "is_moving": any(_is_active(one) for one in page.items),
    }
    return render(request, "operator/sources.html", context | listing.place(request, page, total=None))


@csrf_exempt
@pages.operator_page(methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    """Where the file is. Who asks is known before anything of an upload is read; then it goes into its folder."""
    most = settings.ROLLCALL_UPLOAD_MB_MAX * 2**20
    request.upload_handlers = [upload_handlers.ToFolder(request, bytes_max=most)]
    answer: HttpResponse = _new(request)
    return answer


@csrf_protect
def _new(request: PageRequest) -> HttpResponse:
    upload, place = UploadForm(), PlaceForm()
    if request.method == "POST" and "place" in request.POST:
        place = PlaceForm(request.POST)
        load = _from_place(request, place) if place.is_valid() else None
    elif request.method == "POST":
        upload = UploadForm(request.POST, request.FILES)
        load = _from_upload(request, upload) if upload.is_valid() else None
    else:
        load = None
    if load is not None:
        return redirect("operator_load", load_id=ids.public("lod", load.pk))
    context = {
        "title": "Load a file",
        "upload": upload,
        "place": place,
        "mb_max": settings.ROLLCALL_UPLOAD_MB_MAX,
        "inbox": allowed.inbox(),
        "listed": allowed.listed(),
        "stores": settings.ROLLCALL_STORES,
    }
    status = 422 if upload.errors or place.errors else 200
    return render(request, "operator/load_new.html", context, status=status)


def _from_upload(request: PageRequest, form: UploadForm) -> SourceLoad | None:
    file = form.cleaned_data["file"]
    return _begin(request, form, "file", kind=Kind.UPLOAD, place=file.token, name=uploads.safe(file.name))


def _from_place(request: PageRequest, form: PlaceForm) -> SourceLoad | None:
    place = form.cleaned_data["place"]
    name = place.rstrip("/").rsplit("/", 1)[-1]
    return _begin(request, form, "place", kind=allowed.kind_of(place), place=place, name=name)


def _begin(request: PageRequest, form: forms.Form, field: str, **given: str) -> SourceLoad | None:
    try:
        load = asking.begin(actor=request.actor, now=clock.now(), **given)
    except RollcallError as error:
        form.add_error(field, error.message)
        return None
    messages.success(request, f"{load.name} is looked at.")
    return load


def _is_active(load: SourceLoad) -> bool:
    return load.state in SourceLoad.ACTIVE


urls: list[URLPattern] = [
    path("operator/sources", list_, name="operator_sources"),
    path("operator/sources/new", new, name="operator_load_new"),
]
