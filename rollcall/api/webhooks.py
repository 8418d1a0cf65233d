"""Webhooks: where Rollcall calls a workspace's own programs, and the log of what was sent."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    CallId,
    Count,
    Cursor,
    EndpointId,
    Given,
    Instant,
    Limit,
    PageOf,
    Shown,
    page_of,
)
from rollcall.core import clock, http, ids
from rollcall.notices import endpoints
from rollcall.notices.models import Call, Endpoint

noun = Noun("webhooks")
Url = Annotated[str, StringConstraints(min_length=1, max_length=http.URL_MAX, pattern=r"^[^\x00]*$")]


class EndpointGiven(Given):
    """Where to call: https, on the public web."""

    url: Url = Field(examples=["https://hooks.example.com/rollcall"])


class EndpointShown(Shown):
    """An address that is called; calls are signed as the Standard Webhooks specification has it."""

    id: EndpointId
    url: str = Field(examples=["https://hooks.example.com/rollcall"])
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant


class EndpointMade(EndpointShown):
    """A new endpoint, with the secret that verifies its calls: shown this once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class EndpointsShown(Shown):
    """The endpoints of now, oldest first."""

    items: list[EndpointShown]


class TryShown(Shown):
    """One attempt: when, how long it took, and what came of it; an answer of 200 to 299 has no problem."""

    number: Count
    at: Instant
    took_ms: Count
    status_code: Count | None = Field(description="None if nobody answered.")
    problem: str = Field(examples=["It answered 503."])


class CallShown(Shown):
    """One call: its message stays the same in every attempt, and so does its id (the header `webhook-id`)."""

    id: CallId
    kind: str = Field(examples=["credits.alert"])
    state: Literal["waiting", "sent", "failed"]
    attempts: Count
    status_code: Count | None = Field(description="Of the last answer.")
    problem: str = Field(examples=["It answered 503."])
    tries: list[TryShown] = Field(description="The newest attempts, oldest first; of those sent again too.")
    body: dict[str, Any] = Field(
        examples=[{"type": "test", "timestamp": "2026-09-01T12:00:00+00:00", "data": {}}]
    )
    due_at: Instant = Field(description="When it is tried next, while it waits.")
    created_at: Instant
    sent_at: Instant | None


@noun.operation("GET", "/webhooks", permission="webhooks.edit", answer=EndpointsShown)
def webhooks_list(request: Request) -> EndpointsShown:
    """List webhook endpoints."""
    found = endpoints.list_(workspace=request.auth.workspace)
    return EndpointsShown(items=[EndpointShown(**_values(row)) for row in found])


@noun.operation(
    "POST", "/webhooks", permission="webhooks.edit", answer=EndpointMade, status=201, errors=(409,)
)
def webhooks_create(request: Request, body: EndpointGiven) -> EndpointMade:
    """Call an address from now on; the answer has the secret, which is never shown again."""
    made, secret = endpoints.create(
        workspace=request.auth.workspace, url=body.url, actor=request.auth.actor, now=clock.now()
    )
    return EndpointMade(**_values(made), secret=secret)


@noun.operation("DELETE", "/webhooks/{endpoint_id}", permission="webhooks.edit", answer=None, status=204)
def webhooks_end(request: Request, endpoint_id: EndpointId) -> None:
    """Call it no more; what waits for it is given up."""
    endpoints.end(
        workspace=request.auth.workspace,
        endpoint_id=ids.parse("end", endpoint_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


@noun.operation(
    "POST", "/webhooks/{endpoint_id}/test", permission="webhooks.edit", answer=CallShown, status=201
)
def webhooks_test(request: Request, endpoint_id: EndpointId) -> CallShown:
    """Send a test event; the log of deliveries tells what became of it."""
    made = endpoints.test(
        workspace=request.auth.workspace,
        endpoint_id=ids.parse("end", endpoint_id),
        key=str(uuid.uuid4()),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _call(made)


@noun.operation(
    "GET", "/webhooks/{endpoint_id}/deliveries", permission="webhooks.edit", answer=PageOf[CallShown]
)
def webhooks_deliveries(
    request: Request, endpoint_id: EndpointId, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[CallShown]:
    """What was sent to an endpoint, or waits to be, newest first."""
    page = endpoints.deliveries(
        workspace=request.auth.workspace,
        endpoint_id=ids.parse("end", endpoint_id),
        cursor=cursor,
        limit=limit,
    )
    return page_of(page, _call)


@noun.operation(
    "POST",
    "/webhooks/deliveries/{call_id}/replay",
    permission="webhooks.edit",
    answer=CallShown,
    errors=(409,),
)
def webhooks_replay(request: Request, call_id: CallId) -> CallShown:
    """Send a call once more: the same message with the same id."""
    call = endpoints.replay(
        workspace=request.auth.workspace,
        call_id=ids.parse("cal", call_id),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _call(call)


def _values(row: Endpoint) -> dict[str, Any]:
    return {
        "id": ids.public("end", row.pk),
        "url": row.url,
        "created_by": row.actor_label,
        "created_at": row.created_at,
    }


def _call(row: Call) -> CallShown:
    same = ("kind", "state", "attempts", "status_code", "problem", "body", "due_at", "created_at", "sent_at")
    tries = [TryShown(**one) for one in row.tries]
    return CallShown(id=ids.public("cal", row.pk), tries=tries, **{name: getattr(row, name) for name in same})
