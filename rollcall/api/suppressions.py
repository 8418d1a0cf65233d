"""Suppressions: who is never added and never charged."""

from typing import Literal

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    Cursor,
    Given,
    Instant,
    Limit,
    Line,
    PageOf,
    ShortText,
    Shown,
    SuppressionId,
    page_of,
)
from rollcall.contacts import suppression
from rollcall.contacts.models import Suppression
from rollcall.core import clock, ids

noun = Noun("suppressions")
Kind = Literal["profile", "profile_url", "email", "domain"]


class SuppressionGiven(Given):
    """Whom to suppress: a person's id, a profile URL, an email address or a whole domain."""

    kind: Kind = Field(examples=["domain"])
    value: Line = Field(examples=["acme.com"])
    reason: ShortText = Field(default="", examples=["existing customer"])


class SuppressionShown(Shown):
    """A line of the list. The value itself is kept only as a keyed hash; the label helps people recognise it."""

    id: SuppressionId
    kind: str = Field(examples=["domain"])
    label: str = Field(examples=["acme.com"])
    reason: str = Field(examples=["existing customer"])
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant


@noun.operation("GET", "/suppressions", permission="contacts.see", answer=PageOf[SuppressionShown])
def suppressions_list(
    request: Request, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[SuppressionShown]:
    """List suppressions, newest first."""
    page = suppression.of(workspace=request.auth.workspace, cursor=cursor, limit=limit)
    return page_of(page, suppression_shown)


@noun.operation("POST", "/suppressions", permission="contacts.suppress", answer=SuppressionShown, status=201)
def suppressions_add(request: Request, body: SuppressionGiven) -> SuppressionShown:
    """Suppress a person or a domain; doing it again changes nothing."""
    made = suppression.add(
        workspace=request.auth.workspace,
        kind=body.kind,
        value=body.value,
        reason=body.reason,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return suppression_shown(made)


@noun.operation(
    "DELETE", "/suppressions/{suppression_id}", permission="contacts.suppress", answer=None, status=204
)
def suppressions_remove(request: Request, suppression_id: SuppressionId) -> None:
    """Lift a suppression."""
    suppression.remove(
        workspace=request.auth.workspace,
        suppression_id=ids.parse("sup", suppression_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


def suppression_shown(row: Suppression) -> SuppressionShown:
    return SuppressionShown(
        id=ids.public("sup", row.pk),
        kind=row.kind,
        label=row.label,
        reason=row.reason,
        created_by=row.actor_label,
        created_at=row.created_at,
    )
