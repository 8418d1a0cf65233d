"""Stacked columns as plain values: one column a month, one colour for each of the largest, and the rest together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollcall.web import charts, formats
from rollcall.web.charts import Mark

HEIGHT = 200
TICKS_MAX = 12  # more run into each other on a phone
OTHERS = "off"


@dataclass(frozen=True)
class Block:
    """A part of a column: y and height in pixels from the top."""

    label: str
    amount: int
    tone: str
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """One month, in percent: its middle and its left edge; `tick` is its name in as few letters as will do, if any."""

    label: str
    tick: str
    x: float
    left: float
    total: int
    blocks: list[Block]


@dataclass(frozen=True)
class Series:
    """What one colour stands for, and its amount in each column."""

    label: str
    tone: str
    amounts: list[int]

    @property
    def total(self) -> int:
        return sum(self.amounts)


@dataclass(frozen=True)
class Stack:
    """Columns ready to draw, and the table that says the same. Labels are months: "Nov 2026"."""

    name: str
    sentence: str
    height: int
    y_ticks: list[Mark]
    columns: list[Column]
    series: list[Series]

    @property
    def width(self) -> float:
        return _width(len(self.columns))

    def tone(self, label: str) -> str:
        """The colour that stands for the label."""
        return next((one.tone for one in self.series if one.label == label), OTHERS)


def of(
    *, name: str, labels: Sequence[str], amounts: Sequence[Mapping[str, int]], sentence: str = ""
) -> Stack:
    """`amounts` says for each column how much which label has; the three largest in all get a colour of their own."""
    sums: dict[str, int] = {}
    for column in amounts:
        for label, amount in column.items():
            sums[label] = sums.get(label, 0) + amount
    ranked = sorted((label for label in sums if sums[label] > 0), key=lambda label: (-sums[label], label))
    large, small = ranked[: len(charts.TONES)], ranked[len(charts.TONES) :]
    series = [
        Series(label, tone, [column.get(label, 0) for column in amounts])
        for label, tone in zip(large, charts.TONES, strict=False)
    ]
    if small:
        rest = [sum(column.get(label, 0) for label in small) for column in amounts]
        series.append(Series(f"{formats.num(len(small))} more", OTHERS, rest))
    totals = [sum(one.amounts[place] for one in series) for place in range(len(labels))]
    steps = charts.steps(max(totals, default=0))
    apart = math.ceil(len(labels) / TICKS_MAX)
    return Stack(
        name=name,
        sentence=sentence or _sentence(labels, totals),
        height=HEIGHT,
        y_ticks=[Mark(0, _y(step, steps[-1]), formats.compact(step)) for step in steps],
        columns=[
            Column(
                label,
                _tick(label, place, apart),
                *_x(place, len(labels)),
                totals[place],
                _blocks(series, place, steps[-1]),
            )
            for place, label in enumerate(labels)
        ],
        series=series,
    )


def _tick(label: str, place: int, apart: int) -> str:
    """Nov; a year where one begins, so that two of them are not taken for one."""
    if place % apart:
        return ""
    return label if place and label.startswith("Jan ") else label[:3]


def _blocks(series: Sequence[Series], place: int, top: int) -> list[Block]:
    blocks: list[Block] = []
    below = 0
    for one in series:
        amount = one.amounts[place]
        if amount > 0:
            y = _y(below + amount, top)
            gap = 1 if blocks else 0
            blocks.append(Block(one.label, amount, one.tone, y, round(_y(below, top) - y - gap, 1)))
            below += amount
    return blocks


def _x(place: int, of_all: int) -> tuple[float, float]:
    middle = (place + 0.5) / of_all * 100
    return round(middle, 3), round(middle - _width(of_all) / 2, 3)


def _width(of_all: int) -> float:
    """Of a column in percent: a bit less than half of its place, and never a wall."""
    return min(6.0, round(45 / of_all, 2))


def _y(amount: int, top: int) -> float:
    return round(HEIGHT * (1 - amount / top), 1)


def _sentence(labels: Sequence[str], totals: Sequence[int]) -> str:
    used = [(total, label) for total, label in zip(totals, labels, strict=True) if total > 0]
    if not used:
        return "Nothing was charged in this time."
    most = max(used, key=lambda pair: pair[0])
    words = f"{formats.count(sum(totals), 'credit')} charged"
    if len(labels) == 1:
        return f"{words} in {labels[0]}."
    return f"{words} in {formats.count(len(labels), 'month')}, most of them in {most[1]} ({formats.num(most[0])})."
