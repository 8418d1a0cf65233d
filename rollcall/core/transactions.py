"""Whole transactions, tried again when the database asks for it (deadlock, serialisation, busy)."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, connection, transaction

from rollcall.core.errors import TryLater

T = TypeVar("T")
ATTEMPTS_MAX = 6
_RETRIABLE_STATES = {"40001", "40P01", "55P03"}


class DatabaseBusy(TryLater):
    """The database is busy with other work right now. Nothing was changed; try again in a moment."""


def run(work: Callable[[], T]) -> T:
    """Call `work` in one transaction; on a deadlock or a busy database call it again from its start.

    Inside another transaction the outer one is the whole, so `work` is called once.

    Raises:
        DatabaseBusy: it still collided after several tries.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    for attempt in range(ATTEMPTS_MAX):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if not _is_retriable(error):
                raise
            time.sleep(random.uniform(0.005, 0.05) * 2**attempt)  # noqa: S311
    raise DatabaseBusy()


@contextmanager
def snapshot() -> Iterator[None]:
    """Reads within see one moment and hold up nobody; nothing may be written. Inside a transaction it is that one."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Not `atomic`: that would begin by taking the one lock that writers wait for.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


@contextmanager
def apart() -> Iterator[None]:
    """Within a transaction: what fails within does not end it, which on PostgreSQL any failed statement would."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield


def _is_retriable(error: OperationalError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    return state in _RETRIABLE_STATES or "locked" in str(error)
