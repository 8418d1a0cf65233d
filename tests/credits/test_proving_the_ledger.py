"""G3: the proof is green on every state that the product makes, and each check turns red on a planted bug."""

import importlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F

from rollcall.credits import refunds, verify
from rollcall.credits.models import Acquisition, Entry, Grant, Hold, HoldGrant, Leg, Wallet
from rollcall.workspaces.models import AuditEntry, Workspace
from tests.credits import acts, world
from tests.credits.tampering import lifted

DAY = timedelta(days=1)


@pytest.fixture
def ledger_of_everything(workspace: Workspace, other_workspace: Workspace, now: datetime) -> Workspace:
    """Each kind of entry, two open holds, a closed one, expired and refunded credits; a neighbour with some too."""
    acts.grant(workspace, 20, now, expires_at=now + DAY)
    acts.grant(workspace, 100, now)
    acts.charge(workspace, acts.people(10), now)
    acts.grant(other_workspace, 100, now)
    acts.charge(other_workspace, acts.people(10), now)
    held = acts.hold(workspace, 15, now)
    acts.capture(workspace, held, acts.people(12, first=9), now)
    for profile_id, at in ((1, now), (2, now + DAY)):
        refunds.refund(
            workspace=workspace, profile_id=profile_id, company_id=1, key=acts.new_key(), why="", actor=acts.ACTOR,
            now=at,
        )  # fmt: skip
    acts.release(workspace, held, now + DAY)
    acts.hold(workspace, 5, now + DAY)
    still = acts.hold(workspace, 6, now + DAY)
    acts.capture(workspace, still, acts.people(2, first=50), now + DAY)
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert kinds == {"grant", "hold", "charge", "release", "refund", "expiry"}
    return workspace


def test_it_is_green(ledger_of_everything: Workspace, other_workspace: Workspace) -> None:
    for workspace in (None, ledger_of_everything, other_workspace):
        proof = verify.verify(workspace=workspace)
        assert proof.ok, proof
        codes = [check.code for check in proof.checks]
        assert codes == sorted(codes, key=lambda code: int(code[1:])) and len(set(codes)) == len(codes)
        assert {f"L{number}" for number in range(1, 16) if number != 12} <= set(codes)


def test_an_empty_ledger_is_green(db: None) -> None:
    assert verify.verify().ok


def test_rooms_above_add_their_checks(ledger_of_everything: Workspace) -> None:
    asked: list[Workspace | None] = []

    def contacts_are_claims(workspace: Workspace | None) -> list[verify.Check]:
        asked.append(workspace)
        return [verify.Check(code="C1", title="", ok=False, bad=["con_1"])]

    proof = verify.verify(workspace=ledger_of_everything, extra_checks=[contacts_are_claims])
    assert not proof.ok and asked == [ledger_of_everything] and proof.checks[-1].code == "C1"


def _charge() -> Entry:
    return Entry.objects.filter(kind="charge").order_by("id")[0]


def _other_grant() -> int:
    return int(Grant.objects.order_by("-id").exclude(pk=_charge().legs.all()[0].grant_id)[0].pk)


def _move_leg(from_account: str, to_account: str) -> None:
    leg = Leg.objects.filter(account=from_account).order_by("id")[0]
    Leg.objects.filter(pk=leg.pk).update(account=to_account)


def _late_charge() -> None:
    """A zombie's charge after the hold was closed, with all columns made to fit."""
    released = Entry.objects.get(kind="release", hold__captured__gt=0, workspace__slug="meridian")
    charged = Entry.objects.filter(kind="charge", hold=released.hold).latest("id")
    late = released.pk + 1000
    connection.cursor().execute(
        "UPDATE credits_leg SET entry_id = %s WHERE entry_id = %s", [late, charged.pk]
    )
    connection.cursor().execute(
        "UPDATE credits_acquisition SET entry_id = %s WHERE entry_id = %s", [late, charged.pk]
    )
    connection.cursor().execute("UPDATE credits_entry SET id = %s WHERE id = %s", [late, charged.pk])


def _steal_claim() -> None:
    """A claim that names the neighbour's entry: counted rightly there, yet another workspace's."""
    foreign = Entry.objects.filter(kind="charge", workspace__slug="northwind")[0]
    Acquisition.objects.filter(workspace__slug="meridian", profile_id=3).update(entry=foreign)


def _hold_before_its_time() -> None:
    entry = Entry.objects.filter(kind="hold").order_by("id")[0]
    Entry.objects.filter(pk=entry.pk).update(created_at=entry.created_at - 2 * DAY)


