"""Invariants 1, 2 and 5: what no code path may do, the database itself refuses, on both databases."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from rollcall.credits import chain, columns, models
from rollcall.credits.models import Acquisition, Entry, Grant, Hold, HoldGrant, Leg, Wallet
from rollcall.workspaces.models import Workspace
from tests.credits import acts

APPEND_ONLY = ("entry", "leg", "acquisition", "seal", "packagemessage")


@pytest.fixture
def spent(workspace: Workspace, now: datetime) -> Workspace:
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 20, now)
    acts.capture(workspace, held, acts.people(9), now)
    acts.refund(workspace, now, profile_id=1, company_id=1, key="r", why="")
    chain.sweep(now=now)
    return workspace


REFUSED: dict[str, Callable[[], object]] = {
    "available below zero": lambda: Wallet.objects.update(available=-1),
    "held below zero": lambda: Wallet.objects.update(held=-1),
    "a grant that does not add up": lambda: Grant.objects.update(remaining=F("remaining") + 1),
    "a grant with less than nothing left": lambda: Grant.objects.update(
        remaining=-1, spent=F("spent") + F("remaining") + 1
    ),
    "a hold that captured more than it holds": lambda: Hold.objects.update(captured=F("amount") + 1),
    "a hold that is closed and not used up": lambda: Hold.objects.update(is_open=False),
    "a part that captured more than it carries": lambda: HoldGrant.objects.update(captured=F("amount") + 1),
    "a leg of nothing": lambda: _insert_again(Leg, amount=0, line=99),
    "two legs on one line": lambda: _insert_again(Leg),
    "an entry of nothing": lambda: _insert_again(Entry, amount=0, key="new"),
    "two entries with one key": lambda: _insert_again(Entry),
    "two holds with one key": lambda: _insert_again(Hold),
    "two claims of one person at one company": lambda: Acquisition.objects.bulk_create(
        [Acquisition.objects.earliest("profile_id")]
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused(spent: Workspace, what: str) -> None:
    before = acts.state()
    with pytest.raises(DatabaseError), transaction.atomic():
        REFUSED[what]()
    assert acts.state() == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_written_stays(spent: Workspace, table: str) -> None:
    """Migrations that make a table anew on SQLite lose its triggers: each is looked for by name, and tried."""
    name = f"credits_{table}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O'", [name]
            )
            wanted = {f"{name}_no_update", f"{name}_no_delete", f"{name}_no_truncate"}
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [name])
            wanted = {f"{name}_no_update", f"{name}_no_delete"}
        assert wanted <= {row[0] for row in cursor.fetchall()}
        column = "body" if table == "packagemessage" else "workspace_id" if table != "leg" else "line"
        cursor.execute(f"SELECT count(*) FROM {name}")
        if cursor.fetchone()[0]:
            for statement in (f"UPDATE {name} SET {column} = {column}", f"DELETE FROM {name}"):
                with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                    cursor.execute(statement)


def test_every_table_that_keeps_history_is_guarded() -> None:
    history = {models.Entry, models.Leg, models.Acquisition, models.Seal, models.PackageMessage}
    assert {model._meta.model_name for model in history} == set(APPEND_ONLY)


def test_a_sum_that_would_go_below_zero_changes_no_row(spent: Workspace) -> None:
    """Invariant 2: the condition is in the UPDATE, so that nothing is read first and written later."""
    before = acts.state()
    assert columns.add(Wallet, spent.pk, available=-10_000, held=10_000) is False
    assert acts.state() == before


def test_claims_are_written_in_the_order_of_their_key(workspace: Workspace, now: datetime) -> None:
    """Two writers who wait for each other's people in different orders would deadlock."""
    acts.grant(workspace, 100, now)
    people = [(profile, company) for profile in (900, 7, 30, 2**40, 11) for company in (5, 1, 2**33)]
    acts.charge(workspace, people, now)
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT profile_id, company_id FROM credits_acquisition ORDER BY {place}")
        assert cursor.fetchall() == sorted(people)


def _insert_again(model: type, **changes: object) -> None:
    """The oldest row once more, under a new number."""
    row = model.objects.earliest("pk")  # type: ignore[attr-defined]
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def test_the_database_finds_what_names_an_entry(db: None) -> None:
    """SQLite looks for claims that name an entry whenever one is written: without an index it would read them all."""
    indexed = {index.fields[0] for index in Acquisition._meta.indexes}
    for field in Acquisition._meta.concrete_fields:
        if field.related_model is Entry:
            assert field.db_index or field.name in indexed, field.name
