"""What was found out about a contact after it was bought, and what became of its credit: every cause in one list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rollcall.contacts import merging
from rollcall.contacts.models import Bounce, Contact, Departure, Merge
from rollcall.core import ids
from rollcall.credits.models import RefundPolicy
from rollcall.workspaces.models import Workspace

_SHOWN_MAX = 50


@dataclass(frozen=True)
class Finding:
    """One of them: what, when and by whom; whether the credit came back (`entry_id`), or why it did not.

    `alias_id`: of a merge, the contact that is an alias now. `is_decided`: a policy has looked at it.
    """

    cause: str
    found: str
    at: datetime
    who: str
    code: str
    why: str
    entry_id: int | None
    alias_id: int | None = None
    is_decided: bool = True

    @property
    def label(self) -> str:
        return str(RefundPolicy.Cause(self.cause).label)


def of_contact(*, workspace: Workspace, contact: Contact) -> list[Finding]:
    """Newest first."""
    found = [*_bounces(workspace, contact), *_departures(workspace, contact), *_merges(workspace, contact)]
    return sorted(found, key=lambda finding: finding.at, reverse=True)


def _bounces(workspace: Workspace, contact: Contact) -> Iterator[Finding]:
    rows = Bounce.objects.filter(workspace=workspace, contact=contact).select_related("report")
    for row in rows.order_by("-id")[:_SHOWN_MAX]:
        yield Finding(
            cause=RefundPolicy.Cause.HARD_BOUNCE,
            found=f"{'Soft bounce' if row.code == 'soft' else 'Bounce'} {row.status}".strip(),
            at=row.report.created_at,
            who=row.report.actor_label,
            code=row.code,
            why=row.why,
            entry_id=row.entry_id,
        )


def _departures(workspace: Workspace, contact: Contact) -> Iterator[Finding]:
    for row in Departure.objects.filter(workspace=workspace, contact=contact):
        yield Finding(
            cause=RefundPolicy.Cause.LEFT_BEFORE,
            found=f"Last seen there on {row.left_on.isoformat()}, before the charge",
            at=row.learned_at,
            who=row.source,
            code=row.code,
            why=row.why,
            entry_id=row.entry_id,
            is_decided=row.decided_at is not None,
        )


def _merges(workspace: Workspace, contact: Contact) -> Iterator[Finding]:
    for row in merging.of_contact(workspace=workspace, contact_id=contact.pk):
        yield _merge(row)


def _merge(row: Merge) -> Finding:
    loser = row.loser
    pair = f"{ids.public('pro', loser.profile_id)} at {ids.public('com', loser.company_id)}"
    return Finding(
        cause=RefundPolicy.Cause.MERGED,
        found=f"{ids.public('con', loser.pk)} ({pair}) is the same person here",
        at=row.merged_at,
        who=row.actor_label,
        code=row.code,
        why=row.why,
        entry_id=row.entry_id,
        alias_id=loser.pk,
    )
