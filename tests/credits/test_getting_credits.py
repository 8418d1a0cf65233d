"""Grants: credits arrive, burn in a written order, expire and are taken back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rollcall.core import jobs
from rollcall.core.errors import NotFound
from rollcall.credits import balances, grants, ledger, posting
from rollcall.credits.models import Entry, Grant
from rollcall.workspaces.models import Workspace
from tests.credits import acts

DAY = timedelta(days=1)


def test_it_works(workspace: Workspace, now: datetime) -> None:
    grant = acts.grant(workspace, 100, now, name="Starter", reference="INV-7")
    assert (grant.granted, grant.remaining, grant.expires_at) == (100, 100, None)
    assert balances.quick(workspace=workspace, now=now) == (100, 0)
    entry = Entry.objects.get()
    assert (entry.kind, entry.amount, entry.balance_change) == ("grant", 100, 100)
    assert ledger.grant_split(entry=entry) == [(grant, 100)]
    acts.prove()


def test_g3_the_same_key_again_is_the_same_grant(workspace: Workspace, now: datetime) -> None:
    first = acts.grant(workspace, 100, now, key="k", expires_at=now + DAY)
    before = acts.state()
    assert acts.grant(workspace, 100, now + 2 * DAY, key="k", expires_at=now + DAY) == first
    assert acts.state() == before


def test_another_amount_under_the_same_key_is_refused(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now, key="k")
    before = acts.state()
    with pytest.raises(posting.KeyReused):
        acts.grant(workspace, 101, now, key="k")
    assert acts.state() == before


def test_keys_are_per_workspace(workspace: Workspace, other_workspace: Workspace, now: datetime) -> None:
    assert acts.grant(workspace, 100, now, key="k") != acts.grant(other_workspace, 50, now, key="k")
    assert balances.quick(workspace=other_workspace, now=now) == (50, 0)
    acts.prove()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"amount": 0}, posting.AmountOutOfRange),
        ({"amount": -5}, posting.AmountOutOfRange),
        ({"amount": 10**16}, posting.AmountOutOfRange),
        ({"amount": True}, posting.AmountOutOfRange),
        ({"kind": "gift"}, grants.UnknownGrantKind),
        ({"name": "  "}, grants.GrantNameNeeded),
        ({"name": "x" * 121}, grants.GrantNameNeeded),
        ({"key": ""}, posting.KeyNeeded),
        ({"key": "k" * 121}, posting.KeyNeeded),
        ({"expires_at": -DAY}, grants.GrantDatesWrong),
        ({"effective_at": 2 * DAY, "expires_at": DAY}, grants.GrantDatesWrong),
    ],
)
def test_bad_input_is_refused(workspace: Workspace, now: datetime, given: dict[str, Any], error: Any) -> None:
    dated = {name: now + value if isinstance(value, timedelta) else value for name, value in given.items()}
    with pytest.raises(error):
        acts.grant(workspace, **{"amount": 5, "now": now, **dated})
    assert not Entry.objects.exists() and not Grant.objects.exists()


def test_g2_burn_order(workspace: Workspace, now: datetime) -> None:
    """G2: soonest to expire, then promotional before paid, then oldest."""
    later = acts.grant(workspace, 1, now, name="later", effective_at=now + DAY)
    old = acts.grant(workspace, 1, now, name="old", effective_at=now - 2 * DAY)
    older = acts.grant(workspace, 1, now, name="older", effective_at=now - 3 * DAY)
    gift = acts.grant(workspace, 1, now, name="gift", kind="promotional")
    soon = acts.grant(workspace, 1, now, name="soon", expires_at=now + DAY)
    soon_gift = acts.grant(workspace, 1, now, name="soon gift", kind="promotional", expires_at=now + DAY)
    order = grants.in_burn_order(workspace=workspace, now=now)
    assert order == [soon_gift, soon, gift, older, old, later]
    assert [grant.state for grant in order] == ["in use", "next", "next", "next", "next", "later"]
    held = acts.hold(workspace, 5, now)
    spent = [acts.capture(workspace, held, [(profile, 1)], now).entry for profile in range(5)]
    burned = [ledger.grant_split(entry=entry)[0][0] for entry in spent if entry]
    assert burned == [soon_gift, soon, gift, older, old]


def test_g2_no_expiry_by_default(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now)
    assert grants.expire_due(workspace=workspace, now=now + 36500 * DAY) == 0


def test_what_starts_later_cannot_be_spent_yet(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now, effective_at=now + DAY)
    assert balances.quick(workspace=workspace, now=now) == (0, 0)
    assert balances.read(workspace=workspace, now=now).upcoming == 5
    with pytest.raises(Exception, match="0 are available"):
        acts.hold(workspace, 1, now)
    assert acts.hold(workspace, 1, now + DAY).amount == 1
    acts.prove()


def test_an_expired_grant_is_not_available_even_before_it_is_swept(
    workspace: Workspace, now: datetime
) -> None:
    acts.grant(workspace, 5, now, expires_at=now + DAY)
    assert balances.quick(workspace=workspace, now=now + DAY) == (0, 0)
    assert balances.quick(workspace=workspace, now=now + DAY - timedelta(seconds=1)) == (5, 0)


def test_expiry_runs_before_a_hold(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now, expires_at=now + DAY)
    acts.grant(workspace, 3, now)
    acts.hold(workspace, 3, now + DAY)
    assert Entry.objects.get(kind="expiry").balance_change == -5
    acts.prove()


def test_the_sweep_expires_everywhere_and_once(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    for mine in (workspace, other_workspace):
        acts.grant(mine, 5, now, expires_at=now + DAY)
    assert jobs.SWEEPS["credits.expiry"](now=now) == 0
    assert jobs.SWEEPS["credits.expiry"](now=now + DAY) == 2
    before = acts.state()
    assert jobs.SWEEPS["credits.expiry"](now=now + DAY) == 0
    assert acts.state() == before
    assert Entry.objects.filter(kind="expiry").count() == 2
    acts.prove()


def test_void_takes_back_what_remains_only(workspace: Workspace, now: datetime) -> None:
    grant = acts.grant(workspace, 10, now)
    held = acts.hold(workspace, 4, now)
    entry = grants.void(workspace=workspace, grant_id=grant.pk, key="v", actor=acts.ACTOR, now=now)
    assert (entry.amount, balances.quick(workspace=workspace, now=now)) == (6, (0, 4))
    before = acts.state()
    assert grants.void(workspace=workspace, grant_id=grant.pk, key="v", actor=acts.ACTOR, now=now) == entry
    assert acts.state() == before
    assert len(acts.capture(workspace, held, acts.people(4), now).fresh) == 4
    acts.release(workspace, held, now)
    with pytest.raises(grants.NothingLeft):
        grants.void(workspace=workspace, grant_id=grant.pk, key="v2", actor=acts.ACTOR, now=now)
    acts.prove()


def test_another_workspaces_grant_is_not_found(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    grant = acts.grant(workspace, 10, now)
    with pytest.raises(NotFound):
        grants.void(workspace=other_workspace, grant_id=grant.pk, key="v", actor=acts.ACTOR, now=now)
    assert grants.in_burn_order(workspace=other_workspace, now=now) == []
