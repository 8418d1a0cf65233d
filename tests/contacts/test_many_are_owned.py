"""E2, C3: of very many people at once the copy in memory tells who is owned, as exactly as the database."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.db import connection, transaction

from rollcall.contacts import mirror, owned, pair_columns
from rollcall.core import transactions
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.contacts import world
from tests.contacts.test_one_person_under_several_ids import PAGE, ann, other, pairs, unite

pytestmark = pytest.mark.django_db(transaction=True)
NUMBERS = range(1, 401)
Buy = Callable[..., Any]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few are very many here, and nothing is left over from another test."""
    monkeypatch.setattr(owned, "ASK_MAX", 0)
    monkeypatch.setattr(mirror, "MOVE_AFTER", 5)
    monkeypatch.setattr(pair_columns, "STEP", 7)
    monkeypatch.setattr(mirror, "_kept", {})


@pytest.fixture
def buy(workspace: Workspace, actor: Actor, now: datetime) -> Buy:
    def do(numbers: range, whose: Workspace = workspace, hold_id: int | None = None) -> Any:
        key = f"run{numbers}"
        hold_id = hold_id or transactions.run(lambda: world.hold(whose, len(numbers), actor, now, key))
        people = world.made_up(numbers)
        return transactions.run(
            lambda: world.buy(whose, actor, now, key=key, people=people, hold_id=hold_id, version=1)
        )

    return do


def flags(workspace: Workspace, numbers: range = NUMBERS) -> list[bool]:
    people = world.made_up(numbers).select(["company_id", "profile_id"])
    return owned.flags(workspace=workspace, pairs=people)


def marked(workspace: Workspace) -> int:
    """Up to which contact the copy in memory reaches; 0 without one."""
    kept = mirror._current(workspace)
    return kept.mark if kept else 0


def test_it_works(workspace: Workspace, buy: Buy) -> None:
    assert not any(flags(workspace)) and not marked(workspace)
    buy(range(1, 101))
    assert flags(workspace) == [number <= 100 for number in NUMBERS]
    first = marked(workspace)
    assert first > 0
    # So few more are read beside the copy; many move its mark.
    buy(range(101, 104))
    assert flags(workspace) == [number <= 103 for number in NUMBERS] and marked(workspace) == first
    buy(range(201, 301))
    expected = [number <= 103 or 201 <= number <= 300 for number in NUMBERS]
    assert flags(workspace) == expected and marked(workspace) > first
    assert flags(workspace) == expected


def test_sqlite_reads_the_index_of_pairs_alone(workspace: Workspace, buy: Buy) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by what it knows of the table")
    buy(range(1, 51))
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN" + pair_columns._SQLITE, [workspace.pk, 1, 1, 10**6, 10])
        plan = " ".join(str(row[3]) for row in cursor.fetchall())
    assert "USING COVERING INDEX" in plan and "(company_id,profile_id)>" in plan


def test_the_pair_counts_and_not_the_person_or_the_company(workspace: Workspace, buy: Buy) -> None:
    buy(range(1, 101))
    asked = pa.table({"company_id": [1, 2, 1, 2**40, 0, -1], "profile_id": [1, 1, 99, 1, 1, 1]})
    assert owned.flags(workspace=workspace, pairs=asked) == [True] + [False] * 5


def test_each_workspace_owns_its_own(workspace: Workspace, other_workspace: Workspace, buy: Buy) -> None:
    buy(range(1, 101))
    buy(range(301, 401), whose=other_workspace)
    assert flags(workspace) == [number <= 100 for number in NUMBERS]
    assert flags(other_workspace) == [number > 300 for number in NUMBERS]


def test_c10_a_refunded_merged_or_forgotten_contact_stays_owned(
    workspace: Workspace, buy: Buy, actor: Actor, now: datetime
) -> None:
    from rollcall.contacts import erasure, merging

    ids = buy(range(1, 101)).contact_ids
    numbers = sorted(ids.values())
    assert all(flags(workspace, range(1, 101)))
    merging.merge(
        workspace=workspace, winner_id=numbers[0], loser_id=numbers[-1], reason="", actor=actor, now=now
    )
    erasure.forget(workspace=workspace, contact_id=numbers[1], actor=actor, now=now)
    assert all(flags(workspace, range(1, 101)))


