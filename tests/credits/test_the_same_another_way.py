"""Metamorphic: whatever should make no difference makes none."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from rollcall.credits import adjustments, budgets, grants, singles
from rollcall.credits.holds import Purpose
from rollcall.credits.models import (
    Acquisition,
    BudgetCounter,
    BudgetReservation,
    Entry,
    Grant,
    Hold,
    HoldGrant,
    Wallet,
)
from rollcall.workspaces.models import Workspace
from tests.credits import acts, world

DAY = timedelta(days=1)
PEOPLE = [(profile, profile % 3) for profile in range(1, 31)]


def sums(workspace: Workspace) -> dict[str, Any]:
    """What must come out the same: every sum, and who is owned; not in how many steps."""
    parts = ("granted", "remaining", "held", "spent", "expired", "voided")
    return {
        "wallet": Wallet.objects.filter(workspace=workspace).values_list("available", "held").get(),
        "grants": list(Grant.objects.filter(workspace=workspace).order_by("pk").values_list(*parts)),
        "owned": sorted(
            Acquisition.objects.filter(workspace=workspace).values_list("profile_id", "company_id")
        ),
        "budgets": list(
            BudgetCounter.objects.filter(budget__workspace=workspace)
            .order_by("budget")
            .values_list("used", "reserved")
        ),
    }


def in_one_run(workspace: Workspace, now: datetime) -> None:
    _run(workspace, [PEOPLE], now)


def in_two_runs(workspace: Workspace, now: datetime) -> None:
    _run(workspace, [PEOPLE[:15]], now)
    _run(workspace, [PEOPLE[15:]], now)


def in_many_batches(workspace: Workspace, now: datetime) -> None:
    _run(workspace, [PEOPLE[i : i + 4] for i in range(0, 30, 4)], now)


def in_any_order(workspace: Workspace, now: datetime) -> None:
    mixed = list(PEOPLE)
    random.Random(3).shuffle(mixed)
    _run(workspace, [mixed[:7], mixed[7:20], mixed[20:]], now)


def with_everybody_twice(workspace: Workspace, now: datetime) -> None:
    _run(workspace, [PEOPLE[:20], PEOPLE[10:], PEOPLE], now)


def one_by_one(workspace: Workspace, now: datetime) -> None:
    for profile_id, company_id in PEOPLE:
        singles.charge(
            workspace=workspace, profile_id=profile_id, company_id=company_id, key=acts.new_key(), actor=acts.ACTOR,
            now=now, purpose=Purpose(segment_id=4),
        )  # fmt: skip


WAYS = [in_two_runs, in_many_batches, in_any_order, with_everybody_twice, one_by_one]


def _run(workspace: Workspace, batches: list[list[tuple[int, int]]], now: datetime) -> None:
    """A hold as large as all batches, whatever they overlap; the rest comes back."""
    amount = min(len({pair for batch in batches for pair in batch}), 30)
    held = acts.hold(workspace, amount, now, purpose=Purpose(segment_id=4))
    for batch in batches:
        acts.capture(workspace, held, batch, now)
    acts.release(workspace, held, now)


def _begin(workspace: Workspace, now: datetime, *, capped: bool) -> None:
    acts.grant(workspace, 12, now, expires_at=now + DAY)
    acts.grant(workspace, 9, now, priority=1)
    acts.grant(workspace, 50, now)
    if capped:
        for scope, period in (("workspace", "total"), ("segment", "day")):
            budgets.create(
                workspace=workspace, scope=scope, subject="", period=period, limit=40, is_hard=True,
                actor=acts.ACTOR, now=now,
            )  # fmt: skip


@pytest.mark.parametrize("capped", [False, True], ids=["free", "budgeted"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_c3_one_run_is_as_many_runs(
    workspace: Workspace,
    other_workspace: Workspace,
    now: datetime,
    way: Callable[[Workspace, datetime], None],
    capped: bool,
) -> None:
    for mine, how in ((workspace, in_one_run), (other_workspace, way)):
        _begin(mine, now, capped=capped)
        how(mine, now)
    assert sums(workspace) == sums(other_workspace)
    found = sums(workspace)
    assert found["wallet"] == (41, 0)
    # Soonest to expire, then the oldest; a higher number waits, whatever its age (G2).
    assert [grant[3] for grant in found["grants"]] == [12, 0, 18]
    acts.prove()


def test_g3_any_command_again_changes_nothing(workspace: Workspace, now: datetime) -> None:
    """Each verb, once everything has happened since, with the key it had."""
    again: list[Callable[[], Any]] = []

    def do(act: Callable[[], Any]) -> Any:
        again.append(act)
        return act()

    first = do(lambda: acts.grant(workspace, 30, now, key="g", expires_at=now + DAY))
    do(lambda: acts.grant(workspace, 30, now, key="g2"))
    held = do(lambda: acts.hold(workspace, 12, now, key="h", purpose=Purpose(4)))
    do(lambda: acts.capture(workspace, held, acts.people(5), now, key="c"))
    do(lambda: acts.capture(workspace, held, acts.people(9), now, key="c2"))
    do(lambda: acts.refund(workspace, now, profile_id=2, company_id=1, key="f", why=""))
    do(lambda: acts.release(workspace, held, now, key="r"))
    do(
        lambda: singles.charge(
            workspace=workspace, profile_id=77, company_id=1, key="s", actor=acts.ACTOR, now=now
        )
    )
    do(lambda: acts.refund(workspace, now + 2 * DAY, profile_id=3, company_id=1, key="f2", why=""))
    for amount in (5, -3):
        do(
            lambda amount=amount: adjustments.make(  # type: ignore[misc]
                workspace=workspace,
                amount=amount,
                reason="Why",
                key=f"a{amount}",
                actor=world.OLGA,
                now=now + 2 * DAY,
            )
        )
    do(lambda: grants.expire_due(workspace=workspace, now=now + 2 * DAY) and None)
    second = Grant.objects.get(name="Starter", expires_at=None)
    do(
        lambda: grants.void(
            workspace=workspace, grant_id=second.pk, key="v", actor=world.OLGA, now=now + 2 * DAY
        )
    )
    before = acts.state()
    for act in random.Random(5).sample(again, len(again)):
        act()
        assert acts.state() == before
    assert first.pk and Entry.objects.filter(workspace=workspace).count() >= len(again)
    acts.prove()


def test_g3_every_sum_can_be_rebuilt_from_the_entries(workspace: Workspace, now: datetime) -> None:
    """From legs alone, in plain Python: what grants, holds, parts, budgets and the wallet must say."""
    world.everything(workspace, now)
    of_grant: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    of_part: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry in Entry.objects.filter(workspace=workspace).prefetch_related("legs"):
        for leg in entry.legs.all():
            of_grant[leg.grant_id][leg.account] += leg.amount
            if entry.hold_id is not None and leg.account == "held":
                of_part[entry.hold_id, leg.grant_id][entry.kind] += abs(leg.amount)
    for grant in Grant.objects.filter(workspace=workspace):
        rebuilt = of_grant[grant.pk]
        assert (grant.granted, grant.remaining, grant.held, grant.spent, grant.expired, grant.voided) == (
            -rebuilt["source"], rebuilt["available"], rebuilt["held"], rebuilt["spent"], rebuilt["expired"],
            rebuilt["voided"],
        )  # fmt: skip
    for part in HoldGrant.objects.filter(hold__workspace=workspace):
        moved = of_part[part.hold_id, part.grant_id]
        assert (part.amount, part.captured, part.released) == (
            moved["hold"],
            moved["charge"],
            moved["release"],
        )
    holds = Hold.objects.filter(workspace=workspace)
    for hold in holds:
        parts = [moved for (number, _), moved in of_part.items() if number == hold.pk]
        assert hold.captured == sum(moved["charge"] for moved in parts)
        if hold.is_budgeted:
            for row in BudgetReservation.objects.filter(hold=hold).exclude(counter__budget__scope="persona"):
                assert (row.amount, row.confirmed) == (hold.amount, hold.captured)
    wallet = Wallet.objects.get(workspace=workspace)
    assert wallet.available == sum(rebuilt["available"] for rebuilt in of_grant.values())
    assert wallet.held == sum(hold.amount for hold in holds if hold.is_open)


DRY: dict[str, Callable[[Workspace, datetime], Any]] = {
    "grant": lambda w, now: acts.grant(w, 7, now, key="dry").granted,
    "hold": lambda w, now: acts.hold(w, 20, now, key="dry", purpose=Purpose(4)).amount,
    "charge": lambda w, now: singles.charge(
        workspace=w, profile_id=5, company_id=5, key="dry", actor=acts.ACTOR, now=now
    ).fresh,
    "refund": lambda w, now: acts.refund(w, now, profile_id=1, company_id=1, key="dry", why="").balance_change,
    "adjustment": lambda w, now: adjustments.make(
        workspace=w, amount=-4, reason="Dry", key="dry", actor=world.OLGA, now=now
    ).amount,
    "budget": lambda w, now: budgets.create(
        workspace=w, scope="segment", subject="", period="month", limit=9, is_hard=True, actor=acts.ACTOR, now=now
    ).limit,
}  # fmt: skip


@pytest.mark.parametrize("act", DRY)
def test_a_dry_run_is_the_real_run_rolled_back(workspace: Workspace, now: datetime, act: str) -> None:
    """The same answer, and nothing stays; then the real run does what was shown."""
    _begin(workspace, now, capped=False)
    _run(workspace, [PEOPLE], now)
    acts.refund(workspace, now, profile_id=2, company_id=2, key="other", why="")
    if act == "refund":
        acts.charge(workspace, [(1, 1), (1, 2)], now)
    before = acts.state()
    with transaction.atomic():
        shown = DRY[act](workspace, now + 2 * DAY)
        after = sums(workspace)
        transaction.set_rollback(True)
    assert acts.state() == before
    assert DRY[act](workspace, now + 2 * DAY) == shown and sums(workspace) == after
    acts.prove()
