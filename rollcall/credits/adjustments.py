"""Credits that an operator adds or takes away with a reason; many at once need a second operator."""

from datetime import datetime
from typing import Any

from django.conf import settings

from rollcall.core import faults, ids, transactions
from rollcall.core.errors import Conflict, Invalid, NotAllowed, NotEnough, NotFound
from rollcall.credits import columns, grants, posting, wallets
from rollcall.credits.models import Adjustment, Entry, Grant, Wallet
from rollcall.credits.posting import AVAILABLE, VOIDED, Move
from rollcall.notices import letters
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor, NotAnOperator
from rollcall.workspaces.models import Workspace

POSTED = faults.declare("adjustments.posted", "an adjustment is posted, its transaction not yet committed")
REASON_MAX = 500
State = Adjustment.State


class AdjustmentNotWhole(Invalid):
    """{amount} is no adjustment. Use a whole number of credits, negative to take away, and not 0."""


class ReasonNeeded(Invalid):
    """An adjustment needs a reason of 1 to {length_max} characters; the customer reads it too."""


class AdjustmentKeyReused(Conflict):
    """The key {key} already made the adjustment {adjustment} of {amount} credits. Use a new key for another one."""


class NotEnoughToTake(NotEnough):
    """{needed} credits cannot be taken away, only {available} are available. Nothing was changed."""


class SecondOperatorNeeded(NotAllowed):
    """{adjustment} waits for an operator other than {asked_by}, who asked for it."""


class AlreadyDecided(Conflict):
    """{adjustment} is decided already: {state}, by {decided_by}. Nothing was changed."""


def make(
    *, workspace: Workspace, amount: int, reason: str, key: str, actor: Actor, now: datetime
) -> Adjustment:
    """Add credits (or, a negative amount, take them away); the same key again is the same adjustment.

    Above ROLLCALL_ADJUSTMENT_LIMIT nothing moves yet: it waits for another operator.

    Raises:
        NotAnOperator, AdjustmentNotWhole, ReasonNeeded, KeyNeeded, NotEnoughToTake
        AdjustmentKeyReused: the key made another adjustment.
    """
    _require_operator(actor)
    reason = _checked(amount, reason)
    posting.checked_key(key)

    def work() -> Adjustment:
        wallet = wallets.lock(workspace)
        earlier = Adjustment.objects.filter(workspace=workspace, key=key).first()
        if earlier is not None:
            return _same(earlier, amount, reason)
        made = Adjustment.objects.create(
            workspace=workspace, key=key, amount=amount, reason=reason, state=State.WAITING,
            actor=actor.ref, actor_label=actor.label, created_at=now,
        )  # fmt: skip
        if abs(amount) > settings.ROLLCALL_ADJUSTMENT_LIMIT:
            _ask_for_a_second(made, now)
            _log(made, "adjustments.ask", actor, now)
            return made
        _decide(made, State.DONE, now, decided_by="", label="")
        return _carry_out(made, wallet, actor, now)

    return transactions.run(work)


def approve(*, adjustment_id: int, actor: Actor, now: datetime) -> Adjustment:
    """As the second operator, let a waiting adjustment move its credits; approving twice moves them once.

    Raises:
        NotAnOperator, NotFound, SecondOperatorNeeded, AlreadyDecided
        NotEnoughToTake: the credits are not there any more; it keeps waiting.
    """
    _require_operator(actor)

    def work() -> Adjustment:
        found = _find(adjustment_id)
        wallet = wallets.lock(found.workspace)
        if found.actor == actor.ref:
            raise SecondOperatorNeeded(adjustment=_public(found), asked_by=found.actor_label)
        if not _decide(found, State.DONE, now, decided_by=actor.ref, label=actor.label):
            return _as_decided(found.pk, State.DONE, actor)
        return _carry_out(found, wallet, actor, now)

    return transactions.run(work)


def refuse(*, adjustment_id: int, actor: Actor, now: datetime) -> Adjustment:
    """End a waiting adjustment without moving anything; whoever asked for it may take it back this way too.

    Raises:
        NotAnOperator, NotFound, AlreadyDecided
    """
    _require_operator(actor)

    def work() -> Adjustment:
        found = _find(adjustment_id)
        second = "" if found.actor == actor.ref else actor.ref
        if not _decide(found, State.REFUSED, now, decided_by=second, label=actor.label):
            return _as_decided(found.pk, State.REFUSED, actor)
        _log(found, "adjustments.refuse", actor, now)
        return found

    return transactions.run(work)


def waiting() -> list[Adjustment]:
    """What waits for a second operator in all workspaces, oldest first."""
    found = Adjustment.objects.filter(state=State.WAITING).select_related("workspace")
    return list(found.order_by("pk"))


def of(*, workspace: Workspace) -> list[Adjustment]:
    """All adjustments of a workspace, newest first."""
    return list(Adjustment.objects.filter(workspace=workspace).select_related("entry").order_by("-pk"))


