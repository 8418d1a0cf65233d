"""G5: any order of holds, charges, refunds and budgets, at any times: each counter says what a small oracle says."""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollcall.credits import budgets, periods
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Budget, BudgetCounter, Hold
from rollcall.workspaces import members
from rollcall.workspaces.access import Actor
from tests.credits import acts

EXAMPLES = int(os.environ.get("ROLLCALL_HISTORIES", "0")) or 60
START = datetime(2026, 3, 25, 9, tzinfo=UTC)  # clocks change on the 29th in Europe
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]
ACTORS = [Actor(ref=f"usr_{n}", label=f"User {n}") for n in (1, 2)]
SCOPES = ["workspace", "member", "segment", "persona"]
PERIODS = ["day", "week", "month", "total"]


@dataclass
class Spent:
    """One hold: who, for what, when; how many of it are charged and refunded for each persona."""

    who: str
    segment: str
    planned: Counter[str]
    at: datetime
    is_open: bool = True
    charged: Counter[str] = field(default_factory=Counter)
    refunds: list[tuple[str, datetime]] = field(default_factory=list)

    def taken(self, persona: str | None, period: str, zone: str) -> int:
        """Used and reserved together, of all people or those of one persona."""
        names = [persona] if persona else [*self.planned]
        source = self.planned if self.is_open else self.charged
        back = [
            name
            for name, at in self.refunds
            if name in names and _key(period, at, zone) == _key(period, self.at, zone)
        ]
        return sum(source[name] for name in names) - len(back)


