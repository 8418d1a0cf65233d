"""Two owned contacts that are one person at one company become one, and the second credit comes back (C6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from rollcall.contacts import followers, freshness, likeness
from rollcall.contacts.book import ForgottenContact, NoSuchContact
from rollcall.contacts.models import Change, Contact, Merge
from rollcall.core import faults, ids, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.credits import refund_policies, refunds, wallets
from rollcall.credits.models import Acquisition, RefundPolicy
from rollcall.credits.refund_policies import REFUNDED_BEFORE, Outcome
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

MARKED = faults.declare(
    "contacts.merge.marked", "one contact is an alias of another, its credit not yet back"
)
REASON_MAX = 300
NOT_ALIKE = "not_alike"
BY_HAND, BY_US = "by hand", "Rollcall"
CAUSE = RefundPolicy.Cause.MERGED


class SameContact(Invalid):
    """{id} cannot be merged with itself. Name the other record of the same person."""


class ReasonTooLong(Invalid):
    """The reason has more than 300 characters, or one that no text may hold. Shorten or correct it."""


class MergedElsewhere(Conflict):
    """{id} was merged into {into} before. Split it off first, or merge {into} itself."""


class NothingToConfirm(Conflict):
    """This merge does not wait for anybody: its credit was looked at, or the two were split again."""


class NotMerged(Conflict):
    """{id} is not merged into another contact, so there is nothing to split."""


def merge(
    *, workspace: Workspace, winner_id: int, loser_id: int, reason: str, actor: Actor, now: datetime
) -> Merge:
    """Make the loser an alias of the winner: its segments, personas and history are the winner's from now on.

    Its claim stays, so whoever finds it again finds the winner, for free. Of all credits that the two cost together
    one is kept; the later one comes back, once. Members get it back if the records look alike, the product itself and
    the operator always. The same two again change nothing.

    Raises:
        SameContact, ReasonTooLong, NoSuchContact, ForgottenContact, MergedElsewhere
    """
    if winner_id == loser_id:
        raise SameContact(id=ids.public("con", winner_id))
    if len(reason) > REASON_MAX or "\0" in reason:
        raise ReasonTooLong()

    def work() -> Merge:
        wallets.lock(workspace)
        freshness.settle(workspace=workspace)
        winner, loser = _pair(workspace, winner_id, loser_id)
        done = Merge.objects.filter(loser=loser, winner=winner, split_at__isnull=True).first()
        if done is not None:
            return done
        for contact in (winner, loser):
            _must_be_live(contact)
        group = [winner, loser, *Contact.objects.filter(merged_into__in=[winner.pk, loser.pk])]
        Contact.objects.filter(merged_into=loser).update(merged_into=winner)
        Contact.objects.filter(pk=loser.pk).update(merged_into=winner)
        kept = followers.merge(winner=winner, loser=loser, now=now)
        faults.point(MARKED)
        outcome = _refund(workspace, winner, loser, group, actor, now)
        made = Merge.objects.create(
            workspace=workspace,
            winner=winner,
            loser=loser,
            reason=reason,
            kept=kept,
            actor=actor.ref,
            actor_label=actor.label,
            merged_at=now,
            code=outcome.code,
            why=outcome.why,
            entry=outcome.entry,
        )
        _tell(made, Change.Kind.MERGED, now)
        return made

    return transactions.run(work)


def split(*, workspace: Workspace, contact_id: int, actor: Actor, now: datetime) -> Merge:
    """The alias is a contact of its own again, where it was before; this costs nothing and refunds nothing (C6).

    Raises:
        NoSuchContact, NotMerged
    """

    def work() -> Merge:
        wallets.lock(workspace)
        freshness.settle(workspace=workspace)
        loser = Contact.objects.select_for_update().filter(workspace=workspace, pk=contact_id).first()
        if loser is None:
            raise NoSuchContact(id=ids.public("con", contact_id))
        done = Merge.objects.filter(loser=loser, split_at__isnull=True).select_related("winner").first()
        if done is None:
            raise NotMerged(id=ids.public("con", contact_id))
        Contact.objects.filter(pk=loser.pk).update(merged_into=None)
        Contact.objects.filter(pk__in=_came_with(loser.pk)).update(merged_into=loser)
        followers.split(winner=done.winner, loser=loser, kept=done.kept)
        Merge.objects.filter(pk=done.pk).update(split_at=now, split_by=actor.label)
        # It was not refreshed meanwhile; from now on it is again.
        freshness.lower(workspace=workspace, version=loser.universe_version)
        _tell(done, Change.Kind.SPLIT, now)
        target = ids.public("con", loser.pk)
        detail = {"from": ids.public("con", done.winner_id)}
        audit.write(
            workspace=workspace, actor=actor, action="contact.split", target=target, now=now, detail=detail
        )
        done.split_at, done.split_by = now, actor.label
        return done

    return transactions.run(work)


def confirm(*, merge_id: int, actor: Actor, now: datetime) -> Merge:
    """The operator looked at both: the credit that did not come back, because the two do not look alike, does now.

    Raises:
        NotAnOperator, NotFound, NothingToConfirm
    """
    if not actor.is_operator:
        raise access.NotAnOperator()

    def work() -> Merge:
        rows = Merge.objects.select_related("workspace", "winner", "loser").filter(pk=merge_id)
        found = rows.first()
        if found is None:
            raise NotFound(what="merge", id=str(merge_id))
        wallets.lock(found.workspace)
        found = rows.select_for_update(of=("self",)).get()
        if found.split_at is not None or found.code != NOT_ALIKE:
            raise NothingToConfirm()
        root = found.loser.merged_into_id
        group = list(Contact.objects.filter(Q(pk=root) | Q(merged_into=root)))
        outcome = _refund(found.workspace, found.winner, found.loser, group, actor, now)
        found.code, found.why, found.entry = outcome.code, outcome.why, outcome.entry
        found.save(update_fields=["code", "why", "entry"])
        return found

    return transactions.run(work)


def unconfirmed() -> list[Merge]:
    """What an operator may look at: merges that gave nothing back because the two do not look alike, newest first."""
    waiting = Merge.objects.filter(code=NOT_ALIKE, split_at__isnull=True).order_by("-id")
    return list(waiting.select_related("workspace", "winner", "loser")[:100])


def of_contact(*, workspace: Workspace, contact_id: int) -> list[Merge]:
    """What is merged into this contact now, first merged first; each with the refund, or why there was none."""
    found = Merge.objects.filter(workspace=workspace, loser__merged_into=contact_id, split_at__isnull=True)
    return list(found.select_related("loser", "entry").order_by("id"))


def _pair(workspace: Workspace, winner_id: int, loser_id: int) -> tuple[Contact, Contact]:
    """Both, locked in the order of their ids."""
    rows = Contact.objects.select_for_update().filter(workspace=workspace, pk__in=[winner_id, loser_id])
    found = {contact.pk: contact for contact in rows.order_by("pk")}
    for number in (winner_id, loser_id):
        if number not in found:
            raise NoSuchContact(id=ids.public("con", number))
    return found[winner_id], found[loser_id]


def _must_be_live(contact: Contact) -> None:
    named = ids.public("con", contact.pk)
    if contact.merged_into_id is not None:
        raise MergedElsewhere(id=named, into=ids.public("con", contact.merged_into_id))
    if contact.erased_at is not None:
        raise ForgottenContact(id=named)


def _refund(
    workspace: Workspace,
    winner: Contact,
    loser: Contact,
    group: Sequence[Contact],
    actor: Actor,
    now: datetime,
) -> Outcome:
    """The later of the credits that the group cost and that did not come back yet, if there are two of them."""
    pairs = [(contact.profile_id, contact.company_id) for contact in group]
    claims = refunds.of_pairs(workspace=workspace, pairs=pairs)
    paid = [claims[pair] for pair in pairs if pair in claims and claims[pair].refund_entry_id is None]
    if len(paid) < 2:
        return Outcome(
            REFUNDED_BEFORE, "Only one credit was still paid for the two: another one came back before."
        )
    against = "" if _is_trusted(actor) else likeness.difference(winner, loser)
    if against:
        why = f"No credit came back: {against}. Your operator can give it back after a look at both."
        return Outcome(NOT_ALIKE, why)
    # Of two bought in one charge, the loser's; the claim of the winner is kept where that is possible.
    mine = (winner.profile_id, winner.company_id)
    later = max(paid, key=lambda claim: (claim.entry_id, (claim.profile_id, claim.company_id) != mine))
    both = {"winner": _named(winner), "loser": _named(loser)}
    names = f"{both['loser']['contact']} and {both['winner']['contact']}"
    return refund_policies.apply(
        workspace=workspace,
        cause=CAUSE,
        profile_id=later.profile_id,
        company_id=later.company_id,
        observed=f"{names} are the same person at the same company",
        actor=actor,
        now=now,
        key=_key(winner, loser, later),
        context=both,
    )


def _key(winner: Contact, loser: Contact, later: Acquisition) -> str:
    """`merge:<loser>:<winner>`, by what the ledger knows them by."""
    one, other = (f"pro_{contact.profile_id}@com_{contact.company_id}" for contact in (loser, winner))
    return f"merge:{one}:{other}"


def _is_trusted(actor: Actor) -> bool:
    return actor.is_operator or actor.ref.startswith("system:")


def _named(contact: Contact) -> dict[str, str]:
    return {
        "contact": ids.public("con", contact.pk),
        "profile": ids.public("pro", contact.profile_id),
        "company": ids.public("com", contact.company_id),
    }


def _came_with(loser_id: int) -> list[int]:
    """Those that had been merged into the loser before, and into those, at any depth."""
    found: list[int] = []
    newest = [loser_id]
    while newest:
        rows = Merge.objects.filter(winner__in=newest, split_at__isnull=True)
        newest = list(rows.exclude(loser__in=found).values_list("loser_id", flat=True))
        found += newest
    return found


def _tell(merge: Merge, kind: str, now: datetime) -> None:
    """One line in the history of each (F2)."""
    said: dict[str, Any] = {} if merge.entry_id is None else {"refund": ids.public("ent", merge.entry_id)}
    told = (
        (merge.loser, {"into": ids.public("con", merge.winner_id)}),
        (merge.winner, {"from": ids.public("con", merge.loser_id)}),
    )
    Change.objects.bulk_create(
        Change(
            workspace_id=merge.workspace_id,
            contact=contact,
            kind=kind,
            before={},
            after=after | (said if kind == Change.Kind.MERGED else {}),
            happened_on=now.date(),
            learned_at=now,
            source=BY_HAND if merge.actor.startswith(("usr_", "key_")) else BY_US,
            universe_version=contact.universe_version,
        )
        for contact, after in told
    )
