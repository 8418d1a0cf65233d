"""Forgetting people who ask for it, in one workspace or in all; the charge stays, saying nothing about them (X2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from rollcall.contacts import book, families, followers, freshness, spellings, suppression
from rollcall.contacts.models import Bounce, Change, Contact, Erasure, ErasureOrder, Merge
from rollcall.core import faults, ids, jobs, transactions
from rollcall.credits import claims, refund_policies, wallets
from rollcall.credits.models import RefundPolicy
from rollcall.credits.refund_policies import Case
from rollcall.universe import erasure as universe
from rollcall.workspaces import access, audit, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

ORDERED = faults.declare(
    "contacts.erasure.ordered", "a person is kept out of the universe, their contacts are still there"
)
EMPTIED = faults.declare("contacts.erasure.emptied", "a contact is emptied, its credit not yet looked at")
CAUSE = RefundPolicy.Cause.ERASED_SOON
REASON = "Erased on request"
_EMPTY: dict[str, Any] = {
    "full_name": "", "first_name": None, "last_name": None, "name_key": "", "profile_url": None, "title": None,
    "seniority": None, "department": None, "country": None, "region": None, "city": None, "company_name": "",
    "company_key": "", "company_domain": None, "started_on": None, "last_seen_on": None, "is_former": False,
    "left_on": None, "now_company_id": None, "now_company_name": None, "now_company_domain": None, "now_title": None,
}  # fmt: skip
# Changes that say something about the person, and not only which entry or contact they are about.
_TELLING = [kind for kind in Change.Kind.values if kind not in ("added", "merged", "split")]


@dataclass(frozen=True)
class Forgotten:
    """How many contacts were emptied in how many workspaces, and how many credits came back for them."""

    contacts: int
    workspaces: int
    refunded: int


def forget(*, workspace: Workspace, contact_id: int, actor: Actor, now: datetime) -> list[Erasure]:
    """Forget one person in this workspace: all their contacts here, and they are never added here again.

    Raises:
        NoSuchContact, ForgottenContact
    """
    contact = book.get(workspace=workspace, contact_id=contact_id)

    def work() -> list[Erasure]:
        records = [contact, *contact.aliases.all()]
        _suppress(workspace, records, actor, now)
        return _forget_here(workspace, _every_id({one.profile_id for one in records}), actor, now)

    return transactions.run(work)


def forget_everywhere(*, profile_id: int, actor: Actor, now: datetime) -> Forgotten:
    """Forget one person in all workspaces and in the universe; no later load brings them back.

    First they are kept out, so that nobody can add them; then their contacts are emptied, workspace by workspace. What
    a crash leaves undone a worker does.

    Raises:
        NotAnOperator
    """
    if not actor.is_operator:
        raise access.NotAnOperator()

    def order() -> None:
        universe.forget(profile_id=profile_id, now=now)
        asked = {"actor": actor.ref, "actor_label": actor.label, "asked_at": now}
        _, is_new = ErasureOrder.objects.get_or_create(profile_id=profile_id, defaults=asked)
        if is_new:
            target = ids.public("pro", profile_id)
            audit.write(workspace=None, actor=actor, action="person.forget", target=target, now=now)

    transactions.run(order)
    faults.point(ORDERED)
    return _carry_out(ErasureOrder.objects.get(profile_id=profile_id), now)


@jobs.sweep("contacts.erasures", rest_seconds=60)
def sweep(*, now: datetime) -> int:
    """Carry on with orders that nobody finished."""
    due = ErasureOrder.objects.filter(done_at__isnull=True).order_by("asked_at")[:10]
    return len([_carry_out(order, now) for order in list(due)])


def of_contact(*, workspace: Workspace, contact_id: int) -> Erasure | None:
    """When and by whom a contact was forgotten, and what became of its credit."""
    return Erasure.objects.filter(workspace=workspace, contact=contact_id).select_related("entry").first()


def _carry_out(order: ErasureOrder, now: datetime) -> Forgotten:
    actor = Actor(ref=order.actor, label=order.actor_label)
    found: list[Erasure] = []
    for workspace in members.all_workspaces():
        found += transactions.run(lambda: _forget_here(workspace, _every_id({order.profile_id}), actor, now))  # noqa: B023
    ErasureOrder.objects.filter(pk=order.pk, done_at__isnull=True).update(done_at=now)
    refunded = sum(1 for erasure in found if erasure.entry_id is not None)
    return Forgotten(len(found), len({erasure.workspace_id for erasure in found}), refunded)


def _every_id(profile_ids: set[int]) -> set[int]:
    """Contacts keep the id that they were paid for under, whatever the person goes by today."""
    return {number for numbers in families.all_ids(sorted(profile_ids)) for number in numbers}


def _forget_here(workspace: Workspace, profile_ids: set[int], actor: Actor, now: datetime) -> list[Erasure]:
    """Empty the person's contacts in this workspace, and give back what was paid for them lately."""
    wallets.lock(workspace)
    freshness.settle(workspace=workspace)
    contacts = _contacts(workspace, profile_ids)
    if not contacts:
        return []
    _empty(contacts, now)
    faults.point(EMPTIED)
    outcomes = refund_policies.apply_all(
        workspace=workspace,
        cause=CAUSE,
        cases=[_case(contact) for contact in contacts],
        actor=actor,
        now=now,
    )
    erasures = [
        Erasure(
            workspace=workspace, contact=contact, actor=actor.ref, actor_label=actor.label, erased_at=now,
            code=outcome.code, why=outcome.why, entry=outcome.entry,
        )
        for contact, outcome in zip(contacts, outcomes, strict=True)
    ]  # fmt: skip
    for contact in contacts:
        target = ids.public("con", contact.pk)
        audit.write(workspace=workspace, actor=actor, action="contact.forget", target=target, now=now)
    return Erasure.objects.bulk_create(erasures)


