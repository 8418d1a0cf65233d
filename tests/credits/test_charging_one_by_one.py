"""Charging for one person at a time: the same rules as a search, in one step."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rollcall.credits import balances, budgets, grants, singles
from rollcall.credits.captures import Captured
from rollcall.credits.holds import NotEnoughCredits, Purpose
from rollcall.credits.models import Acquisition, Entry, Grant
from rollcall.credits.posting import KeyReused
from rollcall.credits.reservations import CapMissing
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits import acts

pytestmark = pytest.mark.django_db


def _charge(workspace: Workspace, profile: int, now: datetime, **given: Any) -> Captured:
    given = {"company_id": 1, "key": acts.new_key(), "actor": acts.ACTOR, **given}
    return singles.charge(workspace=workspace, profile_id=profile, now=now, **given)


def test_it_works(workspace: Workspace, now: datetime) -> None:
    """C1: one credit, straight from the grant that burns first, told to segment and persona."""
    acts.grant(workspace, 5, now)
    soon = acts.grant(workspace, 5, now, expires_at=now + timedelta(days=1))
    charged = _charge(workspace, 7, now, purpose=Purpose(segment_id=3, persona_credits={9: 1}))
    assert charged.fresh == [(7, 1)]
    entry = charged.entry
    assert entry is not None
    assert (entry.kind, entry.amount, entry.segment_id, entry.hold_id) == ("charge", 1, 3, None)
    assert entry.context["by_persona"] == {"per_9": 1}
    assert Grant.objects.get(pk=soon.pk).spent == 1
    assert Acquisition.objects.get().persona_id == 9
    assert balances.quick(workspace=workspace, now=now) == (9, 0)
    acts.prove()


def test_c3_who_is_owned_is_free_whoever_charged_before(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now)
    acts.charge(workspace, [(7, 1)], now)
    before = acts.state()
    assert _charge(workspace, 7, now) == Captured(entry=None, fresh=[])
    assert acts.state() == before


def test_another_workspace_pays_for_itself(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    acts.grant(workspace, 5, now)
    acts.grant(other_workspace, 5, now)
    _charge(workspace, 7, now)
    assert _charge(other_workspace, 7, now).fresh == [(7, 1)]
    acts.prove()


def test_another_workspace_pays_for_itself_where_a_budget_has_its_say(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    """A charge that is not simple goes by way of a hold, and asks once more who is owned already."""
    for mine in (workspace, other_workspace):
        acts.grant(mine, 5, now)
    budgets.create(
        workspace=other_workspace, scope="workspace", subject="", period="total", limit=5, is_hard=True,
        actor=acts.ACTOR, now=now,
    )  # fmt: skip
    _charge(workspace, 7, now)
    assert _charge(other_workspace, 7, now).fresh == [(7, 1)]
    acts.prove()


def test_c3_the_same_key_again_answers_the_same(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now)
    first = _charge(workspace, 7, now, key="one")
    assert _charge(workspace, 7, now, key="one") == first
    with pytest.raises(KeyReused):
        _charge(workspace, 8, now, key="one")
    assert Entry.objects.filter(kind="charge").count() == 1
    acts.prove()


def test_g1_without_credits_nothing_is_charged(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 1, now)
    _charge(workspace, 7, now)
    before = acts.state()
    with pytest.raises(NotEnoughCredits):
        _charge(workspace, 8, now)
    assert acts.state() == before


def test_i2_an_api_key_without_a_cap_spends_nothing(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now)
    before = acts.state()
    with pytest.raises(CapMissing):
        _charge(workspace, 7, now, actor=Actor(ref="key_9", label="A program"))
    assert acts.state() == before


def test_g2_what_is_over_expires_before_it_could_be_spent(workspace: Workspace, now: datetime) -> None:
    """The long way round: it expires the old grant first, and gives the same charge."""
    old = acts.grant(workspace, 5, now, expires_at=now + timedelta(days=1))
    acts.grant(workspace, 5, now)
    later = now + timedelta(days=2)
    charged = _charge(workspace, 7, later)
    assert charged.fresh == [(7, 1)]
    assert Grant.objects.get(pk=old.pk).expired == 5
    assert balances.quick(workspace=workspace, now=later) == (4, 0)
    assert _charge(workspace, 7, later).fresh == []
    acts.prove()


def test_g2_burns_in_the_written_order_one_by_one(workspace: Workspace, now: datetime) -> None:
    """The statement that finds the first grant agrees with the order that the product shows."""
    for days, kind, priority in [
        (9, "package", 0),
        (None, "promotional", 0),
        (3, "top_up", 1),
        (9, "promotional", 0),
    ]:
        ends = now + timedelta(days=days) if days else None
        acts.grant(workspace, 2, now, kind=kind, priority=priority, expires_at=ends)
    expected = [grant.pk for grant in grants.in_burn_order(workspace=workspace, now=now) for _ in range(2)]
    burned = []
    for profile in range(8):
        _charge(workspace, profile + 1, now)
        burned.append(Acquisition.objects.get(profile_id=profile + 1).grant_id)
    assert burned == expected
    acts.prove()


def test_c8_its_refund_comes_back(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 1, now)
    _charge(workspace, 7, now)
    acts.refund(workspace, now, profile_id=7, company_id=1, key="back", why="hard bounce")
    assert balances.quick(workspace=workspace, now=now) == (1, 0)
    assert _charge(workspace, 7, now).fresh == []
    acts.prove()
