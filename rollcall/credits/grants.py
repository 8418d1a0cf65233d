"""Credits that arrive, in which order they burn, and what happens when their time is over."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from rollcall.core import faults, ids, jobs, transactions
from rollcall.core.errors import Invalid, NotFound
from rollcall.credits import columns, posting, wallets
from rollcall.credits.models import Entry, Grant, Wallet
from rollcall.credits.posting import AVAILABLE, EXPIRED, SOURCE, VOIDED, Move
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

ADDED = faults.declare("credits.grant.posted", "a grant is written, its transaction not yet committed")
EXPIRED_POSTED = faults.declare(
    "credits.expiry.posted", "grants are expired, the transaction not yet committed"
)
SWEEP_BATCH = 100
WHY_MAX = 500
# The burn order (`burn_key`) as people read it, wherever grants are shown.
BURN_ORDER = "lowest priority number first, then soonest to expire, then promotional before paid, then oldest"
_NEVER = datetime.max.replace(tzinfo=UTC)


class UnknownGrantKind(Invalid):
    """There is no grant kind {kind}. Use {allowed}."""


class GrantNameNeeded(Invalid):
    """A grant needs a name of 1 to 120 characters and a reference of at most 60."""


class GrantPriceWrong(Invalid):
    """A price is a whole number from 0 with a currency of three capital letters (EUR); a priority is -1000 to 1000."""


class GrantDatesWrong(Invalid):
    """A grant that starts at {effective_at} cannot end at {expires_at}. The end must come after the start and now."""


def add(
    *,
    workspace: Workspace,
    amount: int,
    kind: str,
    name: str,
    key: str,
    actor: Actor,
    now: datetime,
    reference: str = "",
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
    priority: int = 0,
    price_minor: int | None = None,
    currency: str = "",
    about: Mapping[str, Any] | None = None,
) -> Grant:
    """Give the workspace credits; the same key again gives back the same grant.

    Args:
        priority: burns before grants of a higher number, whatever their dates; 0 for all unless agreed otherwise.
        price_minor: what all of it cost, in the smallest unit of `currency` (cents; three letters, as EUR).
        about: what else its entry keeps: what was agreed, and with whom.

    Raises:
        AmountOutOfRange, UnknownGrantKind, GrantNameNeeded, GrantDatesWrong, GrantPriceWrong
        KeyReused: the key belongs to another grant or entry.
    """
    made = Grant(
        workspace=workspace,
        kind=kind,
        name=name.strip(),
        reference=reference.strip(),
        effective_at=effective_at or now,
        expires_at=expires_at,
        priority=priority,
        price_minor=price_minor,
        currency=currency,
        granted=posting.checked_amount(amount),
        remaining=amount,
        created_at=now,
    )
    try:
        return transactions.run(lambda: _of_key(made, key) or _add(made, key, actor, now, about))
    except posting.KeyReused:
        # Someone else wrote this key between our look and our entry; if it was this very grant, that is the answer.
        found = _of_key(made, key)
        if found is None:
            raise
        return found


def in_burn_order(*, workspace: Workspace, now: datetime) -> list[Grant]:
    """All grants, spendable ones first in the order they burn; each says its `state`.

    States: `in use` (burns now), `next` (burns after it), `later` (starts later), `expired`, `used up`.
    """
    found = list(Grant.objects.filter(workspace=workspace))
    first = next(iter(sorted(spendable(found, now), key=burn_key)), None)
    for grant in found:
        grant.state = _state(grant, first, now)
    rank = {state: i for i, state in enumerate(["in use", "next", "later", "used up", "expired"])}
    return sorted(found, key=lambda grant: (rank[grant.state], burn_key(grant)))


def expire_due(*, workspace: Workspace, now: datetime) -> int:
    """Expire what is left of grants whose time is over; returns how many credits that was."""

    def work() -> int:
        wallet = wallets.lock(workspace)
        return expire(wallet=wallet, grants=lock_remaining(workspace), now=now)

    return transactions.run(work)


def void(
    *, workspace: Workspace, grant_id: int, key: str, actor: Actor, now: datetime, why: str = ""
) -> Entry:
    """Take back what is left of a grant; what runs hold or have spent stays as it is.

    Raises:
        NotFound; NothingLeft: the grant has nothing remaining. KeyReused, WhyTooLong.
    """
    if len(why) > WHY_MAX or "\0" in why:
        raise WhyTooLong(length_max=WHY_MAX)
    return transactions.run(lambda: _void(workspace, grant_id, key, actor, now, why))


class WhyTooLong(Invalid):
    """The reason is longer than {length_max} characters. Say it in fewer words."""


class NothingLeft(Invalid):
    """The grant {grant} has no credits left that could be taken back."""


@jobs.sweep("credits.expiry")
def sweep_expiry(*, now: datetime) -> int:
    """Expire due grants everywhere; whoever holds before this comes round expires its own first."""
    due = Grant.objects.filter(remaining__gt=0, expires_at__lte=now).order_by("workspace_id")
    workspaces = Workspace.objects.filter(pk__in=due.values("workspace_id").distinct()[:SWEEP_BATCH])
    return sum(1 for workspace in workspaces if expire_due(workspace=workspace, now=now))


def end_of(day: date, *, workspace: Workspace) -> datetime:
    """When credits that expire on a day do: they are good until it is over, by the workspace's clock."""
    return datetime.combine(day, time.max, tzinfo=ZoneInfo(workspace.time_zone))


