"""The package that a need calls for: the arithmetic line by line, and how long the credits would last then."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rollcall.credits import drains, forecasts, grants
from rollcall.credits.drains import Part
from rollcall.credits.forecasts import Commitment, Outlook
from rollcall.personas.inflow import MONTH_DAYS, Inflow
from rollcall.workspaces.models import Workspace

STEP = 100


@dataclass(frozen=True)
class Package:
    """How many credits to ask for, and the sum that leads there: each line says what it is and adds `credits`."""

    lines: list[dict[str, Any]]
    missing: int
    recommended: int


def package(*, workspace: Workspace, new: int, inflow: Inflow, months: int, now: datetime) -> Package:
    """New today + inflow × months − what grants leave for it, rounded up to steps of 100; a month has 30 days."""
    days = months * MONTH_DAYS
    per_month = inflow.per_month or 0
    to_come = math.ceil(round(per_month * months, 6))
    found = grants.in_burn_order(workspace=workspace, now=now)
    left = drains.parts(found, now=now, zone=ZoneInfo(workspace.time_zone))
    needed = [float(new + to_come * (day + 1) // days) for day in range(days)]
    lost = round(drains.drain(left, needed, shown=0).expired)
    available, later = _sums(left, days)
    missing = max(0, new + to_come - (available + later - lost))
    note = f"{per_month:,.2f} a month × {months}, rounded up" if inflow.per_month is not None else inflow.why
    lines = [
        _line("New contacts today", new, "1 credit each"),
        _line("New contacts to come", to_come, note),
        _line(
            "Available now",
            -available,
            "Spendable credits of all grants; credits held by running searches are not",
        ),
        _line("Starting later", -later, f"Grants that start within {days} days"),
        _line(
            "Expiring before they are used",
            lost,
            "Of those grants, in burn order, with the use spread evenly",
        ),
    ]
    return Package(lines, missing, -(-missing // STEP) * STEP)


def runway(
    *,
    workspace: Workspace,
    new: int,
    inflow: Inflow,
    segment_ids: Sequence[int],
    commitments: Sequence[Commitment],
    extra: int,
    now: datetime,
) -> Outlook:
    """How long the credits last after buying everybody of today, with `extra` credits more.

    Searches as in the past go on; the inflow comes on top, less what the chosen segments used lately: it counts once.
    """
    mine = set(segment_ids)
    more = [one for one in commitments if not mine.intersection(one.segment_ids)]
    if inflow.per_month:
        name, each = "New contacts of the chosen dynamic segments", inflow.per_month / MONTH_DAYS
        more.append(Commitment(name, each, segment_ids=tuple(segment_ids)))
    return forecasts.outlook(workspace=workspace, now=now, commitments=more, spend=new, extra=extra)


def _sums(left: Sequence[Part], days: int) -> tuple[int, int]:
    """(spendable now, starting within the days)."""
    now = sum(part.amount for part in left if not part.starts)
    return now, sum(part.amount for part in left if 0 < part.starts < days)


def _line(label: str, credits: int, note: str) -> dict[str, Any]:
    return {"label": label, "credits": credits, "note": note}
