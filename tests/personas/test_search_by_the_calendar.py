"""Schedules and days where the workspace is: also where clocks change, and when the workspace moves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rollcall.credits.models import BudgetCounter
from rollcall.personas import automations, calendars
from rollcall.personas.models import Run
from rollcall.workspaces import preferences
from tests.personas.automating import automate, waiting, work
from tests.personas.world import World, prove

ZURICH = ZoneInfo("Europe/Zurich")


def at(text: str, zone: str = "Europe/Zurich") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("trigger", "after", "due"),
    [
        ("daily", "2026-11-22T05:59", "2026-11-22T06:00"),
        ("daily", "2026-11-22T06:00", "2026-11-23T06:00"),
        ("daily", "2026-03-28T12:00", "2026-03-29T06:00"),  # the night of 23 hours
        ("daily", "2026-10-24T12:00", "2026-10-25T06:00"),  # the night of 25 hours
        ("weekly", "2026-11-22T12:00", "2026-11-23T06:00"),
        ("weekly", "2026-11-23T06:00", "2026-11-30T06:00"),
        ("monthly", "2026-11-22T12:00", "2026-12-01T06:00"),
        ("monthly", "2026-12-01T06:00", "2027-01-01T06:00"),
        ("monthly", "2028-01-31T12:00", "2028-02-01T06:00"),
    ],
)
def test_when_a_schedule_is_due(trigger: str, after: str, due: str) -> None:
    found = calendars.next_due(trigger=trigger, time_zone="Europe/Zurich", after=at(after))
    assert found == at(due)


def test_what_waits_for_companies_has_no_schedule() -> None:
    assert calendars.next_due(trigger="joined", time_zone="UTC", after=at("2026-11-22T12:00")) is None


def test_e7_the_whole_segment_is_searched_each_day_within_the_allowance(world: World) -> None:
    """48 people at 20 a day are three days; each morning is one look, however late the worker comes."""
    segment = world.segment("Market")
    automation = automate(
        world, segment, world.persona(), trigger="daily", mode="allowance", credits_per_day=20
    )
    assert automation.due_at == datetime(2026, 9, 2, 6, tzinfo=UTC)
    assert work(world.now) == []
    charged = []
    for day in (2, 3, 3, 7, 8):
        morning = datetime(2026, 9, day, 9, tzinfo=UTC)
        charged.append([run.charged for run in work(morning)])
        left = 48 - sum(map(sum, charged))
        assert sum(found.credits for found in waiting(world)) == left
    assert charged == [[20], [20], [], [8], []]
    assert not Run.objects.exclude(state="done").exists()
    prove(world)


@pytest.mark.parametrize(
    ("today", "tomorrow"),
    [
        # One minute before and after midnight in Zurich: on UTC's clock both are the same day.
        ("2026-11-21T23:59", "2026-11-22T00:01"),
        ("2027-03-27T23:59", "2027-03-28T00:01"),
        ("2026-10-25T23:59", "2026-10-26T00:01"),
    ],
)
def test_e7_the_allowance_is_new_at_midnight_where_the_workspace_is(
    world: World, today: str, tomorrow: str
) -> None:
    clock(world, "Europe/Zurich")
    automation = automate(
        world, world.segment("Market"), world.persona(), trigger="daily", mode="allowance", credits_per_day=5,
        now=at(today) - timedelta(days=1),
    )  # fmt: skip
    assert [run.charged for run in work(at(today))] == [5]
    again(world, automation.pk, at(today))
    assert work(at(today)) == [], "used up until midnight"
    again(world, automation.pk, at(today))
    assert [run.charged for run in work(at(tomorrow))] == [5]
    days = BudgetCounter.objects.order_by("period_key").values_list("period_key", "used")
    assert list(days) == [(today[:10], 5), (tomorrow[:10], 5)]
    prove(world)


@pytest.mark.parametrize(("day", "hours"), [("2027-03-28", 23), ("2026-10-25", 25)])
def test_a_day_on_which_clocks_change_has_one_allowance(world: World, day: str, hours: int) -> None:
    clock(world, "Europe/Zurich")
    first, last = at(f"{day}T00:00"), at(f"{day}T23:59")
    assert last - first == timedelta(hours=hours, minutes=-1)
    automation = automate(
        world, world.segment("Market"), world.persona(), trigger="daily", mode="allowance", credits_per_day=5,
        now=first - timedelta(days=1),
    )  # fmt: skip
    charged = 0
    moment = first
    while moment <= last:
        again(world, automation.pk, moment)
        charged += sum(run.charged for run in work(moment))
        moment += timedelta(hours=1)
    assert charged == 5
    prove(world)


def test_moving_the_workspace_gives_no_day_twice(world: World) -> None:
    """West: the clock falls back into yesterday, whose allowance is used. East again: today's was used too."""
    clock(world, "Europe/Zurich")
    noon = at("2026-11-22T02:00")
    automation = automate(
        world, world.segment("Market"), world.persona(), trigger="daily", mode="allowance", credits_per_day=5,
        now=noon - timedelta(days=2),
    )  # fmt: skip
    assert [run.charged for run in work(noon - timedelta(hours=12))] == [5]
    again(world, automation.pk, noon)
    assert [run.charged for run in work(noon)] == [5]
    for zone in ("America/New_York", "Pacific/Honolulu", "Europe/Zurich"):
        clock(world, zone)
        again(world, automation.pk, noon)
        assert work(noon) == [], zone
    assert world.claims() == 10
    prove(world)


def test_a_pause_skips_the_calendar(world: World) -> None:
    automation = automate(world, world.segment("Market"), world.persona(), trigger="daily")
    this = {"workspace": world.workspace, "automation_id": automation.pk, "actor": world.actor}
    automations.pause(**this, now=world.now)
    later = world.later(3 * 86_400)
    assert work(later) == [] and not waiting(world)
    resumed = automations.resume(**this, now=later)
    assert resumed.due_at == datetime(2026, 9, 5, 6, tzinfo=UTC)
    assert work(later) == [] and not waiting(world)


def clock(world: World, zone: str) -> None:
    world.workspace = preferences.update(
        workspace=world.workspace, time_zone=zone, actor=world.actor, now=world.now
    )


def again(world: World, automation_id: int, now: datetime) -> None:
    """Have it look again at this moment: off and on, due long ago."""
    this = {"workspace": world.workspace, "automation_id": automation_id, "actor": world.actor}
    automations.pause(**this, now=now)
    automations.resume(**this, now=now - timedelta(days=3))
