"""What the tests of the ledger do again and again, through public functions."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any

from django.db import connection

from rollcall.credits import grants, holds, ledger, refunds, verify
from rollcall.credits.models import Entry, Grant, Hold
from rollcall.workspaces import access
from rollcall.workspaces.models import Workspace

ACTOR = access.system("test")
_numbers = count(1)


def new_key() -> str:
    return f"key-{next(_numbers)}"


def grant(workspace: Workspace, amount: int, now: datetime, **given: Any) -> Grant:
    given = {"kind": "package", "name": "Starter", "key": new_key(), "actor": ACTOR, **given}
    return grants.add(workspace=workspace, amount=amount, now=now, **given)


def hold(workspace: Workspace, amount: int, now: datetime, **given: Any) -> Hold:
    given = {"key": new_key(), "actor": ACTOR, **given}
    return holds.place(workspace=workspace, amount=amount, now=now, **given)


def capture(
    workspace: Workspace, held: Hold | None, pairs: Iterable[tuple[int, int]], now: datetime, **given: Any
) -> ledger.Captured:
    listed = list(pairs)
    given = {"key": new_key(), "actor": ACTOR, "run_id": None, "context": {}, **given}
    return ledger.capture(
        workspace=workspace,
        hold_id=held.pk if held else None,
        profile_ids=[profile for profile, _ in listed],
        company_ids=[company for _, company in listed],
        now=now,
        **given,
    )


def release(workspace: Workspace, held: Hold, now: datetime, **given: Any) -> int:
    given = {"key": new_key(), "actor": ACTOR, **given}
    return holds.release(workspace=workspace, hold_id=held.pk, now=now, **given)


def charge(workspace: Workspace, pairs: list[tuple[int, int]], now: datetime) -> ledger.Captured:
    """Hold, capture, release."""
    held = hold(workspace, len(pairs), now)
    captured = capture(workspace, held, pairs, now)
    release(workspace, held, now)
    return captured


def people(number: int, *, company: int = 1, first: int = 1) -> list[tuple[int, int]]:
    return [(profile, company) for profile in range(first, first + number)]


def prove() -> None:
    proof = verify.verify()
    assert proof.ok, [(check.code, check.bad) for check in proof.checks if not check.ok]


def state() -> list[Any]:
    """All rows of the ledger, to show that nothing changed."""
    from rollcall.credits import models

    tables = [models.Wallet, models.Grant, models.Entry, models.Leg, models.Hold, models.HoldGrant]
    return [sorted(map(str, table.objects.values_list())) for table in [*tables, models.Acquisition]]


def refund(workspace: Workspace, now: datetime, **given: Any) -> Entry:
    return refunds.refund(workspace=workspace, actor=ACTOR, now=now, **given)


def know_the_tables() -> None:
    """For many histories in one transaction, in which PostgreSQL does not look by itself how its tables have grown."""
    if connection.vendor == "postgresql" and not Workspace.objects.count() % 20:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
