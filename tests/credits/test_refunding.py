"""Refunds: a credit comes back once, to where it came from; the contact stays owned."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from rollcall.credits import balances, ledger, posting, refunds
from rollcall.credits.models import Acquisition, Entry, Grant
from rollcall.workspaces.models import Workspace
from tests.credits import acts

DAY = timedelta(days=1)


def _refund(workspace: Workspace, now: datetime, *, profile_id: int = 1, key: str = "r") -> Entry:
    return refunds.refund(
        workspace=workspace,
        profile_id=profile_id,
        company_id=1,
        key=key,
        why="Merged with pro_2",
        actor=acts.ACTOR,
        now=now,
        context={"merged_into": "pro_2"},
    )


def test_c6_it_works(workspace: Workspace, now: datetime) -> None:
    """C6 and C9: the credit is back, and the entry names whom, why, and the charge it reverses."""
    grant = acts.grant(workspace, 10, now)
    charged = acts.charge(workspace, acts.people(3), now).entry
    entry = _refund(workspace, now)
    assert (entry.kind, entry.amount, entry.balance_change, entry.reverses) == ("refund", 1, 1, charged)
    assert entry.context == {
        "profile": "pro_1", "company": "com_1", "why": "Merged with pro_2", "merged_into": "pro_2",
    }  # fmt: skip
    assert ledger.grant_split(entry=entry) == [(grant, 1)]
    assert balances.quick(workspace=workspace, now=now) == (8, 0)
    behind = ledger.claims(workspace=workspace, entry_id=entry.pk)
    assert [(claim.profile_id, claim.company_id) for claim in behind.items] == [(1, 1)]
    acts.prove()


def test_c10_a_refunded_contact_stays_owned(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now)
    acts.charge(workspace, acts.people(3), now)
    _refund(workspace, now)
    assert acts.charge(workspace, acts.people(3), now).fresh == []
    assert balances.quick(workspace=workspace, now=now) == (8, 0)
    acts.prove()


def test_g3_the_same_key_again_is_the_same_refund(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now)
    acts.charge(workspace, acts.people(3), now)
    first = _refund(workspace, now)
    before = acts.state()
    assert _refund(workspace, now + DAY) == first
    with pytest.raises(refunds.AlreadyRefunded):
        _refund(workspace, now, key="another")
    with pytest.raises(posting.KeyReused):
        _refund(workspace, now, profile_id=2)
    assert acts.state() == before


def test_the_database_refuses_to_take_a_refund_back(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now)
    acts.charge(workspace, acts.people(3), now)
    _refund(workspace, now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Acquisition.objects.filter(profile_id=1).update(refund_entry=None)


def test_who_was_never_charged_gets_nothing(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    acts.grant(workspace, 10, now)
    acts.charge(workspace, acts.people(1), now)
    before = acts.state()
    for mine, profile_id in ((workspace, 9), (other_workspace, 1)):
        with pytest.raises(refunds.NeverCharged):
            _refund(mine, now, profile_id=profile_id)
    assert acts.state() == before


def test_an_expired_grant_cannot_take_it_back(workspace: Workspace, now: datetime) -> None:
    """The credit comes in a new grant that lasts as long as the old one did."""
    old = acts.grant(workspace, 10, now, name="Trial", kind="promotional", expires_at=now + 30 * DAY)
    acts.charge(workspace, acts.people(3), now)
    later = now + 31 * DAY
    entry = _refund(workspace, later)
    new = Grant.objects.get(kind="refund")
    assert (new.granted, new.expires_at, new.reference) == (1, later + 30 * DAY, f"gra_{old.pk}")
    assert ledger.grant_split(entry=entry) == [(old, 1), (new, 1)]
    assert entry.balance_change == 1
    assert balances.quick(workspace=workspace, now=later) == (1, 0)
    acts.prove()
    assert len(acts.charge(workspace, [(99, 1)], later).fresh) == 1
    acts.prove()


def test_a_refund_goes_back_to_the_grant_that_paid_not_to_todays_first(
    workspace: Workspace, now: datetime
) -> None:
    paid = acts.grant(workspace, 10, now)
    acts.charge(workspace, acts.people(1), now)
    acts.grant(workspace, 10, now, kind="promotional")
    assert ledger.grant_split(entry=_refund(workspace, now)) == [(paid, 1)]
