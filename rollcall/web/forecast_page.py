"""The forecast on a page: the chart with its dashed middle and shaded band, and the same in words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from rollcall.credits import ledger
from rollcall.credits.forecasts import Outlook
from rollcall.credits.models import Grant
from rollcall.web import charts, formats
from rollcall.web.charts import Ahead
from rollcall.workspaces.models import Workspace

LATER = "over two years"


def chart(
    workspace: Workspace, outlook: Outlook, *, grants: Sequence[Grant], days: int, now: datetime
) -> charts.Line:
    """So many days back, and as many ahead as are known."""
    arrived = [(timezone.localtime(grant.created_at).date(), grant.granted) for grant in grants]
    points = outlook.points[: max(days, 30)]
    line = charts.balance_line(
        name="balance",
        balances=ledger.daily_balance(workspace=workspace, days=days, now=now),
        today=outlook.today,
        grants=sorted(arrived),
        ahead=[Ahead(point.day, point.low, point.middle, point.high) for point in points],
        runs_out=outlook.runs_out_on,
    )
    past = line.sentence.removesuffix(f" It runs out about {formats.day(outlook.runs_out_on)}.")
    return replace(line, sentence=f"{past} {words(outlook)}")


def words(outlook: Outlook) -> str:
    """What lies ahead, for whoever does not see the chart."""
    if not outlook.points:
        return outlook.why
    said = f"At {outlook.pace:,.1f} credits a day it lasts"
    said += (
        f" until about {formats.day(outlook.runs_out_on)}" if outlook.runs_out_on else " for over two years"
    )
    if outlook.band is not None:
        said += f", in eight of ten cases {between(outlook)}"
    for one in outlook.added:
        if one.credits_per_day:
            said += f"; {one.label} adds up to {one.credits_per_day:,.1f} a day"
    said += f". About {formats.num(outlook.expires_unused)} expire unused" if outlook.expires_unused else ""
    return f"{said}. {outlook.why}"


def between(outlook: Outlook) -> str:
    """`from 1 Feb 2027 to 30 Apr 2027`."""
    band = outlook.band
    if band is None:
        return ""
    if band.earliest is None:
        return "over two years"
    return f"from {formats.day(band.earliest)} to {formats.day(band.latest) if band.latest else LATER}"


def note(outlook: Outlook) -> str:
    """Under the day on which the credits run out: the range, or why there is none."""
    return f"80% range: {between(outlook)}" if outlook.band else outlook.why
