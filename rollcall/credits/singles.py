"""Charging for one person at a time, straight from what is available: hold, charge and release in one step."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from rollcall.core import transactions
from rollcall.core.together import Together
from rollcall.credits import captures, claims, holds, posting, straight, wallets
from rollcall.credits.captures import Captured
from rollcall.credits.claims import Pair
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Acquisition, Entry
from rollcall.credits.straight import POSTED, Asked
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

__all__ = ["POSTED", "charge"]
_ATTEMPTS_MAX = 10
_TOGETHER_MAX = 100


def charge(
    *,
    workspace: Workspace,
    profile_id: int,
    company_id: int,
    key: str,
    actor: Actor,
    now: datetime,
    purpose: Purpose | None = None,
    context: Mapping[str, Any] | None = None,
) -> Captured:
    """Charge 1 credit for this pair if it was never paid for; the same key again answers what it did the first time.

    Beside the rows that the charge is for, in the caller's transaction, or in one of its own: that one is shared with
    the other threads that wait for theirs, whatever their workspaces, and nobody has an answer before it is committed.

    Raises:
        NotEnoughCredits, BudgetExceeded, CapMissing, KeyReused: nothing was charged.
    """
    posting.checked_key(key)
    asked = Asked(
        workspace=workspace,
        pair=(profile_id, company_id),
        key=key,
        actor=actor,
        now=now,
        purpose=purpose or Purpose(),
        context=dict(context or {}),
    )
    entry = None if connection.in_atomic_block else _together.do(asked)
    return _alone(asked) if entry is None else Captured(entry=entry, fresh=[asked.pair])


def _post_all(asked: Sequence[Asked]) -> Sequence[Entry | None]:
    try:
        with transaction.atomic():
            return straight.post(asked)
    except straight.Overtaken:
        return [None] * len(asked)


_together: Together[Asked, Entry] = Together(_post_all, most=_TOGETHER_MAX)


def _alone(asked: Asked) -> Captured:
    """By itself, and with the errors that are its own."""
    for _ in range(_ATTEMPTS_MAX):
        try:
            return transactions.run(lambda: _charge(asked))
        except straight.Overtaken:
            continue
    raise transactions.DatabaseBusy()


def _charge(asked: Asked) -> Captured:
    [entry] = straight.post([asked])
    if entry is not None:
        return Captured(entry=entry, fresh=[asked.pair])
    wallets.lock(asked.workspace)
    if claims.among(workspace=asked.workspace, pairs=[asked.pair]):
        return _owned(asked.workspace, asked.pair, asked.key)
    if posting.find(workspace=asked.workspace, key=asked.key) is not None:
        raise posting.reused(workspace=asked.workspace, key=asked.key)
    return _by_way_of_a_hold(asked)


def _by_way_of_a_hold(asked: Asked) -> Captured:
    """Grants that are over expire, budgets have their say, and too few credits are told of, as for a search."""
    told: dict[str, Any] = {"workspace": asked.workspace, "actor": asked.actor, "now": asked.now}
    told["context"] = asked.context
    held = holds.place(amount=1, key=f"{asked.key}:hold", purpose=asked.purpose, **told)
    captured = captures.capture(
        hold_id=held.pk,
        profile_ids=[asked.pair[0]],
        company_ids=[asked.pair[1]],
        persona_ids=[asked.persona_id],
        key=asked.key,
        run_id=None,
        **told,
    )
    holds.release(hold_id=held.pk, key=f"{asked.key}:release", **told)
    return captured


def _owned(workspace: Workspace, pair: Pair, key: str) -> Captured:
    """Free, or paid for by this very key before."""
    done = posting.find(workspace=workspace, key=key)
    if done is None:
        return Captured(entry=None, fresh=[])
    if not Acquisition.objects.filter(
        workspace=workspace, entry=done, profile_id=pair[0], company_id=pair[1]
    ).exists():
        raise posting.reused(workspace=workspace, key=key)
    return Captured(entry=done, fresh=[pair])
