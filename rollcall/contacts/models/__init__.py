"""The tables of contacts: people, what happened to them, what may give their credit back, and how titles are read."""

from rollcall.contacts.models.findings import Bounce, BounceReport, Departure, Erasure, ErasureOrder, Merge
from rollcall.contacts.models.overrides import TitleBook, TitleOverride
from rollcall.contacts.models.people import LIVE, Change, Contact, Freshness, Suppression

__all__ = [
    "LIVE", "Bounce", "BounceReport", "Change", "Contact", "Departure", "Erasure", "ErasureOrder", "Freshness", "Merge",
    "Suppression", "TitleBook", "TitleOverride",
]  # fmt: skip
