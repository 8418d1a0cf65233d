"""HTTP providers of people and companies: described as data, asked within a cap, each page bought once."""

from rollcall.universe.providers.source import Source
from rollcall.universe.providers.walking import Ask, Caps, Quote, Report, quote, search

__all__ = ["Ask", "Caps", "Quote", "Report", "Source", "quote", "search"]
