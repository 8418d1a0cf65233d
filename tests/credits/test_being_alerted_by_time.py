"""What time alone, or a day's use, brings about: grants near their end, short runways, unusual spend (G6)."""

from datetime import datetime, timedelta

from rollcall.credits import alerts, crossings
from rollcall.credits.models import AlertEvent
from rollcall.workspaces.models import Workspace
from tests.credits import acts
from tests.credits.test_being_alerted import DAY, HOUR, rule, told


def test_g6_a_grant_that_expires_soon(workspace: Workspace, now: datetime) -> None:
    near = acts.grant(workspace, 30, now, name="Spring", expires_at=now + 20 * DAY)
    acts.grant(workspace, 30, now, expires_at=now + 60 * DAY)
    rule(workspace, now, "expiry", 14)
    assert alerts.sweep_time(now=now) == 0
    assert alerts.sweep_time(now=now + 6 * DAY) == 1
    assert alerts.sweep_time(now=now + 7 * DAY) == 0
    assert told(workspace) == [("expiry", 14, f"gra_{near.pk}")]
    assert AlertEvent.objects.get().detail["grant_name"] == "Spring"


def test_g6_nothing_is_told_of_a_grant_that_is_used_up(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 3, now, expires_at=now + 5 * DAY)
    rule(workspace, now, "expiry", 14)
    acts.charge(workspace, acts.people(3), now)
    assert alerts.sweep_time(now=now) == 0


def test_g6_credits_run_out_within_days(workspace: Workspace, now: datetime) -> None:
    """Ten a day for twenty days: a hundred last ten days. A grant arms it anew."""
    acts.grant(workspace, 300, now)
    rule(workspace, now, "runway", 7)
    for day in range(20):
        acts.charge(workspace, acts.people(10, company=day + 1), now + day * DAY)
    at = now + 20 * DAY
    assert alerts.sweep_time(now=at) == 0
    for day in range(20, 24):
        acts.charge(workspace, acts.people(10, company=day + 1), now + day * DAY)
    at = now + 24 * DAY
    assert [alerts.sweep_time(now=at), alerts.sweep_time(now=at)] == [1, 0]
    acts.grant(workspace, 10, at)
    assert alerts.sweep_time(now=at) == 1
    assert told(workspace) == [("runway", 7, "epoch:1"), ("runway", 7, "epoch:2")]


def _usual(workspace: Workspace, now: datetime, days: int) -> datetime:
    """Ten a day for so many days; then the day after."""
    acts.grant(workspace, 1000, now)
    for day in range(days):
        acts.charge(workspace, acts.people(10, company=day + 1), now + day * DAY)
    return now + days * DAY


def test_g6_unusual_spend_is_told_when_the_search_ends(workspace: Workspace, now: datetime) -> None:
    rule(workspace, now, "spend", 300)
    at = _usual(workspace, now, 5)
    acts.charge(workspace, acts.people(29, company=90), at)
    assert told(workspace) == []
    acts.charge(workspace, acts.people(1, company=91), at)
    acts.charge(workspace, acts.people(30, company=92), at + HOUR)
    event = AlertEvent.objects.get()
    assert (event.crossing, event.after, event.detail["usual"]) == (at.date().isoformat(), 30, 10)


def test_g6_unusual_spend_of_a_search_that_still_runs(workspace: Workspace, now: datetime) -> None:
    rule(workspace, now, "spend", 300)
    at = _usual(workspace, now, 5)
    held = acts.hold(workspace, 100, at)
    acts.capture(workspace, held, acts.people(40, company=90), at)
    assert told(workspace) == []
    assert [alerts.sweep_spend(now=at), alerts.sweep_spend(now=at)] == [1, 0]
    acts.release(workspace, held, at)
    assert len(told(workspace)) == 1


def test_g6_nothing_is_unusual_without_history(workspace: Workspace, now: datetime) -> None:
    rule(workspace, now, "spend", 300)
    at = _usual(workspace, now, 4)
    acts.charge(workspace, acts.people(500, company=90), at)
    assert told(workspace) == []


def test_g6_a_day_is_the_workspaces_day(workspace: Workspace, now: datetime) -> None:
    """Half past eleven at night and half past midnight are two days there, whatever UTC says."""
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="Asia/Tokyo")
    workspace.refresh_from_db()
    rule(workspace, now, "spend", 300)
    at = _usual(workspace, now, 5).replace(hour=14, minute=30)
    acts.charge(workspace, acts.people(20, company=90), at)
    acts.charge(workspace, acts.people(20, company=91), at + HOUR)
    assert told(workspace) == []
    acts.charge(workspace, acts.people(10, company=92), at + HOUR + timedelta(minutes=5))
    assert told(workspace) == [("spend", 300, (at + DAY).date().isoformat())]


def test_ended_rules_are_not_swept(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 30, now, expires_at=now + 5 * DAY)
    made = rule(workspace, now, "expiry", 14)
    alerts.end(workspace=workspace, rule_id=made.pk, actor=acts.ACTOR, now=now)
    assert alerts.sweep_time(now=now) == 0
    assert list(crossings.replay(workspace=workspace)) == []
