"""How much was used lately, and when the credits run out if just that goes on."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, F, Min, Q, Sum, Value, When

from rollcall.credits.models import Entry
from rollcall.workspaces.models import Workspace

WINDOW_DAYS = 28
HISTORY_DAYS_MIN = 7
HORIZON_DAYS = 730


@dataclass(frozen=True)
class Used:
    """Credits charged minus refunded, and over how many days the last figure was gathered."""

    this_month: int
    last_month_same_days: int
    in_window: int
    window_days: int


@dataclass(frozen=True)
class RunsOut:
    """A day, or none, and why; and how many of the credits that expire first would go unused, if that can be told."""

    on: date | None
    why: str
    unused_at_next_expiry: int | None = None


def used(*, workspace: Workspace, now: datetime) -> Used:
    """What was used this month, in the same days of last month (both by the workspace's clock), and of late."""
    month, last_month, last_month_until = _months(now, workspace.time_zone)
    window = now - timedelta(days=WINDOW_DAYS)
    entries = Entry.objects.filter(workspace=workspace)
    net = Case(
        When(kind=Entry.Kind.CHARGE, then=F("amount")),
        When(kind=Entry.Kind.REFUND, then=-F("amount")),
        default=Value(0),
    )
    sums = entries.filter(created_at__gte=min(last_month, window), created_at__lte=now).aggregate(
        this_month=Sum(net, filter=Q(created_at__gte=month), default=0),
        last=Sum(net, filter=Q(created_at__gte=last_month, created_at__lt=last_month_until), default=0),
        window=Sum(net, filter=Q(created_at__gt=window), default=0),
    )
    since = entries.aggregate(first=Min("created_at"))["first"]
    days = min(WINDOW_DAYS, (now - since).days) if since else 0
    return Used(sums["this_month"], sums["last"], sums["window"], days)


def runs_out(
    *, available: int, used: Used, now: datetime, left: Sequence[tuple[int, datetime | None]] = ()
) -> RunsOut:
    """The day on which the available credits end at the average pace of late.

    `left` is how the available ones divide into (amount, end), in burn order: what expires unused lasts no longer.
    """
    if available <= 0:
        return RunsOut(None, "No credits are available.")
    if used.window_days < HISTORY_DAYS_MIN:
        return RunsOut(None, f"Too early to say: there are fewer than {HISTORY_DAYS_MIN} days of history.")
    if used.in_window <= 0:
        unused = sum(amount for amount, end in left if end is not None and end == left[0][1])
        return RunsOut(None, f"Nothing was used in the last {used.window_days} days.", unused)
    pace = used.in_window / used.window_days
    days, unused, expired = _burn(left or [(available, None)], pace, now)
    words = f"{pace:,.1f} credits a day, the average of the last {used.window_days} days"
    if days > HORIZON_DAYS:
        return RunsOut(None, f"Not within two years, at {words}.", unused)
    words += "; then the rest expires" if expired else ""
    return RunsOut((now + timedelta(days=round(days, 6))).date(), f"At {words}.", unused)


def _burn(left: Sequence[tuple[int, datetime | None]], pace: float, now: datetime) -> tuple[float, int, bool]:
    """After how many days nothing is left, how much of the first to expire was never used, and whether time ends it."""
    days, unused, expired = 0.0, 0, False
    for amount, end in left:
        until = days + amount / pace
        over = float("inf") if end is None else (end - now) / timedelta(days=1)
        if until > over and end == left[0][1]:
            unused += min(amount, round((until - over) * pace))
        days, expired = max(days, min(until, over)), until > over
    return days, unused, expired


def _months(now: datetime, time_zone: str) -> tuple[datetime, datetime, datetime]:
    """Start of this month, start of last month, and the instant in last month as far into it as now."""
    local = now.astimezone(ZoneInfo(time_zone))
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last_end = month - timedelta(days=1)
    last_month = month.replace(year=last_end.year, month=last_end.month)
    days = monthrange(last_month.year, last_month.month)[1]
    until = month if local.day > days else local.replace(year=last_month.year, month=last_month.month)
    return month, last_month, until
