"""What workers do for automations: estimate what is due, spend what the allowance lets pass, ask for the rest (E7)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from rollcall.core import faults, ids, jobs, transactions
from rollcall.core.errors import NotEnough, RollcallError, TryLater
from rollcall.credits import balances, budgets
from rollcall.personas import allowances, asking, automation_rows, calendars, estimates, halting, quotes, runs
from rollcall.personas.allowances import Allowance
from rollcall.personas.models import Automation, Quote, Run
from rollcall.segments import activity
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
PAUSE_AFTER_FAILURE = timedelta(hours=1)
PAUSE_WHEN_BUSY = timedelta(minutes=1)
_ATTEMPTS_MAX = 4
TAKEN = faults.declare(
    "personas.automation.taken", "a worker holds the lease of an automation, nothing estimated"
)
ESTIMATED = faults.declare(
    "personas.automation.estimated", "an automation's search is estimated, nothing written"
)
STARTED = faults.declare(
    "personas.automation.started", "the run is written, the question about the rest is not, nothing committed"
)
WRITTEN = faults.declare(
    "personas.automation.written", "run, question and automation are written, nothing committed"
)
COMMITTED = faults.declare(
    "personas.automation.committed", "an automation has looked, its worker has said nothing"
)


class Overtaken(TryLater):
    """The automation {id} was changed, or looked after by another worker, meanwhile; this one wrote nothing."""


@dataclass(frozen=True)
class _Plan:
    """What to start at once, how many credits wait for approval, and why; `bound` is what set the limit."""

    quote: Quote | None
    waits: int = 0
    why: str = ""
    bound: str = ""


@jobs.sweep("personas.automations")
def look(*, now: datetime) -> int:
    """Look after the automation that has been due longest; one that fails says so in the segment and waits an hour."""
    automation = _claim(now)
    if automation is None:
        return 0
    faults.point(TAKEN)
    try:
        _look(automation, now)
    except Overtaken:
        log.info("automation changed meanwhile", automation=automation.pk)
    except TryLater:
        _due_again(automation, now + PAUSE_WHEN_BUSY)
    except RollcallError as error:
        _due_again(automation, now + PAUSE_AFTER_FAILURE, note=error.message)
        detail = automation_rows.named(automation) | {"problem": error.message}
        activity.write(
            segment=automation.segment,
            kind="automation_failed",
            actor=_actor(automation),
            now=now,
            detail=detail,
        )
    return 1


def _claim(now: datetime) -> Automation | None:
    """Take the next due automation for a while, so that other workers take others."""
    for automation in _due(now).select_related("segment", "workspace")[:20]:
        free = Automation.objects.filter(_not_leased(now), pk=automation.pk, revision=automation.revision)
        if free.update(lease_until=now + LEASE):
            return automation
    return None


def _due(now: datetime) -> QuerySet[Automation]:
    """Companies joined, the time has come, or what it was set up for changed; never while its own search runs."""
    on = Automation.objects.filter(_not_leased(now), is_on=True, ended_at__isnull=True)
    changed = Q(segment__deleted_at__isnull=False) | ~Q(segment__revision=F("segment_revision"))
    joined = Q(trigger=Automation.Trigger.JOINED, segment__newest_stay__gt=F("seen_stay"))
    searching = Run.objects.filter(automation=OuterRef("pk"), state__in=Run.ACTIVE)
    due = on.filter(changed | joined | Q(due_at__lte=now)).filter(~Exists(searching))
    return due.order_by("due_at", "pk")


def _not_leased(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)


def _look(automation: Automation, now: datetime) -> None:
    """Estimate before the transaction, which is short; what moved meanwhile is estimated again.

    Raises:
        Overtaken, TryLater, and what an estimate raises
    """
    if _stopped(automation, now):
        return
    for _ in range(_ATTEMPTS_MAX):
        whole = _estimate(automation, now)
        faults.point(ESTIMATED)
        try:
            plan = _plan(automation, whole, now)
            transactions.run(lambda: _write(automation, whole, plan, now))  # noqa: B023
        except (runs.InputsChanged, runs.UniverseMoved, runs.QuoteExpired, NotEnough):
            # Someone edited, loaded or spent in between: what was planned is out of date, and nothing of it is kept.
            automation.segment.refresh_from_db()
            continue
        faults.point(COMMITTED)
        return
    raise TryLater(reason=f"The search of {_public(automation)} kept changing while it was estimated.")


def _stopped(automation: Automation, now: datetime) -> bool:
    """It ends with its segment, and pauses when that was edited: it was set up for what was there."""
    segment = automation.segment
    if segment.deleted_at is None and segment.revision == automation.segment_revision:
        return False
    actor = access.system("automation")

    def write() -> None:
        locked = _fenced(automation)
        if segment.deleted_at is not None:
            halting.finish(locked, why="The segment was deleted.", actor=actor, now=now)
        else:
            why = "The segment was edited. Look at its companies, then resume."
            halting.stop(locked, why=why, actor=actor, now=now, withdraw=True)

    transactions.run(write)
    return True


def _estimate(automation: Automation, now: datetime, stop_at: int | None = None) -> Quote:
    """Of those who joined since somebody last paid or decided; by the calendar, of the whole segment."""
    joined = (automation.settled_stay, automation.segment.newest_stay)
    return quotes.make(
        workspace=automation.workspace,
        segment_id=automation.segment_id,
        persona_ids=automation.persona_ids,
        stop_at=stop_at,
        joined=joined if automation.trigger == Automation.Trigger.JOINED else None,
        actor=_actor(automation),
        now=now,
    )


def _plan(automation: Automation, whole: Quote, now: datetime) -> _Plan:
    """The rule: nobody new, nothing; asking first, all of it waits; else as much as every limit lets pass."""
    new = whole.credits_max + whole.over_budget
    if not new:
        # Yours already, and new to this segment: they join it for free.
        free = whole.owned and automation.trigger == Automation.Trigger.JOINED
        return _Plan(whole if free else None)
    allowance = allowances.today(automation=automation, now=now)
    available, _ = balances.quick(workspace=automation.workspace, now=now)
    if automation.mode == Automation.Mode.ASK:
        short = _too_few(new, available) if available < new else ""
        return _Plan(None, new, f"It asks first. {short}".strip(), "ask")
    limits = {
        "allowance": allowance.left,
        "budget": min(whole.credits_max, _room(automation, now)),
        "balance": available,
    }
    bound = min(limits, key=lambda name: limits[name])
    can = limits[bound]
    if can >= new:
        return _Plan(whole, bound="allowance")
    why = {
        "allowance": _above(allowance, can),
        "budget": f"Budgets leave room for {can:,} of these {new:,} credits.",
        "balance": _too_few(new, available),
    }[bound]
    part = _estimate(automation, now, stop_at=can) if can else None
    return _Plan(part, new - part.credits_max if part else new, why, bound)


def _room(automation: Automation, now: datetime) -> int:
    """What every budget leaves, those of the automation too, which the estimate does not ask."""
    found = budgets.room(
        workspace=automation.workspace,
        actor=_actor(automation),
        segment_id=automation.segment_id,
        automation_id=automation.pk,
        persona_ids=(),
        now=now,
    )
    return ids.INT64_MAX if found.total is None else found.total


def _above(allowance: Allowance, can: int) -> str:
    if can:
        return f"Above the allowance of {allowance.credits_per_day:,} credits a day; {can:,} of them were left today."
    if not allowance.credits_per_day:
        return "The allowance is 0 credits a day."
    return f"The allowance of {allowance.credits_per_day:,} credits is used up for today."


def _too_few(needed: int, available: int) -> str:
    return f"Too few credits: {needed:,} needed, {available:,} available, {needed - available:,} short."


def _write(automation: Automation, whole: Quote, plan: _Plan, now: datetime) -> None:
    """Run, question and what was looked at, in one transaction: a crash or a second worker leaves all or nothing.

    Raises:
        Overtaken, and what `runs.start` raises
    """
    locked = _fenced(automation)
    run = _start(automation, plan, now) if plan.quote else None
    faults.point(STARTED)
    newest = automation.segment.newest_stay
    if plan.waits:
        asking.ask(
            automation=locked,
            credits=plan.waits,
            why=plan.why,
            estimate=_described(automation, whole, plan, run),
            until_stay=newest,
            actor=_actor(automation),
            now=now,
        )
    else:
        asking.withdraw(automation=locked, why="Nobody is left to ask about.", now=now)
        locked.settled_stay = newest
    locked.seen_stay, locked.last_run_at, locked.note = newest, now, _note(plan, run)
    locked.due_at = calendars.next_due(
        trigger=locked.trigger, time_zone=locked.workspace.time_zone, after=now
    )
    automation_rows.save(locked)
    faults.point(WRITTEN)


def _start(automation: Automation, plan: _Plan, now: datetime) -> Run:
    assert plan.quote is not None
    allowance = allowances.today(automation=automation, now=now)
    rule = {
        "automation": _public(automation),
        "trigger": automation.trigger,
        "credits_per_day": allowance.credits_per_day,
        "day": allowance.day,
        "used_before": allowance.used,
        "bound": plan.bound,
        "waits": plan.waits,
        "words": _rule(automation, allowance, plan),
    }
    return runs.start(
        workspace=automation.workspace,
        quote_id=plan.quote.pk,
        key=f"automation:{_public(automation)}:{allowance.day}:{automation.revision}",
        actor=_actor(automation),
        now=now,
        automation_id=automation.pk,
        rule=rule,
    )


def _rule(automation: Automation, allowance: Allowance, plan: _Plan) -> str:
    """For receipts: what let it start, and what bound it."""
    start = f"{automation.get_trigger_display()}, by {_public(automation)}"
    if not plan.bound:
        return f"{start}: they are yours already, so it costs nothing."
    also = {"budget": " A budget left less.", "balance": " The balance was less."}.get(plan.bound, "")
    return (
        f"{start}: within its allowance of {allowance.credits_per_day:,} credits a day, of which {allowance.left:,} "
        f"were left on {allowance.day}.{also}"
    )


def _described(automation: Automation, whole: Quote, plan: _Plan, run: Run | None) -> dict[str, Any]:
    """The estimate as it was, for whoever decides later: its lines add up, and it shows nobody's name."""
    return automation_rows.named(automation) | {
        "quote": ids.public("quo", whole.pk),
        "companies": whole.companies,
        "universe_version": whole.universe_version,
        "lines": list(_lines(whole, run)),
        "sample": _sample(whole, plan),
        "run": ids.public("run", run.pk) if run else None,
    }


