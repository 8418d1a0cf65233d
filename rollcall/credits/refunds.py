"""Giving a credit back: at most once for each claim, to the grant it came from; the claim stays (C6, C10)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rollcall.core import faults, ids, transactions
from rollcall.core.errors import Conflict, NotFound
from rollcall.credits import columns, grants, posting, wallets
from rollcall.credits.models import Acquisition, Entry, Grant, Wallet
from rollcall.credits.posting import AVAILABLE, EXPIRED, SOURCE, SPENT, Move
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

MARKED = faults.declare("credits.refund.marked", "a claim is marked as refunded, its credit not yet back")
POSTED = faults.declare(
    "credits.refund.posted", "a refund is written whole, its transaction not yet committed"
)


class NeverCharged(NotFound):
    """The profile {profile} at the company {company} was never charged here, so there is nothing to give back."""


class AlreadyRefunded(Conflict):
    """The credit for this contact was already given back ({entry}). Nothing was changed."""


def refund(
    *,
    workspace: Workspace,
    profile_id: int,
    company_id: int,
    key: str,
    why: str,
    actor: Actor,
    now: datetime,
    context: Mapping[str, Any] | None = None,
) -> Entry:
    """Give back the credit of one claim; the same key again answers with the same entry.

    A grant whose time is over cannot take it back: then a new grant of kind refund lasts as long as that one did.

    Raises:
        NeverCharged, AlreadyRefunded, KeyReused
    """
    named = {
        "profile": ids.public("pro", profile_id),
        "company": ids.public("com", company_id),
        "why": why,
        **(context or {}),
    }

    def work() -> Entry:
        wallet = wallets.lock(workspace)
        mine = Acquisition.objects.filter(workspace=workspace, profile_id=profile_id, company_id=company_id)
        claim = mine.first()
        if claim is None:
            raise NeverCharged(what="charge", profile=named["profile"], company=named["company"])
        entry_id = posting.next_id()
        if not mine.filter(refund_entry=None).update(refund_entry=entry_id):
            return _earlier(mine.get(), key)
        faults.point(MARKED)
        if claim.persona_id is not None:
            named["persona"] = ids.public("per", claim.persona_id)
        entry = _post(claim, wallet, entry_id, key=key, actor=actor, now=now, context=named)
        faults.point(POSTED)
        return entry

    return transactions.run(work)


def _earlier(claim: Acquisition, key: str) -> Entry:
    """The refund that this claim had before, if the same key made it."""
    entry = claim.refund_entry
    assert entry is not None
    if entry.key != key:
        raise AlreadyRefunded(entry=ids.public("ent", entry.pk))
    return entry


def _post(
    claim: Acquisition,
    wallet: Wallet,
    entry_id: int,
    *,
    key: str,
    actor: Actor,
    now: datetime,
    context: Mapping[str, Any],
) -> Entry:
    (grant,) = grants.lock([claim.grant_id])
    moves = _to_new_grant(grant, now) if grants.is_over(grant, now) else _to_grant(grant)
    entry = posting.write(
        workspace=claim.workspace,
        kind=Entry.Kind.REFUND,
        key=key,
        amount=1,
        moves=moves,
        actor=actor,
        now=now,
        run_id=claim.entry.run_id,
        segment_id=claim.entry.segment_id,
        automation_id=claim.entry.automation_id,
        context=context,
        reverses_id=claim.entry_id,
        entry_id=entry_id,
    )
    wallets.move(wallet, available=1, entry=entry, now=now)
    return entry


def _to_grant(grant: Grant) -> list[Move]:
    columns.move_grant(grant.pk, spent=-1, remaining=1)
    return [Move(grant.pk, SPENT, AVAILABLE, 1)]


def _to_new_grant(over: Grant, now: datetime) -> list[Move]:
    """The credit expires in its old grant, and comes anew in one that starts now."""
    assert over.expires_at is not None
    columns.move_grant(over.pk, spent=-1, expired=1)
    new = Grant.objects.create(
        workspace=over.workspace,
        kind=Grant.Kind.REFUND,
        name=f"Refund from {over.name}"[:120],
        reference=ids.public("gra", over.pk),
        effective_at=now,
        expires_at=now + (over.expires_at - over.effective_at),
        granted=1,
        remaining=1,
        created_at=now,
    )
    return [Move(over.pk, SPENT, EXPIRED, 1), Move(new.pk, SOURCE, AVAILABLE, 1)]
