"""Rooms above that keep rows about contacts: told in the same transaction when two become one, or one is forgotten."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.contacts.models import Contact


@dataclass(frozen=True)
class Follower:
    """What a room does with its rows.

    `merge` moves them from the second contact to the first, and gives back what `split` needs to move them again.
    """

    merge: Callable[[Contact, Contact, datetime], Any]
    split: Callable[[Contact, Contact, Any], None]
    forget: Callable[[Contact, datetime], None]


_FOLLOWERS: dict[str, Follower] = {}


def add(name: str, follower: Follower) -> None:
    """A room says that it keeps rows about contacts; called once, when it is loaded."""
    _FOLLOWERS[name] = follower


def merge(*, winner: Contact, loser: Contact, now: datetime) -> dict[str, Any]:
    """All rooms move their rows to the winner; what they need to undo it, by their names."""
    return {name: follower.merge(winner, loser, now) for name, follower in _FOLLOWERS.items()}


def split(*, winner: Contact, loser: Contact, kept: dict[str, Any]) -> None:
    """All rooms move back what they moved."""
    for name, follower in _FOLLOWERS.items():
        if name in kept:
            follower.split(winner, loser, kept[name])


def forget(*, contact: Contact, now: datetime) -> None:
    """No room keeps anything about the person."""
    for follower in _FOLLOWERS.values():
        follower.forget(contact, now)