def _key(period: str, at: datetime, zone: str) -> Any:
    """Written anew, not by the product's own words."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return {"day": day, "week": day - timedelta(days=day.weekday()), "month": (day.year, day.month)}.get(
        period
    )


def _taken(budget: Budget, subject: str, spent: list[Spent], at: datetime, zone: str) -> int:
    persona = subject if budget.scope == "persona" else None
    mine = {"member": "who", "segment": "segment"}.get(budget.scope)
    return sum(
        one.taken(persona, budget.period, zone)
        for one in spent
        if _key(budget.period, one.at, zone) == _key(budget.period, at, zone)
        and (mine is None or getattr(one, mine) == subject)
    )


def _fits(budget: Budget, one: Spent, spent: list[Spent], zone: str) -> bool:
    """Whether a new hold finds room in every counter of the budget that it counts for."""
    if not budget.is_hard:
        return True
    wants = {
        "workspace": {"": one.planned.total()},
        "member": {one.who: one.planned.total()},
        "segment": {one.segment: one.planned.total()},
        "persona": dict(one.planned),
    }[budget.scope]
    return all(
        not amount
        or budget.subject not in ("", subject)
        or _taken(budget, subject, spent, one.at, zone) + amount <= budget.limit
        for subject, amount in wants.items()
    )


LIMITS = st.sampled_from([0, 6, 10, 14, 18, 25, 60])
PUT = st.tuples(
    st.just("put"), st.sampled_from(SCOPES), st.sampled_from(PERIODS), LIMITS, st.booleans(), st.booleans()
)
HOLD = st.tuples(st.just("hold"), st.integers(0, 1), st.integers(1, 2), st.integers(0, 6), st.integers(0, 6))
CHARGE = st.tuples(st.just("charge"), st.integers(0, 99), st.integers(0, 4), st.integers(0, 4))
REFUND = st.tuples(st.just("refund"), st.integers(0, 99))
# What happens often stands more than once.
STEP = st.one_of(
    HOLD, HOLD, CHARGE, CHARGE, REFUND, REFUND, PUT,
    st.tuples(st.just("release"), st.integers(0, 99)),
    st.tuples(st.just("end"), st.integers(0, 99)),
    st.tuples(st.just("wait"), st.integers(1, 40)),
)  # fmt: skip
reached: Counter[str] = Counter()


@pytest.mark.usefixtures("db")
def test_g5_whatever_happens_in_whatever_order() -> None:
    _any_story()
    met = {
        "refused",
        "hold",
        "charge",
        "release",
        "refund",
        "refund of a past period",
        "put",
        "changed",
        "end",
    }
    assert met <= reached.keys(), reached


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    zone=st.sampled_from(ZONES),
    begin=st.lists(PUT, min_size=1, max_size=3),
    steps=st.lists(STEP, min_size=15, max_size=40),
)
def _any_story(zone: str, begin: list[Any], steps: list[Any]) -> None:
    story = Story(zone)
    for name, *values in [*begin, *steps]:
        getattr(story, name)(*values)
    story.check()
    acts.prove()


class Story:
    """The real ledger and the list of what was spent, side by side."""

    def __init__(self, zone: str) -> None:
        acts.know_the_tables()
        self.zone, self.now = zone, START
        name = f"Model {acts.new_key()}"
        self.workspace = members.create_workspace(name=name, now=START, time_zone=zone)
        acts.grant(self.workspace, 100_000, START)
        self.times = [START]
        self.spent: list[Spent] = []
        self.holds: list[Hold] = []
        self.people: list[tuple[int, str, int]] = []
        self.refunded: set[int] = set()
        self.made: list[Budget] = []

    @property
    def live(self) -> list[Budget]:
        return [budget for budget in self.made if budget.ended_at is None]

    def hold(self, who: int, segment: int, one: int, two: int) -> None:
        if not one + two:
            return
        wanted = Spent(ACTORS[who].ref, f"seg_{segment}", Counter(per_1=one, per_2=two), self.now)
        purpose = Purpose(segment_id=segment, persona_credits={1: one, 2: two})
        told = {"actor": ACTORS[who], "purpose": purpose}
        if all(_fits(budget, wanted, self.spent, self.zone) for budget in self.live):
            self.holds.append(acts.hold(self.workspace, one + two, self.now, **told))
            self.spent.append(wanted)
            reached["hold"] += 1
            return
        reached["refused"] += 1
        with pytest.raises(budgets.BudgetExceeded):
            acts.hold(self.workspace, one + two, self.now, **told)

    def charge(self, pick: int, one: int, two: int) -> None:
        still = [number for number, spent in enumerate(self.spent) if spent.is_open]
        if not still:
            return
        number = still[pick % len(still)]
        spent = self.spent[number]
        one = min(one, spent.planned["per_1"] - spent.charged["per_1"])
        two = min(two, spent.planned["per_2"] - spent.charged["per_2"])
        if not one + two:
            return
        first = len(self.people) + 1
        who = [1] * one + [2] * two
        pairs = [(first + place, 1) for place in range(len(who))]
        acts.capture(self.workspace, self.holds[number], pairs, self.now, persona_ids=who)
        self.people += [
            (number, f"per_{persona}", profile) for persona, (profile, _) in zip(who, pairs, strict=True)
        ]
        spent.charged.update(f"per_{persona}" for persona in who)
        reached["charge"] += 1

    def release(self, pick: int) -> None:
        still = [number for number, spent in enumerate(self.spent) if spent.is_open]
        if still:
            number = still[pick % len(still)]
            acts.release(self.workspace, self.holds[number], self.now)
            self.spent[number].is_open = False
            reached["release"] += 1

    def refund(self, pick: int) -> None:
        if not self.people:
            return
        number, persona, profile = self.people[pick % len(self.people)]
        if profile in self.refunded:
            return
        self.refunded.add(profile)
        acts.refund(
            self.workspace, self.now, profile_id=profile, company_id=1, key=f"refund-{profile}", why=""
        )
        self.spent[number].refunds.append((persona, self.now))
        counted = BudgetCounter.objects.filter(reservations__hold=self.holds[number], budget__in=self.live)
        past = [
            counter
            for counter in counted.select_related("budget")
            if counter.period_key != periods.key(counter.budget.period, zone=self.zone, now=self.now)
        ]
        reached["refund of a past period" if past else "refund"] += 1

    def put(self, scope: str, period: str, limit: int, is_hard: bool, each: bool) -> None:
        one = {"segment": "seg_1", "persona": "per_1"}.get(scope, "")
        given = {"scope": scope, "subject": "" if each else one, "period": period, "is_hard": is_hard}
        budget = budgets.put(workspace=self.workspace, limit=limit, actor=acts.ACTOR, now=self.now, **given)
        reached["changed" if budget in self.made else "put"] += 1
        self.made = [one for one in self.made if one != budget] + [budget]
        self.check()

    def end(self, pick: int) -> None:
        if self.live:
            budget = self.live[pick % len(self.live)]
            budgets.end(workspace=self.workspace, budget_id=budget.pk, actor=acts.ACTOR, now=self.now)
            budget.ended_at = self.now
            reached["end"] += 1

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.times.append(self.now)

    def check(self) -> None:
        """Every counter of a live budget in its present period, and no counter that should not be."""
        for budget in self.live:
            key = periods.key(budget.period, zone=self.zone, now=self.now)
            counters = BudgetCounter.objects.filter(budget=budget, period_key=key)
            found = {counter.subject: counter.used + counter.reserved for counter in counters}
            for subject in {
                "workspace": [""], "member": [one.ref for one in ACTORS], "segment": ["seg_1", "seg_2"],
                "persona": ["per_1", "per_2"],
            }[budget.scope]:  # fmt: skip
                if budget.subject in ("", subject):
                    wanted = _taken(budget, subject, self.spent, self.now, self.zone)
                    assert found.pop(subject, 0) == wanted, (budget.scope, budget.period, subject)
            assert not found
            past = BudgetCounter.objects.filter(budget=budget).exclude(period_key=key)
            for counter in past:
                at = next(
                    at
                    for at in self.times
                    if periods.key(budget.period, zone=self.zone, now=at) == counter.period_key
                )
                wanted = _taken(budget, counter.subject, self.spent, at, self.zone)
                assert counter.used + counter.reserved == wanted, counter.period_key


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(
        [*ZONES, "America/Havana", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "Asia/Kathmandu"]
    ),
    period=st.sampled_from(PERIODS[:3]),
    at=st.integers(1_104_537_600, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC)),
    shift=st.timedeltas(timedelta(days=-40), timedelta(days=40)),
)
def test_g5_two_instants_have_one_key_if_and_only_if_they_are_in_one_period(
    zone: str, period: str, at: datetime, shift: timedelta
) -> None:
    """Where clocks jump over midnight or fall back across it, and where a whole day was left out, too."""
    span = periods.span(period, zone=zone, now=at)
    assert span is not None
    begins, ends = span
    assert begins <= at < ends
    same = periods.key(period, zone=zone, now=at) == periods.key(period, zone=zone, now=at + shift)
    assert same == (begins <= at + shift < ends)
    for edge, inside in ((begins, True), (begins - timedelta.resolution, False), (ends, False)):
        assert (periods.key(period, zone=zone, now=edge) == periods.key(period, zone=zone, now=at)) is inside


@pytest.mark.parametrize(
    ("period", "at", "zone", "key"),
    [
        ("day", "2026-03-29T00:30:00+00:00", "Europe/Berlin", "2026-03-29"),
        ("day", "2026-10-25T22:59:59+00:00", "Europe/Berlin", "2026-10-25"),
        ("day", "2026-10-25T23:00:00+00:00", "Europe/Berlin", "2026-10-26"),
        ("week", "2027-01-03T12:00:00+00:00", "UTC", "2026-W53"),
        ("week", "2024-12-30T12:00:00+00:00", "UTC", "2025-W01"),
        ("month", "2026-12-31T23:30:00+00:00", "Asia/Tokyo", "2027-01"),
        ("total", "2026-12-31T23:30:00+00:00", "Asia/Tokyo", "total"),
    ],
)
def test_g5_periods_are_those_of_the_calendar_on_the_wall(period: str, at: str, zone: str, key: str) -> None:
    assert periods.key(period, zone=zone, now=datetime.fromisoformat(at)) == key


def test_g5_a_day_of_23_and_of_25_hours() -> None:
    for at, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        noon = datetime(at.year, at.month, at.day, 12, tzinfo=UTC)
        span = periods.span("day", zone="Europe/Berlin", now=noon)
        assert span is not None and span[1] - span[0] == timedelta(hours=hours)
