"""Package requests: asking the operator for more credits."""

from typing import Annotated

from pydantic import Field, StringConstraints

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Amount, Count, Given, GrantId, Instant, LongText, RequestId, Shown
from rollcall.core import clock, ids
from rollcall.credits import packages
from rollcall.credits.models import PackageRequest

noun = Noun("credits")


class RequestGiven(Given):
    """How many credits, what for, and where to answer."""

    credits_wanted: Amount = Field(examples=[5000])
    note: LongText = Field(default="", examples=["For the spring campaign in Texas."])
    reply_email: Annotated[
        str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\x00\s]+@[^\x00\s]+$")
    ] = Field(examples=["alice@example.com"])


class RequestShown(Shown):
    """A request, and what became of it."""

    id: RequestId
    state: str = Field(examples=["sent"], description="sent, quoted, accepted, granted or declined.")
    credits_wanted: Count
    note: str = Field(examples=["For the spring campaign in Texas."])
    reply_email: str = Field(examples=["alice@example.com"])
    requested_by: str = Field(examples=["Alice Moreau"])
    grant_id: GrantId | None
    created_at: Instant
    updated_at: Instant


class RequestsShown(Shown):
    """All requests, newest first."""

    items: list[RequestShown]


@noun.operation("GET", "/credits/package-requests", permission="credits.see", answer=RequestsShown)
def packages_list(request: Request) -> RequestsShown:
    """List package requests."""
    found = packages.of(workspace=request.auth.workspace)
    return RequestsShown(items=[_shown(row) for row in found])


@noun.operation(
    "POST", "/credits/package-requests", permission="packages.request", answer=RequestShown, status=201
)
def packages_request(request: Request, body: RequestGiven) -> RequestShown:
    """Ask the operator for a package of credits."""
    made = packages.request(
        workspace=request.auth.workspace,
        credits_wanted=body.credits_wanted,
        note=body.note,
        reply_email=body.reply_email,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(made)


def _shown(row: PackageRequest) -> RequestShown:
    return RequestShown(
        id=ids.public("req", row.pk),
        state=row.state,
        credits_wanted=row.credits_wanted,
        note=row.note,
        reply_email=row.reply_email,
        requested_by=row.actor_label,
        grant_id=None if row.grant_id is None else ids.public("gra", row.grant_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
