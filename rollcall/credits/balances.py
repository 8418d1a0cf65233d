"""What a workspace has: available, held, used, what expires next and when it runs out."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Q

from rollcall.core import clock
from rollcall.credits import forecasts, grants
from rollcall.credits.models import Grant
from rollcall.workspaces.models import Workspace

# The wallet counts a grant from when it was given, and until it is swept; what cannot be spent now is taken off.
# It keeps a hold whole until the hold closes; what the run has captured meanwhile is spent, so it is taken off too.
_QUICK = """
SELECT w.available - coalesce((SELECT sum(g.remaining) FROM credits_grant g WHERE g.workspace_id = w.workspace_id
                               AND g.remaining > 0 AND (g.effective_at > %s OR g.expires_at <= %s)), 0),
       w.held - coalesce((SELECT sum(h.captured) FROM credits_hold h WHERE h.workspace_id = w.workspace_id
                          AND h.is_open), 0)
FROM credits_wallet w WHERE w.workspace_id = %s
"""


@dataclass(frozen=True)
class Balance:
    """The credits of a workspace at one instant; `total` is `available + held` (G1).

    `granted` is how much those grants were, of which something is left: the whole that a meter shows a part of.
    """

    available: int
    held: int
    total: int
    upcoming: int
    used_this_month: int
    used_last_month_same_days: int
    next_expiry_amount: int
    next_expiry_at: datetime | None
    next_expiry_unused: int | None
    runs_out_on: date | None
    runs_out_why: str
    granted: int


def quick(*, workspace: Workspace, now: datetime | None = None) -> tuple[int, int]:
    """(available, held), in one statement that reads a handful of rows whatever the history."""
    instant = connection.ops.adapt_datetimefield_value(now or clock.now())
    with connection.cursor() as cursor:
        cursor.execute(_QUICK, [instant, instant, workspace.pk])
        row = cursor.fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def read(*, workspace: Workspace, now: datetime) -> Balance:
    """Everything the pop-over of the menu shows (G4)."""
    available, held = quick(workspace=workspace, now=now)
    left = list(Grant.objects.filter(Q(remaining__gt=0) | Q(held__gt=0), workspace=workspace))
    ends = [(g.expires_at, g.remaining) for g in left if g.remaining and g.expires_at and g.expires_at > now]
    next_at = min((at for at, _ in ends), default=None)
    used = forecasts.used(workspace=workspace, now=now)
    parts = [(grant.remaining, grant.expires_at) for grant in grants.spendable(left, now)]
    runs_out = forecasts.runs_out(available=available, used=used, now=now, left=parts)
    return Balance(
        available=available,
        held=held,
        total=available + held,
        upcoming=sum(grant.remaining for grant in left if grant.effective_at > now),
        used_this_month=used.this_month,
        used_last_month_same_days=used.last_month_same_days,
        next_expiry_amount=sum(amount for at, amount in ends if at == next_at),
        next_expiry_at=next_at,
        next_expiry_unused=runs_out.unused_at_next_expiry if next_at else None,
        runs_out_on=runs_out.on,
        runs_out_why=runs_out.why,
        granted=sum(grant.granted for grant in left),
    )
