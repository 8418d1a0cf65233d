"""How long to wait: what a provider's headers ask for, and how far apart second attempts are."""

import json
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from rollcall.core import clock
from rollcall.universe.providers.description import Retries

_DAY = 86_400.0
_SPELLINGS = ("x-ratelimit-", "x-rate-limit-", "ratelimit-")


@dataclass(frozen=True)
class Times:
    """The clock and the sleep of a walk; tests pass their own."""

    now: Callable[[], datetime] = clock.now
    sleep: Callable[[float], None] = time.sleep


def back_off(attempt: int, retries: Retries, dice: random.Random) -> float:
    """Seconds before the attempt after the `attempt`-th (from 1): doubling, and anywhere between half and whole, so
    that many who failed together do not come back together."""
    most = min(retries.most_seconds, retries.first_seconds * 2.0 ** min(attempt - 1, 30))
    return most * dice.uniform(0.5, 1.0)


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After asks for, as a number or as a date; None when it does not say, or not sensibly."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = _number(text)
    if seconds is None:
        try:
            seconds = (_aware(parsedate_to_datetime(text)) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), _DAY)


def used_up_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When calls are let through again, if the headers say that none is left now."""
    for spelling in _SPELLINGS:
        left, reset = headers.get(f"{spelling}remaining", ""), headers.get(f"{spelling}reset", "")
        if left and reset and _least(left) == 0:
            until = _instant(reset.strip(), now)
            return until if until and now < until <= now + timedelta(days=1) else None
    return None


def _least(text: str) -> float | None:
    """`0`, or the least of `{'minute': 0, 'day': 12}`; so one provider writes several windows in one header."""
    number = _number(text.strip())
    if number is not None:
        return number
    try:
        told = json.loads(text[:1_000].replace("'", '"'))
    except (ValueError, RecursionError):
        return None
    values = told.values() if isinstance(told, dict) else []
    return min((float(value) for value in values if isinstance(value, int | float)), default=None)


def _instant(text: str, now: datetime) -> datetime | None:
    """Seconds from now, seconds or milliseconds since 1970, or an ISO instant (UTC when it does not say)."""
    number = _number(text)
    try:
        if number is None:
            return _aware(datetime.fromisoformat(text))
        if number < 10**8:
            return now + timedelta(seconds=number)
        return datetime.fromtimestamp(number / 1_000 if number > 10**11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
