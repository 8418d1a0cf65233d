"""Setting credits aside before a run spends them, and giving back what it did not spend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Subquery, Value, When
from django.db.models.functions import Greatest

from rollcall.core import faults, ids, rows, transactions
from rollcall.core.errors import Conflict, NotEnough, NotFound
from rollcall.credits import columns, grants, posting, reservations, wallets
from rollcall.credits.models import Entry, Grant, Hold, HoldGrant, Wallet
from rollcall.credits.posting import AVAILABLE, HELD, Move
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

PLACED = faults.declare("credits.hold.posted", "credits are held, the transaction not yet committed")
CLOSED = faults.declare("credits.release.closed", "a hold is closed, its rest not yet back on the grants")
RELEASED = faults.declare(
    "credits.release.posted", "the rest is given back, the transaction not yet committed"
)


class NotEnoughCredits(NotEnough):
    """This needs {needed} credits and {available} are available: {shortfall} short. Ask for fewer, or for a package."""


class HoldKeyReused(Conflict):
    """The key {key} already placed the hold {hold} of {amount} credits. Use a new key for another hold."""


@dataclass(frozen=True)
class Purpose:
    """What credits are set aside for: it decides which budgets they count for, and where statements show them.

    `persona_credits` is persona id → how many of the credits are for people whom that persona is the first to find.
    """

    segment_id: int | None = None
    automation_id: int | None = None
    persona_credits: Mapping[int, int] = field(default_factory=dict)


def place(
    *,
    workspace: Workspace,
    amount: int,
    key: str,
    actor: Actor,
    now: datetime,
    run_id: int | None = None,
    purpose: Purpose | None = None,
    context: Mapping[str, Any] | None = None,
) -> Hold:
    """Set `amount` credits aside, in the wallet and in every budget they count for; the same key again gives back the
    same hold.

    Raises:
        AmountOutOfRange
        NotEnoughCredits: nothing was held; the details say how many are missing.
        reservations.BudgetExceeded: nothing was held; the details name the budget and what it has left.
        reservations.CapMissing: nothing was held; an API key spends only within a cap.
        HoldKeyReused, KeyReused: the key did something else before.
    """
    posting.checked_amount(amount)
    posting.checked_key(key)

    purpose = purpose or Purpose()

    def work() -> Hold:
        wallet = wallets.lock(workspace)
        hold_id = _insert(workspace, amount, key, run_id, purpose, now)
        if hold_id is None:
            return _of_key(workspace, amount, key, run_id)
        parts = _set_aside(wallet, workspace, amount, now)
        _write_parts(hold_id, parts)
        hold = Hold.objects.select_related("workspace").get(pk=hold_id)
        reserved = reservations.reserve(
            hold=hold, persona_credits=purpose.persona_credits, actor=actor, now=now
        )
        entry = posting.write(
            workspace=workspace,
            kind=Entry.Kind.HOLD,
            key=key,
            amount=amount,
            moves=[Move(grant.pk, AVAILABLE, HELD, part) for grant, part in parts],
            actor=actor,
            now=now,
            hold=hold,
            context={
                **(context or {}),
                **_by_persona(purpose),
                **({"budgets": reserved} if reserved else {}),
            },
        )
        wallets.move(wallet, available=-amount, held=amount, entry=entry, now=now)
        faults.point(PLACED)
        return hold

    return transactions.run(work)


def release(
    *,
    workspace: Workspace,
    hold_id: int,
    key: str,
    actor: Actor,
    now: datetime,
    context: Mapping[str, Any] | None = None,
) -> int:
    """Close the hold and give back what it did not capture; returns how many credits that was.

    Closing twice changes nothing and answers the same. What belongs to a grant whose time is over expires at once.

    Raises:
        NotFound, KeyReused
    """
    posting.checked_key(key)

    def work() -> int:
        wallet = wallets.lock(workspace)
        mine = Hold.objects.filter(workspace=workspace, pk=hold_id)
        closing = mine.filter(is_open=True)
        closed_now = closing.update(
            is_open=False, released=F("amount") - F("captured"), closed_at=_end(hold_id, now)
        )
        hold = mine.first()
        if hold is None:
            raise NotFound(what="hold", id=ids.public("hol", hold_id))
        if closed_now:
            faults.point(CLOSED)
            _give_back(hold, wallet, key=key, actor=actor, now=max(now, hold.created_at), context=context)
            reservations.release(hold=hold)
            faults.point(RELEASED)
        return hold.released

    return transactions.run(work)


def find(*, workspace: Workspace, hold_id: int) -> Hold:
    """The hold with this id.

    Raises:
        NotFound
    """
    found = Hold.objects.filter(workspace=workspace, pk=hold_id).first()
    if found is None:
        raise NotFound(what="hold", id=ids.public("hol", hold_id))
    return found


def _end(hold_id: int, now: datetime) -> Case:
    """When a hold ends: when its rest comes back or, if nothing is left, with the charge that used it up.

    So an entry always says it. Another process's clock may be behind that of the one that placed it: nothing ends
    before it began.
    """
    charges = Entry.objects.filter(hold_id=hold_id, kind=Entry.Kind.CHARGE).order_by("-created_at")
    last = Subquery(charges.values("created_at")[:1])
    used_up = When(captured=F("amount"), then=Greatest(F("created_at"), last))
    return Case(used_up, default=Greatest(F("created_at"), Value(now)))


def _insert(
    workspace: Workspace, amount: int, key: str, run_id: int | None, purpose: Purpose, now: datetime
) -> int | None:
    """The new hold's id; None if the key has one, after waiting for a writer who is at it now."""
    row: dict[str, list[Any]] = {
        "workspace_id": [workspace.pk],
        "amount": [amount],
        "key": [key],
        "run_id": [run_id],
        "created_at": [now],
    }
    constants = {
        "captured": 0,
        "released": 0,
        "is_open": True,
        "is_budgeted": False,
        "segment_id": purpose.segment_id,
        "automation_id": purpose.automation_id,
    }
    made = rows.insert(Hold, row, constants=constants, ignore_conflicts=True, returning=["id"])
    return made[0][0] if made else None


