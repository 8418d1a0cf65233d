"""Made-up histories of daily use, one function a kind: how real teams were seen to spend, from a seed."""

import math
import random
from collections.abc import Callable

AHEAD = 90
Rng = random.Random
Kind = Callable[[Rng, int], list[int]]


def steady(rng: Rng, days: int) -> list[int]:
    level = rng.uniform(20, 200)
    return [_count(rng, level * rng.gammavariate(8, 1 / 8)) for _ in range(days)]


def weekly(rng: Rng, days: int) -> list[int]:
    """Each weekday has its own level; little happens at weekends."""
    week, level = _week(rng), rng.uniform(20, 300)
    return [_count(rng, level * week[day % 7] * rng.gammavariate(6, 1 / 6)) for day in range(days)]


def campaigns(rng: Rng, days: int) -> list[int]:
    """A low level, and every two to four weeks a campaign of one to five days."""
    base, gap, big = rng.uniform(5, 30), rng.uniform(12, 30), rng.uniform(100, 800)
    used, left, size = [], 0, 0.0
    for day in range(days):
        if left == 0 and rng.random() < 1 / gap:
            left, size = rng.randint(1, 5), big * rng.lognormvariate(0, 0.5)
        extra = _count(rng, size * rng.uniform(0.6, 1.4)) if left else 0
        left -= 1 if left else 0
        used.append(_count(rng, base * (1 if day % 7 < 5 else 0.2)) + extra)
    return used


def sparse(rng: Rng, days: int) -> list[int]:
    """One search in a week or two."""
    share, size = rng.uniform(0.08, 0.25), rng.uniform(30, 200)
    return [round(size * rng.lognormvariate(0, 0.6)) if rng.random() < share else 0 for _ in range(days)]


def trend(rng: Rng, days: int) -> list[int]:
    """Between 1.2 % less and 2.5 % more each week, for ever."""
    week, level, growth = _week(rng), rng.uniform(40, 200), rng.uniform(-0.012, 0.025)
    return [
        _count(rng, level * math.exp(growth * day / 7) * week[day % 7] * rng.gammavariate(6, 1 / 6))
        for day in range(days)
    ]


def zero_inflated(rng: Rng, days: int) -> list[int]:
    week, level, none = _week(rng), rng.uniform(20, 150), rng.uniform(0.4, 0.7)
    return [
        0 if rng.random() < none else _count(rng, level * week[day % 7] * rng.gammavariate(2, 1 / 2))
        for day in range(days)
    ]


def level_shift(rng: Rng, days: int) -> list[int]:
    """At one day, three weeks or more before today, the level changes for good."""
    week, level, factor = _week(rng), rng.uniform(30, 150), rng.choice([0.4, 0.6, 1.7, 2.5])
    at = rng.randint(0, days - AHEAD - 21)
    return [
        _count(rng, level * (factor if day >= at else 1) * week[day % 7] * rng.gammavariate(6, 1 / 6))
        for day in range(days)
    ]


def swings(rng: Rng, days: int) -> list[int]:
    """The level of a week resembles the one before; over months it doubles and halves."""
    middle, swing, used = rng.uniform(3, 5), 0.0, []
    for day in range(days):
        swing = 0.8 * swing + rng.gauss(0, 0.3) if day % 7 == 0 else swing
        used.append(_count(rng, math.exp(middle + swing) * (1 if day % 7 < 5 else 0.1)))
    return used


# Not looked at while the method was chosen.


def teams(rng: Rng, days: int) -> list[int]:
    """Three to eight people who join, pause for weeks and come back, each with a daily habit."""
    people = [
        (rng.uniform(3, 40), rng.uniform(0.3, 0.9), rng.random() < 0.7) for _ in range(rng.randint(3, 8))
    ]
    active = [on for _, _, on in people]
    used = []
    for day in range(days):
        for number in range(len(people)):
            if rng.random() < 0.015:
                active[number] = not active[number]
        used.append(
            sum(
                _count(rng, level * rng.expovariate(1))
                for (level, share, _), on in zip(people, active, strict=True)
                if on and day % 7 < 5 and rng.random() < share
            )
        )
    return used


def month_end(rng: Rng, days: int) -> list[int]:
    """Most of a month's use falls into its last five days."""
    base, push, start = rng.uniform(5, 25), rng.uniform(60, 400), rng.randint(0, 29)
    return [
        _count(rng, (base + (push * rng.gammavariate(4, 1 / 4) if (day + start) % 30 >= 25 else 0)))
        for day in range(days)
    ]


def holidays(rng: Rng, days: int) -> list[int]:
    """Steady weeks, and one or two empty ones every few months."""
    level, away, used = rng.uniform(20, 150), 0, []
    for day in range(days):
        away = rng.randint(7, 14) if away == 0 and rng.random() < 1 / 75 else max(0, away - 1)
        used.append(0 if away or day % 7 > 4 else _count(rng, level * rng.gammavariate(3, 1 / 3)))
    return used


def drift(rng: Rng, days: int) -> list[int]:
    """The level wanders, by about a tenth in a month."""
    level, used = math.log(rng.uniform(20, 200)), []
    for day in range(days):
        level += rng.gauss(0, 0.018)
        used.append(_count(rng, math.exp(level) * (1 if day % 7 < 5 else 0.3) * rng.gammavariate(3, 1 / 3)))
    return used


def lists(rng: Rng, days: int) -> list[int]:
    """Lists are worked off: some days one or several, of round sizes."""
    share = rng.uniform(0.2, 0.6)
    sizes = rng.choices([10, 25, 50, 100, 250, 500], k=3)
    return [
        sum(rng.choice(sizes) for _ in range(1 + _count(rng, 0.7)))
        if rng.random() < share and day % 7 < 5
        else 0
        for day in range(days)
    ]


def heavy(rng: Rng, days: int) -> list[int]:
    """Half of the days nothing, and now and then a very large search."""
    size = rng.uniform(20, 80)
    return [
        min(20_000, int(size * (rng.paretovariate(1.8) - 0.5))) if rng.random() < 0.5 else 0
        for _ in range(days)
    ]


KINDS: dict[str, Kind] = {
    "steady": steady,
    "weekly pattern": weekly,
    "campaigns": campaigns,
    "sparse": sparse,
    "trend": trend,
    "zero-inflated": zero_inflated,
    "level shift": level_shift,
    "swings": swings,
}
HELD_OUT: dict[str, Kind] = {
    "teams": teams,
    "month end": month_end,
    "holidays": holidays,
    "drift": drift,
    "lists": lists,
    "heavy tail": heavy,
}


def _week(rng: Rng) -> list[float]:
    return [rng.uniform(0.6, 1.4) for _ in range(5)] + [0.15 * rng.random()] * 2


def _count(rng: Rng, level: float) -> int:
    """A whole number with this mean, spread like independent events."""
    if level > 50:
        return max(0, round(rng.gauss(level, math.sqrt(level))))
    count, product, end = 0, rng.random(), math.exp(-level)
    while product > end:
        count, product = count + 1, product * rng.random()
    return count
