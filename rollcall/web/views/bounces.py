"""Bounces: send a file of them, see what came of each line, take the answer away (C8)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.contacts import bounce_rows, bounces
from rollcall.contacts.bounces import Reported
from rollcall.core import clock, ids
from rollcall.credits import refund_rules
from rollcall.delivery.destinations.csv_file import export
from rollcall.web import converters, form_errors, formats, listing, pages
from rollcall.web.pages import PageRequest
from rollcall.workspaces import access

assert converters  # the addresses below use its `id`
RESULTS = {
    "given_back": ("Given back", "ok"), "refunded_before": ("Given back before", ""),
    "past_window": ("Too late", "warn"), "over_cap": ("Over the cap", "warn"), "off": ("Not refunded", "warn"),
    "never_charged": ("Never charged", ""), "soft": ("Soft bounce", ""), "unclear": ("Unclear", "warn"),
    "unmatched": ("Nobody matches", "bad"), "several": ("Several match", "bad"), "forgotten": ("Erased", ""),
}  # fmt: skip


class FileForm(forms.Form):
    """One CSV file."""

    file = forms.FileField(
        label="CSV file",
        help_text=f"The first line names the columns. At most {bounce_rows.ROWS_MAX:,} rows.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )


@pages.page("contacts.see", methods=("GET", "POST"))
def list_(request: PageRequest) -> HttpResponse:
    """The reports, newest first, and the form for the next one."""
    request.nav = "contacts"
    may_report = request.actor.may("bounces.report")
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST":
        access.require(request.actor, "bounces.report")
        done = form_errors.attempt(form, lambda: _report(request, form)) if form.is_valid() else None
        if done is not None:
            read, back = formats.count(done.report.lines, "line"), formats.count(done.given_back, "credit")
            messages.success(request, f"{read} read, {back} came back.")
            return redirect(pages.url(request, "bounce_report", report_id=ids.public("bou", done.report.pk)))
    page = bounces.list_(workspace=request.workspace, cursor=listing.cursor(request))
    counted = bounces.counted(workspace=request.workspace, reports=page.items)
    context = {
        "title": "Bounces",
        "form": form,
        "may_report": may_report,
        "reports": [counted[row.pk] for row in page.items],
        "rule": refund_rules.of(workspace=request.workspace, cause=bounces.CAUSE),
    } | listing.place(request, page, total=None)
    return render(request, "contacts/bounces.html", context, status=422 if form.errors else 200)


@pages.page("contacts.see")
def show(request: PageRequest, report_id: str) -> HttpResponse:
    """What came of each line of a report."""
    request.nav = "contacts"
    number = ids.parse("bou", report_id)
    done = bounces.get(workspace=request.workspace, report_id=number)
    page = bounces.lines(workspace=request.workspace, report_id=number, cursor=listing.cursor(request))
    context: dict[str, Any] = {
        "title": f"Bounces of {formats.day(done.report.created_at)}",
        "report": done.report,
        "given_back": done.given_back,
        "counts": [(*RESULTS.get(code, (code, "")), count) for code, count in _in_order(done)],
        "lines": [(row, *RESULTS.get(row.code, (row.code, ""))) for row in page.items],
        "list_url": pages.url(request, "bounces"),
    }
    return render(
        request,
        "contacts/bounce_report.html",
        context | listing.place(request, page, total=done.report.lines),
    )


@pages.page("contacts.see")
def csv(request: PageRequest, report_id: str) -> HttpResponseBase:
    """The same as a file."""
    number = ids.parse("bou", report_id)
    bounces.get(workspace=request.workspace, report_id=number)
    rows = bounces.csv_rows(workspace=request.workspace, report_id=number)
    answer = StreamingHttpResponse(export.text(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bounces-{report_id}.csv"'
    return answer


def _report(request: PageRequest, form: FileForm) -> Reported:
    """The same file again is the same report: sent twice by accident, it counts once."""
    file: Any = form.cleaned_data["file"]
    if (file.size or 0) > bounce_rows.BYTES_MAX:
        raise bounce_rows.FileTooLarge(
            megabytes=bounce_rows.BYTES_MAX // 2**20, rows_max=f"{bounce_rows.ROWS_MAX:,}"
        )
    data = file.read()
    return bounces.report(
        workspace=request.workspace,
        rows=bounce_rows.read(data=data),
        key=bounces.key_of_file(data=data),
        actor=request.actor,
        now=clock.now(),
    )


def _in_order(done: Reported) -> list[tuple[str, int]]:
    order = list(RESULTS)
    return sorted(
        done.counts.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)
    )


urls: list[URLPattern] = [
    path("contacts/bounces", list_, name="bounces"),
    path("contacts/bounces/<id:report_id>", show, name="bounce_report"),
    path("contacts/bounces/<id:report_id>.csv", csv, name="bounce_report_csv"),
]
