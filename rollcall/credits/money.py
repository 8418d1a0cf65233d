"""Prices: whole numbers of the smallest unit of a currency, and how people write them."""

import re
from decimal import Decimal, InvalidOperation

from rollcall.core.errors import Invalid

PRICE_MAX = 10**15
# ISO 4217: how many digits follow the point where it is not two.
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = dict.fromkeys(_NO_DIGITS.split(), 0) | dict.fromkeys(_THREE_DIGITS.split(), 3)


class BadPrice(Invalid):
    """{price} {currency} is no price. Write an amount from 0 such as 1200.50, and a currency such as EUR."""


def parse(*, price: str | Decimal | None, currency: str) -> tuple[int | None, str]:
    """What a grant or a quote keeps: (price in the smallest unit, currency); nothing written is (None, "").

    Raises:
        BadPrice
    """
    text = str(price if price is not None else "").strip().replace(",", "")
    if not text:
        return None, ""
    currency = currency.strip().upper()
    try:
        minor = Decimal(text).scaleb(digits(currency))
        whole = minor == minor.to_integral_value() and 0 <= minor <= PRICE_MAX
    except InvalidOperation:
        whole = False
    if not whole or not re.fullmatch("[A-Z]{3}", currency):
        raise BadPrice(price=text[:40], currency=currency[:40])
    return int(minor), currency


def words(price_minor: int | None, currency: str) -> str:
    """120050, EUR → 1,200.50 EUR; no price is an empty text."""
    if price_minor is None:
        return ""
    after = digits(currency)
    return f"{Decimal(price_minor).scaleb(-after):,.{after}f} {currency}"


def each(price_minor: int | None, currency: str, credits: int) -> str:
    """What one credit costs, if need be to a hundredth of the smallest unit: 2.20 EUR, 0.2001 EUR."""
    if price_minor is None:
        return ""
    after = digits(currency)
    one = Decimal(price_minor).scaleb(-after) / credits
    fine = f"{one:,.{after + 2}f}"
    return f"{fine[:-2] if after and fine.endswith('00') else fine} {currency}"


def plain(price_minor: int | None, currency: str) -> str:
    """As a form field holds it: 1200.50."""
    after = digits(currency)
    return "" if price_minor is None else f"{Decimal(price_minor).scaleb(-after):.{after}f}"


def digits(currency: str) -> int:
    return _DIGITS.get(currency, 2)
