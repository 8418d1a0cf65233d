"""Who writes now, and whether they have ended: the ground on which marks are set while others add."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction

from rollcall.core import transactions, writers
from rollcall.workspaces.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgres(on_postgres: bool) -> None:
    if not on_postgres:
        pytest.skip("one writer at a time on SQLite: there is nobody to wait for")


def write() -> None:
    User.objects.create(email=f"{User.objects.count()}@example.com")


@contextmanager
def somebody_writing() -> Iterator[Callable[[], None]]:
    """A transaction in another thread that has written; ends when told, at the latest with the block."""
    written, go_on = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with transaction.atomic():
                write()
                with transaction.atomic():
                    write()
                written.set()
                assert go_on.wait(timeout=60)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert written.wait(timeout=60)

    def end() -> None:
        go_on.set()
        thread.join(timeout=60)

    try:
        yield end
    finally:
        end()


def test_nobody_writes_and_nobody_is_waited_for() -> None:
    assert writers.running() == [] and writers.have_ended([])


def test_somebody_who_writes_is_waited_for() -> None:
    with somebody_writing() as end:
        running = writers.running()
        assert running and not writers.have_ended(running)
        end()
        assert writers.have_ended(running)
    assert writers.running() == []


def test_a_snapshot_from_before_their_end_does_not_see_them() -> None:
    """The lock is gone, but what they wrote is not there for whoever began before."""
    with somebody_writing() as end:
        with transactions.snapshot():
            running = writers.running()
            before = User.objects.count()
            end()
            assert running and not writers.have_ended(running) and User.objects.count() == before
        assert writers.have_ended(running) and User.objects.count() == before + 2


def test_whoever_writes_itself_cannot_know() -> None:
    with transaction.atomic():
        assert writers.running() == []
        write()
        assert writers.running() is None


def test_a_transaction_does_not_take_itself_for_ended() -> None:
    told: list[list[int]] = []

    def look() -> None:
        told.append(writers.running() or [])
        connection.close()

    with transaction.atomic():
        write()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(timeout=60)
        assert told[0] and not writers.have_ended(told[0])
    assert writers.have_ended(told[0])


def test_other_databases_of_the_server_do_not_count() -> None:
    settings = connection.settings_dict
    where = {"host": settings["HOST"], "port": settings["PORT"] or None, "user": settings["USER"]}
    address = {name: str(value) for name, value in where.items() if value}
    password = settings["PASSWORD"] or None
    with psycopg.connect(**address, password=password, dbname="postgres", autocommit=False) as other:  # type: ignore[arg-type]
        other.execute("SELECT pg_current_xact_id()")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) <= %s::text::xid8", [_own(other)])
            assert cursor.fetchone()[0], "the server's own snapshots do wait for it"
        assert writers.running() == []
        other.rollback()


def _own(other: psycopg.Connection[tuple[str, ...]]) -> str:
    row = other.execute("SELECT pg_current_xact_id()::text").fetchone()
    assert row
    return row[0]
