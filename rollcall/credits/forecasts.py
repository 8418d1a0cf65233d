"""What lies ahead: the balance of the days to come and when it is used up, with a band that holds 80 % of the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from rollcall.credits import burn, drains, futures
from rollcall.credits.burn import Burn
from rollcall.credits.drains import Drained, Part
from rollcall.credits.models import Grant
from rollcall.credits.pace import HISTORY_DAYS_MIN, HORIZON_DAYS, WINDOW_DAYS, RunsOut, Used, runs_out, used
from rollcall.workspaces.models import Workspace

__all__ = ["RunsOut", "Used", "runs_out", "used"]

CHART_DAYS = 90
NEAR_WEEKS = 26
BAND_WEEKS_MIN, BAND_ACTIVE_DAYS_MIN = 8, 10


@dataclass(frozen=True)
class Commitment:
    """What is expected to be spent from now on: a label to show, and how many credits a day.

    `automation_id` or `segment_ids` say which charges of the history are the same spending, so that it counts once.
    """

    label: str
    credits_per_day: float
    automation_id: int | None = None
    segment_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Added:
    """What a commitment adds a day to the history: less what the history shows of it already, `in_history` a day."""

    label: str
    credits_per_day: float
    in_history: float


@dataclass(frozen=True)
class Point:
    """The balance at the end of a day to come: the middle, and the ends of the band (without a band: the same)."""

    day: date
    low: int
    middle: int
    high: int


@dataclass(frozen=True)
class Band:
    """When the credits run out: eight in ten futures lie between the two (None: not within two years)."""

    earliest: date | None
    latest: date | None


@dataclass(frozen=True)
class Outlook:
    """What lies ahead. Without enough history `band` is None, without a week of it `points` are empty; `why` says so.

    `pace` is what a day is expected to use, commitments included; `runs_out_on` None: not within two years, or unknown.
    """

    today: date
    available: int
    history_days: int
    active_days: int
    pace: float
    added: tuple[Added, ...]
    runs_out_on: date | None
    band: Band | None
    points: tuple[Point, ...]
    expires_unused: int
    why: str

    @property
    def runway_days(self) -> int | None:
        return None if self.runs_out_on is None else (self.runs_out_on - self.today).days


def outlook(
    *,
    workspace: Workspace,
    now: datetime,
    commitments: Sequence[Commitment] = (),
    spend: int = 0,
    extra: int = 0,
) -> Outlook:
    """The balance of the days to come, and the day on which it is used up.

    Args:
        commitments: spending known to come; what of it the history shows is not added again.
        spend: credits used at once, before everything else.
        extra: credits of one more grant, that starts now and never expires.
    """
    history = burn.read(workspace=workspace, now=now)
    found = list(Grant.objects.filter(workspace=workspace, remaining__gt=0))
    left = drains.parts(found, now=now, zone=ZoneInfo(workspace.time_zone))
    left += [Part(extra)] if extra else []
    available = sum(part.amount for part in left if not part.starts)
    added = tuple(_added(workspace, now, commitment) for commitment in commitments)
    more = sum(one.credits_per_day for one in added)
    told = project(history=history, left=left, more=more, spend=spend)
    return Outlook(
        today=history.today,
        available=available,
        history_days=len(history.days),
        active_days=history.active_days,
        pace=history.average(WINDOW_DAYS) + more,
        added=added,
        runs_out_on=told.runs_out_on,
        band=told.band,
        points=told.points,
        expires_unused=told.expires_unused,
        why=_why(history, available),
    )


@dataclass(frozen=True)
class Projection:
    """What follows from a history and the grants alone."""

    runs_out_on: date | None
    band: Band | None
    points: tuple[Point, ...]
    expires_unused: int


def project(*, history: Burn, left: Sequence[Part], more: float = 0.0, spend: int = 0) -> Projection:
    """The same, of plain values: nothing is read. `more` credits a day are added, `spend` is used at once."""
    return _projected(history, tuple(left), more, spend)


def _added(workspace: Workspace, now: datetime, commitment: Commitment) -> Added:
    """An automation that charged for four weeks or more is in the history whole; a younger one in part."""
    seen, throughout = 0.0, False
    if commitment.automation_id is not None or commitment.segment_ids:
        seen, throughout = burn.committed(
            workspace=workspace,
            now=now,
            automation_id=commitment.automation_id,
            segment_ids=commitment.segment_ids,
            days=WINDOW_DAYS,
        )
    whole = throughout and commitment.automation_id is not None
    more = 0.0 if whole else max(0.0, commitment.credits_per_day - seen)
    return Added(commitment.label, more, seen)


@lru_cache(maxsize=512)
def _projected(history: Burn, left: tuple[Part, ...], more: float, spend: int) -> Projection:
    """Kept for pages that show the same forecast again: nothing but the arguments goes into it."""
    if len(history.days) < HISTORY_DAYS_MIN or not sum(part.amount for part in left if not part.starts):
        return Projection(None, None, (), 0)
    if not _has_band(history):
        days = max(0.0, history.average(WINDOW_DAYS) - history.used_today), history.average(WINDOW_DAYS)
        use = [days[0] + more, *[days[1] + more] * (HORIZON_DAYS - 1)]
        drained = drains.drain(left, _needed(use, spend), shown=CHART_DAYS + 1)
        return _of_futures(history.today, [drained], 0.5, has_band=False)
    outside = futures.margin(len(history.weeks))
    lasts_long = sum(part.amount for part in left) > (history.average(WINDOW_DAYS) + more) * 7 * NEAR_WEEKS
    found = [] if lasts_long else _drained(history, left, more, spend, NEAR_WEEKS)
    if sum(1 for future in found if future.empty_on is None) >= outside * len(found) / 2:
        found = _drained(history, left, more, spend, HORIZON_DAYS // 7 + 1)
    return _of_futures(history.today, found, outside, has_band=True)


def _drained(history: Burn, left: Sequence[Part], more: float, spend: int, ahead: int) -> list[Drained]:
    found = []
    for use in futures.draw(history.weeks, ahead=ahead):
        use[0] = max(0, use[0] - history.used_today)
        found.append(drains.drain(left, _needed(use, spend, more), shown=CHART_DAYS + 1))
    return found


def _needed(use: Sequence[float], spend: int, more: float = 0.0) -> list[float]:
    """Running sums of the use; after a day with more refunds than charges they wait until it is made up for."""
    sums = accumulate([day + more for day in use] if more else use, initial=spend)
    return list(accumulate(sums, max) if min(use) < 0 else sums)[1:]


def _of_futures(today: date, found: Sequence[Drained], outside: float, *, has_band: bool) -> Projection:
    shares = (outside, 0.5, 1 - outside)
    ends = sorted(HORIZON_DAYS if one.empty_on is None else one.empty_on for one in found)
    earliest, likely, latest = (_date(today, round(futures.quantile(ends, share))) for share in shares)
    points = []
    for day in range(1, CHART_DAYS + 1):
        values = sorted(one.balances[day] for one in found)
        low, middle, high = (round(futures.quantile(values, share)) for share in shares)
        points.append(Point(today + timedelta(days=day), low, middle, high))
    lost = sorted(one.expired for one in found)
    band = Band(earliest, latest) if has_band else None
    return Projection(likely, band, tuple(points), round(futures.quantile(lost, 0.5)))


def _date(today: date, days: int) -> date | None:
    return None if days >= HORIZON_DAYS else today + timedelta(days=days)


def _has_band(history: Burn) -> bool:
    return len(history.weeks) >= BAND_WEEKS_MIN and history.active_days >= BAND_ACTIVE_DAYS_MIN


def _why(history: Burn, available: int) -> str:
    days, active = len(history.days), history.active_days
    if not available:
        return "No credits are available."
    if days < HISTORY_DAYS_MIN:
        return f"Too early to say: there are fewer than {HISTORY_DAYS_MIN} days of history."
    if not _has_band(history):
        return (
            f"Not enough history for a range: it takes {BAND_WEEKS_MIN} full weeks with use on"
            f" {BAND_ACTIVE_DAYS_MIN} days, and there are {days} days with use on {active}. This is the average alone."
        )
    weeks = len(history.weeks)
    return (
        f"Eight in ten futures made of the last {weeks} weeks lie within the range; recent weeks count more."
    )
