"""Package requests: asking the operator for credits, agreeing on a quote, and the thread about it."""

import uuid
from typing import Annotated, Any

from ninja import Header
from pydantic import Field, StringConstraints

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    Amount,
    AnalysisId,
    Count,
    Day,
    Given,
    GrantId,
    Instant,
    LongText,
    RequestId,
    Shown,
)
from rollcall.core import clock, ids
from rollcall.credits import money, packages, posting, threads
from rollcall.credits.models import PackageMessage, PackageRequest
from rollcall.personas import requirements

noun = Noun("credits")
_KEY_MAX = posting.KEY_MAX - 30
Key = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=_KEY_MAX, pattern=r"^[\x20-\x7e]+$")] | None,
    Header(
        alias="Idempotency-Key",
        description="One key for one intended act; the same again is the same act.",
        example="spring-2027",
    ),
]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\x00\s]+@[^\x00\s]+$")]


class RequestGiven(Given):
    """How many credits, what for, and where to answer."""

    credits_wanted: Amount = Field(examples=[5000])
    note: LongText = Field(default="", examples=["For the spring campaign in Texas."])
    reply_email: Email = Field(examples=["alice@example.com"])
    analysis_id: AnalysisId | None = Field(
        default=None, description="A requirement analysis to send along.", examples=[None]
    )


class AcceptGiven(Given):
    """The quote that was seen: if there is a newer one, nothing is accepted."""

    quote_number: Annotated[int, Field(ge=1, le=2**31 - 1)] = Field(examples=[1])


class DeclineGiven(Given):
    """Why, if anybody wants to know."""

    why: LongText = Field(default="", examples=["We found the budget elsewhere."])


class MessageGiven(Given):
    """What to say."""

    body: Annotated[LongText, StringConstraints(min_length=1)] = Field(examples=["Could it start in March?"])


class OfferShown(Shown):
    """What the operator offers."""

    quote_number: Count
    credits: Count
    price: str = Field(examples=["1,200.50 EUR"], description="In words; empty: none was named.")
    price_minor: Count | None = Field(description="In the smallest unit of the currency (cents).")
    currency: str = Field(examples=["EUR"])
    terms: str = Field(examples=["Paid in advance."])
    expires_on: Day | None = Field(description="Last day of the credits; null: they never expire.")
    valid_until: Instant


class MessageShown(Shown):
    """One line of the thread: something said, or a step that was taken."""

    id: str = Field(examples=["msg_7"])
    kind: str = Field(
        examples=["message"], description="message, sent, quoted, accepted, granted or declined."
    )
    body: str = Field(examples=["Could it start in March?"])
    is_from_operator: bool
    actor_label: str = Field(examples=["Alice Moreau"])
    created_at: Instant


class RequestShown(Shown):
    """A request, and what became of it."""

    id: RequestId
    state: str = Field(examples=["sent"], description="sent, quoted, accepted, granted or declined.")
    credits_wanted: Count
    note: str = Field(examples=["For the spring campaign in Texas."])
    reply_email: str = Field(examples=["alice@example.com"])
    requested_by: str = Field(examples=["Alice Moreau"])
    quote: OfferShown | None
    grant_id: GrantId | None
    has_analysis: bool = Field(description="Whether a requirement analysis came with it.")
    created_at: Instant
    updated_at: Instant


class RequestWithThread(RequestShown):
    """A request with all that was said about it."""

    analysis: dict[str, Any] | None = Field(
        description="The requirement analysis, as it was when it was sent."
    )
    messages: list[MessageShown]


class RequestsShown(Shown):
    """All requests, newest first."""

    items: list[RequestShown]


@noun.operation("GET", "/credits/package-requests", permission="credits.see", answer=RequestsShown)
def packages_list(request: Request) -> RequestsShown:
    """List package requests."""
    found = packages.of(workspace=request.auth.workspace)
    return RequestsShown(items=[_shown(row) for row in found])


