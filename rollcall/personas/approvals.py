"""Approvals: somebody decides about a search that an automation did not start by itself, and what it may cost (E7)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from rollcall.core import faults, ids, paging, transactions
from rollcall.core.errors import Conflict, Invalid, NotEnough, NotFound, TryLater
from rollcall.personas import automation_rows, quotes, runs
from rollcall.personas.models import Approval, Automation, Quote, Run
from rollcall.segments import activity
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

KEY_MAX = 100
_ATTEMPTS_MAX = 4
ESTIMATED = faults.declare(
    "personas.approval.estimated", "an approved search is estimated anew, nothing written"
)
WRITTEN = faults.declare("personas.approval.written", "approval, run and hold are written, nothing committed")
COMMITTED = faults.declare(
    "personas.approval.committed", "an approval is committed, the caller has no answer yet"
)


class NoSuchApproval(NotFound):
    """There is no approval {id} here. Check the id; those of other workspaces are not shown."""


class BadApprovalKey(Invalid):
    """An idempotency key has 1 to 100 characters here. Send one key for one decision, and the same on a retry."""


class BadAmount(Invalid):
    """{credits} is no number of credits to approve. Write a whole number from 1, or leave it out for what is asked."""


class AlreadyDecided(Conflict):
    """{id} was decided already: {state}. Nothing more was started; load the list again."""


class StillSearching(Conflict):
    """The automation is adding people right now ({run}). Wait until that search has ended, then decide."""


class AskedForSomethingElse(Conflict):
    """Since this was asked, {what_changed}; nothing was started. The question is being taken back."""


def approve(
    *,
    workspace: Workspace,
    approval_id: int,
    key: str,
    actor: Actor,
    now: datetime,
    credits: int | None = None,
) -> Approval:
    """Search now, for at most what was shown: a fresh estimate is made, and whoever is new above that is left out.

    The same key again gives the same answer. If nobody new is left, nothing starts and the question is closed.

    Args:
        credits: at most so many, if fewer than were asked for; the best people come first.

    Raises:
        NoSuchApproval, BadApprovalKey, BadAmount, AlreadyDecided, StillSearching, AskedForSomethingElse
        NotEnoughCredits, NoRoomInBudgets, BudgetExceeded: it still waits; the details say what is missing.
    """
    if not 1 <= len(key) <= KEY_MAX or "\0" in key:
        raise BadApprovalKey()
    if credits is not None and (isinstance(credits, bool) or not 1 <= credits <= ids.INT64_MAX):
        raise BadAmount(credits=credits)
    approval = get(workspace=workspace, approval_id=approval_id)
    most = min(approval.credits, credits or approval.credits)
    for _ in range(_ATTEMPTS_MAX):
        if (done := _earlier(approval, key, actor)) is not None:
            return done
        quote = _estimate(approval, most, actor, now)
        faults.point(ESTIMATED)
        try:
            transactions.run(lambda: _start(approval, quote, most, key, actor, now))  # noqa: B023
        except (runs.InputsChanged, runs.UniverseMoved, _Moved):
            approval = get(workspace=workspace, approval_id=approval_id)
            continue
        faults.point(COMMITTED)
        return get(workspace=workspace, approval_id=approval_id)
    raise TryLater(reason="The search kept changing while it was estimated. Nothing was started; try again.")


def decline(*, workspace: Workspace, approval_id: int, actor: Actor, now: datetime) -> Approval:
    """Do not search. It comes back when companies join again, or when the calendar says so. Declining twice is once.

    Raises:
        NoSuchApproval, AlreadyDecided
    """
    found = get(workspace=workspace, approval_id=approval_id)

    def work() -> None:
        automation = automation_rows.lock(automation_id=found.automation_id)
        approval = _locked(found)
        if approval.state == Approval.State.DECLINED:
            return
        _check_waiting(approval)
        _decide(approval, Approval.State.DECLINED, actor, now)
        _settle(automation, approval)
        _log(automation, approval, "declined", actor, now)

    transactions.run(work)
    return get(workspace=workspace, approval_id=approval_id)


def get(*, workspace: Workspace, approval_id: int) -> Approval:
    """
    Raises:
        NoSuchApproval
    """
    found = _with_names().filter(workspace=workspace, pk=approval_id).first()
    if found is None:
        raise NoSuchApproval(id=ids.public("app", approval_id))
    return found


def list_(
    *,
    workspace: Workspace,
    state: str | None = None,
    decided: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[Approval]:
    """The workspace's approvals, newest first: those in a state, those that wait no more (`decided`), or all."""
    found = _with_names().filter(workspace=workspace)
    if state is not None:
        found = found.filter(state=state)
    if decided:
        found = found.exclude(state=Approval.State.WAITING)
    return paging.page(found, order=["-id"], cursor=cursor, limit=limit)


def count_waiting(*, workspace: Workspace) -> int:
    """How many decisions wait for somebody."""
    return Approval.objects.filter(workspace=workspace, state=Approval.State.WAITING).count()


class NoRoomInBudgets(NotEnough):
    """Budgets leave no room for this search now: {needed} credits are wanted. Raise a budget, or wait for its next
    period; the question still waits."""


class _Moved(Exception):
    """The automation or its question was renewed since we looked."""


