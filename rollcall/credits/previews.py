"""What a grant would change, before it is given: the balance, its place in the burn order, when credits run out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rollcall.core import ids
from rollcall.credits import balances, burn, drains, forecasts, grants
from rollcall.credits.forecasts import Band, Commitment
from rollcall.credits.models import Grant
from rollcall.workspaces.models import Workspace


@dataclass(frozen=True)
class Preview:
    """Available before and after; `later` is what of it starts later; it burns as number `position` of `of`."""

    before: int
    after: int
    later: int
    position: int
    of: int
    burns_after: str
    runs_out_before: date | None
    runs_out_after: date | None
    band_after: Band | None
    runs_out_why: str


def of_grant(
    *,
    workspace: Workspace,
    amount: int,
    kind: str,
    now: datetime,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
    priority: int = 0,
    commitments: Sequence[Commitment] = (),
) -> Preview:
    """The balance as it would be with this grant, and the forecast with the same commitments; nothing is written."""
    new = Grant(
        pk=ids.INT64_MAX, workspace=workspace, kind=kind, priority=priority, granted=amount, remaining=amount,
        effective_at=effective_at or now, expires_at=expires_at, created_at=now,
    )  # fmt: skip
    found = list(Grant.objects.filter(workspace=workspace, remaining__gt=0))
    starts = max(new.effective_at, now)
    # Where it burns is where it will be when it starts: among what can be spent by then.
    order = grants.spendable([*found, new], starts)
    place = next((i for i, grant in enumerate(order) if grant is new), 0)
    before, _ = balances.quick(workspace=workspace, now=now)
    after = before + (amount if new.effective_at <= now else 0)
    zone = ZoneInfo(workspace.time_zone)
    outlook = forecasts.outlook(workspace=workspace, now=now, commitments=commitments)
    then = forecasts.project(
        history=burn.read(workspace=workspace, now=now),
        left=drains.parts([*found, new], now=now, zone=zone),
        more=sum(one.credits_per_day for one in outlook.added),
    )
    return Preview(
        before=before,
        after=after,
        later=before + amount - after,
        position=place + 1,
        of=len(order),
        burns_after=order[place - 1].name if place else "",
        runs_out_before=outlook.runs_out_on,
        runs_out_after=then.runs_out_on,
        band_after=then.band,
        runs_out_why=outlook.why,
    )