def _contacts(workspace: Workspace, profile_ids: set[int]) -> list[Contact]:
    """All contacts of the person, and those merged with them; found by way of their charges: contacts have no index by
    profile alone."""
    pairs = [
        (profile_id, company_id)
        for profile_id in sorted(profile_ids)
        for company_id in claims.companies_of(workspace=workspace, profile_id=profile_id)
    ]
    theirs = Contact.objects.filter(
        workspace=workspace,
        company_id__in=[company_id for _, company_id in pairs],
        profile_id__in=sorted(profile_ids),
    )
    roots = {root or number for number, root in theirs.values_list("pk", "merged_into")}
    everyone = Contact.objects.filter(Q(pk__in=roots) | Q(merged_into__in=roots), workspace=workspace)
    return list(everyone.filter(erased_at__isnull=True).select_for_update().order_by("pk"))


def _empty(contacts: Sequence[Contact], now: datetime) -> None:
    """Nothing is left that says anything about the person: not in the contact, its history, nor anywhere else."""
    numbers = [contact.pk for contact in contacts]
    for contact in contacts:
        followers.forget(contact=contact, now=now)
    Contact.objects.filter(pk__in=numbers).update(**_EMPTY, erased_at=now)
    Change.objects.filter(contact__in=numbers, kind__in=_TELLING).update(before={}, after={})
    Bounce.objects.filter(contact__in=numbers).exclude(label="").update(label="")
    for side in ("winner", "loser"):
        Merge.objects.filter(**{f"{side}__in": numbers}).update(reason="")


def _suppress(workspace: Workspace, records: Sequence[Contact], actor: Actor, now: datetime) -> None:
    """Kept as keyed hashes, so that an import under the same id or page does not bring them back."""
    values = {("profile", ids.public("pro", one.profile_id)) for one in records}
    pages = {one.profile_url for one in records if one.profile_url}
    values |= {("profile_url", page) for page in pages if spellings.profile_url(page)}
    for kind, value in sorted(values):
        suppression.add(workspace=workspace, kind=kind, value=value, reason=REASON, actor=actor, now=now)


def _case(contact: Contact) -> Case:
    return Case(
        profile_id=contact.profile_id,
        company_id=contact.company_id,
        observed="erased on the person's request",
        context={"contact": ids.public("con", contact.pk)},
    )
