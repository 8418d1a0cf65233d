"""Runs: all searches, one search live, and its receipt at the end (E5, E6, C9)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.personas import receipts, runs
from rollcall.personas.models import Run
from rollcall.personas.progress import Progress
from rollcall.personas.receipts import Line
from rollcall.web import converters, listing, pages
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
PEOPLE_SHOWN = 50


@pages.page("runs.see")
def list_(request: PageRequest) -> HttpResponse:
    """All searches, newest first."""
    request.nav = "runs"
    page = runs.list_(workspace=request.workspace, cursor=listing.cursor(request))
    context: dict[str, Any] = {"title": "Runs", "rows": page.items}
    context |= listing.place(request, page, total=None)
    return listing.answer(request, "runs/list.html", "runs/rows.html", context)


@pages.page("runs.see")
def show(request: PageRequest, run_id: str) -> HttpResponse:
    """A search: its progress while it is under way, its receipt from then on."""
    request.nav = "runs"
    number = ids.parse("run", run_id)
    context = _context(request, number)
    return render(request, "runs/show.html", context)


@pages.page("runs.see")
def progress(request: PageRequest, run_id: str) -> HttpResponse:
    """What changes on the page of a search; asked for each second (decision 002)."""
    number = ids.parse("run", run_id)
    seen = runs.progress(workspace=request.workspace, run_id=number)
    if not seen.is_active:
        return render(request, "runs/ended.html", _context(request, number))
    context = {"run": runs.get(workspace=request.workspace, run_id=number), "seen": seen}
    context |= _told(request, seen) | {"may_stop": request.actor.may("runs.stop")}
    return render(request, "runs/progress.html", context)


@pages.page("runs.see")
def toast(request: PageRequest, run_id: str) -> HttpResponse:
    """The same as a notice in the corner of any page."""
    number = ids.parse("run", run_id)
    run = runs.get(workspace=request.workspace, run_id=number)
    seen = runs.progress(workspace=request.workspace, run_id=number)
    return render(request, "runs/toast.html", {"run": run, "seen": seen, **_told(request, seen)})


@pages.page("runs.stop", methods=("POST",))
def stop(request: PageRequest, run_id: str) -> HttpResponse:
    """Stop within one batch; what is left of the hold comes back."""
    runs.stop(
        workspace=request.workspace,
        run_id=ids.parse("run", run_id),
        actor=request.actor,
        now=clock.now(),
    )
    return redirect(pages.url(request, "run", run_id=run_id))


def _context(request: PageRequest, number: int) -> dict[str, Any]:
    run = runs.get(workspace=request.workspace, run_id=number)
    seen = runs.progress(workspace=request.workspace, run_id=number)
    names = " + ".join(persona["name"] for persona in run.quote.inputs["personas"])
    context: dict[str, Any] = {
        "title": names,
        "run": run,
        "seen": seen,
        "segment_url": pages.url(request, "segment", segment_id=ids.public("seg", run.segment_id)),
        "may_stop": request.actor.may("runs.stop"),
        "said": 0,
    }
    return context if seen.is_active else context | _receipt(request, run)


def _receipt(request: PageRequest, run: Run) -> dict[str, Any]:
    """The whole story of the credits, and the first people behind them."""
    receipt = receipts.of_run(workspace=request.workspace, run_id=run.pk)
    charges = [entry for entry in receipt.entries if entry.kind == "charge"]
    people = (
        receipts.people(workspace=request.workspace, entry_id=charges[0].pk, limit=PEOPLE_SHOWN)
        if charges
        else None
    )
    return {
        "receipt": receipt,
        "equation": _terms(receipt.estimate, receipt.actual),
        "charges": charges,
        "people": people.items if people else [],
        "people_more": run.charged - len(people.items) if people else 0,
        "as_estimated": run.charged == run.quote.credits_max,
    }


def _terms(estimate: list[Line], actual: list[Line]) -> list[dict[str, Any]]:
    """Matches − already yours − … = charged, in one row; what is nothing is left out."""
    lines = [*estimate[:-1], *actual[1:-1]]
    terms = [
        {"sign": "" if first else "−", "amount": abs(line.amount), "label": _label(line)}
        for first, line in zip([True, *[False] * len(lines)], lines, strict=False)
        if first or line.amount
    ]
    charged = actual[-1]
    return [*terms, {"sign": "=", "amount": charged.amount, "label": "new people, 1 credit each"}]


def _label(line: Line) -> str:
    words = line.label[:1].lower() + line.label[1:]
    return f"{words}, {line.note}" if line.note else words


def _told(request: PageRequest, seen: Progress) -> dict[str, Any]:
    """Progress is read aloud at each tenth, not each second: the page says which it has told."""
    said = request.GET.get("said", "")
    told = int(said) if said.isascii() and said.isdigit() and len(said) < 3 else 0
    tenth = seen.percent // 10
    if tenth <= told:
        return {"said": told, "say": ""}
    return {"said": tenth, "say": f"{tenth * 10} percent, {seen.charged} credits used"}


urls: list[URLPattern] = [
    path("runs", list_, name="runs"),
    path("runs/<id:run_id>", show, name="run"),
    path("runs/<id:run_id>/progress", progress, name="run_progress"),
    path("runs/<id:run_id>/toast", toast, name="run_toast"),
    path("runs/<id:run_id>/stop", stop, name="run_stop"),
]
