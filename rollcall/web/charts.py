"""Charts as plain values: positions in percent and words, which templates/components draw as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from rollcall.web import formats

HEIGHT = 240
WIDTH = 1000  # of the view box; the picture itself is as wide as its place
TONES = ("a", "b", "c")
TABLE_ROWS = 12
LABEL_GAP = 12.0  # percent of the width that a label over a mark needs on a telephone
T = TypeVar("T")


@dataclass(frozen=True)
class Ahead:
    """What the balance may be on a day to come; low and high are the same where no range is known."""

    day: date
    low: int
    middle: int
    high: int


@dataclass(frozen=True)
class Mark:
    """A place in the plot with words: x in percent, y in pixels from the top."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Row:
    """One line of the table that says what the picture says."""

    day: str
    kind: str
    value: str
    range: str
    note: str


@dataclass(frozen=True)
class Line:
    """A balance over time, ready to draw."""

    name: str
    sentence: str
    height: int
    y_ticks: list[Mark]
    x_ticks: list[Mark]
    line: str
    area: str
    middle: str
    band: str
    today: Mark | None
    grants: list[Mark]
    alert: Mark | None
    runs_out: Mark | None
    points: list[dict[str, object]]
    rows: list[Row]


@dataclass(frozen=True)
class Part:
    """One piece of a bar: where it starts and how wide it is, in percent."""

    label: str
    amount: int
    tone: str
    x: str
    width: str


@dataclass(frozen=True)
class Bar:
    """Amounts beside each other that make a whole; the first `held` of it hatched."""

    name: str
    sentence: str
    parts: list[Part]
    total: int
    held: int
    held_width: str


def balance_line(
    *,
    name: str,
    balances: Sequence[tuple[date, int]],
    today: date,
    grants: Sequence[tuple[date, int]] = (),
    ahead: Sequence[Ahead] = (),
    alert_at: int | None = None,
    runs_out: date | None = None,
    sentence: str = "",
) -> Line:
    """The balance day by day (a day without an entry keeps the one before), and the days to come if known.

    `ahead` empty means no forecast is drawn. `name` is unique on the page."""
    days = _each_day(balances, until=today)
    if not days:
        raise ValueError("a balance line needs at least one balance on or before today")
    last_day = max([today, *(point.day for point in ahead)])
    tallest = max([value for _, value in days] + [point.high for point in ahead] + [alert_at or 0])
    scale = _Scale(first=days[0][0], span=max((last_day - days[0][0]).days, 1), top=steps(tallest)[-1])
    actual = [(scale.x(day), scale.y(value)) for day, value in days]
    coming = [Ahead(days[-1][0], *[days[-1][1]] * 3), *ahead] if ahead else []
    values = dict(days)
    shown = [(day, amount) for day, amount in grants if day in values]
    per_day = {day: sum(amount for at, amount in shown if at == day) for day, _ in shown}
    return Line(
        name=name,
        sentence=sentence or _sentence(days, len(shown), runs_out),
        height=HEIGHT,
        y_ticks=[Mark(0, scale.y(step), formats.compact(step)) for step in steps(tallest)],
        x_ticks=_calendar(scale, days[0][0], last_day),
        line=_path(actual),
        area=f"{_path(actual)}L{_at(actual[-1][0])} {HEIGHT}L{_at(actual[0][0])} {HEIGHT}Z",
        middle=_path([(scale.x(point.day), scale.y(point.middle)) for point in coming]),
        band=_band(coming, scale) if any(point.low != point.high for point in ahead) else "",
        today=Mark(scale.x(today), actual[-1][1], "Today", "end" if scale.x(today) > 85 else "start"),
        grants=_spread([(scale.x(day), scale.y(values[day]), amount) for day, amount in per_day.items()]),
        alert=None if alert_at is None else Mark(0, scale.y(alert_at), f"Alert at {formats.num(alert_at)}"),
        runs_out=_end(scale, runs_out, last_day),
        points=_hover(days, ahead, scale),
        rows=_table(days, ahead, per_day),
    )


def bar(*, name: str, parts: Sequence[tuple[str, int, str]], held: int = 0, sentence: str = "") -> Bar:
    """Parts as (label, amount, tone); tones are those of `data.css`: a, b, c, ok, off. Empty: the next of a, b, c."""
    total = sum(amount for _, amount, _ in parts)
    drawn, start = [], 0
    for index, (label, amount, tone) in enumerate(parts):
        shown = tone or TONES[index % len(TONES)]
        drawn.append(Part(label, amount, shown, _share(start, total), _share(amount, total)))
        start += amount
    words = ", ".join(f"{label} {formats.num(amount)}" for label, amount, _ in parts) or "Nothing"
    words += f"; {formats.num(held)} of it held" if held else ""
    return Bar(name, sentence or words, drawn, total, held, _share(min(held, total), total))


@dataclass(frozen=True)
class _Scale:
    first: date
    span: int
    top: int

    def x(self, day: date) -> float:
        return round((day - self.first).days / self.span * 100, 3)

    def y(self, value: int) -> float:
        return round(HEIGHT * (1 - max(value, 0) / self.top), 1)


