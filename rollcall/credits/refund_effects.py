"""What refunds gave back so far: by month and cause, for one workspace or for the whole installation."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Sum, Value, When
from django.db.models.functions import TruncMonth

from rollcall.credits import refund_policies
from rollcall.credits.models import Entry
from rollcall.credits.refund_rules import Cause
from rollcall.workspaces.models import Workspace

BY_HAND = "by_hand"


@dataclass(frozen=True)
class Effect:
    """So many refunds of so many credits, in one month, for one cause (`by_hand`: without a policy)."""

    month: date
    cause: str
    refunds: int
    credits: int

    @property
    def label(self) -> str:
        return "Given back by hand" if self.cause == BY_HAND else str(Cause(self.cause).label)


def by_month(*, workspace: Workspace | None, since: datetime) -> list[Effect]:
    """Newest month first; months are those of the workspace's clock, and UTC for the installation."""
    zone = ZoneInfo(workspace.time_zone) if workspace is not None else UTC
    entries = Entry.objects.filter(kind=Entry.Kind.REFUND, created_at__gte=since)
    if workspace is not None:
        entries = entries.filter(workspace=workspace)
    named = [When(key__startswith=refund_policies.prefix(cause), then=Value(cause)) for cause in Cause.values]
    found = (
        entries.annotate(
            month=TruncMonth("created_at", tzinfo=zone), cause=Case(*named, default=Value(BY_HAND))
        )
        .order_by()
        .values("month", "cause")
        .annotate(refunds=Count("id"), credits=Sum("amount"))
    )
    effects = [Effect(row["month"].date(), row["cause"], row["refunds"], row["credits"]) for row in found]
    order = [*Cause.values, BY_HAND]
    return sorted(effects, key=lambda effect: (-effect.month.toordinal(), order.index(effect.cause)))
