"""The table of grants: in the order they burn, with what is left, their price and their end."""

from typing import Any

from rollcall.credits import grants, money
from rollcall.credits.balances import Balance
from rollcall.credits.models import Grant
from rollcall.web import charts, formats


def context(found: list[Grant], balance: Balance) -> dict[str, Any]:
    """What `credits/grants.html` needs; columns that would be empty in every row are left out."""
    return {
        "grants": [_row(grant, index) for index, grant in enumerate(found)],
        "documents": any(grant.reference for grant in found),
        "priced": any(grant.price_minor is not None for grant in found),
        "prioritised": any(grant.priority for grant in found),
        "burn_order": grants.BURN_ORDER,
        "endings": _endings(balance),
    }


def _row(grant: Grant, index: int) -> dict[str, Any]:
    return {
        "grant": grant,
        "left": grant.remaining + grant.held,
        "used": grant.spent,
        "price": money.words(grant.price_minor, grant.currency),
        "tone": charts.TONES[index % len(charts.TONES)],
    }


def _endings(balance: Balance) -> str:
    """What changes by itself: credits that expire, and credits that start later."""
    said = []
    if balance.next_expiry_at is not None:
        verb = "expires" if balance.next_expiry_amount == 1 else "expire"
        amount = formats.count(balance.next_expiry_amount, "credit")
        said.append(f"{amount} {verb} on {formats.day(balance.next_expiry_at)}.")
    if balance.upcoming:
        verb = "starts" if balance.upcoming == 1 else "start"
        said.append(f"{formats.count(balance.upcoming, 'credit')} {verb} later and cannot be used yet.")
    return " ".join(said)