PLANTED: dict[str, tuple[str, Callable[[], object]]] = {
    "a leg is changed": (
        "L1",
        lambda: Leg.objects.filter(pk=Leg.objects.earliest("id").pk).update(amount=-7),
    ),
    "a leg is lost": ("L1", lambda: Leg.objects.filter(line=2).order_by("id")[0].delete()),
    "a balance change is made up": (
        "L1",
        lambda: Entry.objects.filter(kind="grant").update(balance_change=1),
    ),
    "a leg goes to another account": ("L2", lambda: _move_leg("spent", "voided")),
    "a grant's columns are shifted": (
        "L2",
        lambda: Grant.objects.filter(granted=100).update(remaining=F("remaining") - 1, voided=1),
    ),
    "available is raised": ("L3", lambda: Wallet.objects.update(available=10_000)),
    "a wallet is lost": ("L3", lambda: Wallet.objects.filter(workspace__slug="meridian").delete()),
    "held is raised": ("L4", lambda: Wallet.objects.update(held=10_000)),
    "a wallet is lost while it holds": ("L4", lambda: Wallet.objects.filter(held__gt=0).delete()),
    "a hold captured more than its parts": (
        "L5",
        lambda: Hold.objects.filter(is_open=True, captured=0).update(captured=1),
    ),
    "a part is lost": ("L5", lambda: HoldGrant.objects.latest("id").delete()),
    "a part moves to another grant": (
        "L5",
        lambda: HoldGrant.objects.filter(pk=HoldGrant.objects.latest("id").pk).update(
            grant=Grant.objects.filter(workspace__slug="northwind")[0]
        ),
    ),
    "a claim is lost": ("L6", lambda: Acquisition.objects.filter(profile_id=3)._raw_delete("default")),
    "a claim names another grant": (
        "L6",
        lambda: Acquisition.objects.filter(profile_id=3).update(grant=_other_grant()),
    ),
    "a charge says it was less": ("L1", lambda: Entry.objects.filter(pk=_charge().pk).update(amount=1)),
    "a refund is forgotten on the claim": (
        "L7",
        lambda: Acquisition.objects.filter(profile_id=1).update(refund_entry=None),
    ),
    "a refund serves a second claim": (
        "L7",
        lambda: Acquisition.objects.filter(profile_id=3, workspace__slug="meridian").update(
            refund_entry=Entry.objects.filter(kind="refund")[0]
        ),
    ),
    "a charge came after its hold was closed": ("L9", _late_charge),
    "a charge without a hold": ("L1", lambda: Entry.objects.filter(pk=_charge().pk).update(hold=None)),
    "a claim of another workspace's entry": ("L10", _steal_claim),
    "a leg moves another workspace's grant": (
        "L10",
        lambda: Leg.objects.filter(entry=_charge()).update(
            grant=Grant.objects.filter(workspace__slug="northwind")[0]
        ),
    ),
    "held before the grant began": ("L11", _hold_before_its_time),
}


@pytest.mark.parametrize("bug", list(PLANTED))
def test_a_planted_bug_is_found(ledger_of_everything: Workspace, bug: str) -> None:
    code, plant = PLANTED[bug]
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA defer_foreign_keys = ON")
    try:
        with lifted():
            plant()
            proof = verify.verify()
            red = {check.code: check.bad for check in proof.checks if not check.ok}
            mine = verify.verify(workspace=ledger_of_everything)
            assert not proof.ok and code in red, red
            assert red[code] and all(isinstance(line, str) and line for line in red[code])
            assert not mine.ok
    finally:
        # Foreign keys are checked at the end of a test; these rows were broken on purpose.
        connection.set_rollback(True)


def test_a_bug_elsewhere_does_not_turn_my_proof_red(
    ledger_of_everything: Workspace, other_workspace: Workspace
) -> None:
    Wallet.objects.filter(workspace=other_workspace).update(available=1)
    assert verify.verify(workspace=ledger_of_everything).ok
    assert not verify.verify(workspace=other_workspace).ok


def test_alerts_and_holds_of_an_older_installation_prove_after_the_update(
    workspace: Workspace, now: datetime
) -> None:
    """Alerts did not stand in the audit log, and a hold that was used up ended when somebody closed it."""
    world.everything(workspace, now)
    with lifted():
        AuditEntry.objects.filter(action="alert.told").delete()
        spent = Hold.objects.get(run_id=8)
        Hold.objects.filter(pk=spent.pk).update(closed_at=now + timedelta(days=9))
    told = [line for check in verify.verify().checks for line in check.bad]
    assert any(line.startswith(f"hol_{spent.pk}: ") for line in told) and any("ale_" in line for line in told)
    step = importlib.import_module("rollcall.credits.migrations.0015_what_was_told_and_when_holds_ended")
    step.end_with_the_last_charge(apps, None)
    step.write_down_what_was_told(apps, None)
    acts.prove()
    spent.refresh_from_db()
    assert spent.closed_at == Entry.objects.get(kind="charge", hold=spent).created_at
