"""Who is who among people: which records are one person, how surely, and why."""

from rollcall.universe.identity.people.resolving import Decisions, RecordTwice, resolve

__all__ = ["Decisions", "RecordTwice", "resolve"]