def start_of(day: date, *, workspace: Workspace) -> datetime:
    """When credits that start on a day do, by the workspace's clock."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(workspace.time_zone))


def check_price(price_minor: int | None, currency: str) -> None:
    """
    Raises:
        GrantPriceWrong: a price without a currency, or the other way round, or below nothing.
    """
    priced = price_minor is not None
    if priced != bool(re.fullmatch("[A-Z]{3}", currency)) or (not priced and currency):
        raise GrantPriceWrong()
    if not 0 <= (price_minor or 0) <= posting.AMOUNT_MAX:
        raise GrantPriceWrong()


# For holds, releases, refunds and adjustments, which move grants in their own transactions.


def arrive(
    made: Grant,
    *,
    wallet: Wallet,
    kind: str,
    key: str,
    actor: Actor,
    now: datetime,
    context: Mapping[str, Any] | None = None,
) -> Entry:
    """Keep a new grant and the entry that brings it, with the wallet locked."""
    _check(made, now)
    made.pk = None
    made.save(force_insert=True)
    entry = posting.write(
        workspace=made.workspace,
        kind=kind,
        key=key,
        amount=made.granted,
        moves=[Move(made.pk, SOURCE, AVAILABLE, made.granted)],
        actor=actor,
        now=now,
        context={**named(made), **terms(made), **(context or {})},
    )
    wallets.move(wallet, available=made.granted, entry=entry, now=now, grant=True)
    return entry


def lock_remaining(workspace: Workspace) -> list[Grant]:
    """The grants that have something left, locked in the order of their ids until the transaction ends.

    Without "no key" this lock would stop other transactions that only write rows naming the grant.
    """
    return list(_locked(Grant.objects.filter(workspace=workspace, remaining__gt=0)))


def lock(grant_ids: Sequence[int]) -> list[Grant]:
    """These grants, locked in the order of their ids until the transaction ends."""
    return list(_locked(Grant.objects.filter(pk__in=grant_ids)))


def expire(*, wallet: Wallet, grants: Sequence[Grant], now: datetime) -> int:
    """Expire what is left of those locked grants whose time is over, off the locked wallet too; how much it was.

    Each is a move of its own: alerts look at each entry as the journal has it.
    """
    gone = 0
    for grant in grants:
        if not is_over(grant, now) or not grant.remaining:
            continue
        left = grant.remaining
        entry = posting.write(
            workspace=grant.workspace,
            kind=Entry.Kind.EXPIRY,
            # The part that a run held comes back, and expires, later: the sum expired so far tells the two apart.
            key=f"expiry:{ids.public('gra', grant.pk)}:{grant.expired}",
            amount=left,
            moves=[Move(grant.pk, AVAILABLE, EXPIRED, left)],
            actor=access.system("expiry"),
            now=now,
            context=named(grant),
        )
        columns.move_grant(grant.pk, remaining=-left, expired=left)
        wallets.move(wallet, available=-left, entry=entry, now=now)
        grant.remaining, grant.expired = 0, grant.expired + left
        gone += left
    faults.point(EXPIRED_POSTED)
    return gone


def spendable(grants: Sequence[Grant], now: datetime) -> list[Grant]:
    """Those that may be spent from now, in burn order."""
    live = [g for g in grants if g.remaining > 0 and g.effective_at <= now and not is_over(g, now)]
    return sorted(live, key=burn_key)


def burn_key(grant: Grant) -> tuple[Any, ...]:
    """Lowest priority number, then soonest to expire, then promotional before paid, then oldest (G2)."""
    return (
        grant.priority,
        grant.expires_at or _NEVER,
        grant.kind != Grant.Kind.PROMOTIONAL,
        grant.effective_at,
        grant.pk,
    )


def is_over(grant: Grant, now: datetime) -> bool:
    return grant.expires_at is not None and grant.expires_at <= now


def named(grant: Grant) -> dict[str, Any]:
    """What an entry's context says of a grant."""
    return {"grant": ids.public("gra", grant.pk), "grant_name": grant.name}