def _each_day(balances: Sequence[tuple[date, int]], *, until: date) -> list[tuple[date, int]]:
    known = {day: value for day, value in sorted(balances) if day <= until}
    if not known:
        return []
    day, value, days = min(known), 0, []
    while day <= until:
        value = known.get(day, value)
        days.append((day, value))
        day += timedelta(days=1)
    return days


def steps(tallest: int) -> list[int]:
    """Three or four round numbers from zero to above the tallest."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            step = size * factor
            if step * 4 >= tallest:
                count = max(-(-tallest // step), 1)
                return [step * index for index in range(count + 1)]
        size *= 10


def _calendar(scale: _Scale, first: date, last: date) -> list[Mark]:
    """Months, or weeks when the time shown is short, or quarters when it is long."""
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    if scale.span <= 45:
        shown = [(day, f"{day.day} {day:%b}") for day in days if day.weekday() == 0]
    else:
        apart = 1 if scale.span <= 200 else 2 if scale.span <= 400 else 3
        starts = [day for day in days if day.day == 1 and (day.month - 1) % apart == 0]
        shown = [(day, f"{day:%b %Y}" if day.month == 1 else f"{day:%b}") for day in starts]
    marks = [Mark(scale.x(day), 0, text) for day, text in shown]
    return [Mark(mark.x, 0, mark.text, _anchor(mark.x)) for mark in marks]


def _anchor(x: float) -> str:
    return "start" if x < 5 else "end" if x > 95 else "middle"


def _spread(places: list[tuple[float, float, int]]) -> list[Mark]:
    """Every grant gets its mark; a label only where it does not run into the one before."""
    marks, labelled = [], -LABEL_GAP
    for x, y, amount in sorted(places):
        fits = x - labelled >= LABEL_GAP
        labelled = x if fits else labelled
        marks.append(Mark(x, y, formats.signed(amount) if fits else "", _anchor(x)))
    return marks


def _end(scale: _Scale, runs_out: date | None, last_day: date) -> Mark | None:
    if runs_out is None or not scale.first <= runs_out <= last_day:
        return None
    x = scale.x(runs_out)
    return Mark(x, HEIGHT, f"Runs out {runs_out.day} {runs_out:%b}", "end" if x > 88 else "start")


def _band(coming: list[Ahead], scale: _Scale) -> str:
    if not coming:
        return ""
    there = [(scale.x(point.day), scale.y(point.high)) for point in coming]
    back = [(scale.x(point.day), scale.y(point.low)) for point in reversed(coming)]
    return _path(there + back) + "Z"


def _path(places: list[tuple[float, float]]) -> str:
    return "".join(f"{'L' if index else 'M'}{_at(x)} {y:g}" for index, (x, y) in enumerate(places))


def _at(x: float) -> str:
    return f"{x / 100 * WIDTH:g}"


def _share(amount: int, total: int) -> str:
    return f"{amount / total * 100:.3f}" if total else "0"


def _hover(days: list[tuple[date, int]], ahead: Sequence[Ahead], scale: _Scale) -> list[dict[str, object]]:
    seen = [_point(scale, day, value) for day, value in days]
    coming = [_point(scale, point.day, point.middle, point) for point in ahead]
    return seen + coming


def _point(scale: _Scale, day: date, value: int, ahead: Ahead | None = None) -> dict[str, object]:
    words = f"{day:%a} {formats.day(day)}"
    return {
        "x": scale.x(day),
        "day": f"{words} (forecast)" if ahead else words,
        "value": formats.count(value, "credit"),
        "range": f"80%: {_range(ahead)}" if ahead and ahead.low != ahead.high else "",
    }


def _table(days: list[tuple[date, int]], ahead: Sequence[Ahead], grants: dict[date, int]) -> list[Row]:
    kept = {day for day, _ in _thinned(days)} | set(grants)
    seen = [
        Row(formats.day(day), "Actual", formats.num(value), formats.NOTHING, _granted(grants.get(day)))
        for day, value in days
        if day in kept
    ]
    coming = [
        Row(
            formats.day(p.day),
            "Forecast",
            formats.num(p.middle),
            _range(p),
            "",
        )
        for p in _thinned(ahead)
    ]
    return seen + coming


def _range(point: Ahead) -> str:
    return f"{formats.num(point.low)} to {formats.num(point.high)}"


def _granted(amount: int | None) -> str:
    return "" if amount is None else f"{formats.num(amount)} granted"


def _thinned(items: Sequence[T]) -> list[T]:
    step = max(-(-len(items) // TABLE_ROWS), 1)
    return list(items[::-1][::step][::-1])


def _sentence(days: list[tuple[date, int]], grants: int, runs_out: date | None) -> str:
    (first, start), (last, end) = days[0], days[-1]
    words = f"The balance went from {formats.num(start)} on {formats.day(first)}"
    words += f" to {formats.num(end)} on {formats.day(last)}"
    words += f", with {formats.count(grants, 'grant')} added." if grants else "."
    return words + (f" It runs out about {formats.day(runs_out)}." if runs_out else "")
