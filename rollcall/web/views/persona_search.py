"""The persona search dialog: choose whom, see the price, start; nothing costs before that (E1 to E3)."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.core.errors import Conflict, Invalid, NotFound, RollcallError
from rollcall.credits import balances
from rollcall.credits.budgets import BudgetExceeded
from rollcall.credits.holds import NotEnoughCredits
from rollcall.personas import definitions as personas
from rollcall.personas import quotes, runs
from rollcall.personas.models import Persona, Quote, Run
from rollcall.segments import register
from rollcall.segments.models import Segment
from rollcall.web import charts, converters, dialogs, pages, wording
from rollcall.web.pages import PageRequest
from rollcall.workspaces import access

assert converters  # the addresses below use its `id`
_STOP_AT_DIGITS = 18


class StopAtNotANumber(Invalid):
    """“{text}” is no number of credits. Write a whole number, or leave it empty for no limit."""


class InputsDiffer(Conflict):
    """The form changed after this estimate was made; nothing was charged. Check the new estimate and start that one."""


@dataclass(frozen=True)
class Wanted:
    """What the form says; `problem` is what is wrong with it."""

    persona_ids: list[int]
    stop_at: int | None
    stop_at_text: str
    problem: str = ""


@pages.page("quotes.make", methods=("GET", "POST"))
def find(request: PageRequest, segment_id: str) -> HttpResponse:
    """The dialog with an estimate; a POST without script asks for the estimate of what was chosen."""
    segment = _segment(request, segment_id)
    known = personas.list_(workspace=request.workspace)
    asked = _read(request) if request.method == "POST" or request.GET.get("persona") else None
    wanted = asked or Wanted(_usual(request, segment, known), None, "")
    return render(request, "persona_search/dialog.html", _dialog(request, segment, known, wanted))


@pages.page("quotes.make", methods=("POST",))
def estimate(request: PageRequest, segment_id: str) -> HttpResponse:
    """The panel and the button alone, for each change of the form."""
    segment = _segment(request, segment_id)
    wanted = _read(request)
    known = personas.list_(workspace=request.workspace)
    context = _dialog(request, segment, known, wanted)
    return render(request, "persona_search/estimate.html", context | {"is_fragment": True})


@pages.page("runs.start", methods=("POST",))
def start(request: PageRequest, segment_id: str) -> HttpResponse:
    """Start what was shown, once; else show what changed, or what is missing, in the same place."""
    segment = _segment(request, segment_id)
    wanted = _read(request)
    try:
        quote = _quoted(request, segment, wanted)
        run = runs.start(
            workspace=request.workspace,
            quote_id=quote.pk,
            key=f"web:{request.POST.get('key', '')}",
            actor=request.actor,
            now=clock.now(),
        )
    except NotEnoughCredits as error:
        return _again(request, segment, wanted, status=402, shortfall=error.details)
    except BudgetExceeded as error:
        return _again(request, segment, wanted, status=402, notice=error.message)
    except runs.QuoteUsed as error:
        return _started(request, runs.get(workspace=request.workspace, run_id=_run_id(error)))
    except Conflict as error:
        return _again(request, segment, wanted, status=409, notice=error.message)
    except (Invalid, quotes.NoSuchQuote) as error:
        return _again(request, segment, wanted, status=422, notice=error.message)
    return _started(request, run)


def _started(request: PageRequest, run: Run) -> HttpResponse:
    """The dialog closes and a notice follows the run; without script its page does."""
    if not request.htmx:
        return redirect(pages.url(request, "run", run_id=ids.public("run", run.pk)))
    seen = runs.progress(workspace=request.workspace, run_id=run.pk)
    answer = render(request, "runs/toast.html", {"run": run, "seen": seen, "said": 0})
    answer["HX-Retarget"] = "#toasts"
    answer["HX-Reswap"] = "beforeend"
    return answer


def _again(
    request: PageRequest,
    segment: Segment,
    wanted: Wanted,
    *,
    status: int,
    notice: str = "",
    shortfall: dict[str, Any] | None = None,
) -> HttpResponse:
    """The dialog once more, with a fresh estimate and what went wrong."""
    known = personas.list_(workspace=request.workspace)
    here = {persona.pk for persona in known}
    still = Wanted(
        [number for number in wanted.persona_ids if number in here], wanted.stop_at, wanted.stop_at_text
    )
    context = _dialog(request, segment, known, still)
    context |= {"notice": notice, "shortfall": shortfall}
    return render(request, "persona_search/dialog.html", context, status=status)


def _dialog(request: PageRequest, segment: Segment, known: list[Persona], wanted: Wanted) -> dict[str, Any]:
    """Everything the dialog shows, with a fresh quote where one can be made."""
    problem, quote = wanted.problem, None
    if not problem and wanted.persona_ids:
        try:
            quote = quotes.make(
                workspace=request.workspace,
                segment_id=segment.pk,
                persona_ids=wanted.persona_ids,
                stop_at=wanted.stop_at,
                actor=request.actor,
                now=clock.now(),
            )
        except RollcallError as error:
            problem = error.message
    public = ids.public("seg", segment.pk)
    return {
        "title": f"Find people in {segment.name}",
        "layout": dialogs.layout(request),
        "segment": segment,
        "choices": [
            {
                "persona": persona,
                "summary": wording.persona(personas.of(persona)),
                "ticked": persona.pk in wanted.persona_ids,
            }
            for persona in known
        ],
        "wanted": wanted,
        "problem": problem,
        "find_url": pages.url(request, "find", segment_id=public),
        "estimate_url": pages.url(request, "find_estimate", segment_id=public),
        "start_url": pages.url(request, "find_start", segment_id=public),
        "back": pages.url(request, "segment", segment_id=public),
        "may_start": request.actor.may("runs.start"),
        "may_edit": request.actor.may("personas.edit"),
        **(_shown(request, quote) if quote else {}),
    }


def _shown(request: PageRequest, quote: Quote) -> dict[str, Any]:
    available, held = balances.quick(workspace=request.workspace)
    parts = [
        ("Already yours, free", quote.owned, "ok"),
        ("Suppressed", quote.suppressed, "off"),
        ("Over your limit", quote.over_limit, "b"),
        ("Over budget", quote.over_budget, "c"),
        ("New", quote.credits_max, "a"),
    ]
    return {
        "quote": quote,
        "key": secrets.token_urlsafe(18),
        "bar": charts.bar(name="estimate", parts=parts) if quote.matches else None,
        "available": available,
        "held": held,
        "left": available - quote.credits_max,
        "short": max(0, quote.credits_max - available),
        "sample": quotes.sample(quote) if quote.credits_max else [],
        "new_people": quote.credits_max + quote.over_limit + quote.over_budget,
        "refusals": quote.inputs.get("budgets", []),
    }


def _quoted(request: PageRequest, segment: Segment, wanted: Wanted) -> Quote:
    """The quote that was shown, if the form still says what it was made from.

    Raises:
        NoSuchQuote, InputsDiffer, StopAtNotANumber
    """
    if wanted.problem:
        raise StopAtNotANumber(text=wanted.stop_at_text)
    try:
        number = ids.parse("quo", request.POST.get("quote", ""))
    except NotFound:
        raise quotes.NoSuchQuote(id=request.POST.get("quote", "")[:40]) from None
    quote = quotes.get(workspace=request.workspace, quote_id=number)
    same = (quote.segment_id, sorted(quote.persona_ids), quote.stop_at) == (
        segment.pk,
        sorted(set(wanted.persona_ids)),
        wanted.stop_at,
    )
    if not same:
        raise InputsDiffer()
    return quote


def _read(request: PageRequest) -> Wanted:
    """The form, sent or in the address."""
    data = request.POST if request.method == "POST" else request.GET
    chosen = [ids.parse("per", text) for text in data.getlist("persona")]
    text = data.get("stop_at", "").strip().replace(",", "").replace(" ", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= _STOP_AT_DIGITS):
        problem = StopAtNotANumber(text=text[:40]).message
        return Wanted(list(dict.fromkeys(chosen)), None, text[:40], problem)
    return Wanted(list(dict.fromkeys(chosen)), int(text) if text else None, text)


def _usual(request: PageRequest, segment: Segment, known: list[Persona]) -> list[int]:
    """What is ticked at first: the personas of the last search here, else the first one."""
    last = runs.list_(workspace=request.workspace, segment_id=segment.pk, limit=1).items
    before = last[0].quote.persona_ids if last else []
    here = [persona.pk for persona in known]
    return [number for number in before if number in here] or here[:1]


def _segment(request: PageRequest, segment_id: str) -> Segment:
    request.nav = "segments"
    access.require(request.actor, "personas.see")
    return register.get(workspace=request.workspace, segment_id=ids.parse("seg", segment_id))


def _run_id(error: RollcallError) -> int:
    return ids.parse("run", error.details["run"])


urls: list[URLPattern] = [
    path("segments/<id:segment_id>/find", find, name="find"),
    path("segments/<id:segment_id>/find/estimate", estimate, name="find_estimate"),
    path("segments/<id:segment_id>/find/start", start, name="find_start"),
]