def test_e2_the_mark_waits_for_whoever_may_still_commit(
    workspace: Workspace, other_workspace: Workspace, buy: Buy
) -> None:
    """On PostgreSQL ids are given in order, but may appear in any: lower ones than the newest may be still to come."""
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time: contacts appear in the order of their ids")
    written, go_on = threading.Event(), threading.Event()

    def late() -> None:
        """Adds, and ends its transaction only when told."""
        try:
            with transaction.atomic():
                buy(range(1, 51), whose=other_workspace)
                written.set()
                assert go_on.wait(timeout=60)
        finally:
            connection.close()

    thread = threading.Thread(target=late)
    thread.start()
    assert written.wait(timeout=60)
    buy(range(101, 201))
    expected = [101 <= number <= 200 for number in NUMBERS]
    for _ in range(3):
        assert flags(workspace) == expected and not marked(workspace)
    go_on.set()
    thread.join(timeout=60)
    assert flags(workspace) == expected and marked(workspace)
    assert flags(other_workspace) == [number <= 50 for number in NUMBERS]


def test_c3_e2_never_behind_and_never_ahead_while_many_add(workspace: Workspace, buy: Buy) -> None:
    """Whoever was owned before we asked is told, and nobody who is not owned after it."""
    done = threading.Event()
    errors: list[BaseException] = []

    def adding(first: int) -> None:
        try:
            for start in range(first, 401, 80):
                buy(range(start, start + 15))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=adding, args=[first]) for first in (1, 21, 41)]

    def watch() -> None:
        for thread in threads:
            thread.join(timeout=120)
        done.set()

    watcher = threading.Thread(target=watch)
    for thread in (*threads, watcher):
        thread.start()
    marks = set()
    asked = world.made_up(NUMBERS).select(["company_id", "profile_id"])
    for _ in range(2_000):
        ended = done.is_set()
        before = owned.which(workspace=workspace, pairs=asked)
        said = np.flatnonzero(flags(workspace)) + 1
        after = owned.which(workspace=workspace, pairs=asked)
        assert {profile for profile, _ in before} <= {*said.tolist()} <= {profile for profile, _ in after}
        marks.add(marked(workspace))
        if ended:
            break
    watcher.join(timeout=120)
    assert not errors, errors
    assert len(marks) > 1 and len(said) == 3 * 5 * 15


def test_a_copy_of_another_database_is_not_believed(workspace: Workspace, buy: Buy) -> None:
    """Restored from a backup: the contacts that were read are not there any more."""
    from rollcall.contacts.models import Change, Contact

    buy(range(1, 101))
    assert all(flags(workspace, range(1, 101)))
    with connection.cursor() as cursor:
        _forget_all(cursor, Change, Contact)
    assert not any(flags(workspace)) and not marked(workspace)


def test_ids_beyond_what_fits_are_asked_of_the_database(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    numbers = range(2**38, 2**38 + 20)
    people = world.made_up(numbers, company_id=5)
    world.buy(workspace, actor, now, people=people, version=1)
    found = owned.flags(workspace=workspace, pairs=people.select(["company_id", "profile_id"]))
    assert all(found) and len(found) == 20


def _forget_all(cursor: Any, *models: Any) -> None:
    """As a restore would: not through the product, which removes nothing."""
    tables = ", ".join(model._meta.db_table for model in models)
    if connection.vendor == "postgresql":
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {tables} CASCADE")
        cursor.execute("SET session_replication_role = DEFAULT")
        return
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%contacts_%'")
    for (name,) in cursor.fetchall():
        cursor.execute(f'DROP TRIGGER "{name}"')
    for model in models:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


def test_c3_whoever_was_paid_for_under_another_id_is_owned(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "MOVE_AFTER", 0)
    world.load([ann(profile_url=PAGE)], now)
    world.buy(workspace, actor, now, people=world.everyone(other(now)).slice(1, 1))
    assert owned.flags(workspace=workspace, pairs=pairs(1, 2)) == [False, True] and marked(workspace)
    unite(now)
    assert owned.flags(workspace=workspace, pairs=pairs(1, 2, 3)) == [True, True, False]
