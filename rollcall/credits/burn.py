"""What was used day by day, by the workspace's clock: charges less refunds."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Case, F, Min, Q, Sum, When

from rollcall.credits.models import Entry
from rollcall.workspaces.models import Workspace

MEMORY_DAYS = 364
_SELECT = """
SELECT {when}, sum(CASE kind WHEN 'charge' THEN amount ELSE -amount END) FROM credits_entry
WHERE workspace_id = %s AND kind IN ('charge', 'refund') AND created_at >= %s AND created_at <= %s GROUP BY 1
"""
_POSTGRES = _SELECT.format(when="CAST(created_at AT TIME ZONE %s AS date)")
# SQLite knows no time zones: by the minute, and the days are counted here.
_SQLITE = _SELECT.format(when="substr(created_at, 1, 16)")


@dataclass(frozen=True)
class Burn:
    """Net use of each full day, the last one yesterday, and of today so far; `days` begins with the first entry."""

    today: date
    days: tuple[int, ...]
    used_today: int

    @property
    def weeks(self) -> tuple[tuple[int, ...], ...]:
        """Whole weeks that end yesterday, oldest first."""
        first = len(self.days) % 7
        return tuple(self.days[at : at + 7] for at in range(first, len(self.days), 7))

    @property
    def active_days(self) -> int:
        return sum(1 for used in self.days if used)

    def average(self, days: int) -> float:
        """Credits a day over the last so many full days (or as many as there are)."""
        last = self.days[-days:]
        return sum(last) / len(last) if last else 0.0


def read(*, workspace: Workspace, now: datetime) -> Burn:
    """The use of the last year; days without an entry since the first count as 0."""
    zone = ZoneInfo(workspace.time_zone)
    today = now.astimezone(zone).date()
    entries = Entry.objects.filter(workspace=workspace, created_at__lte=now)
    began = entries.aggregate(first=Min("created_at"))["first"]
    if began is None:
        return Burn(today, (), 0)
    first = max(began.astimezone(zone).date(), today - timedelta(days=MEMORY_DAYS))
    used = _by_day(workspace, _midnight(first, zone), now, zone)
    days = (first + timedelta(days=number) for number in range((today - first).days))
    return Burn(today, tuple(used[day] for day in days), used[today])


def committed(
    *, workspace: Workspace, now: datetime, automation_id: int | None, segment_ids: tuple[int, ...], days: int
) -> tuple[float, bool]:
    """(credits a day in the last days, whether there were charges before them too) of an automation, or of segments."""
    entries = Entry.objects.filter(workspace=workspace, created_at__lte=now)
    mine = Q(automation_id=automation_id) if automation_id is not None else Q(segment_id__in=segment_ids)
    since, charge = now - timedelta(days=days), Entry.Kind.CHARGE
    net = Case(
        When(kind=charge, then=F("amount")), When(kind=Entry.Kind.REFUND, then=-F("amount")), default=0
    )
    used = entries.filter(mine, created_at__gt=since).aggregate(net=Sum(net, default=0))["net"]
    return used / days, entries.filter(mine, kind=charge, created_at__lte=since).exists()


def _by_day(workspace: Workspace, since: datetime, until: datetime, zone: ZoneInfo) -> Counter[date]:
    on_postgres = connection.vendor == "postgresql"
    ends = [connection.ops.adapt_datetimefield_value(at) for at in (since, until)]
    with connection.cursor() as cursor:
        if on_postgres:
            cursor.execute(_POSTGRES, [zone.key, workspace.pk, *ends])
        else:
            cursor.execute(_SQLITE, [workspace.pk, *ends])
        found = cursor.fetchall()
    used: Counter[date] = Counter()
    for at, net in found:
        day = at if on_postgres else datetime.fromisoformat(at + "+00:00").astimezone(zone).date()
        used[day] += int(net)
    return used


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=zone)
