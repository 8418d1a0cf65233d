"""Looks after what was bought: is it all there, what was asked, and what is old enough to be deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rollcall.core import http
from rollcall.core.errors import RollcallError
from rollcall.universe.models import ProviderAttempt, ProviderCall, ProviderOrder, ProviderWalk
from rollcall.universe.provider_rows import CallState
from rollcall.universe.providers import answers, costs, keys, ledger
from rollcall.universe.providers.registry import Known


@dataclass(frozen=True)
class Facts:
    """What a check found."""

    provider: str
    key: str
    address: str
    searches: int
    answers_kept: int
    answers_missing: int
    maybe_bought_calls: int


@dataclass(frozen=True)
class Cleared:
    """What was deleted."""

    searches: int
    answers: int


def check(*, known: Known) -> Facts:
    """Whether a provider can be asked, and every answer is as it was bought. Asks nobody."""
    mine = ledger.walks(provider=known.about.name).filter(cleared_at=None)
    kept = missing = maybe = 0
    for walk in mine:
        maybe += ledger.spending(walk=walk).maybe_calls
        for call in walk.calls.filter(state=CallState.ANSWERED).iterator(chunk_size=500):
            kept += 1
            missing += not _is_there(call)
    return Facts(
        provider=known.about.name,
        key=_key(known),
        address=_address(known),
        searches=mine.count(),
        answers_kept=kept - missing,
        answers_missing=missing,
        maybe_bought_calls=maybe,
    )


def clear(*, older_than_days: int, now: datetime) -> Cleared:
    """Delete the answers of searches that have not been fresh for so long; one that two searches share stays."""
    old = ledger.walks().filter(cleared_at=None, fresh_until__lt=now - timedelta(days=older_than_days))
    searches = removed = 0
    for walk in list(old):
        ledger.clear(walk=walk, now=now)
        searches += 1
        for call in walk.calls.filter(state=CallState.ANSWERED):
            others = ProviderCall.objects.filter(answer_hash=call.answer_hash, walk__cleared_at=None)
            removed += not others.exists() and answers.remove(call.answer_hash)
            answers.settle(call.key)
        (answers.home() / f"walk-{walk.pk}.lock").unlink(missing_ok=True)
    return Cleared(searches, removed)


def walk_rows(*, provider: str | None, limit: int) -> list[dict[str, Any]]:
    """Searches, newest first."""
    return [_walk_row(walk) for walk in ledger.walks(provider=provider)[:limit]]


def attempt_rows(*, walk: int, limit: int) -> list[dict[str, Any]]:
    """What was sent for one search, newest first."""
    sent = ProviderAttempt.objects.filter(call__walk=walk).select_related("call").order_by("-pk")[:limit]
    return _attempt_rows(sent)


def attempts_of(*, order: ProviderOrder, limit: int) -> list[dict[str, Any]]:
    """What was sent for one order, newest first."""
    sent = ProviderAttempt.objects.filter(call__walk__orders=order).select_related("call").order_by("-pk")
    return _attempt_rows(sent[:limit])


def _attempt_rows(sent: Iterable[ProviderAttempt]) -> list[dict[str, Any]]:
    return [
        {
            "call": attempt.call.key,
            "page": attempt.call.number,
            "sent_at": attempt.sent_at,
            "ended_at": attempt.ended_at,
            "state": attempt.state,
            "status": attempt.status_code,
            "records": attempt.call.records if attempt.state == "answered" else 0,
            "cost": str(costs.plain(attempt.call.cost if attempt.state == "answered" else None)),
            "cost_at_most": str(costs.plain(attempt.cost_max)),
            "problem": attempt.problem,
        }
        for attempt in sent
    ]


def _walk_row(walk: ProviderWalk) -> dict[str, Any]:
    spent = ledger.spending(walk=walk)
    return {
        "walk": walk.pk,
        "provider": walk.provider,
        "endpoint": walk.endpoint,
        "state": walk.state,
        "started_at": walk.started_at,
        "fresh_until": walk.fresh_until,
        "pages": walk.calls.filter(state=CallState.ANSWERED).count(),
        "cost": str(spent.answered),
        "maybe_bought_calls": spent.maybe_calls,
        "maybe_cost": str(spent.maybe),
        "why": walk.why,
        "query": walk.query[:120] or "(about a person, not kept)",
    }


def _is_there(call: ProviderCall) -> bool:
    try:
        answers.get(call.answer_hash)
    except answers.AnswerGone:
        return False
    return True


def _key(known: Known) -> str:
    try:
        keys.get(known)
    except RollcallError as error:
        return error.message
    return "there"


def _address(known: Known) -> str:
    try:
        http.check_url(known.url)
    except RollcallError as error:
        return error.message
    return "can be called"
