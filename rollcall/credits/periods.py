"""Periods: which day, week or month an instant is in where the workspace is, and when that begins and ends."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, WEEK, MONTH, TOTAL, RUN = "day", "week", "month", "total", "run"
ALL_TIME = "total"


def key(period: str, *, zone: str, now: datetime) -> str:
    """`2026-11-22`, `2026-W47` (ISO), `2026-11` or `total`: stored, so that a later change of the zone moves nothing.

    What is counted for each search by itself has a key of its own (`run_7`), which is no time.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    if period == DAY:
        return today.isoformat()
    if period == WEEK:
        year, week, _ = today.isocalendar()
        return f"{year}-W{week:02}"
    if period == MONTH:
        return f"{today:%Y-%m}"
    assert period == TOTAL, period
    return ALL_TIME


def span(period: str, *, zone: str, now: datetime) -> tuple[datetime, datetime] | None:
    """From when (in UTC) until just before when the period of `now` lasts; None for all time and for each search."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if period == DAY:
        first, after = today, today + timedelta(days=1)
    elif period == WEEK:
        first = today - timedelta(days=today.weekday())
        after = first + timedelta(days=7)
    elif period == MONTH:
        first = today.replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
    else:
        return None
    return _begins(first, zone), _begins(after, zone)


def _begins(day: date, zone: str) -> datetime:
    """The first instant of a day; where clocks jump over midnight, the instant of the jump."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
