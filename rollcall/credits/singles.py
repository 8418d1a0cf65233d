"""Charging for one person at a time, straight from what is available: hold, charge and release in one step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from rollcall.core import faults, transactions
from rollcall.credits import captures, claims, columns, digests, holds, posting, wallets
from rollcall.credits.captures import Captured
from rollcall.credits.claims import Pair
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Acquisition, Entry, Wallet
from rollcall.credits.posting import AVAILABLE, SPENT, Move
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

POSTED = faults.declare(
    "credits.single.posted", "one person is charged for, the transaction not yet committed"
)

# The grant that burns first, unless some grant is over and must expire before, or a budget has a say.
_FIRST_GRANT = """
SELECT g.id FROM credits_grant g WHERE g.workspace_id = %s AND g.remaining > 0 AND g.effective_at <= %s
  AND NOT EXISTS (SELECT 1 FROM credits_budget b WHERE b.workspace_id = g.workspace_id AND b.ended_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM credits_grant o WHERE o.workspace_id = g.workspace_id AND o.remaining > 0
                  AND o.expires_at <= %s)
ORDER BY g.priority, g.expires_at NULLS LAST, g.kind <> 'promotional', g.effective_at, g.id LIMIT 1
"""


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

    Beside the rows that the charge is for, in the caller's transaction, or in one of its own.

    Raises:
        NotEnoughCredits, BudgetExceeded, KeyReused: nothing was charged.
    """
    posting.checked_key(key)
    pair, purpose = (profile_id, company_id), purpose or Purpose()

    def work() -> Captured:
        wallet = wallets.lock(workspace)
        if claims.among(workspace=workspace, pairs=[pair]):
            return _owned(workspace, pair, key)
        grant_id = _first_grant(workspace, now)
        given = _Given(workspace, pair, key, actor, now, purpose, dict(context or {}))
        return _by_way_of_a_hold(given) if grant_id is None else _straight(given, wallet, grant_id)

    return transactions.run(work)


@dataclass(frozen=True)
class _Given:
    workspace: Workspace
    pair: Pair
    key: str
    actor: Actor
    now: datetime
    purpose: Purpose
    context: dict[str, Any]


def _first_grant(workspace: Workspace, now: datetime) -> int | None:
    """What is left of a grant changes only under the lock of the wallet, which we have."""
    instant = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_GRANT, [workspace.pk, instant, instant])
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _straight(given: _Given, wallet: Wallet, grant_id: int) -> Captured:
    entry_id = posting.next_id()
    persona_id = next(iter(given.purpose.persona_credits), None)
    new = claims.insert(
        workspace=given.workspace,
        pairs=[given.pair],
        personas={} if persona_id is None else {given.pair: persona_id},
        entry_id=entry_id,
        grant_id=grant_id,
    )
    if not new:
        return _owned(given.workspace, given.pair, given.key)
    columns.move_grant(grant_id, remaining=-1, spent=1)
    entry = posting.write(
        workspace=given.workspace,
        kind=Entry.Kind.CHARGE,
        key=given.key,
        amount=1,
        moves=[Move(grant_id, AVAILABLE, SPENT, 1)],
        actor=given.actor,
        now=given.now,
        segment_id=given.purpose.segment_id,
        automation_id=given.purpose.automation_id,
        context=given.context | captures.by_persona([persona_id]),
        entry_id=entry_id,
        people=digests.of_people(digests.person(*given.pair, grant_id, persona_id)),
    )
    wallets.move(wallet, available=-1, entry=entry, now=given.now)
    faults.point(POSTED)
    return Captured(entry=entry, fresh=new)


def _by_way_of_a_hold(given: _Given) -> Captured:
    """Grants that are over expire, budgets have their say, and too few credits are told of, as for a search."""
    told: dict[str, Any] = {"workspace": given.workspace, "actor": given.actor, "now": given.now}
    told["context"] = given.context
    held = holds.place(amount=1, key=f"{given.key}:hold", purpose=given.purpose, **told)
    captured = captures.capture(
        hold_id=held.pk,
        profile_ids=[given.pair[0]],
        company_ids=[given.pair[1]],
        persona_ids=[next(iter(given.purpose.persona_credits), None)],
        key=given.key,
        run_id=None,
        **told,
    )
    holds.release(hold_id=held.pk, key=f"{given.key}:release", **told)
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
