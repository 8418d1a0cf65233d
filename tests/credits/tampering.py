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


@contextmanager
def out_of_the_way() -> Iterator[None]:
    """No trigger, no CHECK and no foreign key refuses anything."""
    with connection.cursor() as cursor, lifted():
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c' "
                "AND conrelid::regclass::text LIKE 'credits_%'"
            )
            for table, name in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
