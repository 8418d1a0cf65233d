"""Amounts of a provider's credits, as people and both databases write them."""

from decimal import Decimal


def plain(cost: Decimal | None) -> Decimal:
    """Without the noughts that one database adds and the other does not."""
    found = (cost or Decimal(0)).normalize()
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found
