"""Any history of verbs and rules: what was told is exactly what the journal shows should have been (G6, L12)."""

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from rollcall.core.errors import RollcallError
from rollcall.credits import adjustments, alerts, crossings, grants, refunds, singles
from rollcall.credits.models import Acquisition, AlertEvent, Grant, Hold
from rollcall.workspaces import members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits import acts

HISTORIES = int(os.environ.get("ROLLCALL_HISTORIES", "20"))
STEPS = 60
OLGA = Actor(ref="usr_9", label="Olga", is_operator=True)


class History:
    """One workspace, its clock, and dice that choose what happens next."""

    def __init__(self, seed: int, start: datetime) -> None:
        self.dice, self.now = random.Random(seed), start
        self.workspace = members.create_workspace(name=f"History {seed}", now=start)
        self.person = 0

    def step(self) -> None:
        verbs: list[Callable[[], Any]] = [
            self.grant, self.grant, self.hold, self.hold, self.hold, self.capture, self.release, self.single,
            self.refund, self.void, self.expire, self.adjust, self.add_rule, self.add_rule, self.end_rule,
        ]  # fmt: skip
        # Callers bring their own clocks, and those run a little apart.
        self.now += timedelta(hours=self.dice.choice([-1, 0, 0, 1, 5, 30]))
        try:
            with transaction.atomic():
                self.dice.choice(verbs)()
        except RollcallError:
            pass  # what was refused changed nothing

    def grant(self) -> None:
        starts = self.now + timedelta(hours=self.dice.choice([0, 0, 0, 20]))
        ends = self.dice.choice([None, starts + timedelta(hours=self.dice.choice([3, 40]))])
        acts.grant(self.workspace, self.dice.randint(1, 60), self.now, effective_at=starts, expires_at=ends)

    def hold(self) -> None:
        acts.hold(self.workspace, self.dice.randint(1, 50), self.now)

    def capture(self) -> None:
        if held := self._open():
            self.person += 5
            acts.capture(self.workspace, held, acts.people(5, first=self.person), self.now)

    def release(self) -> None:
        if held := self._open():
            acts.release(self.workspace, held, self.now)

    def single(self) -> None:
        for _ in range(self.dice.randint(1, 15)):
            self.person += 1
            singles.charge(
                workspace=self.workspace, profile_id=self.person, company_id=2, key=acts.new_key(), actor=acts.ACTOR,
                now=self.now,
            )  # fmt: skip

    def refund(self) -> None:
        claim = Acquisition.objects.filter(workspace=self.workspace, refund_entry=None).first()
        if claim:
            refunds.refund(
                workspace=self.workspace, profile_id=claim.profile_id, company_id=claim.company_id, key=acts.new_key(),
                why="bounced", actor=acts.ACTOR, now=self.now,
            )  # fmt: skip

    def void(self) -> None:
        mine = list(Grant.objects.filter(workspace=self.workspace, remaining__gt=0))
        if mine:
            one = self.dice.choice(mine)
            grants.void(
                workspace=self.workspace, grant_id=one.pk, key=acts.new_key(), actor=acts.ACTOR, now=self.now
            )

    def expire(self) -> None:
        grants.expire_due(workspace=self.workspace, now=self.now)

    def adjust(self) -> None:
        amount = self.dice.choice([-20, -3, 4, 30])
        adjustments.make(
            workspace=self.workspace,
            amount=amount,
            reason="count",
            key=acts.new_key(),
            actor=OLGA,
            now=self.now,
        )

    def add_rule(self) -> None:
        kind, threshold = self.dice.choice(
            [("balance", self.dice.randint(0, 60)), ("percent", 10 * self.dice.randint(0, 9))]
        )
        alerts.create(
            workspace=self.workspace, kind=kind, threshold=threshold, actor=acts.ACTOR, now=self.now
        )

    def end_rule(self) -> None:
        if rules := alerts.list_(workspace=self.workspace):
            one = self.dice.choice(rules)
            alerts.end(workspace=self.workspace, rule_id=one.pk, actor=acts.ACTOR, now=self.now)

    def _open(self) -> Hold | None:
        mine = list(Hold.objects.filter(workspace=self.workspace, is_open=True))
        return self.dice.choice(mine) if mine else None


def told(workspace: Workspace) -> dict[tuple[int, str], int | None]:
    found = AlertEvent.objects.filter(workspace=workspace)
    return {(event.rule_id, event.crossing): event.entry_id for event in found}


def due(workspace: Workspace) -> dict[tuple[int, str], int | None]:
    return {(one.rule_id, one.crossing): one.entry_id for one in crossings.replay(workspace=workspace)}


@pytest.mark.slow
@pytest.mark.django_db
def test_g6_every_crossing_in_the_journal_has_its_event(now: datetime) -> None:
    reached: Counter[str] = Counter()
    for seed in range(HISTORIES):
        history = History(seed, now)
        for _ in range(STEPS):
            history.step()
        assert told(history.workspace) == due(history.workspace), seed
        for event in AlertEvent.objects.filter(workspace=history.workspace).select_related("rule", "entry"):
            assert event.entry is not None
            reached[f"{event.rule.kind} by {event.entry.kind}"] += 1
    # A generator that never goes there proves nothing about it.
    kinds = ("hold", "charge", "void", "expiry", "adjustment")
    wanted = {f"{rule} by {entry}" for rule in ("balance", "percent") for entry in kinds}
    assert wanted <= reached.keys(), wanted - reached.keys()
