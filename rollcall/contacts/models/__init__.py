"""The tables of contacts: people, what happened to them, and what may give their credit back."""

from rollcall.contacts.models.findings import Bounce, BounceReport, Departure, Erasure, ErasureOrder, Merge
from rollcall.contacts.models.people import LIVE, Change, Contact, Freshness, Suppression

__all__ = [
    "LIVE", "Bounce", "BounceReport", "Change", "Contact", "Departure", "Erasure", "ErasureOrder", "Freshness", "Merge",
    "Suppression",
]  # fmt: skip