def _sample(whole: Quote, plan: _Plan) -> list[dict[str, Any]]:
    """Of those who wait, not of those whom the allowance pays for."""
    if plan.quote is None:
        return quotes.sample(whole, states=(estimates.NEW, estimates.OVER_BUDGET))
    return quotes.sample(plan.quote, states=(estimates.OVER_LIMIT, estimates.OVER_BUDGET))


def _lines(whole: Quote, run: Run | None) -> Iterator[dict[str, Any]]:
    yield {"label": "Matches", "amount": whole.matches, "note": f"in {whole.companies:,} companies"}
    yield {"label": "Already yours", "amount": -whole.owned, "note": "free"}
    yield {"label": "Suppressed", "amount": -whole.suppressed, "note": "never added"}
    started = run.quote.credits_max if run else 0
    if run:
        yield {"label": "Started within the allowance", "amount": -started, "note": ids.public("run", run.pk)}
    waits = whole.credits_max + whole.over_budget - started
    yield {"label": "New people, at most", "amount": waits, "note": "1 credit each"}


def _note(plan: _Plan, run: Run | None) -> str:
    parts = [
        f"Started {ids.public('run', run.pk)} for at most {run.quote.credits_max:,} credits." if run else "",
        f"{plan.waits:,} credits wait for approval." if plan.waits else "",
    ]
    return " ".join(part for part in parts if part) or "Nobody new."


def _fenced(automation: Automation) -> Automation:
    """The row, locked, if nobody changed it since this worker took it.

    Raises:
        Overtaken
    """
    locked = automation_rows.lock(automation_id=automation.pk)
    if locked.revision != automation.revision or not locked.is_on or locked.ended_at is not None:
        raise Overtaken(id=_public(automation))
    return locked


def _due_again(automation: Automation, at: datetime, note: str | None = None) -> None:
    mine = Automation.objects.filter(pk=automation.pk, revision=automation.revision)
    mine.update(lease_until=at, **({} if note is None else {"note": note[:300]}))


def _actor(automation: Automation) -> Actor:
    return replace(
        access.system("automation"), label=f"Automatic search, set up by {automation.actor_label}"[:160]
    )


def _public(automation: Automation) -> str:
    return ids.public("aut", automation.pk)
