"""When a schedule is due next: in the morning of a day, a Monday or a first of the month, where the workspace is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rollcall.personas.models import Automation

# Early in the day, whose allowance is whole then; and an hour that no clock skips or repeats.
HOUR = time(6)


def next_due(*, trigger: str, time_zone: str, after: datetime) -> datetime | None:
    """The first instant of the schedule later than `after`; None for what has no schedule."""
    if trigger == Automation.Trigger.JOINED:
        return None
    zone = ZoneInfo(time_zone)
    day = after.astimezone(zone).date()
    # The month after next has begun within 62 days of any day.
    for _ in range(63):
        due = datetime.combine(day, HOUR, zone).astimezone(UTC)
        fits = {
            Automation.Trigger.DAILY: True,
            Automation.Trigger.WEEKLY: day.weekday() == 0,
            Automation.Trigger.MONTHLY: day.day == 1,
        }
        if due > after and fits[Automation.Trigger(trigger)]:
            return due
        day += timedelta(days=1)
    raise AssertionError(trigger)
