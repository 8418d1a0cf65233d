"""Runs: a persona search started from a quote, paid from one hold, seen live, ended with a receipt (E3 to E6)."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from rollcall.core import faults, transactions
from rollcall.core.errors import Conflict, Invalid
from rollcall.credits import budgets, holds
from rollcall.personas import budgeting, estimates, quotes
from rollcall.personas.carrying import CHUNK, carry_out
from rollcall.personas.lists import NoSuchRun, count_active, get, list_
from rollcall.personas.models import Quote, Run
from rollcall.personas.progress import Progress, progress
from rollcall.personas.stopping import stop
from rollcall.segments import register
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

__all__ = [
    "CHUNK",
    "NoSuchRun",
    "Progress",
    "carry_out",
    "count_active",
    "get",
    "list_",
    "progress",
    "start",
    "stop",
]

KEY_MAX = 120
HELD = faults.declare("personas.start.held", "the run and its hold are written, nothing committed")
STARTED = faults.declare("personas.start.committed", "the run is committed, the caller has no answer yet")


class BadKey(Invalid):
    """An idempotency key has 1 to 120 characters. Send one key for one intended search, and the same on a retry."""


class KeyReused(Conflict):
    """This idempotency key already started {run} from another estimate. Use a new key for a new search."""


class QuoteUsed(Conflict):
    """This estimate was already started as {run}. To search again, make a new estimate."""


class QuoteExpired(Conflict):
    """This estimate ran out at {expired_at}; nothing was charged. Check the new estimate and start that one."""


class InputsChanged(Conflict):
    """Since this estimate was made, {what_changed}; nothing was charged. Check the new estimate and start that one."""


class UniverseMoved(Conflict):
    """Newer data arrived since this estimate was made (version {current}, not {quoted}); nothing was charged. Check
    the new estimate and start that one."""


def start(
    *,
    workspace: Workspace,
    quote_id: int,
    key: str,
    actor: Actor,
    now: datetime,
    automation_id: int | None = None,
    rule: Mapping[str, Any] | None = None,
) -> Run:
    """Hold the quote's maximum and queue the run; the same key and quote again give the same run (invariant 9).

    The errors below carry the public id of a fresh quote from the same inputs in `details["fresh_quote"]` (None
    where none can be made); NotEnoughCredits carries the number to stop at that the balance can pay.

    Args:
        automation_id: the automation that started it, or whose search somebody approved.
        rule: what let it start, for receipts: the allowance or the approval; kept with the hold.

    Raises:
        BadKey, NoSuchQuote, KeyReused, QuoteUsed, QuoteExpired, InputsChanged, UniverseMoved,
        credits.holds.NotEnoughCredits
        credits.budgets.BudgetExceeded: a budget has less left than when the quote was made, or than for who made it.
    """
    if not 1 <= len(key) <= KEY_MAX or "\0" in key:
        raise BadKey()
    quote = quotes.get(workspace=workspace, quote_id=quote_id)
    earlier = _earlier(quote, key)
    if earlier is not None:
        return earlier
    _check_fresh(quote, actor, now)
    try:
        run = transactions.run(lambda: _start(quote, key, actor, now, automation_id, rule))
    except IntegrityError:
        # Someone was faster with this key or this quote; their row says what the answer is.
        earlier = _earlier(quote, key)
        if earlier is None:
            raise
        return earlier
    except holds.NotEnoughCredits as error:
        raise holds.NotEnoughCredits(**error.details, stop_at=error.details["available"]) from None
    except budgets.BudgetExceeded as error:
        name = budgeting.name_of(workspace=workspace, details=error.details)
        details = error.details | {"name": name, "fresh_quote": _fresh(quote, actor, now)}
        raise budgets.BudgetExceeded(**details) from None
    faults.point(STARTED)
    return run


def _earlier(quote: Quote, key: str) -> Run | None:
    """The run that this key started from this quote.

    Raises:
        KeyReused, QuoteUsed
    """
    same_key = Run.objects.filter(workspace=quote.workspace, key=key).first()
    if same_key is not None and same_key.quote_id != quote.pk:
        raise KeyReused(run=f"run_{same_key.pk}")
    # Asked for even when the key was not found: between the two questions someone may have started it with this key.
    same_quote = same_key or Run.objects.filter(quote=quote).first()
    if same_quote is not None and same_quote.key != key:
        raise QuoteUsed(run=f"run_{same_quote.pk}")
    return same_quote and get(workspace=quote.workspace, run_id=same_quote.pk)


def _check_fresh(quote: Quote, actor: Actor, now: datetime) -> None:
    """
    Raises:
        QuoteExpired, UniverseMoved, InputsChanged: each with a fresh quote.
    """
    error: Conflict | None = None
    if what_changed := quotes.changes(quote):
        error = InputsChanged(what_changed=what_changed, fresh_quote=_fresh(quote, actor, now))
    elif (current := estimates.current_version()) != quote.universe_version:
        error = UniverseMoved(
            current=current, quoted=quote.universe_version, fresh_quote=_fresh(quote, actor, now)
        )
    elif now >= quote.expires_at:
        error = QuoteExpired(
            expired_at=f"{quote.expires_at:%H:%M} UTC", fresh_quote=_fresh(quote, actor, now)
        )
    if error is not None:
        raise error


def _fresh(quote: Quote, actor: Actor, now: datetime) -> str | None:
    """The id of a new quote from the same inputs as they are now."""
    made = quotes.renew(quote, actor=actor, now=now)
    return None if made is None else f"quo_{made.pk}"


def _start(
    quote: Quote,
    key: str,
    actor: Actor,
    now: datetime,
    automation_id: int | None,
    rule: Mapping[str, Any] | None,
) -> Run:
    """Run, hold and audit line in one transaction."""
    run = Run.objects.create(
        workspace=quote.workspace,
        segment=quote.segment,
        quote=quote,
        automation_id=automation_id,
        key=key,
        people=quote.credits_max + quote.owned,
        actor=actor.ref,
        actor_label=actor.label,
        lease_until=now,
        created_at=now,
    )
    detail = {
        **quotes.named(quote),
        "credits_max": quote.credits_max,
        **({"rule": dict(rule)} if rule else {}),
    }
    if quote.credits_max:
        run.hold = holds.place(
            workspace=quote.workspace,
            amount=quote.credits_max,
            key=f"run_{run.pk}:hold",
            actor=actor,
            now=now,
            run_id=run.pk,
            purpose=_purpose(quote, automation_id),
            context={"run": f"run_{run.pk}", **detail},
        )
        run.save(update_fields=["hold"])
    # Last, as in every batch: after the wallet, the segment. It is refused if the segment was deleted meanwhile.
    register.lock(workspace=quote.workspace, segment_id=quote.segment_id)
    audit.write(
        workspace=quote.workspace,
        actor=actor,
        action="run.started",
        target=f"run_{run.pk}",
        now=now,
        detail=detail,
    )
    faults.point(HELD)
    return run


def _purpose(quote: Quote, automation_id: int | None) -> holds.Purpose:
    """Which segment, personas and automation the held credits are for: their budgets and statements count them."""
    new = estimates.in_states(quotes.people(quote), estimates.NEW)
    firsts = Counter(estimates.first_personas(new, quote.persona_ids))
    return holds.Purpose(
        segment_id=quote.segment_id, automation_id=automation_id, persona_credits=dict(firsts)
    )
