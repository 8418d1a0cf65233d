"""Forgetting a person in one workspace: nothing is left but the charge, and its credit if it was soon (C8, X2)."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from rollcall.contacts import book, erasure, history, refresh, suppression, verify
from rollcall.contacts.models import Change, Contact, Erasure, ErasureOrder
from rollcall.core.faults import FaultInjected
from rollcall.credits import balances
from rollcall.credits import verify as proof
from rollcall.credits.models import Entry
from rollcall.universe import search
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, User, Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db
PAGE = "https://profiles.example/ann-doe"


@pytest.fixture
def ann(workspace: Workspace, actor: Actor, now: datetime) -> Contact:
    """Bought, promoted, gone to Bolt; Bea beside her."""
    world.load([world.ann(profile_url=PAGE, city="Oslo"), world.bea()], now)
    world.buy(workspace, actor, now)
    people = [world.ann("VP Sales", seen=world.JULY, profile_url=PAGE), world.bea(seen=world.JULY)]
    refresh.run(workspace=workspace, version=world.load(people, now, as_of=world.JULY), now=now)
    return Contact.objects.get(full_name="Ann Doe")


def everything(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return str(cursor.fetchall())


def prove(workspace: Workspace) -> None:
    found = proof.verify(workspace=workspace, extra_checks=[verify.checks])
    assert found.ok, [check for check in found.checks if not check.ok]


def test_x2_it_works(workspace: Workspace, actor: Actor, ann: Contact, now: datetime) -> None:
    """X2: no table of ours says anything about her any more, and her credit is back (C8)."""
    assert Change.objects.filter(contact=ann, kind="promoted").exists()
    (done,) = erasure.forget(workspace=workspace, contact_id=ann.pk, actor=actor, now=now)
    assert (done.code, balances.quick(workspace=workspace)) == ("given_back", (1, 0))
    for table in ("contacts_contact", "contacts_change", "contacts_suppression", "credits_entry",
                  "segments_segmentcontact", "workspaces_auditentry"):  # fmt: skip
        said = everything(table)
        assert not any(word in said for word in ("Ann", "ann doe", "ann-doe", "VP Sales", "Oslo")), table
    assert "Bea" in everything("contacts_contact")
    assert done.entry is not None and done.entry.context["cause"] == "erased_soon"
    assert AuditEntry.objects.get(action="contact.forget").target == f"con_{ann.pk}"
    with pytest.raises(book.ForgottenContact):
        history.of_contact(workspace=workspace, contact_id=ann.pk)
    assert erasure.of_contact(workspace=workspace, contact_id=ann.pk) == done
    prove(workspace)


def test_x2_they_do_not_come_back(workspace: Workspace, actor: Actor, ann: Contact, now: datetime) -> None:
    """C7: not by a refresh, a search or an import; the claim stays, so they would be free anyway."""
    erasure.forget(workspace=workspace, contact_id=ann.pk, actor=actor, now=now)
    people = [world.ann(seen=world.AUGUST, profile_url=PAGE), world.bea(seen=world.AUGUST)]
    refresh.run(workspace=workspace, version=world.load(people, now, as_of=world.AUGUST), now=now)
    added = world.buy(workspace, actor, now, key="again")
    assert (len(added.charged), added.suppressed, added.owned) == (0, 1, 1)
    assert suppression.find(workspace=workspace, kind="profile_url", value=PAGE) is not None
    assert [contact.full_name for contact in book.page(workspace=workspace).items] == ["Bea Doe"]
    prove(workspace)


@pytest.mark.parametrize(("days", "code"), [(30, "given_back"), (31, "past_window")])
def test_c8_soon_after_purchase(
    workspace: Workspace, actor: Actor, ann: Contact, now: datetime, days: int, code: str
) -> None:
    """She is forgotten in any case."""
    later = now + timedelta(days=days)
    (done,) = erasure.forget(workspace=workspace, contact_id=ann.pk, actor=actor, now=later)
    assert done.code == code and (done.entry is None) is (code != "given_back")
    ann.refresh_from_db()
    assert ann.erased_at == later


def test_twice(workspace: Workspace, actor: Actor, ann: Contact, now: datetime) -> None:
    erasure.forget(workspace=workspace, contact_id=ann.pk, actor=actor, now=now)
    with pytest.raises(book.ForgottenContact):
        erasure.forget(workspace=workspace, contact_id=ann.pk, actor=actor, now=now)
    assert Erasure.objects.count() == Entry.objects.filter(kind="refund").count() == 1


def test_missing_and_others(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, ann: Contact, now: datetime
) -> None:
    for where, number in ((workspace, 999), (other_workspace, ann.pk)):
        with pytest.raises(book.NoSuchContact):
            erasure.forget(workspace=where, contact_id=number, actor=actor, now=now)


@pytest.mark.parametrize("point", ["contacts.erasure.emptied", "credits.refund.marked"])
def test_a_crash_half_way_leaves_all(
    workspace: Workspace,
    actor: Actor,
    ann: Contact,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{point}=raise")
    with pytest.raises(FaultInjected):
        erasure.forget(workspace=workspace, contact_id=ann.pk, actor=actor, now=now)
    monkeypatch.delenv("ROLLCALL_FAULTS")
    ann.refresh_from_db()
    assert ann.full_name == "Ann Doe" and not suppression.any_(workspace=workspace)
    erasure.forget(workspace=workspace, contact_id=ann.pk, actor=actor, now=now)
    prove(workspace)


def test_x2_a_crash_between_workspaces_is_carried_on_by_a_worker(
    workspace: Workspace,
    actor: Actor,
    ann: Contact,
    operator: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the first moment nobody can find or add them; the rest is done by whoever sweeps next."""
    monkeypatch.setenv("ROLLCALL_FAULTS", "contacts.erasure.ordered=raise")
    with pytest.raises(FaultInjected):
        erasure.forget_everywhere(profile_id=ann.profile_id, actor=access.operator(operator), now=now)
    monkeypatch.delenv("ROLLCALL_FAULTS")
    assert search.role_history(version=1, profile_id=ann.profile_id).num_rows == 0
    assert ErasureOrder.objects.get().done_at is None
    assert erasure.sweep(now=now) == 1 and erasure.sweep(now=now) == 0
    ann.refresh_from_db()
    assert ann.full_name == "" and ErasureOrder.objects.get().done_at == now
    assert Entry.objects.get(kind="refund").actor_label == "Olga Brandt (operator)"
    prove(workspace)


def test_changes_stay_append_only_but_for_this(workspace: Workspace, ann: Contact) -> None:
    """Invariant 5: what a change says can be emptied, and nothing else about it be changed."""
    mine = Change.objects.filter(contact=ann, kind="promoted")
    for changed in (
        {"kind": "left"},
        {"after": {"title": "CEO"}},
        {"before": {}, "after": {}, "source": "x"},
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            mine.update(**changed)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        mine.delete()
    assert mine.update(before={}, after={}) == 1


@pytest.mark.parametrize("fault", [
    "UPDATE contacts_contact SET title = 'CEO' WHERE erased_at IS NOT NULL",
    "UPDATE contacts_contact SET erased_at = added_at WHERE full_name = 'Bea Doe'",
    "DELETE FROM contacts_erasure",
])  # fmt: skip
def test_a6_the_proof_sees_what_is_left(
    workspace: Workspace, actor: Actor, ann: Contact, now: datetime, fault: str
) -> None:
    erasure.forget(workspace=workspace, contact_id=ann.pk, actor=actor, now=now)
    with connection.cursor() as cursor:
        cursor.execute(fault)
    assert [check.code for check in verify.checks(workspace) if not check.ok] == ["A6"]
