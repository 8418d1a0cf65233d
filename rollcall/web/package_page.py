"""A package request as both sides see it: how far it is, its quote, its thread, the analysis that came with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.credits import money, steps, threads
from rollcall.credits.models import PackageMessage, PackageRequest
from rollcall.web import attached_analysis, formats

_WORDS = {"sent": "sent the request", "accepted": "accepted the quote", "declined": "declined"}
_ICONS = {
    "sent": "send", "quoted": "receipt-text", "accepted": "circle-check", "granted": "coins", "declined": "circle-x",
}  # fmt: skip
_WAY = ("sent", "quoted", "accepted", "granted")


@dataclass(frozen=True)
class Step:
    """One step of the way; `state` is done, now, next or declined."""

    name: str
    state: str
    at: datetime | None


def context(asked: PackageRequest, now: datetime) -> dict[str, Any]:
    """What the parts in `templates/packages` need."""
    lines = threads.of(asked=asked)
    return {
        "asked": asked,
        "steps": list(_steps(asked, lines)),
        "lines": [_line(line) for line in lines],
        "quote": _quote(asked, now),
        "is_open": asked.state in steps.WAITING,
        "analysis": attached_analysis.context(asked.analysis),
    }


def _steps(asked: PackageRequest, lines: list[PackageMessage]) -> Iterator[Step]:
    """The way from sent to granted; what was left out is not shown once the request has ended."""
    at = {line.kind: line.created_at for line in lines} | {"sent": asked.created_at}
    ended = asked.state in ("granted", "declined")
    for name in _WAY:
        if ended and name not in at:
            continue
        state = "now" if name == asked.state and not ended else "done" if name in at else "next"
        yield Step(name.capitalize(), state, at.get(name))
    if asked.state == "declined":
        yield Step("Declined", "declined", at.get("declined"))


def _line(line: PackageMessage) -> dict[str, Any]:
    words = _WORDS.get(line.kind, "")
    if line.kind == "quoted":
        words = f"quoted {line.detail.get('words', '')}"
    elif line.kind == "granted":
        words = (
            f"granted {formats.count(line.detail.get('credits', 0), 'credit')}: {line.detail.get('name', '')}"
        )
    return {"line": line, "words": words, "icon": _ICONS.get(line.kind, "")}


def _quote(asked: PackageRequest, now: datetime) -> dict[str, Any] | None:
    if asked.quoted_credits is None or asked.quote_valid_until is None:
        return None
    price = money.words(asked.quoted_price_minor, asked.quoted_currency)
    each = money.each(asked.quoted_price_minor, asked.quoted_currency, asked.quoted_credits)
    pairs = [
        ("Price", price or "None"),
        ("Each credit", each),
        ("Credits expire", formats.day(asked.quoted_expires_on) if asked.quoted_expires_on else "Never"),
        ("Offer stands until", formats.day(asked.quote_valid_until)),
        ("Terms", asked.quoted_terms),
    ]
    return {
        "number": asked.quote_number,
        "credits": asked.quoted_credits,
        "price": price,
        "pairs": [{"label": label, "value": value} for label, value in pairs if value],
        "is_over": asked.state == "quoted" and asked.quote_valid_until < now,
    }
