"""Runs: start a persona search from a quote, watch it, stop it."""

from typing import Annotated, Literal, cast

from django.http import HttpResponse
from ninja import Header
from pydantic import Field, StringConstraints

from rollcall.api.contacts import YesNo
from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    AutomationId,
    Count,
    Cursor,
    Given,
    Instant,
    Limit,
    PageOf,
    QuoteId,
    RunId,
    SegmentId,
    Shown,
    page_of,
)
from rollcall.core import clock, ids
from rollcall.credits import balances
from rollcall.personas import runs
from rollcall.personas.models import Run

noun = Noun("runs")
State = Literal["queued", "running", "done", "stopped", "failed"]
Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=runs.KEY_MAX, pattern=r"^[\x20-\x7e]+$"),
    Header(
        alias="Idempotency-Key",
        description="One key for one intended search; the same again gives the same run.",
        example="import-2026-09-01",
    ),
]


class RunGiven(Given):
    """The quote to start."""

    quote_id: QuoteId


class RunShown(Shown):
    """A persona search; each contact it adds is paid for in the same transaction."""

    id: RunId
    state: State
    segment_id: SegmentId
    segment_name: str = Field(examples=["Energy, large"])
    quote_id: QuoteId
    people: Count = Field(description="People to go through: new and already owned.")
    people_done: Count
    credits_max: Count = Field(description="What was set aside at the start, and the most it can cost.")
    charged: Count = Field(description="Contacts added and paid for so far.")
    owned: Count = Field(description="Yours already: free.")
    suppressed: Count = Field(description="Neither added nor charged.")
    automation_id: AutomationId | None = Field(description="The automation that started it, or asked to.")
    problem: str = Field(examples=[""])
    started_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None


class ProgressShown(Shown):
    """How far a run is."""

    state: State
    people: Count
    done: Count
    charged: Count
    owned: Count
    suppressed: Count
    percent: Annotated[int, Field(ge=0, le=100)]
    rate_per_second: Count | None
    seconds_left: Count | None
    problem: str = Field(examples=[""])
    is_active: bool


@noun.operation(
    "POST", "/runs", permission="runs.start", answer=RunShown, status=201, errors=(402, 404, 409), spends=True
)
def runs_start(request: Request, response: HttpResponse, body: RunGiven, idempotency_key: Key) -> RunShown:
    """Start a persona search from a quote.

    Holds the quote's maximum first. A quote that ran out, or whose inputs changed, answers 409 with a fresh quote in
    `details.fresh_quote`; too few credits answer 402 with the shortfall and a number to stop at.
    """
    run = runs.start(
        workspace=request.auth.workspace,
        quote_id=ids.parse("quo", body.quote_id),
        key=idempotency_key,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _answer(request, response, run)


@noun.operation("GET", "/runs", permission="runs.see", answer=PageOf[RunShown])
def runs_list(
    request: Request,
    segment_id: SegmentId | None = None,
    active: YesNo = "false",
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> PageOf[RunShown]:
    """List runs, newest first."""
    page = runs.list_(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id) if segment_id is not None else None,
        active_only=active == "true",
        cursor=cursor,
        limit=limit,
    )
    return page_of(page, run_shown)


@noun.operation("GET", "/runs/{run_id}", permission="runs.see", answer=RunShown, spends=True)
def runs_get(request: Request, response: HttpResponse, run_id: RunId) -> RunShown:
    """One run."""
    run = runs.get(workspace=request.auth.workspace, run_id=ids.parse("run", run_id))
    return _answer(request, response, run)


@noun.operation("GET", "/runs/{run_id}/progress", permission="runs.see", answer=ProgressShown)
def runs_progress(request: Request, run_id: RunId) -> ProgressShown:
    """How far a run is, for a progress bar."""
    seen = runs.progress(workspace=request.auth.workspace, run_id=ids.parse("run", run_id))
    return ProgressShown(**{name: getattr(seen, name) for name in ProgressShown.model_fields})


@noun.operation("POST", "/runs/{run_id}/stop", permission="runs.stop", answer=RunShown, spends=True)
def runs_stop(request: Request, response: HttpResponse, run_id: RunId) -> RunShown:
    """Stop a run; the rest of its hold comes back. Stopping one that ended changes nothing."""
    run = runs.stop(
        workspace=request.auth.workspace,
        run_id=ids.parse("run", run_id),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _answer(request, response, run)


def _answer(request: Request, response: HttpResponse, run: Run) -> RunShown:
    tell_credits(request, response, run)
    return run_shown(run)


def tell_credits(request: Request, response: HttpResponse, run: Run | None) -> None:
    """In headers: the credits that the run spent and holds, and those that are left."""
    available, _ = balances.quick(workspace=request.auth.workspace)
    hold = run.hold if run else None
    held = hold.amount - hold.captured - hold.released if hold is not None else 0
    response["Rollcall-Credits-Spent"] = str(run.charged if run else 0)
    response["Rollcall-Credits-Held"] = str(held)
    response["Rollcall-Credits-Left"] = str(available)


def run_shown(run: Run) -> RunShown:
    """A run as every answer shows it."""
    return RunShown(
        id=ids.public("run", run.pk),
        state=cast("State", run.state),
        segment_id=ids.public("seg", run.segment_id),
        segment_name=run.segment.name,
        quote_id=ids.public("quo", run.quote_id),
        people=run.people,
        people_done=run.people_done,
        credits_max=run.quote.credits_max,
        charged=run.charged,
        owned=run.owned,
        suppressed=run.suppressed,
        automation_id=ids.public("aut", run.automation_id) if run.automation_id else None,
        problem=run.problem,
        started_by=run.actor_label,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
