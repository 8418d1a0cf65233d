"""Approvals: searches that wait for somebody to say yes, and what each would cost."""

from typing import Annotated, Literal, cast

from django.http import HttpResponse
from ninja import Header
from pydantic import Field, StringConstraints

from rollcall.api import runs
from rollcall.api.keys import Request
from rollcall.api.quotes import SampleShown
from rollcall.api.receipts import LineShown
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    Amount,
    ApprovalId,
    AutomationId,
    Count,
    Cursor,
    Given,
    Instant,
    Limit,
    PageOf,
    RunId,
    SegmentId,
    Shown,
    page_of,
)
from rollcall.core import clock, ids
from rollcall.personas import approvals
from rollcall.personas.models import Approval

noun = Noun("approvals")
State = Literal["waiting", "approved", "declined", "gone"]
Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=approvals.KEY_MAX, pattern=r"^[\x20-\x7e]+$"),
    Header(
        alias="Idempotency-Key",
        description="One key for one decision; the same again gives the same answer.",
        example="approve-2026-09-01",
    ),
]


class ApproveGiven(Given):
    """How much of it."""

    credits: Amount | None = Field(
        default=None,
        examples=[20],
        description="At most so many credits; left out: as many as are asked for.",
    )


class ApprovalShown(Shown):
    """A search that an automation did not start by itself."""

    id: ApprovalId
    state: State
    automation_id: AutomationId
    segment_id: SegmentId
    segment_name: str = Field(examples=["Energy, large"])
    personas: list[str] = Field(examples=[["Sales leaders"]])
    credits: Count = Field(description="What it would cost, at most.")
    why: str = Field(examples=["It asks first."], description="Why it waits.")
    estimate: list[LineShown]
    sample: list[SampleShown]
    run_id: RunId | None
    decided_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant
    updated_at: Instant = Field(description="When it was last estimated or decided.")
    decided_at: Instant | None


@noun.operation("GET", "/approvals", permission="runs.see", answer=PageOf[ApprovalShown])
def approvals_list(
    request: Request, state: State | None = None, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[ApprovalShown]:
    """List approvals, newest first."""
    page = approvals.list_(workspace=request.auth.workspace, state=state, cursor=cursor, limit=limit)
    return page_of(page, _shown)


@noun.operation("GET", "/approvals/{approval_id}", permission="runs.see", answer=ApprovalShown)
def approvals_get(request: Request, approval_id: ApprovalId) -> ApprovalShown:
    """One approval."""
    number = ids.parse("app", approval_id)
    return _shown(approvals.get(workspace=request.auth.workspace, approval_id=number))


@noun.operation(
    "POST",
    "/approvals/{approval_id}/approve",
    permission="approvals.decide",
    answer=ApprovalShown,
    errors=(402, 409),
    spends=True,
)
def approvals_approve(
    request: Request,
    response: HttpResponse,
    approval_id: ApprovalId,
    body: ApproveGiven,
    idempotency_key: Key,
) -> ApprovalShown:
    """Search now, for at most what was shown.

    A fresh estimate is made; whoever is new above the amount is left out. Too few credits answer 402, and it still
    waits. If nobody new is left, nothing starts and the state is `gone`.
    """
    decided = approvals.approve(
        workspace=request.auth.workspace,
        approval_id=ids.parse("app", approval_id),
        key=idempotency_key,
        credits=body.credits,
        actor=request.auth.actor,
        now=clock.now(),
    )
    runs.tell_credits(request, response, decided.run)
    return _shown(decided)


@noun.operation(
    "POST",
    "/approvals/{approval_id}/decline",
    permission="approvals.decide",
    answer=ApprovalShown,
    errors=(409,),
)
def approvals_decline(request: Request, approval_id: ApprovalId) -> ApprovalShown:
    """Do not search; it comes back when companies join again, or when the calendar says so."""
    declined = approvals.decline(
        workspace=request.auth.workspace,
        approval_id=ids.parse("app", approval_id),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(declined)


def _shown(approval: Approval) -> ApprovalShown:
    automation, told = approval.automation, approval.estimate
    return ApprovalShown(
        id=ids.public("app", approval.pk),
        state=cast("State", approval.state),
        automation_id=ids.public("aut", automation.pk),
        segment_id=ids.public("seg", automation.segment_id),
        segment_name=automation.segment.name,
        personas=[persona["name"] for persona in told["personas"]],
        credits=approval.credits,
        why=approval.why,
        estimate=[LineShown(**line) for line in told["lines"]],
        sample=[SampleShown(**person) for person in told["sample"]],
        run_id=ids.public("run", approval.run_id) if approval.run_id else None,
        decided_by=approval.decided_by_label,
        created_at=approval.created_at,
        updated_at=approval.updated_at,
        decided_at=approval.decided_at,
    )
