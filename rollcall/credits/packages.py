"""Asking the operator for credits, and the operator's answer (G7)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from rollcall.core import ids, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.credits import grants, posting
from rollcall.credits.models import Grant, PackageRequest
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor, NotAnOperator
from rollcall.workspaces.models import Workspace

NOTE_MAX = 4000
State = PackageRequest.State
WAITING = (State.SENT, State.QUOTED, State.ACCEPTED)


class BadReplyAddress(Invalid):
    """The operator cannot answer to {email}. Give an email address such as you@company.com."""


class NoteTooLong(Invalid):
    """The note has {length} characters; {length_max} is the most."""


class AlreadyAnswered(Conflict):
    """The request {request} is {state} already. Nothing was changed."""


def request(
    *,
    workspace: Workspace,
    credits_wanted: int,
    note: str,
    reply_email: str,
    actor: Actor,
    now: datetime,
) -> PackageRequest:
    """Put a request for credits into the operator's queue.

    Raises:
        AmountOutOfRange, BadReplyAddress, NoteTooLong
    """
    posting.checked_amount(credits_wanted)
    note = note.replace("\0", "").strip()
    if len(note) > NOTE_MAX:
        raise NoteTooLong(length=len(note), length_max=NOTE_MAX)
    try:
        validate_email(reply_email)
    except ValidationError:
        raise BadReplyAddress(email=reply_email[:120]) from None

    def work() -> PackageRequest:
        made = PackageRequest.objects.create(
            workspace=workspace,
            credits_wanted=credits_wanted,
            note=note,
            reply_email=reply_email,
            actor=actor.ref,
            actor_label=actor.label,
            created_at=now,
            updated_at=now,
        )
        _log(made, "packages.request", actor, now)
        return made

    return transactions.run(work)


def of(*, workspace: Workspace) -> list[PackageRequest]:
    """What the workspace has asked for, newest first."""
    return list(PackageRequest.objects.filter(workspace=workspace).select_related("grant").order_by("-pk"))


def queue() -> list[PackageRequest]:
    """What waits for the operator in all workspaces, oldest first."""
    waiting = PackageRequest.objects.filter(state__in=WAITING)
    return list(waiting.select_related("workspace").order_by("pk"))


def get(*, request_id: int, actor: Actor) -> PackageRequest:
    """A request of any workspace, for the operator.

    Raises:
        NotAnOperator, NotFound
    """
    _require_operator(actor)
    return _find(request_id)


def decline(*, request_id: int, actor: Actor, now: datetime) -> PackageRequest:
    """Say no; declining twice changes nothing.

    Raises:
        NotAnOperator, NotFound, AlreadyAnswered
    """
    _require_operator(actor)

    def work() -> PackageRequest:
        if not _answer(request_id, State.DECLINED, now):
            return _as_answered(request_id, State.DECLINED)
        declined = _find(request_id)
        _log(declined, "packages.decline", actor, now)
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
) -> PackageRequest:
    """Grant credits for a request, of any amount agreed; granting the same again changes nothing.

    Raises:
        NotAnOperator, NotFound, AlreadyAnswered, KeyReused (granted before, as another amount); those of grants.add.
    """
    _require_operator(actor)

    def work() -> PackageRequest:
        answered = _answer(request_id, State.GRANTED, now)
        wanted = _find(request_id) if answered else _as_answered(request_id, State.GRANTED)
        given = grants.add(
            workspace=wanted.workspace,
            amount=amount,
            kind=kind,
            name=name,
            key=f"request:{ids.public('req', request_id)}",
            actor=actor,
            now=now,
            reference=ids.public("req", request_id),
            expires_at=expires_at,
        )
        if answered:
            _attach(wanted, given)
            _log(wanted, "packages.grant", actor, now)
        return wanted

    return transactions.run(work)


def _answer(request_id: int, state: str, now: datetime) -> bool:
    """Move a waiting request to its answer: one conditional UPDATE, so that two operators cannot both answer."""
    waiting = PackageRequest.objects.filter(pk=request_id, state__in=WAITING)
    return waiting.update(state=state, updated_at=now) == 1


def _attach(wanted: PackageRequest, given: Grant) -> None:
    PackageRequest.objects.filter(pk=wanted.pk).update(grant=given)
    wanted.grant = given


def _as_answered(request_id: int, state: str) -> PackageRequest:
    found = _find(request_id)
    if found.state != state:
        raise AlreadyAnswered(request=ids.public("req", request_id), state=found.get_state_display().lower())
    return found


def _find(request_id: int) -> PackageRequest:
    found = PackageRequest.objects.select_related("workspace", "grant").filter(pk=request_id).first()
    if found is None:
        raise NotFound(what="package request", id=ids.public("req", request_id))
    return found


def _require_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAnOperator()


def _log(made: PackageRequest, action: str, actor: Actor, now: datetime) -> None:
    detail = {"credits_wanted": made.credits_wanted}
    if made.grant is not None:
        detail["granted"] = made.grant.granted
    audit.write(
        workspace=made.workspace,
        actor=actor,
        action=action,
        target=ids.public("req", made.pk),
        now=now,
        detail=detail,
    )
