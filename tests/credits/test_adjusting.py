"""Adjustments: an operator adds or takes away credits with a reason; many need a second operator."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from rollcall.core.errors import NotFound
from rollcall.credits import adjustments, balances, ledger, posting
from rollcall.credits.models import Adjustment, Entry, Grant
from rollcall.notices.models import Letter
from rollcall.workspaces import access, audit, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.credits import acts

DAY = timedelta(days=1)


@pytest.fixture
def olga(operator: User) -> Actor:
    return access.operator(operator)


@pytest.fixture
def otto(db: None) -> Actor:
    """A second operator."""
    return access.operator(members.create_user(email="otto@example.com", name="Otto Weiss", is_operator=True))


def adjust(workspace: Workspace, amount: int, actor: Actor, now: datetime, **given: Any) -> Adjustment:
    given = {"reason": "An import went wrong", "key": acts.new_key(), **given}
    return adjustments.make(workspace=workspace, amount=amount, actor=actor, now=now, **given)


def approve(made: Adjustment, actor: Actor, now: datetime) -> Adjustment:
    return adjustments.approve(adjustment_id=made.pk, actor=actor, now=now)


def refuse(made: Adjustment, actor: Actor, now: datetime) -> Adjustment:
    return adjustments.refuse(adjustment_id=made.pk, actor=actor, now=now)


def test_g2_credits_are_added(workspace: Workspace, olga: Actor, now: datetime) -> None:
    """An adjustment upwards is a grant of that kind, brought by an entry of that kind."""
    made = adjust(workspace, 40, olga, now)
    assert made.state == "done" and made.entry is not None
    assert (made.entry.kind, made.entry.amount, made.entry.balance_change) == ("adjustment", 40, 40)
    assert made.entry.context["why"] == "An import went wrong"
    grant = Grant.objects.get()
    assert (grant.kind, grant.granted, grant.reference) == ("adjustment", 40, f"adj_{made.pk}")
    assert balances.quick(workspace=workspace, now=now) == (40, 0)
    assert [entry.action for entry in audit.entries(workspace=workspace).items] == ["adjustments.do"]
    acts.prove()


def test_g2_credits_are_taken_away_in_burn_order(workspace: Workspace, olga: Actor, now: datetime) -> None:
    late = acts.grant(workspace, 50, now, name="late")
    soon = acts.grant(workspace, 30, now, name="soon", expires_at=now + DAY)
    first = acts.grant(workspace, 10, now, name="first", priority=-1)
    made = adjust(workspace, -45, olga, now)
    assert made.entry is not None
    assert (made.entry.kind, made.entry.amount, made.entry.balance_change) == ("adjustment", 45, -45)
    assert ledger.grant_split(entry=made.entry) == [(first, 10), (soon, 30), (late, 5)]
    assert balances.quick(workspace=workspace, now=now) == (45, 0)
    acts.prove()


def test_g1_never_below_zero(workspace: Workspace, olga: Actor, now: datetime) -> None:
    """G1: held credits, those of later and those that are over are not there to be taken."""
    acts.grant(workspace, 10, now)
    acts.grant(workspace, 5, now, effective_at=now + DAY)
    acts.grant(workspace, 7, now - 2 * DAY, expires_at=now - DAY)
    acts.hold(workspace, 4, now)
    before = acts.state()
    with pytest.raises(adjustments.NotEnoughToTake, match="only 6 are available"):
        adjust(workspace, -7, olga, now)
    assert acts.state() == before and not Adjustment.objects.exists()
    adjust(workspace, -6, olga, now)
    assert balances.quick(workspace=workspace, now=now) == (0, 4)
    acts.prove()


def test_what_is_over_expires_before_anything_is_taken(
    workspace: Workspace, olga: Actor, now: datetime
) -> None:
    acts.grant(workspace, 7, now, expires_at=now + DAY)
    acts.grant(workspace, 9, now)
    adjust(workspace, -2, olga, now + DAY)
    assert [(entry.kind, entry.balance_change) for entry in Entry.objects.order_by("pk")[2:]] == [
        ("expiry", -7), ("adjustment", -2),
    ]  # fmt: skip
    acts.prove()


@pytest.mark.parametrize("amount", [1001, -1001])
def test_above_the_limit_a_second_operator_decides(
    workspace: Workspace, olga: Actor, otto: Actor, now: datetime, amount: int
) -> None:
    acts.grant(workspace, 5000, now)
    made = adjust(workspace, amount, olga, now)
    assert (made.state, made.entry) == ("waiting", None)
    assert adjustments.waiting() == [made]
    assert balances.quick(workspace=workspace, now=now) == (5000, 0)
    with pytest.raises(adjustments.SecondOperatorNeeded, match="Olga Brandt"):
        approve(made, olga, now)
    done = approve(made, otto, now + DAY)
    assert (done.state, done.decided_by, done.decided_at) == ("done", otto.ref, now + DAY)
    assert done.entry is not None and done.entry.actor == olga.ref
    assert done.entry.context["approved_by"] == "Otto Weiss (operator)"
    before = acts.state()
    assert approve(made, otto, now + DAY).entry == done.entry
    with pytest.raises(adjustments.AlreadyDecided):
        refuse(made, otto, now)
    assert acts.state() == before and adjustments.waiting() == []
    assert balances.quick(workspace=workspace, now=now + DAY) == (5000 + amount, 0)
    acts.prove()


@pytest.mark.parametrize("amount, state", [(1000, "done"), (-1000, "done"), (1001, "waiting")])
def test_the_limit_itself_needs_nobody_else(
    workspace: Workspace, olga: Actor, now: datetime, amount: int, state: str
) -> None:
    acts.grant(workspace, 1000, now)
    assert adjust(workspace, amount, olga, now).state == state


def test_the_limit_is_a_setting(workspace: Workspace, olga: Actor, now: datetime, settings: Any) -> None:
    settings.ROLLCALL_ADJUSTMENT_LIMIT = 3
    assert adjust(workspace, 4, olga, now).state == "waiting"
    assert "adjustment waits" in Letter.objects.get().subject


def test_refusing(workspace: Workspace, olga: Actor, otto: Actor, now: datetime) -> None:
    made = adjust(workspace, 2000, olga, now)
    for _ in range(2):
        assert refuse(made, otto, now).state == "refused"
    with pytest.raises(adjustments.AlreadyDecided, match="refused, by Otto"):
        approve(made, otto, now)
    assert not Entry.objects.exists()


def test_whoever_asked_may_take_it_back(
    workspace: Workspace, olga: Actor, otto: Actor, now: datetime
) -> None:
    made = adjust(workspace, 2000, olga, now)
    for _ in range(2):
        assert (refuse(made, olga, now).state, made.entry) == ("refused", None)
    with pytest.raises(adjustments.AlreadyDecided):
        approve(made, otto, now)


def test_credits_that_are_gone_meanwhile_keep_it_waiting(
    workspace: Workspace, olga: Actor, otto: Actor, now: datetime
) -> None:
    acts.grant(workspace, 2000, now)
    made = adjust(workspace, -2000, olga, now)
    acts.hold(workspace, 1, now)
    with pytest.raises(adjustments.NotEnoughToTake):
        approve(made, otto, now)
    assert adjustments.waiting() == [made]
    acts.prove()


def test_g3_the_same_key_again_is_the_same_adjustment(
    workspace: Workspace, olga: Actor, now: datetime
) -> None:
    for amount in (5, 5000):
        first = adjust(workspace, amount, olga, now, key=f"k{amount}")
        before = acts.state()
        assert adjust(workspace, amount, olga, now, key=f"k{amount}") == first
        assert acts.state() == before
    with pytest.raises(adjustments.AdjustmentKeyReused):
        adjust(workspace, 6, olga, now, key="k5")
    assert Adjustment.objects.count() == 2


def test_the_database_refuses_one_person_in_both_roles(
    workspace: Workspace, olga: Actor, now: datetime
) -> None:
    made = adjust(workspace, 5000, olga, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=made.pk).update(decided_by=olga.ref)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"amount": 0}, adjustments.AdjustmentNotWhole),
        ({"amount": True}, adjustments.AdjustmentNotWhole),
        ({"amount": 1.5}, adjustments.AdjustmentNotWhole),
        ({"amount": 10**16}, posting.AmountOutOfRange),
        ({"amount": -(10**16)}, posting.AmountOutOfRange),
        ({"reason": "  "}, adjustments.ReasonNeeded),
        ({"reason": "x" * 501}, adjustments.ReasonNeeded),
        ({"reason": "a\0b"}, adjustments.ReasonNeeded),
        ({"key": ""}, posting.KeyNeeded),
    ],
)
def test_bad_input_is_refused(
    workspace: Workspace, olga: Actor, now: datetime, given: dict[str, Any], error: Any
) -> None:
    with pytest.raises(error):
        adjust(workspace, **{"amount": 5, "actor": olga, "now": now, **given})
    assert not Adjustment.objects.exists() and not Entry.objects.exists()


def test_only_operators_adjust(workspace: Workspace, actor: Actor, olga: Actor, now: datetime) -> None:
    made = adjust(workspace, 5000, olga, now)
    for act in (
        lambda: adjust(workspace, 5, actor, now),
        lambda: approve(made, actor, now),
        lambda: refuse(made, actor, now),
    ):
        with pytest.raises(access.NotAnOperator):
            act()


def test_one_that_does_not_exist(olga: Actor, now: datetime) -> None:
    for act in (adjustments.approve, adjustments.refuse):
        with pytest.raises(NotFound, match="adj_404"):
            act(adjustment_id=404, actor=olga, now=now)


def test_they_are_listed_for_their_workspace(
    workspace: Workspace, other_workspace: Workspace, olga: Actor, now: datetime
) -> None:
    first, second = adjust(workspace, 5, olga, now), adjust(workspace, 5000, olga, now)
    assert adjustments.of(workspace=workspace) == [second, first]
    assert adjustments.of(workspace=other_workspace) == []
