"""Proving that contacts and claims are the same people: each check must see its planted fault."""

from datetime import datetime

import pytest
from django.db import connection

from rollcall.contacts import verify
from rollcall.contacts.models import Contact
from rollcall.credits import verify as ledger
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(workspace: Workspace, actor: Actor, now: datetime) -> Workspace:
    world.buy(workspace, actor, now, people=world.made_up([1, 2, 3]))
    return workspace


def test_it_works(owner: Workspace, other_workspace: Workspace) -> None:
    """Invariant 3: paid if and only if added, from the rows alone."""
    for workspace in (owner, other_workspace, None):
        checks = verify.checks(workspace)
        assert [check.code for check in checks] == ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]
        assert all(check.ok and not check.bad for check in checks)
        assert ledger.verify(workspace=workspace, extra_checks=[verify.checks]).ok


@pytest.mark.parametrize(
    ("fault", "seen_by"),
    [
        ("UPDATE contacts_contact SET profile_id = 99 WHERE profile_id = 2", ["A1", "A2", "A3"]),
        ("UPDATE contacts_contact SET charge_id = NULL WHERE profile_id = 2", ["A3"]),
    ],
)
def test_it_sees_what_is_wrong(
    owner: Workspace, other_workspace: Workspace, fault: str, seen_by: list[str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(fault)
    failed = [check for check in verify.checks(owner) if not check.ok]
    assert [check.code for check in failed] == seen_by
    assert all(check.ok for check in verify.checks(other_workspace))
    assert not ledger.verify(workspace=owner, extra_checks=[verify.checks]).ok
    assert failed[0].bad == [f"pro_2 at com_1 in ws_{owner.pk}"]


def test_it_sees_a_contact_that_nobody_paid_for(owner: Workspace, now: datetime) -> None:
    """Such a contact has neither a charge nor a history."""
    contact = Contact.objects.get(profile_id=1)
    contact.pk, contact.profile_id, contact.charge = None, 50, None
    contact.save(force_insert=True)
    failed = [check.code for check in verify.checks(owner) if not check.ok]
    assert failed == ["A2", "A3", "A4"]
