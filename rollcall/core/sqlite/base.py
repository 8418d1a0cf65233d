"""SQLite, where whoever wants to write asks for the turn every few milliseconds.

SQLite itself asks again after 100 ms at last. Between two batches of a large search the lock is free for less than
that, so that whoever else wanted to write could wait for seconds, and of twenty writers one for eleven.
"""

import random
import time
from collections.abc import Callable
from sqlite3 import OperationalError
from typing import Any

from django.db.backends.sqlite3 import base

PAUSE_SECONDS = (0.001, 0.004)


class _Cursor(base.SQLiteCursorWrapper):
    """Waits where a statement begins a transaction, be it its own; inside of one the lock is held, or nobody's help."""

    wait_seconds: float

    def execute(self, query: str, params: Any = None) -> Any:
        return self._waiting(lambda: super(_Cursor, self).execute(query, params))

    def executemany(self, query: str, param_list: Any) -> Any:
        # The rows may come from a generator, which a second try would find empty.
        rows = list(param_list)
        return self._waiting(lambda: super(_Cursor, self).executemany(query, rows))

    def _waiting(self, work: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + self.wait_seconds
        while True:
            begun = self.connection.in_transaction
            try:
                return work()
            except OperationalError as error:
                if begun or "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for who waits: our cursors do, and SQLite answers at once."""

    def get_new_connection(self, conn_params: Any) -> Any:
        self._wait_seconds = float(conn_params.get("timeout", 5.0))
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA busy_timeout = 0")
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=_Cursor)
        cursor.wait_seconds = self._wait_seconds
        return cursor
