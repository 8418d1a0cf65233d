"""The forecast: the balance of the days to come, when it runs out, and how sure that is."""

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Count, Day, Shown
from rollcall.core import clock
from rollcall.personas import outlooks

noun = Noun("credits")


class AddedShown(Shown):
    """Spending known to come: what it adds a day to what the history shows already."""

    label: str = Field(examples=["Every day: Energy, large"])
    credits_per_day: float = Field(examples=[5.0])
    in_history: float = Field(examples=[0.0])


class BandShown(Shown):
    """Eight in ten futures run out between these days; null: not within two years."""

    earliest: Day | None
    latest: Day | None


class PointShown(Shown):
    """The balance at the end of a day; without a band all three are the same."""

    day: Day
    low: Count
    middle: Count
    high: Count


class ForecastShown(Shown):
    """What lies ahead. Too little history: no band (or nothing at all), and `why` says so."""

    today: Day
    available: Count
    history_days: Count
    active_days: Count = Field(description="Days of the history on which credits were used.")
    pace: float = Field(examples=[4.2], description="Credits a day: the last 28 days, and what is added.")
    added: list[AddedShown]
    runs_out_on: Day | None = Field(description="The likely day; null: not within two years, or not known.")
    runway_days: Count | None
    band: BandShown | None
    points: list[PointShown]
    expires_unused: Count = Field(description="Of the present credits, likely never used in time.")
    why: str = Field(examples=["Eight in ten futures made of the last 30 weeks lie within the range."])


@noun.operation("GET", "/credits/forecast", permission="credits.see", answer=ForecastShown)
def credits_forecast(request: Request) -> ForecastShown:
    """The forecast of the balance for 90 days, and the day on which it runs out, with an 80 % band."""
    workspace = request.auth.workspace
    ahead = outlooks.read(workspace=workspace, now=clock.now())
    band = ahead.band
    return ForecastShown(
        today=ahead.today,
        available=ahead.available,
        history_days=ahead.history_days,
        active_days=ahead.active_days,
        pace=round(ahead.pace, 2),
        added=[
            AddedShown(label=a.label, credits_per_day=a.credits_per_day, in_history=a.in_history)
            for a in ahead.added
        ],
        runs_out_on=ahead.runs_out_on,
        runway_days=ahead.runway_days,
        band=None if band is None else BandShown(earliest=band.earliest, latest=band.latest),
        points=[PointShown(day=p.day, low=p.low, middle=p.middle, high=p.high) for p in ahead.points],
        expires_unused=ahead.expires_unused,
        why=ahead.why,
    )
