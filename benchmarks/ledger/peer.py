"""A ledger in SQL functions (pgledger), loaded beside ours into the same PostgreSQL, when it is at hand."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.ledger import crowd

PAIRS = 50


class Peer:
    """Accounts in pairs; a transfer goes from the one to the other of a pair."""

    def __init__(self, files: Sequence[Path]) -> None:
        import psycopg

        self.address = os.environ["ROLLCALL_DATABASE_URL"]
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA peer")
            connection.execute("SET search_path TO peer")
            for one in files:
                connection.execute(one.read_text().encode())
            self.pairs = [(self._account(connection, n), self._account(connection, n)) for n in range(PAIRS)]

    def single(self, *, pairs: int, clients: int, seconds: float) -> crowd.Done:
        """Transfers of 1, one a transaction."""

        def client(number: int) -> crowd.Act:
            connection = self._connect()
            turn = iter(range(number, 10**9, clients))

            def act() -> None:
                one, other = self.pairs[next(turn) % pairs]
                connection.execute("SELECT id FROM pgledger_create_transfer(%s, %s, 1)", [one, other])

            return act

        return crowd.measure(clients=clients, seconds=seconds, client=client)

    def batches(self, *, size: int, seconds: float) -> float:
        """Transfers a second by one client, so many in a call."""
        done, begin = 0, time.monotonic()
        with self._connect() as connection:
            while time.monotonic() - begin < seconds:
                one, other = self.pairs[done % PAIRS]
                connection.execute(
                    "SELECT count(*) FROM pgledger_create_transfers(event_at => NULL, transfer_requests => ("
                    "SELECT array_agg((%s, %s, 1)::transfer_request) FROM generate_series(1, %s)))",
                    [one, other, size],
                )
                done += size
        return done / (time.monotonic() - begin)

    def _connect(self) -> Any:
        import psycopg

        connection = psycopg.connect(self.address, autocommit=True, options="-c search_path=peer")
        # What both sides do: plan a statement once.
        connection.prepare_threshold = 0
        return connection

    def _account(self, connection: Any, number: int) -> str:
        row = connection.execute("SELECT id FROM pgledger_create_account(%s, 'CRD')", [f"account {number}"])
        return str(row.fetchone()[0])


def found(given: str | None) -> list[Path]:
    """The files of the clone that was named, by option or in ROLLCALL_PGLEDGER; its code is no part of this project.

    A single file may be named too, if nothing else is needed.
    """
    named = given or os.environ.get("ROLLCALL_PGLEDGER")
    if not named:
        return []
    path = Path(named)
    return (
        [*sorted(path.glob("vendor/**/uuid-to-ulid.sql")), path / "pgledger.sql"] if path.is_dir() else [path]
    )
