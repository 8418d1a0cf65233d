"""Charging: claims are written, counted, and exactly the new ones are paid for out of a hold."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from rollcall.core import faults, ids
from rollcall.core.errors import Conflict, NotFound, TryLater
from rollcall.credits import claims, columns, digests, posting, reservations
from rollcall.credits.claims import Pair
from rollcall.credits.models import Acquisition, Entry, Hold, HoldGrant
from rollcall.credits.posting import HELD, SPENT, Move
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

CLAIMED = faults.declare("credits.capture.claimed", "claims are written, nothing is charged for them yet")
POSTED = faults.declare(
    "credits.capture.posted", "a charge is written whole, its transaction not yet committed"
)
_ATTEMPTS_MAX = 10


class HoldTooSmall(Conflict):
    """The hold {hold} has {left} credits left; more people than that are new. Nothing was charged: estimate again."""


class HoldClosed(Conflict):
    """The hold {hold} is closed. Nothing was charged; start a new search."""


class HoldContended(TryLater):
    """The hold {hold} is being used by many others right now. Nothing was charged; try again in a moment."""


@dataclass(frozen=True)
class Captured:
    """What a charge did: its entry (None if nobody was new) and the (profile, company) pairs paid for."""

    entry: Entry | None
    fresh: list[Pair]


@dataclass
class _Part:
    """What one grant still has in the hold, and whom this charge pays for out of it."""

    id: int
    hold: Hold
    grant_id: int
    left: int
    paid: list[Pair] = field(default_factory=list)

    @property
    def taken(self) -> int:
        return len(self.paid)


@dataclass(frozen=True)
class _Charge:
    workspace: Workspace
    hold_id: int | None
    key: str
    actor: Actor
    now: datetime
    run_id: int | None
    context: Mapping[str, Any] = field(default_factory=dict)
    personas: Mapping[Pair, int] = field(default_factory=dict)


class _PartsMoved(Exception):
    """Another charge took from the same hold since we looked."""


def capture(
    *,
    workspace: Workspace,
    hold_id: int | None,
    profile_ids: Sequence[int],
    company_ids: Sequence[int],
    key: str,
    actor: Actor,
    now: datetime,
    run_id: int | None,
    context: Mapping[str, Any],
    persona_ids: Sequence[int | None] = (),
) -> Captured:
    """Charge 1 credit for each pair that the workspace never paid for, out of the hold; the rest is free.

    Runs in the caller's transaction, beside the rows that the charge is for: both are kept or neither. The same key
    again answers what it did the first time. Without a hold nothing may be new.

    Args:
        persona_ids: beside `profile_ids`, the first of the search's personas that finds each; may be left out.

    Raises:
        HoldTooSmall, HoldClosed, HoldContended, KeyReused, NotFound: nothing was charged.
    """
    asked = list(zip(profile_ids, company_ids, strict=True))
    pairs = sorted(set(asked))
    found = zip(asked, persona_ids, strict=True) if persona_ids else ()
    personas = {pair: persona_id for pair, persona_id in found if persona_id is not None}
    charge = _Charge(workspace, hold_id, key, actor, now, run_id, context, personas)
    if (done := posting.find(workspace=workspace, key=key)) is not None:
        return _replayed(charge, done, pairs)
    for _ in range(_ATTEMPTS_MAX):
        try:
            with transaction.atomic():
                return _capture(charge, pairs)
        except _PartsMoved:
            continue
    raise HoldContended(hold=_public(hold_id))


def _capture(charge: _Charge, pairs: list[Pair]) -> Captured:
    """Locks: claims, then the hold, its parts, the grants; the wallet stays as it is until the hold closes."""
    parts = _parts(charge)
    entry_id = posting.next_id()
    fresh = _claim(charge, pairs, parts, entry_id)
    faults.point(CLAIMED)
    if not fresh:
        done = posting.find(workspace=charge.workspace, key=charge.key)
        return _replayed(charge, done, pairs) if done else Captured(entry=None, fresh=[])
    taken = [part for part in parts if part.taken]
    _move(charge, taken, fresh)
    entry = posting.write(
        workspace=charge.workspace,
        kind=Entry.Kind.CHARGE,
        key=charge.key,
        amount=len(fresh),
        moves=[Move(part.grant_id, HELD, SPENT, part.taken) for part in taken],
        actor=charge.actor,
        now=charge.now,
        run_id=charge.run_id,
        hold=taken[0].hold,
        context=dict(charge.context) | by_persona(charge.personas.get(pair) for pair in fresh),
        entry_id=entry_id,
        people=digests.of_people(_people(charge, taken)),
    )
    faults.point(POSTED)
    return Captured(entry=entry, fresh=fresh)


def _parts(charge: _Charge) -> list[_Part]:
    """What the hold has left of each grant, in the burn order recorded when it was placed."""
    if charge.hold_id is None:
        return []
    found = HoldGrant.objects.filter(hold_id=charge.hold_id, hold__workspace=charge.workspace)
    parts = [
        _Part(part.pk, part.hold, part.grant_id, left=part.amount - part.captured - part.released)
        for part in found.select_related("hold").order_by("position")
    ]
    if not parts:
        raise NotFound(what="hold", id=_public(charge.hold_id))
    return parts


def _claim(charge: _Charge, pairs: list[Pair], parts: list[_Part], entry_id: int) -> list[Pair]:
    """Claim as many as each part can pay for, in burn order; all that follow must be claimed already."""
    fresh: list[Pair] = []
    for part in parts:
        while pairs and part.taken < part.left:
            room = part.left - part.taken
            if len(pairs) > room:
                # This grant may end within the batch: those known to be free must not use up its places.
                known = claims.among(workspace=charge.workspace, pairs=pairs)
                pairs = [pair for pair in pairs if pair not in known]
            batch, pairs = pairs[:room], pairs[room:]
            new = claims.insert(
                workspace=charge.workspace,
                pairs=batch,
                personas=charge.personas,
                entry_id=entry_id,
                grant_id=part.grant_id,
            )
            part.paid += new
            fresh += new
    _refuse_more(charge, pairs, parts, entry_id)
    return fresh


def _refuse_more(charge: _Charge, pairs: list[Pair], parts: list[_Part], entry_id: int) -> None:
    """The hold is used up: one more new pair is one too many. Inserting finds out, and waits for other writers."""
    if not pairs:
        return
    if not parts:
        if len(claims.among(workspace=charge.workspace, pairs=pairs)) == len(pairs):
            return
    elif not claims.insert(
        workspace=charge.workspace,
        pairs=pairs,
        personas=charge.personas,
        entry_id=entry_id,
        grant_id=parts[-1].grant_id,
    ):
        return
    if _hold(charge).filter(is_open=False).exists():
        raise HoldClosed(hold=_public(charge.hold_id))
    raise HoldTooSmall(hold=_public(charge.hold_id), left=sum(part.left for part in parts))


def _move(charge: _Charge, taken: list[_Part], fresh: list[Pair]) -> None:
    hold = taken[0].hold
    # A budget that was made since we looked counts this hold, and not yet this charge.
    as_known = _hold(charge).filter(is_open=True, is_budgeted=hold.is_budgeted)
    if not columns.draw(as_known, len(fresh)):
        if _hold(charge).filter(is_open=False).exists():
            raise HoldClosed(hold=_public(charge.hold_id))
        raise _PartsMoved
    for part in taken:
        if not columns.draw(HoldGrant.objects.filter(pk=part.id), part.taken):
            raise _PartsMoved
    for part in sorted(taken, key=lambda part: part.grant_id):
        columns.move_grant(part.grant_id, held=-part.taken, spent=part.taken)
    if hold.is_budgeted:
        found_by = Counter(charge.personas.get(pair) for pair in fresh)
        reservations.confirm(hold=hold, total=len(fresh), by_persona=found_by)


def _people(charge: _Charge, taken: list[_Part]) -> str:
    """Everybody whom this charge pays for, as the proof reads them back."""
    paid = sorted((pair, part.grant_id) for part in taken for pair in part.paid)
    return ",".join([digests.person(*pair, grant_id, charge.personas.get(pair)) for pair, grant_id in paid])


def by_persona(persona_ids: Iterable[int | None]) -> dict[str, Any]:
    """How many people of a charge each persona was the first to find: what statements show (C9)."""
    found = Counter(number for number in persona_ids if number is not None)
    return (
        {"by_persona": {ids.public("per", number): count for number, count in found.items()}} if found else {}
    )


def _hold(charge: _Charge) -> QuerySet[Hold]:
    return Hold.objects.filter(workspace=charge.workspace, pk__in=[charge.hold_id])


def _replayed(charge: _Charge, done: Entry, pairs: list[Pair]) -> Captured:
    """What this key did before, if it was this charge; each of its pairs is claimed since."""
    # Not by workspace: a server without statistics would walk all that the workspace ever paid for.
    made = Acquisition.objects.filter(entry=done)
    fresh = sorted(made.values_list("profile_id", "company_id"))
    same_act = (done.kind, done.hold_id) == (Entry.Kind.CHARGE, charge.hold_id)
    if not same_act or not set(fresh) <= set(pairs):
        raise posting.reused(workspace=charge.workspace, key=charge.key)
    if len(claims.among(workspace=charge.workspace, pairs=pairs)) != len(pairs):
        raise posting.reused(workspace=charge.workspace, key=charge.key)
    return Captured(entry=done, fresh=fresh)


def _public(hold_id: int | None) -> str:
    return ids.public("hol", hold_id) if hold_id is not None else "(none)"
