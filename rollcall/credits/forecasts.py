"""How much was used lately, and when the credits run out if that goes on."""

from calendar import monthrange
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
    """A day, or none, and why."""

    on: date | None
    why: str


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


def runs_out(*, available: int, used: Used, now: datetime) -> RunsOut:
    """The day on which the available credits end at the average pace of late."""
    if available <= 0:
        return RunsOut(None, "No credits are available.")
    if used.window_days < HISTORY_DAYS_MIN:
        return RunsOut(None, f"Too early to say: there are fewer than {HISTORY_DAYS_MIN} days of history.")
    if used.in_window <= 0:
        return RunsOut(None, f"Nothing was used in the last {used.window_days} days.")
    days = available * used.window_days // used.in_window
    pace = f"{used.in_window / used.window_days:,.1f} credits a day, the average of the last {used.window_days} days"
    if days > HORIZON_DAYS:
        return RunsOut(None, f"Not within two years, at {pace}.")
    return RunsOut((now + timedelta(days=days)).date(), f"At {pace}.")


def _months(now: datetime, time_zone: str) -> tuple[datetime, datetime, datetime]:
    """Start of this month, start of last month, and the instant in last month as far into it as now."""
    local = now.astimezone(ZoneInfo(time_zone))
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last_end = month - timedelta(days=1)
    last_month = month.replace(year=last_end.year, month=last_end.month)
    days = monthrange(last_month.year, last_month.month)[1]
    until = month if local.day > days else local.replace(year=last_month.year, month=last_month.month)
    return month, last_month, until
