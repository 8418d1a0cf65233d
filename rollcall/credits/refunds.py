"""Giving credits back: at most once for each claim, to the grant it came from; the claim stays (C6, C10)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rollcall.core import faults, ids, transactions
from rollcall.core.errors import Conflict, NotFound
from rollcall.credits import claims, columns, grants, posting, reservations, wallets
from rollcall.credits.claims import Pair
from rollcall.credits.models import Acquisition, Entry, Grant, Wallet
from rollcall.credits.posting import AVAILABLE, EXPIRED, SOURCE, SPENT, Draft, Move
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

MARKED = faults.declare("credits.refund.marked", "claims are marked as refunded, their credits not yet back")
POSTED = faults.declare(
    "credits.refund.posted", "a refund is written whole, its transaction not yet committed"
)


class NeverCharged(NotFound):
    """The profile {profile} at the company {company} was never charged here, so there is nothing to give back."""


class AlreadyRefunded(Conflict):
    """The credit for this contact was already given back ({entry}). Nothing was changed."""


@dataclass(frozen=True)
class Asked:
    """One credit to give back: whose, why in words, and the key that makes it happen once."""

    profile_id: int
    company_id: int
    key: str
    why: str
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pair(self) -> Pair:
        return self.profile_id, self.company_id


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
    asked = Asked(profile_id, company_id, key, why, context or {})

    def work() -> Entry:
        wallet = wallets.lock(workspace)
        found = of_pairs(workspace=workspace, pairs=[asked.pair])
        claim = found.get(asked.pair)
        if claim is None:
            profile, company = ids.public("pro", profile_id), ids.public("com", company_id)
            raise NeverCharged(what="charge", profile=profile, company=company)
        if claim.refund_entry is not None:
            return _earlier(claim.refund_entry, key)
        return give_back(wallet, [(claim, asked)], actor=actor, now=now)[0]

    return transactions.run(work)


def of_pairs(*, workspace: Workspace, pairs: Sequence[Pair]) -> dict[Pair, Acquisition]:
    """The claims of these pairs (profile, company), each with its charge, the hold of it, and its refund."""
    wanted = set(pairs)
    rows = Acquisition.objects.filter(
        workspace=workspace,
        profile_id__in=sorted({profile for profile, _ in wanted}),
        company_id__in=sorted({company for _, company in wanted}),
    )
    rows = rows.select_related("workspace", "entry__hold", "refund_entry")
    return {pair: row for row in rows if (pair := (row.profile_id, row.company_id)) in wanted}


def give_back(
    wallet: Wallet, wanted: Sequence[tuple[Acquisition, Asked]], *, actor: Actor, now: datetime
) -> list[Entry]:
    """Give back the credits of these claims, none of them refunded yet, with the wallet locked by the caller.

    Each has an entry of its own that unwinds the legs recorded with its charge.

    Raises:
        AlreadyRefunded: by someone who did not lock the wallet; KeyReused. The transaction must not be kept.
    """
    if not wanted:
        return []
    workspace = wanted[0][0].workspace
    entry_ids = posting.next_ids(len(wanted))
    marks = [(claim, entry_id) for (claim, _), entry_id in zip(wanted, entry_ids, strict=True)]
    claims.mark_refunded(workspace=workspace, refunds=marks)
    faults.point(MARKED)
    moves = _move_grants([claim for claim, _ in wanted], now)
    drafts = [
        _draft(claim, asked, entry_id, moves[claim.grant_id])
        for (claim, asked), entry_id in zip(wanted, entry_ids, strict=True)
    ]
    kind = Entry.Kind.REFUND
    entries = posting.write_all(workspace=workspace, kind=kind, drafts=drafts, actor=actor, now=now)
    reservations.refunded(claims=[claim for claim, _ in wanted], now=now)
    wallets.move(wallet, available=len(entries), entry=entries[-1], now=now)
    faults.point(POSTED)
    return entries


def _earlier(entry: Entry, key: str) -> Entry:
    """The refund that this claim had before, if the same key made it."""
    if entry.key != key:
        raise AlreadyRefunded(entry=ids.public("ent", entry.pk))
    return entry


@dataclass(frozen=True)
class _Way:
    """How credits of one grant come back: the moves of each, and what its entry says of a new grant."""

    moves: Sequence[Move]
    context: Mapping[str, Any] = field(default_factory=dict)


def _move_grants(refunded: Sequence[Acquisition], now: datetime) -> dict[int, _Way]:
    """The columns of each grant, moved once for all its credits, in the order of their ids."""
    counts = Counter(claim.grant_id for claim in refunded)
    return {
        grant.pk: (_to_new_grant if grants.is_over(grant, now) else _to_grant)(grant, counts[grant.pk], now)
        for grant in grants.lock(sorted(counts))
    }


def _to_grant(grant: Grant, amount: int, now: datetime) -> _Way:
    columns.move_grant(grant.pk, spent=-amount, remaining=amount)
    return _Way([Move(grant.pk, SPENT, AVAILABLE, 1)])


def _to_new_grant(over: Grant, amount: int, now: datetime) -> _Way:
    """The credits expire in their old grant, and come anew in one that starts now and lasts as long."""
    assert over.expires_at is not None
    columns.move_grant(over.pk, spent=-amount, expired=amount)
    new = Grant.objects.create(
        workspace=over.workspace,
        kind=Grant.Kind.REFUND,
        name=f"Refund from {over.name}"[:120],
        reference=ids.public("gra", over.pk),
        priority=over.priority,
        effective_at=now,
        expires_at=now + (over.expires_at - over.effective_at),
        granted=amount,
        remaining=amount,
        created_at=now,
    )
    moves = [Move(over.pk, SPENT, EXPIRED, 1), Move(new.pk, SOURCE, AVAILABLE, 1)]
    return _Way(moves, {"new_grant": {**grants.named(new), **grants.terms(new)}})


def _draft(claim: Acquisition, asked: Asked, entry_id: int, way: _Way) -> Draft:
    named = {
        "profile": ids.public("pro", asked.profile_id),
        "company": ids.public("com", asked.company_id),
        "why": asked.why,
        **way.context,
        **asked.context,
    }
    if claim.persona_id is not None:
        named["persona"] = ids.public("per", claim.persona_id)
    if isinstance(segment := claim.entry.context.get("segment"), dict):
        named.setdefault("segment", segment)
    return Draft(
        entry_id=entry_id,
        key=asked.key,
        amount=1,
        moves=way.moves,
        context=named,
        reverses_id=claim.entry_id,
        run_id=claim.entry.run_id,
        segment_id=claim.entry.segment_id,
        automation_id=claim.entry.automation_id,
    )
