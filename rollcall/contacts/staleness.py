"""When a contact has not been seen for too long to rely on (F4): pure arithmetic on dates."""

from datetime import date, timedelta

OBJECTIVE_DAYS = 400


def is_stale(*, last_seen_on: date | None, as_of: date, objective_days: int = OBJECTIVE_DAYS) -> bool:
    """Not seen within the objective before the universe's as-of date; never seen at all counts as stale."""
    return last_seen_on is None or last_seen_on < fresh_from(as_of=as_of, objective_days=objective_days)


def fresh_from(*, as_of: date, objective_days: int = OBJECTIVE_DAYS) -> date:
    """The earliest day that is still recent enough: whoever was last seen before it is stale."""
    return as_of - timedelta(days=objective_days)