def _carry_out(made: Adjustment, wallet: Wallet, actor: Actor, now: datetime) -> Adjustment:
    """Write the entry of an adjustment that was just decided. It is by whoever asked, and names who approved."""
    asked = Actor(ref=made.actor, label=made.actor_label, is_operator=True)
    context: dict[str, Any] = {"adjustment": _public(made), "why": made.reason}
    if made.decided_by:
        context |= {"approved_by": made.decided_by_label}
    post = _add if made.amount > 0 else _take
    made.entry = post(made, wallet, asked, now, context)
    Adjustment.objects.filter(pk=made.pk).update(entry=made.entry)
    _log(made, "adjustments.do", actor, now)
    faults.point(POSTED)
    return made


def _add(made: Adjustment, wallet: Wallet, actor: Actor, now: datetime, context: dict[str, Any]) -> Entry:
    grant = Grant(
        workspace=made.workspace, kind=Grant.Kind.ADJUSTMENT, name="Adjustment", reference=_public(made),
        effective_at=now, granted=made.amount, remaining=made.amount, created_at=now,
    )  # fmt: skip
    kind, key = Entry.Kind.ADJUSTMENT, f"adjustment:{_public(made)}"
    return grants.arrive(grant, wallet=wallet, kind=kind, key=key, actor=actor, now=now, context=context)


def _take(made: Adjustment, wallet: Wallet, actor: Actor, now: datetime, context: dict[str, Any]) -> Entry:
    """Out of what is available, in burn order; what runs hold stays theirs."""
    needed = -made.amount
    locked = grants.lock_remaining(made.workspace)
    grants.expire(wallet=wallet, grants=locked, now=now)
    live = grants.spendable(locked, now)
    available = sum(grant.remaining for grant in live)
    if available < needed:
        raise NotEnoughToTake(needed=needed, available=available, shortfall=needed - available)
    moves, left = [], needed
    for grant in live:
        part = min(left, grant.remaining)
        if part:
            columns.move_grant(grant.pk, remaining=-part, voided=part)
            moves.append(Move(grant.pk, AVAILABLE, VOIDED, part))
        left -= part
    entry = posting.write(
        workspace=made.workspace, kind=Entry.Kind.ADJUSTMENT, key=f"adjustment:{_public(made)}", amount=needed,
        moves=moves, actor=actor, now=now, context=context,
    )  # fmt: skip
    wallets.move(wallet, available=-needed, entry=entry, now=now)
    return entry


def _decide(found: Adjustment, state: str, now: datetime, *, decided_by: str, label: str) -> bool:
    """One conditional UPDATE, so that of two operators who decide at once one does."""
    still = Adjustment.objects.filter(pk=found.pk, state=State.WAITING)
    values = {"state": state, "decided_by": decided_by, "decided_by_label": label, "decided_at": now}
    if still.update(**values) != 1:
        return False
    for name, value in values.items():
        setattr(found, name, value)
    return True


def _as_decided(adjustment_id: int, state: str, actor: Actor) -> Adjustment:
    """The adjustment, if it was this operator who decided the same before."""
    found = _find(adjustment_id)
    by_me = found.decided_by == actor.ref or (not found.decided_by and found.actor == actor.ref)
    if found.state != state or not by_me:
        decided_by = found.decided_by_label or found.actor_label
        raise AlreadyDecided(
            adjustment=_public(found), state=found.get_state_display().lower(), decided_by=decided_by
        )
    return found


def _find(adjustment_id: int) -> Adjustment:
    found = Adjustment.objects.select_related("workspace", "entry").filter(pk=adjustment_id).first()
    if found is None:
        raise NotFound(what="adjustment", id=ids.public("adj", adjustment_id))
    return found


def _same(earlier: Adjustment, amount: int, reason: str) -> Adjustment:
    if (earlier.amount, earlier.reason) != (amount, reason):
        raise AdjustmentKeyReused(key=earlier.key, adjustment=_public(earlier), amount=earlier.amount)
    return earlier


def _checked(amount: int, reason: str) -> str:
    if isinstance(amount, bool) or not isinstance(amount, int) or not amount:
        raise AdjustmentNotWhole(amount=amount)
    posting.checked_amount(abs(amount))
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_MAX or "\0" in reason:
        raise ReasonNeeded(length_max=REASON_MAX)
    return reason


def _ask_for_a_second(made: Adjustment, now: datetime) -> None:
    verb = "add" if made.amount > 0 else "take away"
    body = (
        f"{made.actor_label} asks to {verb} {abs(made.amount):,} credits at {made.workspace.name}: {made.reason}\n\n"
        f"{_public(made)} waits for an operator who is somebody else: {letters.link('/operator')}"
    )
    subject = f"{made.workspace.name}: an adjustment waits for a second operator"
    letters.to_operator(subject=subject, body=body, key=f"adjustment:{_public(made)}", now=now)


def _public(made: Adjustment) -> str:
    return ids.public("adj", made.pk)


def _require_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAnOperator()


def _log(made: Adjustment, action: str, actor: Actor, now: datetime) -> None:
    detail = {"credits": made.amount, "why": made.reason, "key": made.key}
    audit.write(
        workspace=made.workspace, actor=actor, action=action, target=_public(made), now=now, detail=detail
    )