@noun.operation(
    "POST",
    "/credits/package-requests",
    permission="packages.request",
    answer=RequestShown,
    status=201,
    errors=(404, 409),
)
def packages_request(request: Request, body: RequestGiven, idempotency_key: Key = None) -> RequestShown:
    """Ask the operator for a package of credits."""
    workspace, analysis = request.auth.workspace, None
    if body.analysis_id is not None:
        number = ids.parse("ana", body.analysis_id)
        analysis = requirements.attachment(requirements.get(workspace=workspace, analysis_id=number))
    made = packages.request(
        workspace=workspace,
        credits_wanted=body.credits_wanted,
        note=body.note,
        reply_email=body.reply_email,
        analysis=analysis,
        actor=request.auth.actor,
        now=clock.now(),
        key=f"{request.auth.actor.ref}:{idempotency_key}" if idempotency_key else "",
    )
    return _shown(made)


@noun.operation(
    "GET", "/credits/package-requests/{request_id}", permission="credits.see", answer=RequestWithThread
)
def packages_get(request: Request, request_id: RequestId) -> RequestWithThread:
    """One request, with its thread."""
    return _with_thread(
        packages.find(workspace=request.auth.workspace, request_id=ids.parse("req", request_id))
    )


@noun.operation(
    "POST",
    "/credits/package-requests/{request_id}/accept",
    permission="packages.accept",
    answer=RequestShown,
    errors=(409,),
)
def packages_accept(request: Request, request_id: RequestId, body: AcceptGiven) -> RequestShown:
    """Accept exactly the quote that was seen; accepting it twice changes nothing."""
    accepted = packages.accept(
        workspace=request.auth.workspace,
        request_id=ids.parse("req", request_id),
        quote_number=body.quote_number,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(accepted)


@noun.operation(
    "POST",
    "/credits/package-requests/{request_id}/decline",
    permission="packages.request",
    answer=RequestShown,
    errors=(409,),
)
def packages_decline(request: Request, request_id: RequestId, body: DeclineGiven) -> RequestShown:
    """Withdraw a request or decline its quote; a quote needs the permission `packages.accept`."""
    declined = packages.withdraw(
        workspace=request.auth.workspace,
        request_id=ids.parse("req", request_id),
        actor=request.auth.actor,
        now=clock.now(),
        why=body.why,
    )
    return _shown(declined)


@noun.operation(
    "POST",
    "/credits/package-requests/{request_id}/messages",
    permission="packages.request",
    answer=MessageShown,
    status=201,
    errors=(409,),
)
def packages_say(
    request: Request, request_id: RequestId, body: MessageGiven, idempotency_key: Key = None
) -> MessageShown:
    """Say something to the operator."""
    said = packages.say(
        workspace=request.auth.workspace,
        request_id=ids.parse("req", request_id),
        body=body.body,
        key=idempotency_key or str(uuid.uuid4()),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _message(said)


def _shown(row: PackageRequest) -> RequestShown:
    return RequestShown(**_values(row))


def _with_thread(row: PackageRequest) -> RequestWithThread:
    messages = [_message(line) for line in threads.of(asked=row)]
    return RequestWithThread(**_values(row), analysis=row.analysis, messages=messages)


def _values(row: PackageRequest) -> dict[str, Any]:
    return {
        "id": ids.public("req", row.pk),
        "state": row.state,
        "credits_wanted": row.credits_wanted,
        "note": row.note,
        "reply_email": row.reply_email,
        "requested_by": row.actor_label,
        "quote": _offer(row),
        "grant_id": None if row.grant_id is None else ids.public("gra", row.grant_id),
        "has_analysis": row.analysis is not None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _offer(row: PackageRequest) -> OfferShown | None:
    if row.quoted_credits is None or row.quote_valid_until is None:
        return None
    return OfferShown(
        quote_number=row.quote_number,
        credits=row.quoted_credits,
        price=money.words(row.quoted_price_minor, row.quoted_currency),
        price_minor=row.quoted_price_minor,
        currency=row.quoted_currency,
        terms=row.quoted_terms,
        expires_on=row.quoted_expires_on,
        valid_until=row.quote_valid_until,
    )


def _message(line: PackageMessage) -> MessageShown:
    names = MessageShown.model_fields.keys() - {"id"}
    return MessageShown(id=ids.public("msg", line.pk), **{name: getattr(line, name) for name in names})
