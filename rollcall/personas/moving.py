"""The personas that found a contact when it turns out to be another contact's, or when somebody is forgotten (P2)."""

from datetime import datetime
from typing import Any

from rollcall.contacts import followers
from rollcall.contacts.models import Contact
from rollcall.personas.models import ContactPersona


def merge(winner: Contact, loser: Contact, now: datetime) -> dict[str, Any]:
    """The winner carries the names of all personas that found either."""
    had, has = _names(loser), _names(winner)
    added = [number for number in had if number not in has]
    _write(winner, added)
    ContactPersona.objects.filter(contact=loser).delete()
    return {"had": had, "added": added}


def split(winner: Contact, loser: Contact, kept: Any) -> None:
    """Each has the names again that it had before."""
    ContactPersona.objects.filter(contact=winner, persona__in=kept["added"]).delete()
    _write(loser, kept["had"])


def forget(contact: Contact, now: datetime) -> None:
    ContactPersona.objects.filter(contact=contact).delete()


def _names(contact: Contact) -> list[int]:
    return sorted(ContactPersona.objects.filter(contact=contact).values_list("persona_id", flat=True))


def _write(contact: Contact, persona_ids: list[int]) -> None:
    ContactPersona.objects.bulk_create(
        [ContactPersona(contact=contact, persona_id=number) for number in persona_ids], ignore_conflicts=True
    )


followers.add("personas", followers.Follower(merge=merge, split=split, forget=forget))