def _of_key(workspace: Workspace, amount: int, key: str, run_id: int | None) -> Hold:
    hold = Hold.objects.get(workspace=workspace, key=key)
    if (hold.amount, hold.run_id) != (amount, run_id):
        raise HoldKeyReused(key=key, hold=ids.public("hol", hold.pk), amount=hold.amount)
    return hold


def _set_aside(wallet: Wallet, workspace: Workspace, amount: int, now: datetime) -> list[tuple[Grant, int]]:
    """Move `amount` from remaining to held in burn order, after what is over has expired; returns the parts."""
    locked = grants.lock_remaining(workspace)
    grants.expire(wallet=wallet, grants=locked, now=now)
    live = grants.spendable(locked, now)
    available = sum(grant.remaining for grant in live)
    if available >= amount:
        return _take(live, amount)
    raise NotEnoughCredits(needed=amount, available=available, shortfall=amount - available)


def _take(live: list[Grant], amount: int) -> list[tuple[Grant, int]]:
    parts = []
    for grant in live:
        part = min(amount, grant.remaining)
        columns.move_grant(grant.pk, remaining=-part, held=part)
        parts.append((grant, part))
        amount -= part
        if not amount:
            break
    return parts


def _write_parts(hold_id: int, parts: list[tuple[Grant, int]]) -> None:
    table = {
        "grant_id": [grant.pk for grant, _ in parts],
        "amount": [part for _, part in parts],
        "position": list(range(1, len(parts) + 1)),
    }
    rows.insert(HoldGrant, table, constants={"hold_id": hold_id, "captured": 0, "released": 0})


def _by_persona(purpose: Purpose) -> dict[str, Any]:
    """How many of the credits are for people of each persona: budgets that are made later count them by it."""
    planned = {
        ids.public("per", number): credits for number, credits in purpose.persona_credits.items() if credits
    }
    return {"by_persona": planned} if planned else {}


def _give_back(
    hold: Hold, wallet: Wallet, *, key: str, actor: Actor, now: datetime, context: Mapping[str, Any] | None
) -> None:
    """The wallet stops holding the whole amount: what was captured is gone, the rest is available again."""
    parts = [p for p in hold.parts.order_by("position") if p.amount > p.captured]
    HoldGrant.objects.filter(hold=hold).update(released=F("amount") - F("captured"))
    entry, returned = None, []
    if parts:
        entry = posting.write(
            workspace=hold.workspace,
            kind=Entry.Kind.RELEASE,
            key=key,
            amount=hold.released,
            moves=[Move(p.grant_id, HELD, AVAILABLE, p.amount - p.captured) for p in parts],
            actor=actor,
            now=now,
            hold=hold,
            context=context,
        )
        for part in sorted(parts, key=lambda part: part.grant_id):
            left = part.amount - part.captured
            columns.move_grant(part.grant_id, held=-left, remaining=left)
        returned = grants.lock([part.grant_id for part in parts])
    wallets.move(wallet, available=hold.released, held=-hold.amount, entry=entry, now=now)
    grants.expire(wallet=wallet, grants=returned, now=now)
