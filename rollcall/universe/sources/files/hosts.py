"""The domain of a company in a cell that may hold something else: an email address, a page on a network."""

from rollcall.universe import domains
from rollcall.universe.identity.companies import addresses


def company_domain(text: str) -> str | None:
    """`company_domain("ann@acme.com") == "acme.com"`; None for a free mailbox and for a page on a shared host."""
    return None if addresses.is_of_nobody(text) else domains.root_domain(text)
