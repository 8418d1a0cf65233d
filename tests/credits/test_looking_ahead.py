"""Looking ahead (G4, G8): the balance to come, when it runs out, and a band that holds eight times in ten."""

from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from benchmarks import bench_forecast, burn_histories
from rollcall.credits import burn, drains, forecasts, futures, grants, holds
from rollcall.credits.burn import Burn
from rollcall.credits.drains import Part
from rollcall.credits.forecasts import Commitment
from rollcall.workspaces.models import Workspace
from tests.credits import acts

DAY = timedelta(days=1)
TODAY = date(2026, 9, 1)
PATTERN = (5, 3, 4, 6, 2, 0, 0)
_profiles = count(10_000)


def spend(workspace: Workspace, amount: int, at: datetime, **purpose: int) -> None:
    pairs = [(next(_profiles), 1) for _ in range(amount)]
    held = acts.hold(workspace, amount, at, purpose=holds.Purpose(**purpose)) if purpose else None
    if held is None:
        acts.charge(workspace, pairs, at)
        return
    acts.capture(workspace, held, pairs, at)
    acts.release(workspace, held, at)


def lived(workspace: Workspace, days: int, now: datetime, *, amount: int = 5000) -> None:
    """A grant so many days ago, and the pattern of use since."""
    acts.grant(workspace, amount, now - days * DAY)
    for back in range(days, 0, -1):
        if used := PATTERN[back % 7]:
            spend(workspace, used, now - back * DAY)


def steady(weeks: int, level: int = 10) -> Burn:
    return Burn(TODAY, (level,) * (7 * weeks), 0)


def test_g8_the_band_holds_eight_times_in_ten() -> None:
    """On seeded histories of many kinds, and on kinds that were made after the method was chosen."""
    families = (burn_histories.KINDS, burn_histories.HELD_OUT)
    found = [bench_forecast.backtest(kinds, histories=14, seed="kept") for kinds in families]
    for of_family in found:
        assert 0.75 <= bench_forecast.together(of_family) <= 0.85
    both = found[0] | found[1]
    assert 0.75 <= bench_forecast.run_outs(both) <= 0.85
    # A third of the outcomes each: as few as these miss by some percent by chance; the benchmark takes more.
    for horizon in bench_forecast.HORIZONS:
        assert 0.72 <= bench_forecast.together(both, horizon) <= 0.88


def test_g8_a_band_that_is_too_narrow_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(futures, "BAND", 0.6)
    forecasts._projected.cache_clear()
    found = bench_forecast.backtest(burn_histories.HELD_OUT, histories=7, seed="kept")
    forecasts._projected.cache_clear()
    assert bench_forecast.together(found) < 0.7


def test_the_same_history_always_gives_the_same_band() -> None:
    used = burn_histories.KINDS["campaigns"](Random(1), 200)
    asked = {"history": Burn(TODAY, tuple(used), 0), "left": [Part(5000, ends=300)]}
    first = forecasts.project(**asked)
    forecasts._projected.cache_clear()
    assert forecasts.project(**asked) == first


def test_g8_steady_use_runs_out_on_its_day() -> None:
    found = forecasts.project(history=steady(20), left=[Part(1000)])
    assert found.runs_out_on == TODAY + 99 * DAY
    assert found.band == forecasts.Band(TODAY + 99 * DAY, TODAY + 99 * DAY)
    assert found.points[0] == forecasts.Point(TODAY + DAY, 980, 980, 980)


def test_what_was_used_today_is_part_of_today() -> None:
    plain = forecasts.project(history=steady(20), left=[Part(1000)])
    late = forecasts.project(history=Burn(TODAY, (10,) * 140, 8), left=[Part(1000)])
    assert (plain.points[0].middle, late.points[0].middle) == (980, 988)


def test_g8_credits_that_expire_last_no_longer() -> None:
    """10 a day: of 600 that end in 20 days 400 are lost; then 100 that never end last 10 days."""
    left = [Part(600, ends=20), Part(100)]
    found = forecasts.project(history=steady(20), left=left)
    assert (found.runs_out_on, found.expires_unused) == (TODAY + 29 * DAY, 400)
    assert [found.points[day - 1].middle for day in (18, 19, 20)] == [510, 500, 90]


def test_a_grant_that_starts_later_counts_from_then_on() -> None:
    found = forecasts.project(history=steady(20), left=[Part(100), Part(500, starts=30)])
    assert found.runs_out_on == TODAY + 9 * DAY
    assert [found.points[day - 1].middle for day in (15, 30)] == [0, 490]


def test_parts_are_taken_in_burn_order(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now, priority=9, expires_at=now + 3 * DAY)
    acts.grant(workspace, 7, now, effective_at=now + 10 * DAY)
    acts.grant(workspace, 8, now, expires_at=now + 2 * DAY)
    found = grants.in_burn_order(workspace=workspace, now=now)
    left = drains.parts(found[::-1], now=now, zone=ZoneInfo("UTC"))
    assert left == [Part(8, ends=3), Part(7, starts=11), Part(5, ends=4)]
    assert drains.drain(left, [6.0, 12.0, 13.0, 14.0], shown=4) == drains.Drained(
        2, [7.0, 1.0, 0.0, 0.0], 0.0
    )


