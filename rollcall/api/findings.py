"""What is found out about a contact later: bounces, departures, duplicates; and forgetting it on request."""

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import ContactId, EntryId, Given, Instant, ShortText, Shown
from rollcall.contacts import book, erasure, findings, merging
from rollcall.contacts.findings import Finding
from rollcall.contacts.models import Erasure, Merge
from rollcall.core import clock, ids

noun = Noun("contacts")


class FindingShown(Shown):
    """One thing found out, and what became of the credit."""

    cause: str = Field(examples=["hard_bounce"])
    label: str = Field(examples=["Hard bounce reported"])
    found: str = Field(examples=["Bounce 5.1.1"])
    at: Instant
    who: str = Field(examples=["Alice Moreau"])
    code: str = Field(examples=["given_back"], description="Empty while no policy has looked at it.")
    why: str = Field(examples=["Hard bounce reported: 1 credit came back."])
    entry_id: EntryId | None = Field(description="The refund.")
    duplicate_id: ContactId | None = Field(description="Of a merge: the contact that is an alias now.")


class FindingsShown(Shown):
    """Newest first."""

    items: list[FindingShown]


class DuplicateGiven(Given):
    """Another record of the same person at the same company."""

    duplicate_id: ContactId
    reason: ShortText = Field(default="", examples=["same profile page"])


class MergeShown(Shown):
    """Two contacts that became one, and what became of the second credit."""

    contact_id: ContactId
    duplicate_id: ContactId
    code: str = Field(examples=["given_back"])
    why: str = Field(examples=["Merged duplicate: 1 credit came back."])
    entry_id: EntryId | None = Field(description="The refund.")
    merged_at: Instant
    split_at: Instant | None


class ForgottenShown(Shown):
    """One contact that was emptied."""

    contact_id: ContactId
    code: str = Field(examples=["given_back"])
    why: str = Field(examples=["Erased soon after purchase: 1 credit came back."])
    entry_id: EntryId | None = Field(description="The refund.")
    erased_at: Instant


class ForgottenListShown(Shown):
    """All contacts of the person in this workspace."""

    items: list[ForgottenShown]


@noun.operation("GET", "/contacts/{contact_id}/findings", permission="contacts.see", answer=FindingsShown)
def contacts_findings(request: Request, contact_id: ContactId) -> FindingsShown:
    """What was found out about a contact after it was bought: bounces, departures, duplicates."""
    workspace = request.auth.workspace
    contact = book.get(workspace=workspace, contact_id=ids.parse("con", contact_id))
    found = findings.of_contact(workspace=workspace, contact=contact)
    return FindingsShown(items=[_finding(finding) for finding in found])


@noun.operation(
    "POST", "/contacts/{contact_id}/merge", permission="contacts.merge", answer=MergeShown, errors=(409,)
)
def contacts_merge(request: Request, contact_id: ContactId, body: DuplicateGiven) -> MergeShown:
    """Say that another contact is the same person at the same company.

    This contact is kept and the other becomes its alias: never charged again, shown no more. Of the two credits the
    later comes back if the records look alike. Doing it again changes nothing; splitting them costs nothing.
    """
    done = merging.merge(
        workspace=request.auth.workspace,
        winner_id=ids.parse("con", contact_id),
        loser_id=ids.parse("con", body.duplicate_id),
        reason=body.reason,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _merge(done)


@noun.operation(
    "POST", "/contacts/{contact_id}/split", permission="contacts.merge", answer=MergeShown, errors=(409,)
)
def contacts_split(request: Request, contact_id: ContactId) -> MergeShown:
    """Undo a merge: the alias is a contact of its own again. Free."""
    done = merging.split(
        workspace=request.auth.workspace,
        contact_id=ids.parse("con", contact_id),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _merge(done)


@noun.operation(
    "POST", "/contacts/{contact_id}/forget", permission="contacts.forget", answer=ForgottenListShown
)
def contacts_forget(request: Request, contact_id: ContactId) -> ForgottenListShown:
    """Forget a person on their request: nothing about them is left in this workspace, and they are never added again.

    The charge stays in the ledger, without anything about the person. Soon after the purchase the credit comes back.
    This cannot be undone.
    """
    done = erasure.forget(
        workspace=request.auth.workspace,
        contact_id=ids.parse("con", contact_id),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return ForgottenListShown(items=[_forgotten(row) for row in done])


def _finding(finding: Finding) -> FindingShown:
    same = ("cause", "label", "found", "at", "who", "code", "why")
    return FindingShown(
        **{name: getattr(finding, name) for name in same},
        entry_id=_entry(finding.entry_id),
        duplicate_id=None if finding.alias_id is None else ids.public("con", finding.alias_id),
    )


def _merge(row: Merge) -> MergeShown:
    return MergeShown(
        contact_id=ids.public("con", row.winner_id),
        duplicate_id=ids.public("con", row.loser_id),
        code=row.code,
        why=row.why,
        entry_id=_entry(row.entry_id),
        merged_at=row.merged_at,
        split_at=row.split_at,
    )


def _forgotten(row: Erasure) -> ForgottenShown:
    return ForgottenShown(
        contact_id=ids.public("con", row.contact_id),
        code=row.code,
        why=row.why,
        entry_id=_entry(row.entry_id),
        erased_at=row.erased_at,
    )


def _entry(number: int | None) -> str | None:
    return None if number is None else ids.public("ent", number)
