"""G3: whoever writes something into a row by hand that cannot be read at all is found out; the proof does not break."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, models, transaction

from rollcall.credits import alerts, budgets, verify
from rollcall.credits import models as tables
from rollcall.workspaces.models import Workspace
from tests.credits import acts, world
from tests.credits.tampering import out_of_the_way

WORDS = [
    (tables.Budget, "scope", "galaxy", "bud_"),
    (tables.Budget, "period", "year", "bud_"),
    (tables.AlertRule, "kind", "mood", "alr_"),
    (tables.Entry, "kind", "gift", "ent_"),
    (tables.Grant, "kind", "gift", "gra_"),
    (tables.Leg, "account", "pocket", ""),
]
# Columns of SQLite take anything.
ANYTHING = [
    (tables.Entry, "context", "{", "ent_"),
    (tables.Entry, "created_at", "soon", "ent_"),
    (tables.Leg, "amount", "many", ""),
    (tables.Hold, "captured", "some", "hol_"),
    (tables.BudgetReservation, "confirmed", "all", ""),
    (tables.Budget, "limit", "no end", "bud_"),
]


@pytest.fixture
def ledger(workspace: Workspace, now: datetime) -> Workspace:
    acting: dict[str, Any] = {"workspace": workspace, "actor": world.ALICE, "now": now}
    acts.grant(workspace, 50, now)
    budgets.create(scope="member", subject="", period="week", limit=40, is_hard=True, **acting)
    alerts.create(kind="balance", threshold=5, **acting)
    held = acts.hold(workspace, 9, now, actor=world.ALICE)
    acts.capture(workspace, held, acts.people(4), now)
    acts.prove()
    return workspace


def test_g3_what_no_rule_can_read_is_pointed_at(ledger: Workspace) -> None:
    tried = WORDS + (ANYTHING if connection.vendor == "sqlite" else [])
    unseen = []
    with out_of_the_way():
        for model, name, value, prefix in tried:
            row: models.Model = model._default_manager.order_by("pk")[0]
            said = f"{prefix}{row.pk}:" if prefix else ""
            with transaction.atomic():
                with connection.cursor() as cursor:
                    column = connection.ops.quote_name(name)
                    cursor.execute(
                        f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", [value, row.pk]
                    )
                told = [line for check in verify.verify().checks for line in check.bad]
                transaction.set_rollback(True)
            if not any(said in line for line in told):
                unseen.append((name, value, told))
    assert unseen == []


def test_g3_one_rule_that_gives_up_leaves_the_others(ledger: Workspace) -> None:
    """Each says what it can; a workspace's own proof, and the whole, say it the same way."""
    with out_of_the_way(), transaction.atomic():
        tables.Budget.objects.update(scope="galaxy")
        for proof in (verify.verify(), verify.verify(workspace=ledger)):
            red = {check.code for check in proof.checks if not check.ok}
            assert red == {"L8", "L16"} and len(proof.checks) == 17
        transaction.set_rollback(True)
    json.dumps([check.bad for check in proof.checks])
