"""Possible futures: whole weeks of the past drawn again, and how far apart the middle 80 % of them lie.

Each future is told week by week. A week of what went before is drawn, a recent one more often (half as often for each
four weeks it lies back); half of the time the next week is the one that followed it, so that campaigns stay whole.
What was drawn then counts as past itself, so a future that begins busy tends to stay busy: that is how the doubt about
the level grows with the distance. Weeks are kept whole, so the pattern of weekdays needs no model. The random numbers
have a fixed seed: the same history always gives the same band. `benchmarks/bench_forecast.py` shows how often it holds.
"""

import math
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from statistics import NormalDist

HALF_LIFE_WEEKS = 4
STAYS = 0.5
COUNT = 300
BAND = 0.8
_SEED = 20260901
Week = tuple[int, ...]


def draw(weeks: Sequence[Week], *, ahead: int, count: int = COUNT) -> Iterator[list[int]]:
    """The daily use of so many futures, each so many weeks long."""
    rolls = random.Random(_SEED).random  # noqa: S311  # no secret: the seed is fixed on purpose
    past = len(weeks)
    weights = list(accumulate(0.5 ** (age / HALF_LIFE_WEEKS) for age in range(past + ahead)))
    for _ in range(count):
        told, at = list(weeks), past
        for length in range(past, past + ahead):
            if at + 1 < length and rolls() < STAYS:
                at += 1
            else:
                at = length - 1 - bisect(weights, rolls() * weights[length - 1], 0, length - 1)
            told.append(told[at])
        yield list(chain.from_iterable(told[past:]))


def margin(weeks: int) -> float:
    """The share of futures outside each end of the band.

    With endless history it would be a tenth. A level known from few weeks is itself in doubt: as with Student's t, the
    ends are read further out, counting only as many weeks as the weights leave.
    """
    share = 0.5 ** (1 / HALF_LIFE_WEEKS)
    total = (1 - share**weeks) / (1 - share)
    effective = total**2 * (1 - share**2) / (1 - share ** (2 * weeks))
    z, free = NormalDist().inv_cdf((1 + BAND) / 2), max(effective - 1, 1.0)
    t = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    return NormalDist().cdf(-t * math.sqrt(effective / free))


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of the ordered values lies, counted as (n + 1) parts."""
    place = min(max(share * (len(ordered) + 1) - 1, 0), len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    if ordered[low] == ordered[high]:
        return ordered[low]
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
