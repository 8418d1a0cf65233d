"""Months and days by a workspace's own clock: where they begin, and what somebody asks for by naming them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, IntegerField, Value, When

from rollcall.core.errors import Invalid
from rollcall.workspaces.models import Workspace

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class BadMonth(Invalid):
    """{month} is no month. Write year and month as 2026-11."""


class BadDay(Invalid):
    """{day} is no day. Write it as 2026-11-30."""


class BadPeriod(Invalid):
    """Name a month or days, not both, and days from the earlier to the later. Nothing ends before {since}."""


@dataclass(frozen=True)
class Period:
    """From an instant (included) to an instant (not included); None is without end on that side."""

    since: datetime | None = None
    until: datetime | None = None


def parse(text: str) -> date:
    """The first day of the month written as 2026-11.

    Raises:
        BadMonth
    """
    found = _MONTH.fullmatch(text)
    if found is None or found[1] == "0000":
        raise BadMonth(month=text[:40])
    return date(int(found[1]), int(found[2]), 1)


def parse_day(text: str) -> date | None:
    """The day written as 2026-11-30; nothing written is none.

    Raises:
        BadDay
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadDay(day=text[:40]) from None


def written(month: date) -> str:
    """2026-11: how months are named in addresses and answers."""
    return f"{month:%Y-%m}"


def of(*, workspace: Workspace, at: datetime) -> date:
    """The first day of the month in which the instant was, by the workspace's clock."""
    return at.astimezone(ZoneInfo(workspace.time_zone)).date().replace(day=1)


def following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) if month < date(9999, 12, 1) else date.max


def between(first: date, last: date) -> list[date]:
    """Every month from the first to the last, both included."""
    found = [first]
    while found[-1] < last:
        found.append(following(found[-1]))
    return found


def whole(*, workspace: Workspace, month: date) -> Period:
    """The month from its first instant to the first of the next one."""
    return Period(_starts(workspace, month), _starts(workspace, following(month)))


def asked(
    *, workspace: Workspace, month: str | None = None, since: date | None = None, until: date | None = None
) -> Period:
    """A month (2026-11), or days, both included; nothing named is all of time.

    Raises:
        BadMonth, BadPeriod
    """
    if month is not None and (since or until):
        raise BadPeriod(since=since or until)
    if month is not None:
        return whole(workspace=workspace, month=parse(month))
    if since and until and until < since:
        raise BadPeriod(since=since)
    after = until + timedelta(days=1) if until and until < date.max else None
    return Period(_starts(workspace, since) if since else None, _starts(workspace, after) if after else None)


def number(*, workspace: Workspace, of: Sequence[date]) -> Case:
    """For a query: in which of these months (0 for the first) a row of `created_at` is; the last has no end.

    Instants are compared, which is several times as fast as a function that turns each of them into a local date.
    """
    ends = [whole(workspace=workspace, month=month).until for month in of[:-1]]
    whens = [When(created_at__lt=end, then=Value(place)) for place, end in enumerate(ends)]
    return Case(*whens, default=Value(len(ends)), output_field=IntegerField())


def _starts(workspace: Workspace, day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(workspace.time_zone))
