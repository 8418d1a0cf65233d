"""After a load: owned contacts that turned out to be one person are merged, and those that are two again are split.

A part of every refresh. A contact keeps the ids it was paid for under; only what they lead to has changed, so a merger
in the universe costs nothing (C3), and gives the second credit back where two were owned (C6).
"""

from collections.abc import Sequence
from datetime import datetime

from rollcall.contacts import families, merging, owned
from rollcall.contacts.families import Pair
from rollcall.contacts.models import LIVE, Contact, Merge
from rollcall.universe.identity import following
from rollcall.workspaces import access
from rollcall.workspaces.models import Workspace

JOB = "identity"
REASON = "The same person at the same company, as our sources show now"
_AT_ONCE = 500


def settle(*, workspace: Workspace, pairs: Sequence[Pair], now: datetime) -> int:
    """Merge the contacts of these (profile, company) with whoever else is the same today. Returns how many were."""
    found = [pairs[place] for place in families.touched(pairs)]
    if not found:
        return 0
    mine = _group(workspace, found)
    return sum(_merge(workspace, living, contacts, now) for living, contacts in sorted(mine.items()))


def part(*, workspace: Workspace, now: datetime) -> int:
    """Contacts that were merged by `settle` and are two people again become two contacts; it costs nothing (C6)."""
    if not following.redirects().parts:
        return 0
    actor = access.system(JOB)
    rows = Merge.objects.filter(workspace=workspace, split_at__isnull=True, actor=actor.ref)
    merges = list(rows.select_related("winner", "loser"))
    sides = {_pair(side) for merge in merges for side in (merge.winner, merge.loser)}
    today = families.living(sorted(sides))
    apart = [merge for merge in merges if today[_pair(merge.winner)] != today[_pair(merge.loser)]]
    for merge in apart:
        merging.split(workspace=workspace, contact_id=merge.loser_id, actor=actor, now=now)
    return len(apart)


def _group(workspace: Workspace, pairs: Sequence[Pair]) -> dict[Pair, list[Contact]]:
    """By what they are today, the contacts of these pairs and all that are the same as one of them."""
    every = {pair for others in families.candidates(pairs).values() for pair in others} | set(pairs)
    today = families.living(sorted(every))
    numbers = owned.exact(workspace=workspace, pairs=sorted(every))
    rows = {
        contact.pk: contact
        for start in range(0, len(numbers), _AT_ONCE)
        for contact in Contact.objects.filter(
            LIVE, workspace=workspace, pk__in=sorted(set(numbers.values()))[start : start + _AT_ONCE]
        )
    }
    found: dict[Pair, list[Contact]] = {}
    for pair, number in numbers.items():
        contact = rows.get(number)
        if contact is not None and contact not in found.setdefault(today[pair], []):
            found[today[pair]].append(contact)
    return found


def _merge(workspace: Workspace, living: Pair, contacts: list[Contact], now: datetime) -> int:
    """Whoever goes by the living ids stays, else whoever was owned first."""
    if not contacts:
        return 0
    first, *others = sorted(contacts, key=lambda contact: (_pair(contact) != living, contact.pk))
    for other in others:
        merging.merge(
            workspace=workspace,
            winner_id=first.pk,
            loser_id=other.pk,
            reason=REASON,
            actor=access.system(JOB),
            now=now,
        )
    return len(others)


def _pair(contact: Contact) -> Pair:
    return contact.profile_id, contact.company_id
