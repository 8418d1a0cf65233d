"""SQLite, where writers ask for their turn every few milliseconds.

SQLite itself asks again after 100 ms at last. Between two batches of a large search the lock is free for less than
that, so that whoever else wanted to write could wait for seconds, and of twenty writers one for eleven.
"""

import random
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

PAUSE_SECONDS = (0.001, 0.004)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for how a transaction begins."""

    def _start_transaction_under_autocommit(self) -> Any:
        wait_seconds = float(self.settings_dict["OPTIONS"].get("timeout", 5.0))
        deadline = time.monotonic() + wait_seconds
        with self.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                while not self._has_begun(deadline):
                    time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(wait_seconds * 1000)}")

    def _has_begun(self, deadline: float) -> bool:
        """
        Raises:
            OperationalError: the lock was not free in time, or something else is wrong.
        """
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            return False
        return True
