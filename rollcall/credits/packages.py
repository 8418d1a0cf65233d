"""Asking the operator for credits, and how each request ends: granted, or declined by either side (G7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError

from rollcall.core import faults, transactions
from rollcall.core.errors import Conflict, Invalid
from rollcall.credits import grants, offers, posting, steps, threads
from rollcall.credits.models import Grant, PackageMessage, PackageRequest
from rollcall.credits.offers import accept, quote
from rollcall.credits.steps import WAITING, AlreadyAnswered, State
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

__all__ = [
    "NOTE_MAX", "AlreadyAnswered", "BadReplyAddress", "NotAsAccepted", "NoteTooLong", "RequestKeyReused", "accept",
    "answer", "decline", "find", "get", "grant", "of", "queue", "quote", "request", "say", "withdraw",
]  # fmt: skip
GRANTED = faults.declare(
    "packages.granted", "a request is answered with a grant, the transaction not yet committed"
)
NOTE_MAX = 4000


class BadReplyAddress(Invalid):
    """The operator cannot answer to {email}. Give an email address such as you@company.com."""


class NoteTooLong(Invalid):
    """The note has {length} characters; {length_max} is the most."""


class RequestKeyReused(Conflict):
    """The key {key} already sent the request {request} for {credits} credits. Use a new key for another request."""


class NotAsAccepted(Conflict):
    """The customer accepted this quote of {request}: {quote} Grant exactly that, or decline and say why."""


def request(
    *,
    workspace: Workspace,
    credits_wanted: int,
    note: str,
    reply_email: str,
    actor: Actor,
    now: datetime,
    analysis: Mapping[str, Any] | None = None,
    key: str = "",
) -> PackageRequest:
    """Put a request for credits into the operator's queue; the same key again is the same request.

    Args:
        analysis: the requirement analysis behind it, kept as it is now (`requirements.attachment`).

    Raises:
        AmountOutOfRange, BadReplyAddress, NoteTooLong
        RequestKeyReused: the key sent another request.
    """
    posting.checked_amount(credits_wanted)
    note = note.replace("\0", "").strip()
    if len(note) > NOTE_MAX:
        raise NoteTooLong(length=len(note), length_max=NOTE_MAX)
    try:
        validate_email(reply_email)
    except ValidationError:
        raise BadReplyAddress(email=reply_email[:120]) from None
    made = PackageRequest(
        workspace=workspace, credits_wanted=credits_wanted, note=note, reply_email=reply_email, key=key,
        analysis=dict(analysis) if analysis is not None else None,
        actor=actor.ref, actor_label=actor.label, created_at=now, updated_at=now,
    )  # fmt: skip
    try:
        return transactions.run(lambda: _of_key(made) or _send(made, actor, now))
    except IntegrityError:
        # Someone else sent this key between our look and our row; if it was this very request, that is the answer.
        found = _of_key(made)
        if found is None:
            raise
        return found


def of(*, workspace: Workspace) -> list[PackageRequest]:
    """What the workspace has asked for, newest first."""
    return list(PackageRequest.objects.filter(workspace=workspace).select_related("grant").order_by("-pk"))


def find(*, workspace: Workspace, request_id: int) -> PackageRequest:
    """One of the workspace's requests.

    Raises:
        NotFound
    """
    return steps.find(request_id, workspace)


def queue() -> list[PackageRequest]:
    """What is open in all workspaces, oldest first; what waits for the customer comes after all else."""
    waiting = PackageRequest.objects.filter(state__in=WAITING).select_related("workspace").order_by("pk")
    return sorted(waiting, key=lambda asked: asked.state == State.QUOTED)


def get(*, request_id: int, actor: Actor) -> PackageRequest:
    """A request of any workspace, for the operator.

    Raises:
        NotAnOperator, NotFound
    """
    steps.require_operator(actor)
    return steps.find(request_id)


def withdraw(
    *, workspace: Workspace, request_id: int, actor: Actor, now: datetime, why: str = ""
) -> PackageRequest:
    """Decline as the customer; declining twice changes nothing.

    What nobody has answered yet, whoever may ask for packages may take back; a quote is declined by those who may
    accept it.

    Raises:
        NotFound, AlreadyAnswered, MessageNeeded (the reason is too long)
        RoleTooLow: there is a quote, and it is not theirs to decline.
    """
    why = threads.checked(why)

    def work() -> PackageRequest:
        open_to = WAITING if actor.may("packages.accept") else (State.SENT,)
        mine = PackageRequest.objects.filter(workspace=workspace)
        if not steps.move(mine, request_id, open_to, state=State.DECLINED, now=now):
            asked = steps.find(request_id, workspace)
            if asked.state in WAITING:
                access.require(actor, "packages.accept")
            return steps.as_answered(asked, State.DECLINED)
        asked = steps.find(request_id, workspace)
        steps.take(asked, "declined", actor, now, body=why)
        said = f"{actor.label} declined it." + (f"\n\n{why}" if why else "")
        threads.tell(asked, "a request was declined", said, key="declined", now=now)
        return asked

    return transactions.run(work)


def say(
    *, workspace: Workspace, request_id: int, body: str, key: str, actor: Actor, now: datetime
) -> PackageMessage:
    """Say something to the operator; the same key again says it once.

    Raises:
        NotFound; those of threads.say.
    """
    asked = steps.find(request_id, workspace)
    return transactions.run(lambda: threads.say(asked=asked, body=body, key=key, actor=actor, now=now))


# For the operator.


def decline(*, request_id: int, actor: Actor, now: datetime, why: str = "") -> PackageRequest:
    """Say no; declining twice changes nothing.

    Raises:
        NotAnOperator, NotFound, AlreadyAnswered, MessageNeeded (the reason is too long)
    """
    steps.require_operator(actor)
    why = threads.checked(why)

    def work() -> PackageRequest:
        if not steps.move(PackageRequest.objects.all(), request_id, WAITING, state=State.DECLINED, now=now):
            return steps.as_answered(steps.find(request_id), State.DECLINED)
        declined = steps.find(request_id)
        steps.take(declined, "declined", actor, now, body=why)
        subject = f"Your request for {declined.credits_wanted:,} credits was declined"
        threads.tell(declined, subject, why or "No reason was given.", key="declined", now=now)
        return declined

    return transactions.run(work)


def grant(
    *,
    request_id: int,
    amount: int,
    kind: str,
    name: str,
    expires_at: datetime | None,
    actor: Actor,
    now: datetime,
    effective_at: datetime | None = None,
    priority: int = 0,
    price_minor: int | None = None,
    currency: str = "",
    quote_number: int | None = None,
) -> PackageRequest:
    """Grant credits for a request; granting the same again changes nothing.

    What was accepted is granted as it was accepted; before that, any amount may be agreed.

    Args:
        quote_number: of the quote that was seen; None: whichever there is.

    Raises:
        NotAnOperator, NotFound, AlreadyAnswered, KeyReused (granted before, as another amount); those of grants.add.
        NotAsAccepted: the customer accepted something else; QuoteChanged
    """
    steps.require_operator(actor)
    agreed = (amount, price_minor, currency, expires_at)

    def work() -> PackageRequest:
        wanted, answered, accepted = _take_on(request_id, quote_number, now)
        if accepted and agreed != _accepted(wanted):
            raise NotAsAccepted(request=steps.public(wanted), quote=threads.quote_words(wanted))
        given = grants.add(
            workspace=wanted.workspace,
            amount=amount,
            kind=kind,
            name=name,
            key=f"request:{steps.public(wanted)}",
            actor=actor,
            now=now,
            reference=steps.public(wanted),
            effective_at=effective_at,
            expires_at=expires_at,
            priority=priority,
            price_minor=price_minor,
            currency=currency,
            about={"agreed": steps.agreed(wanted)} if accepted else None,
        )
        if answered:
            _attach(wanted, given, actor, now)
        return wanted

    return transactions.run(work)


def answer(*, request_id: int, body: str, key: str, actor: Actor, now: datetime) -> PackageMessage:
    """Say something to the customer; the same key again says it once.

    Raises:
        NotAnOperator, NotFound; those of threads.say.
    """
    asked = get(request_id=request_id, actor=actor)
    return transactions.run(lambda: threads.say(asked=asked, body=body, key=key, actor=actor, now=now))


def _send(made: PackageRequest, actor: Actor, now: datetime) -> PackageRequest:
    made.pk = None
    made.save(force_insert=True)
    steps.take(made, "sent", actor, now, body=made.note, detail=steps.sent(made))
    said = f"{actor.label} asks for {made.credits_wanted:,} credits." + (
        f"\n\n{made.note}" if made.note else ""
    )
    if made.analysis is not None:
        said += "\n\nA requirement analysis came with it."
    threads.tell(made, f"a request for {made.credits_wanted:,} credits", said, key="sent", now=now)
    return made


def _of_key(made: PackageRequest) -> PackageRequest | None:
    """The request that this key sent before."""
    earlier = (
        PackageRequest.objects.filter(workspace=made.workspace, key=made.key).first() if made.key else None
    )
    if earlier is None:
        return None
    if any(
        getattr(earlier, name) != getattr(made, name) for name in ("credits_wanted", "note", "reply_email")
    ):
        raise RequestKeyReused(
            key=made.key, request=steps.public(earlier), credits=f"{earlier.credits_wanted:,}"
        )
    return earlier


def _take_on(request_id: int, quote_number: int | None, now: datetime) -> tuple[PackageRequest, bool, bool]:
    """The request as granted; whether it was not before, and whether it was accepted until now."""
    seen = PackageRequest.objects.all()
    if quote_number is not None:
        seen = seen.filter(quote_number=quote_number)
    accepted = seen.filter(pk=request_id, state=State.ACCEPTED).exists()
    # The state in the condition says that it still is as it was looked at.
    open_to = (State.ACCEPTED,) if accepted else (State.SENT, State.QUOTED)
    answered = steps.move(seen, request_id, open_to, state=State.GRANTED, now=now)
    wanted = steps.find(request_id)
    if not answered and quote_number is not None and wanted.state in WAITING:
        offers.require_seen(wanted, quote_number)
    return steps.as_answered(wanted, State.GRANTED), answered, accepted and answered


def _accepted(wanted: PackageRequest) -> tuple[Any, ...]:
    """What was agreed: credits, price, currency, and when the credits end."""
    ends = wanted.quoted_expires_on and grants.end_of(wanted.quoted_expires_on, workspace=wanted.workspace)
    return wanted.quoted_credits, wanted.quoted_price_minor, wanted.quoted_currency, ends


def _attach(wanted: PackageRequest, given: Grant, actor: Actor, now: datetime) -> None:
    PackageRequest.objects.filter(pk=wanted.pk).update(grant=given)
    wanted.grant = given
    detail = {"credits": given.granted, "grant": grants.named(given)["grant"], "name": given.name}
    steps.take(wanted, "granted", actor, now, detail=detail)
    starts = "" if given.effective_at <= now else " They can be used once they start."
    ends = (
        ""
        if given.expires_at is None
        else f" They are good until {threads.local_day(wanted, given.expires_at)}."
    )
    said = f"{given.granted:,} credits arrived: {given.name}.{starts}{ends}"
    threads.tell(wanted, f"{given.granted:,} credits were granted", said, key="granted", now=now)
    faults.point(GRANTED)
