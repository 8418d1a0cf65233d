"""Officers and directors of US public companies, month by month, from public filings (bundled data)."""

from rollcall.universe.sources.us_public_companies.months import NAME, Source, UnknownMonth, months

__all__ = ["NAME", "Source", "UnknownMonth", "months"]
