"""Job titles: paste one and see how it is read and why; read it otherwise; the list, and files of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from rollcall.contacts import override_files, overrides, rereading
from rollcall.contacts.overrides import Given
from rollcall.core import clock, ids
from rollcall.universe import titles
from rollcall.web import converters, form_errors, formats, listing, pages, title_page
from rollcall.web.pages import PageRequest
from rollcall.web.title_page import Shown
from rollcall.web.views import settings
from rollcall.workspaces import access

assert converters  # the addresses below use its `id`


class OverrideForm(forms.Form):
    """A title and how to read it; a half that is empty stays as the rules read it."""

    title = forms.CharField(label="Title", max_length=overrides.TITLE_MAX)
    seniority = forms.ChoiceField(label="Seniority", required=False)
    department = forms.ChoiceField(label="Department", required=False)
    why = forms.CharField(
        label="Why", max_length=overrides.WHY_MAX, required=False, help_text="Colleagues see it in the list."
    )

    def __init__(self, data: object = None, *, shown: Shown | None = None) -> None:
        said = shown.override if shown else None
        kept = (
            {name: getattr(said, name) or "" for name in ("seniority", "department", "why")} if said else {}
        )
        super().__init__(data, initial=kept | ({"title": shown.title} if shown else {}))  # type: ignore[arg-type]
        for name, known, rules in (
            ("seniority", titles.SENIORITIES, shown.rules_seniority if shown else ""),
            ("department", titles.DEPARTMENTS, shown.rules_department if shown else ""),
        ):
            as_read = f"As the rules read it{f': {rules}' if rules else ''}"
            self.fields[name].choices = [("", as_read), *known.items()]  # type: ignore[attr-defined]


class FileForm(forms.Form):
    """One CSV file."""

    file = forms.FileField(
        label="CSV file",
        help_text="Columns Title, Seniority, Department, Why. All lines are taken in, or none.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )


@pages.page("titles.see", methods=("GET", "POST"))
def list_(request: PageRequest) -> HttpResponse:
    """How a pasted title is read, the form to read it otherwise, and those that are."""
    shown = _asked(request)
    form = OverrideForm(request.POST or None, shown=shown)
    if request.method == "POST":
        access.require(request.actor, "titles.edit")
    if request.method == "POST" and form.is_valid():
        saved = form_errors.attempt(
            form,
            lambda: overrides.save(
                workspace=request.workspace, given=Given(**form.cleaned_data), **_acting(request)
            ),
        )
        if saved is not None:
            messages.success(
                request, f"“{saved.title}” is read your way from now on; your contacts follow, free."
            )
            return redirect(pages.url(request, "titles"))
    return _answer(request, form, FileForm(), shown)


@pages.page("titles.edit", methods=("POST",))
def remove(request: PageRequest, override_id: str) -> HttpResponse:
    """The rules read the title again."""
    number = ids.parse("tov", override_id)
    overrides.remove(workspace=request.workspace, override_id=number, **_acting(request))
    messages.success(request, "Removed. The rules read that title again; your contacts follow, free.")
    return redirect(pages.url(request, "titles"))


@pages.page("titles.edit", methods=("POST",))
def import_(request: PageRequest) -> HttpResponse:
    """All titles of a file, or none."""
    form = FileForm(request.POST, request.FILES)
    taken = form_errors.attempt(form, lambda: _take_in(request, form)) if form.is_valid() else None
    if taken is None:
        return _answer(request, OverrideForm(), form, None)
    read = formats.count(taken.added + taken.changed, "title")
    messages.success(request, f"{read} read your way from now on; {formats.num(taken.same)} were already.")
    return redirect(pages.url(request, "titles"))


@pages.page("titles.see")
def csv(request: PageRequest) -> HttpResponse:
    """The list as a file that can be imported."""
    text = override_files.text(workspace=request.workspace)
    answer = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="titles-{request.workspace.slug}.csv"'
    return answer


def _take_in(request: PageRequest, form: FileForm) -> overrides.Written:
    file = form.cleaned_data["file"]
    data = file.read(override_files.BYTES_MAX + 1)
    return override_files.take_in(workspace=request.workspace, data=data, **_acting(request))


def _asked(request: HttpRequest) -> Shown | None:
    """The pasted title as it is read; None if none was, or more than a title."""
    title = " ".join((request.POST or request.GET).get("title", "").split()).replace("\0", "")
    return title_page.reading(request.workspace, title[: overrides.TITLE_MAX]) if title else None  # type: ignore[attr-defined]


def _answer(
    request: PageRequest, form: OverrideForm, file_form: FileForm, shown: Shown | None
) -> HttpResponse:
    page = overrides.page(workspace=request.workspace, cursor=listing.cursor(request))
    context = {
        "form": form,
        "file_form": file_form,
        "reading": shown,
        "rows": [(row, _half(row.seniority, titles.SENIORITIES), _half(row.department, titles.DEPARTMENTS))
                 for row in page.items],
        "count": overrides.count(workspace=request.workspace),
        "most": overrides.OVERRIDES_MAX,
        "is_followed": rereading.is_done(workspace=request.workspace),
        "may_edit": request.actor.may("titles.edit"),
    }  # fmt: skip
    refused = file_form if file_form.errors else form
    return settings.answer(request, "titles", context | listing.place(request, page, total=None), refused)


def _half(key: str | None, labels: dict[str, str]) -> str:
    return labels.get(key, key) if key else ""


def _acting(request: PageRequest) -> dict[str, Any]:
    return {"actor": request.actor, "now": clock.now()}


urls: list[URLPattern] = [
    path("settings/titles", list_, name="titles"),
    path("settings/titles/import", import_, name="titles_import"),
    path("settings/titles.csv", csv, name="titles_csv"),
    path("settings/titles/<id:override_id>/remove", remove, name="title_remove"),
]
