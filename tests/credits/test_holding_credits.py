"""Holds: credits are set aside first, and what was not spent comes back."""

from datetime import datetime, timedelta

import pytest

from rollcall.core.errors import NotEnough, NotFound
from rollcall.credits import balances, holds, ledger, posting
from rollcall.credits.models import Entry, Hold
from rollcall.workspaces.models import Workspace
from tests.credits import acts

DAY = timedelta(days=1)


def test_e3_it_works(workspace: Workspace, now: datetime) -> None:
    """E3: the maximum is held first."""
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 60, now, run_id=7, context={"segment": "seg_1"})
    assert (held.amount, held.run_id, held.is_open) == (60, 7, True)
    assert balances.quick(workspace=workspace, now=now) == (40, 60)
    entry = Entry.objects.get(kind="hold")
    assert (entry.run_id, entry.hold, entry.context, entry.balance_change) == (
        7,
        held,
        {"segment": "seg_1"},
        0,
    )
    acts.prove()


def test_e3_a_shortfall_is_named_and_nothing_is_held(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    before = acts.state()
    with pytest.raises(holds.NotEnoughCredits) as caught:
        acts.hold(workspace, 150, now)
    assert caught.value.details == {"needed": 150, "available": 100, "shortfall": 50}
    assert isinstance(caught.value, NotEnough) and caught.value.code == "not_enough_credits"
    assert acts.state() == before


def test_g1_without_any_grant_nothing_can_be_held(workspace: Workspace, now: datetime) -> None:
    with pytest.raises(holds.NotEnoughCredits):
        acts.hold(workspace, 1, now)
    assert balances.quick(workspace=workspace, now=now) == (0, 0)


def test_g3_the_same_key_again_is_the_same_hold(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 60, now, key="h", run_id=1)
    before = acts.state()
    assert acts.hold(workspace, 60, now, key="h", run_id=1) == held
    for other in ({"amount": 61, "run_id": 1}, {"amount": 60, "run_id": 2}):
        with pytest.raises(holds.HoldKeyReused):
            acts.hold(workspace, now=now, key="h", **other)
    assert acts.state() == before


def test_a_key_that_wrote_another_entry_is_refused(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now, key="k")
    before = acts.state()
    with pytest.raises(posting.KeyReused):
        acts.hold(workspace, 60, now, key="k")
    assert acts.state() == before


def test_a_hold_is_taken_from_several_grants_in_burn_order(workspace: Workspace, now: datetime) -> None:
    paid = acts.grant(workspace, 10, now)
    gift = acts.grant(workspace, 10, now, kind="promotional")
    held = acts.hold(workspace, 15, now)
    parts = [(part.grant, part.amount) for part in held.parts.order_by("position")]
    assert parts == [(gift, 10), (paid, 5)]
    assert ledger.grant_split(entry=Entry.objects.get(kind="hold")) == parts


def test_release_gives_back_the_rest(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 60, now)
    acts.capture(workspace, held, acts.people(25), now)
    assert balances.quick(workspace=workspace, now=now) == (40, 35)
    assert acts.release(workspace, held, now) == 35
    assert balances.quick(workspace=workspace, now=now) == (75, 0)
    held.refresh_from_db()
    assert (held.is_open, held.captured, held.released, held.closed_at) == (False, 25, 35, now)
    acts.prove()


def test_closing_twice_changes_nothing(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 60, now)
    acts.release(workspace, held, now, key="r")
    before = acts.state()
    assert acts.release(workspace, held, now, key="r") == 60
    assert acts.release(workspace, held, now, key="another") == 60
    assert acts.state() == before


def test_a_hold_that_was_spent_whole_closes_without_an_entry(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now)
    held = acts.hold(workspace, 5, now)
    acts.capture(workspace, held, acts.people(5), now)
    assert acts.release(workspace, held, now) == 0
    assert balances.quick(workspace=workspace, now=now) == (0, 0)
    assert not Entry.objects.filter(kind="release").exists()
    acts.prove()


def test_what_comes_back_to_an_expired_grant_expires_at_once(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now, expires_at=now + DAY)
    acts.grant(workspace, 10, now)
    held = acts.hold(workspace, 15, now)
    acts.capture(workspace, held, acts.people(4), now + DAY)
    assert acts.release(workspace, held, now + 2 * DAY) == 11
    assert balances.quick(workspace=workspace, now=now + 2 * DAY) == (10, 0)
    assert Entry.objects.get(kind="expiry").amount == 6
    acts.prove()


def test_a_grant_can_expire_in_two_parts(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now, expires_at=now + DAY)
    held = acts.hold(workspace, 4, now)
    with pytest.raises(holds.NotEnoughCredits):
        acts.hold(workspace, 1, now + DAY)
    acts.grant(workspace, 1, now)
    acts.hold(workspace, 1, now + DAY)
    acts.release(workspace, held, now + DAY)
    assert list(Entry.objects.filter(kind="expiry").order_by("id").values_list("amount", flat=True)) == [6, 4]
    acts.prove()


def test_another_workspaces_hold_is_not_found(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    acts.grant(workspace, 5, now)
    held = acts.hold(workspace, 5, now)
    before = acts.state()
    with pytest.raises(NotFound):
        acts.release(other_workspace, held, now)
    with pytest.raises(NotFound):
        acts.capture(other_workspace, held, [(1, 1)], now)
    with pytest.raises(NotFound):
        holds.find(workspace=other_workspace, hold_id=held.pk)
    assert acts.state() == before and Hold.objects.count() == 1


def test_a_release_by_a_clock_that_is_behind_does_not_end_the_hold_before_it_began(
    workspace: Workspace, now: datetime
) -> None:
    """Who retries with the same key may have looked at the clock before whoever placed the hold."""
    acts.grant(workspace, 10, now - DAY)
    held = acts.hold(workspace, 6, now)
    assert acts.release(workspace, held, now - timedelta(seconds=1)) == 6
    assert Hold.objects.get().closed_at == now == Entry.objects.get(kind="release").created_at
    acts.prove()


def test_a_charge_by_a_clock_that_is_behind_does_not_end_the_hold_before_it_began(
    workspace: Workspace, now: datetime
) -> None:
    """All of it is used up by a worker whose clock is behind: the hold ends when it began, and the proof agrees."""
    acts.grant(workspace, 10, now - DAY)
    held = acts.hold(workspace, 3, now)
    acts.capture(workspace, held, acts.people(3), now - timedelta(seconds=2))
    assert acts.release(workspace, held, now) == 0
    assert Hold.objects.get().closed_at == now
    acts.prove()