def terms(grant: Grant) -> dict[str, Any]:
    """What was agreed when the grant was given, as its entry keeps it: no later change of the row goes unseen."""
    return {
        "grant_kind": grant.kind,
        "reference": grant.reference,
        "priority": grant.priority,
        "price_minor": grant.price_minor,
        "currency": grant.currency,
        "effective_at": grant.effective_at.astimezone(UTC).isoformat(),
        "expires_at": grant.expires_at and grant.expires_at.astimezone(UTC).isoformat(),
    }


def _check(grant: Grant, now: datetime) -> None:
    if grant.kind not in Grant.Kind.values:
        raise UnknownGrantKind(kind=grant.kind, allowed=", ".join(Grant.Kind.values))
    if not 0 < len(grant.name) <= 120 or len(grant.reference) > 60 or "\0" in grant.name + grant.reference:
        raise GrantNameNeeded()
    check_price(grant.price_minor, grant.currency)
    if not -1000 <= grant.priority <= 1000:
        raise GrantPriceWrong()
    if grant.expires_at is not None and grant.expires_at <= max(grant.effective_at, now):
        raise GrantDatesWrong(
            effective_at=grant.effective_at.isoformat(), expires_at=grant.expires_at.isoformat()
        )


def _of_key(made: Grant, key: str) -> Grant | None:
    """The grant that this key made before."""
    entry = posting.find(workspace=made.workspace, key=key)
    if entry is None:
        return None
    leg = entry.legs.select_related("grant").filter(account=SOURCE).first()
    if leg is None or entry.kind != Entry.Kind.GRANT or _agreed(leg.grant) != _agreed(made):
        raise posting.reused(workspace=made.workspace, key=key)
    return leg.grant


def _agreed(grant: Grant) -> tuple[Any, ...]:
    """What makes two grants the same one: not its dates, which a retry may count from a later now."""
    return grant.granted, grant.kind, grant.name, grant.priority, grant.price_minor, grant.currency


def _add(made: Grant, key: str, actor: Actor, now: datetime, about: Mapping[str, Any] | None = None) -> Grant:
    wallet = wallets.lock(made.workspace)
    arrive(made, wallet=wallet, kind=Entry.Kind.GRANT, key=key, actor=actor, now=now, context=about)
    faults.point(ADDED)
    return made


def _void(workspace: Workspace, grant_id: int, key: str, actor: Actor, now: datetime, why: str) -> Entry:
    done = posting.find(workspace=workspace, key=key)
    if done is not None:
        if done.kind != Entry.Kind.VOID or not done.legs.filter(grant_id=grant_id).exists():
            raise posting.reused(workspace=workspace, key=key)
        return done
    wallet = wallets.lock(workspace)
    grant = _locked(Grant.objects.filter(workspace=workspace, pk=grant_id)).first()
    if grant is None:
        raise NotFound(what="grant", id=ids.public("gra", grant_id))
    left = grant.remaining
    if not left:
        raise NothingLeft(grant=ids.public("gra", grant_id))
    entry = posting.write(
        workspace=workspace,
        kind=Entry.Kind.VOID,
        key=key,
        amount=left,
        moves=[Move(grant.pk, AVAILABLE, VOIDED, left)],
        actor=actor,
        now=now,
        context={**named(grant), "why": why},
    )
    columns.move_grant(grant.pk, remaining=-left, voided=left)
    wallets.move(wallet, available=-left, entry=entry, now=now)
    detail = {"credits": left, "why": why, "entry": ids.public("ent", entry.pk)}
    target = ids.public("gra", grant.pk)
    audit.write(
        workspace=workspace, actor=actor, action="credits.void", target=target, now=now, detail=detail
    )
    return entry


def _state(grant: Grant, first: Grant | None, now: datetime) -> str:
    if is_over(grant, now):
        return "expired"
    if grant.remaining == 0:
        return "in use" if grant.held else "used up"
    if grant.effective_at > now:
        return "later"
    return "in use" if grant is first else "next"


def _locked(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    return grants.select_for_update(no_key=True).order_by("pk")
