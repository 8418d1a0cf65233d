"""Alerts: each crossing is told once, with the entry that caused it; a grant arms the rules anew (G6)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from rollcall.core import faults
from rollcall.core.errors import NotFound
from rollcall.credits import alerts, budgets, crossings, grants, reservations
from rollcall.credits.models import AlertEvent, AlertRule, Entry
from rollcall.notices.models import Letter
from rollcall.workspaces.models import Workspace
from tests.credits import acts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rule(
    workspace: Workspace, now: datetime, kind: str = "balance", threshold: int = 100, **given: Any
) -> AlertRule:
    return alerts.create(
        workspace=workspace, kind=kind, threshold=threshold, actor=acts.ACTOR, now=now, **given
    )


def told(workspace: Workspace) -> list[tuple[str, int, str]]:
    found = AlertEvent.objects.filter(workspace=workspace).select_related("rule").order_by("id")
    return [(event.rule.kind, event.rule.threshold, event.crossing) for event in found]


def replayed(workspace: Workspace) -> list[tuple[str, int, str]]:
    rules = {row.pk: row for row in AlertRule.objects.all()}
    found = sorted(crossings.replay(workspace=workspace), key=lambda one: one.entry_id)
    return [(rules[one.rule_id].kind, rules[one.rule_id].threshold, one.crossing) for one in found]


def test_g6_it_works(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 150, now)
    rule(workspace, now)
    acts.hold(workspace, 30, now)
    assert told(workspace) == []
    acts.hold(workspace, 25, now + HOUR)
    event = AlertEvent.objects.get()
    assert (event.before, event.after, event.created_at) == (120, 95, now + HOUR)
    assert event.entry == Entry.objects.latest("id")
    letter = Letter.objects.get()
    assert (letter.to, letter.subject) == ("alice@example.com", "Meridian: credits are getting low")
    assert letter.body.startswith("Available credits fell from 120 to 95, past 100.\n")
    assert told(workspace) == replayed(workspace)


def test_g6_once_in_an_epoch_and_again_after_a_grant(workspace: Workspace, now: datetime) -> None:
    """What comes back by a release or a refund and is spent again does not repeat it; a grant arms it anew."""
    acts.grant(workspace, 150, now)
    rule(workspace, now)
    held = acts.hold(workspace, 60, now)
    acts.capture(workspace, held, acts.people(1), now)
    acts.release(workspace, held, now)
    acts.hold(workspace, 60, now)
    assert told(workspace) == [("balance", 100, "epoch:1")]
    acts.refund(workspace, now, profile_id=1, company_id=1, key="back", why="bounced")
    acts.grant(workspace, 60, now)
    acts.hold(workspace, 60, now)
    assert told(workspace) == replayed(workspace) == [
        ("balance", 100, "epoch:1"), ("balance", 100, "epoch:2"),
    ]  # fmt: skip


def test_g6_exactly_at_the_threshold(workspace: Workspace, now: datetime) -> None:
    """Fell *to*: reaching it counts, starting from it does not."""
    acts.grant(workspace, 101, now)
    rule(workspace, now)
    rule(workspace, now, threshold=101)
    acts.charge(workspace, acts.people(1), now)
    assert told(workspace) == replayed(workspace) == [("balance", 100, "epoch:1")]


def test_g6_percent_of_what_there_was_when_credits_last_arrived(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    acts.hold(workspace, 50, now)
    acts.grant(workspace, 953, now)
    for threshold in (20, 10):
        rule(workspace, now, "percent", threshold)
    acts.hold(workspace, 802, now)
    assert told(workspace) == []
    acts.hold(workspace, 1, now)
    event = AlertEvent.objects.get()
    assert (event.before, event.after, event.detail) == (201, 200, {"whole": 1003})
    acts.hold(workspace, 150, now)
    assert told(workspace) == replayed(workspace) == [("percent", 20, "epoch:2"), ("percent", 10, "epoch:2")]


def test_g6_several_thresholds_in_one_step(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 1000, now)
    for threshold in (100, 200, 0):
        rule(workspace, now, threshold=threshold)
    acts.hold(workspace, 1000, now)
    assert sorted(told(workspace)) == sorted(replayed(workspace)) == [
        ("balance", 0, "epoch:1"), ("balance", 100, "epoch:1"), ("balance", 200, "epoch:1"),
    ]  # fmt: skip


def test_g6_a_rule_tells_only_of_its_life(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 150, now)
    acts.hold(workspace, 60, now)
    made = rule(workspace, now)
    alerts.end(workspace=workspace, rule_id=made.pk, actor=acts.ACTOR, now=now)
    acts.grant(workspace, 100, now)
    acts.hold(workspace, 100, now)
    assert told(workspace) == replayed(workspace) == []


def test_g6_a_grant_that_starts_later_is_not_available_yet(workspace: Workspace, now: datetime) -> None:
    """A balance counts what can be spent now; voiding what starts later is no fall."""
    acts.grant(workspace, 150, now)
    later = acts.grant(workspace, 1000, now, effective_at=now + DAY)
    rule(workspace, now)
    grants.void(workspace=workspace, grant_id=later.pk, key="void", actor=acts.ACTOR, now=now)
    assert told(workspace) == replayed(workspace) == []
    acts.grant(workspace, 1000, now, effective_at=now + DAY)
    acts.hold(workspace, 60, now)
    assert told(workspace) == replayed(workspace) == [("balance", 100, "epoch:3")]
    acts.hold(workspace, 1000, now + 2 * DAY)
    assert len(told(workspace)) == 1


def test_g6_what_expires_falls_too_and_what_a_release_expires(workspace: Workspace, now: datetime) -> None:
    """Up by the release, down by the expiry in the same moment: each entry is looked at by itself."""
    acts.grant(workspace, 50, now)
    acts.grant(workspace, 200, now, expires_at=now + DAY)
    rule(workspace, now)
    held = acts.hold(workspace, 200, now, key="all")
    assert told(workspace) == replayed(workspace) == [("balance", 100, "epoch:2")]
    acts.grant(workspace, 10, now)
    acts.release(workspace, held, now + 2 * DAY)
    assert told(workspace) == replayed(workspace)
    assert told(workspace)[1:] == [("balance", 100, "epoch:3")]
    acts.prove()


def test_g6_an_expiry_by_time_alone(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 200, now, expires_at=now + DAY)
    rule(workspace, now)
    grants.sweep_expiry(now=now + 2 * DAY)
    assert told(workspace) == replayed(workspace) == [("balance", 100, "epoch:1")]


def test_g6_event_and_entry_together_or_neither(
    workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts.grant(workspace, 150, now)
    rule(workspace, now)
    before = acts.state()
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{crossings.RAISED}=raise")
    with pytest.raises(faults.FaultInjected):
        acts.hold(workspace, 60, now, key="h")
    assert (acts.state(), told(workspace), Letter.objects.count()) == (before, [], 0)
    monkeypatch.delenv("ROLLCALL_FAULTS")
    for _ in range(2):
        acts.hold(workspace, 60, now, key="h")
    assert (len(told(workspace)), Letter.objects.count()) == (1, 1)


def test_no_rules_cost_no_query(workspace: Workspace, now: datetime) -> None:
    """Nobody pays for alerts that nobody asked for."""
    acts.grant(workspace, 1000, now)
    acts.hold(workspace, 1, now)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        acts.hold(workspace, 1, now)
    assert not [q for q in queries if "alert" in q["sql"]]
    rule(workspace, now)
    with CaptureQueriesContext(connection) as queries:
        acts.hold(workspace, 1, now)
    assert len([q for q in queries if "alert" in q["sql"]]) == 1


def test_only_my_workspace(workspace: Workspace, other_workspace: Workspace, now: datetime) -> None:
    made = rule(workspace, now)
    acts.grant(other_workspace, 150, now)
    acts.hold(other_workspace, 100, now)
    assert AlertEvent.objects.count() == 0
    with pytest.raises(NotFound):
        alerts.get(workspace=other_workspace, rule_id=made.pk)
    with pytest.raises(NotFound):
        alerts.end(workspace=other_workspace, rule_id=made.pk, actor=acts.ACTOR, now=now)


def test_put_away(workspace: Workspace, other_workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 300, now)
    for threshold in (100, 200):
        rule(workspace, now, threshold=threshold)
    acts.hold(workspace, 300, now)
    count, newest = alerts.unseen(workspace=workspace)
    assert count == 2 and newest is not None
    with pytest.raises(NotFound):
        alerts.see(workspace=other_workspace, event_id=newest.pk, now=now)
    assert alerts.see(workspace=workspace, event_id=newest.pk, now=now) == 1
    assert alerts.see(workspace=workspace, event_id=newest.pk, now=now) == 0
    assert alerts.see(workspace=workspace, event_id=None, now=now) == 1
    assert alerts.unseen(workspace=workspace) == (0, None)
    assert len(alerts.events(workspace=workspace).items) == 2
    assert alerts.events(workspace=workspace, unseen=True).items == []


def test_change_a_rule(workspace: Workspace, now: datetime) -> None:
    """Another threshold is another rule: what was told by the first keeps its meaning."""
    made = rule(workspace, now)
    same = alerts.change(workspace=workspace, rule_id=made.pk, actor=acts.ACTOR, now=now, by_email=False)
    assert (same.pk, same.by_email, same.by_webhook) == (made.pk, False, True)
    new = alerts.change(workspace=workspace, rule_id=made.pk, actor=acts.ACTOR, now=now, threshold=50)
    assert new.pk != made.pk and not new.by_email
    assert [row.threshold for row in alerts.list_(workspace=workspace)] == [50]
    with pytest.raises(NotFound):
        alerts.change(workspace=workspace, rule_id=made.pk, actor=acts.ACTOR, now=now, threshold=60)


def test_bad_rules_are_refused(workspace: Workspace, now: datetime) -> None:
    with pytest.raises(alerts.UnknownAlertKind):
        rule(workspace, now, "moon")
    for kind, threshold in [
        ("percent", 100),
        ("balance", -1),
        ("runway", 0),
        ("spend", 100),
        ("budget", 101),
    ]:
        with pytest.raises(alerts.ThresholdOutOfRange):
            rule(workspace, now, kind, threshold)
    rule(workspace, now)
    with pytest.raises(alerts.AlertExists), transaction.atomic():
        rule(workspace, now)


def test_the_usual_rules(workspace: Workspace, now: datetime) -> None:
    rule(workspace, now, "percent", 50)
    made = alerts.add_usual(workspace=workspace, actor=acts.ACTOR, now=now)
    assert [(row.kind, row.threshold) for row in made] == [("expiry", 14), ("spend", 300)]
    assert alerts.add_usual(workspace=workspace, actor=acts.ACTOR, now=now) == []


def test_g6_a_budget_is_nearly_used_up(workspace: Workspace, now: datetime) -> None:
    """Once for each budget and period, also when what was reserved is given back and reserved again."""
    acts.grant(workspace, 1000, now)
    budget = budgets.create(
        workspace=workspace, scope="workspace", subject="", period="month", limit=100, is_hard=True,
        actor=acts.ACTOR, now=now,
    )  # fmt: skip
    rule(workspace, now, "budget", 80)
    held = acts.hold(workspace, 79, now)
    assert told(workspace) == []
    acts.hold(workspace, 1, now)
    acts.release(workspace, held, now)
    acts.hold(workspace, 90, now)
    (event,) = AlertEvent.objects.all()
    assert event.crossing.startswith(f"bud_{budget.pk}:") and event.crossing.endswith(":2026-09")
    assert (event.before, event.after, event.detail["limit"]) == (79, 80, 100)
    acts.hold(workspace, 85, now + 31 * DAY)
    assert AlertEvent.objects.count() == 2


def test_g6_what_a_budget_refuses_is_not_told(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 1000, now)
    budgets.create(
        workspace=workspace, scope="workspace", subject="", period="total", limit=10, is_hard=True,
        actor=acts.ACTOR, now=now,
    )  # fmt: skip
    rule(workspace, now, "budget", 80)
    with pytest.raises(reservations.BudgetExceeded):
        acts.hold(workspace, 11, now)
    assert told(workspace) == []
