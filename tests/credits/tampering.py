"""What an intruder with the keys to the database could do: the append-only triggers are out of force."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests import append_only


@contextmanager
def lifted() -> Iterator[None]:
    """Rows may be changed and deleted within."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            restore = append_only._lift_postgres(cursor)
        else:
            restore = append_only._lift_sqlite(cursor)
        yield
        for statement in restore:
            cursor.execute(statement)