def test_g8_no_band_without_enough_history(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5000, now - 50 * DAY)
    for back in range(50, 0, -1):
        spend(workspace, 2, now - back * DAY)
    early = forecasts.outlook(workspace=workspace, now=now - 44 * DAY)
    assert (early.band, early.runs_out_on, early.points) == (None, None, ())
    assert early.why.startswith("Too early to say")
    found = forecasts.outlook(workspace=workspace, now=now)
    assert found.band is None and found.why.startswith("Not enough history for a range")
    assert "there are 50 days with use on 50" in found.why
    assert (found.pace, found.available) == (2.0, 4900)
    assert found.points[9].low == found.points[9].high == 4900 - 2 * 11


def test_g8_eight_weeks_need_ten_days_of_use(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 500, now - 80 * DAY)
    for back in range(9, 0, -1):
        spend(workspace, 3, now - 7 * back * DAY)
    assert forecasts.outlook(workspace=workspace, now=now).band is None
    spend(workspace, 3, now - 2 * DAY)
    assert forecasts.outlook(workspace=workspace, now=now).band is not None


def test_g8_a_band_from_the_ledger(workspace: Workspace, now: datetime) -> None:
    lived(workspace, 70, now, amount=600)
    found = forecasts.outlook(workspace=workspace, now=now)
    assert found.band and found.band.earliest and found.band.latest and found.runs_out_on
    assert found.band.earliest <= found.runs_out_on <= found.band.latest
    assert (found.runs_out_on - found.today).days == found.runway_days
    assert (found.available, found.history_days) == (400, 70)
    assert found.pace == pytest.approx(20 / 7)
    assert abs((found.runway_days or 0) - 400 / (20 / 7)) <= 7


def test_days_are_those_of_the_workspaces_clock(workspace: Workspace) -> None:
    """22:30 UTC is the next day in Paris; a refund counts against the day on which the credit comes back."""
    workspace.time_zone = "Europe/Paris"
    acts.grant(workspace, 100, datetime(2026, 8, 20, 12, tzinfo=UTC))
    acts.charge(workspace, acts.people(3), datetime(2026, 8, 21, 21, 0, tzinfo=UTC))
    acts.charge(workspace, acts.people(5, first=10), datetime(2026, 8, 21, 22, 30, tzinfo=UTC))
    acts.refund(
        workspace, datetime(2026, 8, 23, 12, tzinfo=UTC), profile_id=1, company_id=1, key="r", why="bounced"
    )
    acts.charge(workspace, acts.people(2, first=20), datetime(2026, 8, 25, 9, tzinfo=UTC))
    read = burn.read(workspace=workspace, now=datetime(2026, 8, 25, 12, tzinfo=UTC))
    assert (read.today, read.days, read.used_today) == (date(2026, 8, 25), (0, 3, 5, -1, 0), 2)


def test_refunds_do_not_make_credits_appear() -> None:
    """A week that gave back more than it used is no income: the balance to come never rises."""
    found = forecasts.project(history=Burn(TODAY, (5, -9, 3, 0, 0, 2, 1) * 10, 0), left=[Part(200)])
    assert all(b.high <= a.high for a, b in pairwise(found.points))


def test_e7_commitments_are_added_once(workspace: Workspace, now: datetime) -> None:
    """What an automation charged lately is in the history; only what is still to come of its allowance is added."""
    acts.grant(workspace, 5000, now - 60 * DAY)
    for back in range(60, 0, -1):
        spend(workspace, 1, now - back * DAY)
    for back in range(14, 0, -1):
        spend(workspace, 4, now - back * DAY, automation_id=7, segment_id=3)

    def added(commitment: Commitment) -> float:
        return (
            forecasts.outlook(workspace=workspace, now=now, commitments=[commitment]).added[0].credits_per_day
        )

    assert added(Commitment("new", 6)) == 6
    assert added(Commitment("begun", 6, automation_id=7)) == 6 - 2
    assert added(Commitment("segment", 6, segment_ids=(3, 4))) == 6 - 2
    assert added(Commitment("slower now", 1, automation_id=7)) == 0
    later = now + 20 * DAY
    old = forecasts.outlook(workspace=workspace, now=later, commitments=[Commitment("x", 9, automation_id=7)])
    assert old.added[0].credits_per_day == 0
    plain = forecasts.outlook(workspace=workspace, now=now)
    more = forecasts.outlook(workspace=workspace, now=now, commitments=[Commitment("new", 6)])
    assert more.pace == plain.pace + 6
    assert more.points[9].middle == plain.points[9].middle - 6 * 11


def test_a_workspace_sees_only_its_own_burn(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    lived(workspace, 14, now)
    assert burn.read(workspace=other_workspace, now=now) == Burn(now.date(), (), 0)
    found = forecasts.outlook(workspace=other_workspace, now=now)
    assert (found.available, found.why, found.points) == (0, "No credits are available.", ())


def test_spending_at_once_and_one_more_grant(workspace: Workspace, now: datetime) -> None:
    lived(workspace, 70, now, amount=600)
    found = forecasts.outlook(workspace=workspace, now=now, spend=300, extra=1000)
    plain = forecasts.outlook(workspace=workspace, now=now)
    assert found.available == plain.available + 1000
    assert found.points[29].middle == plain.points[29].middle + 700
