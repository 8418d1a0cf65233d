"""How grants empty along a future: used in burn order, lost when their time is over, joined by later ones."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from rollcall.credits import grants
from rollcall.credits.models import Grant


@dataclass(frozen=True)
class Part:
    """What a grant has left: spendable from the start of day `starts` (0: now) until the start of day `ends`."""

    amount: int
    starts: int = 0
    ends: int | None = None


@dataclass(frozen=True)
class Drained:
    """When nothing was left to spend (None: never within it), the balances after each day, what expired unused."""

    empty_on: int | None
    balances: list[float]
    expired: float


def parts(found: Sequence[Grant], *, now: datetime, zone: ZoneInfo) -> list[Part]:
    """What is left of the grants that are not over, in burn order, with their dates as days from today."""
    live = sorted((g for g in found if g.remaining > 0 and not grants.is_over(g, now)), key=grants.burn_key)
    today = now.astimezone(zone).date()
    return [
        Part(
            amount=grant.remaining,
            starts=0 if grant.effective_at <= now else _day(grant.effective_at, today, zone),
            ends=None if grant.expires_at is None else _day(grant.expires_at, today, zone),
        )
        for grant in live
    ]


def drain(left: Sequence[Part], needed: Sequence[float], *, shown: int) -> Drained:
    """Take what is needed (running sums, one a day, never falling) out of the parts; balances for `shown` days."""
    have = [float(part.amount) for part in left]
    balances: list[float] = []
    empty_on, lost = None, 0.0
    for start, end in pairwise(_borders(left, len(needed))):
        live = [i for i, part in enumerate(left) if part.starts <= start and not _over(part, start)]
        before = needed[start - 1] if start else 0.0
        total = sum(have[i] for i in live)
        if start < shown:
            balances += [max(0.0, total - used + before) for used in needed[start : min(end, shown)]]
        if empty_on is None:
            day = start if total <= 0 else bisect_left(needed, before + total, start, end)
            empty_on = day if day < end else None
        _take(have, live, needed[end - 1] - before)
        for i in live:
            if left[i].ends == end:
                lost, have[i] = lost + have[i], 0.0
    return Drained(empty_on, balances, lost)


def _take(have: list[float], live: Sequence[int], amount: float) -> None:
    for i in live:
        taken = min(have[i], max(amount, 0.0))
        have[i] -= taken
        amount -= taken


def _borders(left: Sequence[Part], days: int) -> list[int]:
    """The days on which what may be spent changes by itself, and both ends."""
    dates = {day for part in left for day in (part.starts, part.ends) if day is not None and 0 < day < days}
    return sorted({0, days} | dates)


def _over(part: Part, day: int) -> bool:
    return part.ends is not None and part.ends <= day


def _day(at: datetime, today: date, zone: ZoneInfo) -> int:
    """The number of the day that begins at this instant, or next after it."""
    local = at.astimezone(zone)
    begun = local.replace(hour=0, minute=0, second=0, microsecond=0) < local
    return (local.date() - today) // timedelta(days=1) + int(begun)