def _earlier(approval: Approval, key: str, actor: Actor) -> Approval | None:
    """The answer to an earlier try with this key.

    Raises:
        AlreadyDecided
    """
    if approval.run is not None and approval.run.key == _run_key(approval, key):
        return approval
    if approval.state == Approval.State.GONE and approval.decided_by == actor.ref:
        return approval
    _check_waiting(approval)
    return None


def _estimate(approval: Approval, most: int, actor: Actor, now: datetime) -> Quote:
    """The same companies as were asked about, as they are now.

    Raises:
        AskedForSomethingElse
    """
    automation = approval.automation
    segment = automation.segment
    if segment.deleted_at is not None or segment.revision != automation.segment_revision:
        raise AskedForSomethingElse(what_changed=f"the segment {segment.name} was edited or deleted")
    joined = (automation.settled_stay, approval.until_stay)
    return quotes.make(
        workspace=approval.workspace,
        segment_id=segment.pk,
        persona_ids=automation.persona_ids,
        stop_at=most,
        joined=joined if automation.trigger == Automation.Trigger.JOINED else None,
        actor=_acting(actor),
        now=now,
    )


def _start(approval: Approval, quote: Quote, most: int, key: str, actor: Actor, now: datetime) -> None:
    """Decision, run and hold in one transaction. Locks: automation, approval, then as `runs.start`."""
    automation = automation_rows.lock(automation_id=approval.automation_id)
    locked = _locked(approval)
    if automation.revision != approval.automation.revision or locked.state != Approval.State.WAITING:
        raise _Moved()
    if (going_on := automation.runs.filter(state__in=Run.ACTIVE).first()) is not None:
        raise StillSearching(run=ids.public("run", going_on.pk))
    free = quote.owned and automation.trigger == Automation.Trigger.JOINED
    if not quote.credits_max and not free and not quote.over_budget:
        _decide(locked, Approval.State.GONE, actor, now)
        _settle(automation, locked)
        _log(automation, locked, "gone", actor, now)
        return
    _check_room(quote)
    locked.run = runs.start(
        workspace=approval.workspace,
        quote_id=quote.pk,
        key=_run_key(approval, key),
        actor=_acting(actor),
        now=now,
        automation_id=automation.pk,
        rule={
            "automation": ids.public("aut", automation.pk),
            "trigger": automation.trigger,
            "approval": ids.public("app", approval.pk),
            "approved_by": actor.label,
            "shown": approval.credits,
            "most": most,
            "words": f"Asked for by {ids.public('aut', automation.pk)}, approved by {actor.label} as "
            f"{ids.public('app', approval.pk)}: at most {most:,} of the {approval.credits:,} credits shown.",
        },
    )
    locked.estimate = locked.estimate | {"most": most, "left_out": quote.over_limit}
    _decide(locked, Approval.State.APPROVED, actor, now)
    _settle(automation, locked)
    _log(automation, locked, "approved", actor, now, run=ids.public("run", locked.run.pk), most=most)
    faults.point(WRITTEN)


def _check_room(quote: Quote) -> None:
    """
    Raises:
        NoRoomInBudgets
    """
    if not quote.credits_max and quote.over_budget:
        raise NoRoomInBudgets(needed=quote.over_budget)


def _decide(approval: Approval, state: Approval.State, actor: Actor, now: datetime) -> None:
    approval.state, approval.decided_by, approval.decided_by_label = state, actor.ref, actor.label
    approval.decided_at = approval.updated_at = now
    approval.save()


def _settle(automation: Automation, approval: Approval) -> None:
    """These companies were decided about: they are not asked about again."""
    automation.settled_stay = max(automation.settled_stay, approval.until_stay)
    automation_rows.save(automation)


def _locked(approval: Approval) -> Approval:
    return Approval.objects.select_for_update(no_key=True).get(pk=approval.pk)


def _check_waiting(approval: Approval) -> None:
    """
    Raises:
        AlreadyDecided
    """
    if approval.state != Approval.State.WAITING:
        by = f", by {approval.decided_by_label}" if approval.decided_by_label else ""
        state = approval.get_state_display().lower() + by
        raise AlreadyDecided(
            id=ids.public("app", approval.pk),
            state=state,
            run=ids.public("run", approval.run_id) if approval.run_id else None,
        )


def _acting(actor: Actor) -> Actor:
    """The person, whose own budgets count it; and in whose name the automation acts is said in the label."""
    return replace(actor, label=f"Automatic search, approved by {actor.label}"[:160])


def _run_key(approval: Approval, key: str) -> str:
    return f"{ids.public('app', approval.pk)}:{key}"


def _log(
    automation: Automation, approval: Approval, act: str, actor: Actor, now: datetime, **more: Any
) -> None:
    detail = automation_rows.named(automation) | {
        "approval": ids.public("app", approval.pk),
        "credits": approval.credits,
        **more,
    }
    activity.write(segment=automation.segment, kind=f"approval_{act}", actor=actor, now=now, detail=detail)
    audit.write(
        workspace=automation.workspace,
        actor=actor,
        action=f"approval.{act}",
        target=ids.public("app", approval.pk),
        now=now,
        detail=detail,
    )


def _with_names() -> "QuerySet[Approval]":
    related = ("automation__segment", "automation__workspace", "workspace", "run__quote")
    return Approval.objects.select_related(*related).defer("run__quote__people")
