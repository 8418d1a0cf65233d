"""How much is used on a usual day, and how much was used today: what unusual spend is measured against."""

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.db.models.functions import TruncDate

from rollcall.credits.models import Entry
from rollcall.workspaces.models import Workspace

WINDOW_DAYS = 28
DAYS_MIN = 5


@dataclass(frozen=True)
class Look:
    """`usual` is the median of the days on which anything was used; none without `DAYS_MIN` of them."""

    today: int
    usual: int | None
    days: int


def look(*, workspace: Workspace, now: datetime) -> Look:
    """Charges of today and of each of the days before, by the workspace's clock; refunds do not lessen a day's use."""
    zone = ZoneInfo(workspace.time_zone)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    charges = Entry.objects.filter(workspace=workspace, kind=Entry.Kind.CHARGE)
    used = charges.filter(created_at__gte=today, created_at__lte=now).aggregate(sum=Sum("amount", default=0))[
        "sum"
    ]
    if not used:  # as on most looks: then the days before need not be added up
        return Look(0, None, 0)
    before = charges.filter(created_at__gte=today - timedelta(days=WINDOW_DAYS), created_at__lt=today)
    by_day = before.annotate(day=TruncDate("created_at", tzinfo=zone)).values_list("day")
    sums = dict(by_day.annotate(sum=Sum("amount")).order_by("day"))
    usual = round(statistics.median(sums.values())) if len(sums) >= DAYS_MIN else None
    return Look(used, usual, len(sums))
