"""E7 over any history: in no day does an automation spend more by itself than its allowance, and approvals are kept."""

import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rollcall.core.errors import RollcallError
from rollcall.credits.models import Acquisition, Entry
from rollcall.personas import approvals, automations
from rollcall.personas.models import Approval, Run
from rollcall.segments import definitions as segments
from rollcall.segments import membership
from rollcall.workspaces import preferences
from tests.personas.automating import automate, work
from tests.personas.world import World, prove, staff

COMPANIES, SEATS, STEPS = 24, 6, 30
# What the histories must have met, all together.
REACH = {
    "join", "day", "approve", "approve fewer", "approve again", "decline", "change", "pause", "resume", "budget bound",
    "alone", "asked", "approved charge", "refused",
}  # fmt: skip


class History:
    """A workspace to which things happen at random, and what it was promised."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.dice, self.now = world, random.Random(seed), world.now
        self.met: set[str] = set()
        world.load(staff(COMPANIES, SEATS))
        world.workspace = preferences.update(
            workspace=world.workspace, time_zone="America/New_York", actor=world.actor, now=world.now
        )
        self.source = world.segment("Source", include_domains="company1.com")
        within = [{"field": "segment", "op": "is_any_of", "value": [f"seg_{self.source.pk}"]}]
        self.market = world.segment("Market", kind="dynamic", where={"items": within})
        people = [world.persona("All"), world.persona("Chiefs", titles=["CEO"])]
        self.automations = [
            automate(world, self.market, *people, mode="allowance", credits_per_day=7),
            automate(world, self.market, people[1], trigger="daily", mode="allowance", credits_per_day=3),
            automate(world, self.market, people[0]),
        ]
        self.promised: dict[tuple[int, str], int] = {}
        self.chosen = 1

    def happen(self) -> None:
        acts = [self.join, self.join, self.day, self.day, self.approve, self.decline, self.change, self.pause]
        name = self.dice.choice(acts)
        try:
            name()
        except RollcallError:
            self.met.add("refused")
        self.note_promises()
        for run in work(self.now):
            self.met.add("alone" if run.actor.startswith("system") else "approved charge")

    def join(self) -> None:
        self.chosen = min(COMPANIES, self.chosen + self.dice.randint(1, 4))
        chosen = ",".join(f"company{n}.com" for n in range(1, self.chosen + 1))
        segments.update(
            workspace=self.world.workspace, segment_id=self.source.pk, definition={"include_domains": chosen},
            actor=self.world.actor, now=self.now,
        )  # fmt: skip
        membership.refresh(
            workspace=self.world.workspace, segment_id=self.market.pk, actor=self.world.actor, now=self.now
        )
        self.met.add("join")

    def day(self) -> None:
        self.now += timedelta(hours=self.dice.choice([1, 7, 13, 30]))
        self.met.add("day")

    def approve(self) -> None:
        found = list(Approval.objects.filter(workspace=self.world.workspace).order_by("pk"))
        if not found:
            return
        asked = self.dice.choice(found)
        credits = self.dice.choice([None, 1, 2, 1000])
        for _ in range(self.dice.choice([1, 2])):
            approvals.approve(
                workspace=self.world.workspace, approval_id=asked.pk, key=f"yes-{asked.pk}", credits=credits,
                actor=self.world.actor, now=self.now,
            )  # fmt: skip
            self.met |= {
                "approve",
                "approve fewer" if credits and credits < asked.credits else "approve again",
            }

    def decline(self) -> None:
        found = list(Approval.objects.filter(state="waiting").order_by("pk"))
        if not found:
            return
        asked = self.dice.choice(found)
        approvals.decline(
            workspace=self.world.workspace, approval_id=asked.pk, actor=self.world.actor, now=self.now
        )
        self.met.add("decline")

    def change(self) -> None:
        credits = self.dice.choice([0, 1, 4, 9])
        changed = self.dice.choice(self.automations)
        self.note_promises()
        mode: dict[str, Any] = self.dice.choice(
            [{"mode": "ask"}, {"mode": "allowance", "credits_per_day": credits}]
        )
        automations.change(**self._this(changed), **mode)
        self.met.add("change")

    def pause(self) -> None:
        chosen = automations.get(
            workspace=self.world.workspace, automation_id=self.dice.choice(self.automations).pk
        )
        (automations.pause if chosen.is_on else automations.resume)(**self._this(chosen))
        self.met.add("pause" if chosen.is_on else "resume")

    def note_promises(self) -> None:
        """The highest allowance that was in force at any moment of the day."""
        for one in automations.list_(workspace=self.world.workspace):
            key = (one.pk, day_of(self.now))
            self.promised[key] = max(self.promised.get(key, 0), one.credits_per_day)

    def check(self) -> None:
        spent: dict[tuple[int, str], int] = {}
        for run in Run.objects.filter(automation__isnull=False).select_related("quote"):
            asked = Approval.objects.filter(run=run).first()
            if asked is not None:
                assert run.charged <= asked.estimate["most"] <= asked.credits, "never more than was shown"
                continue
            # Charged in the day of its hold: what a run spends counts for the day on which it began.
            key = (run.automation_id or 0, day_of(run.created_at))
            spent[key] = spent.get(key, 0) + run.charged
        for key, credits in spent.items():
            assert credits <= self.promised.get(key, 0), (key, credits)
        if any(credits == self.promised[key] for key, credits in spent.items() if credits):
            self.met.add("budget bound")
        if Approval.objects.exists():
            self.met.add("asked")
        by_itself = Entry.objects.filter(kind="charge", automation_id__isnull=True)
        assert not by_itself.exists(), "only automations spent here, and every entry says so"
        assert Acquisition.objects.count() == sum(Run.objects.values_list("charged", flat=True))

    def _this(self, automation: Any) -> dict[str, Any]:
        return {
            "workspace": self.world.workspace, "automation_id": automation.pk, "actor": self.world.actor,
            "now": self.now,
        }  # fmt: skip


def day_of(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo('America/New_York')):%Y-%m-%d}"


_met: set[str] = set()


@pytest.mark.parametrize("seed", range(4))
def test_e7_in_no_day_more_than_the_allowance_and_what_was_approved(world: World, seed: int) -> None:
    history = History(world, seed)
    for _ in range(STEPS):
        history.happen()
    history.check()
    prove(world)
    _met.update(history.met)


def test_the_histories_met_everything(request: pytest.FixtureRequest) -> None:
    """A generator that never goes there proves nothing about it."""
    if not _met:
        pytest.skip("the histories were not run")
    assert _met >= REACH, REACH - _met
