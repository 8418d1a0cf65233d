"""Tests that commit must empty the tables afterwards; the append-only triggers are lifted for that moment alone."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations


def let_tests_flush() -> None:
    """Wrap the flush that ends each committing test; everywhere else the triggers stay in force."""
    original = BaseDatabaseOperations.execute_sql_flush

    def flush(operations: Any, sql_list: Sequence[str]) -> Any:
        lift = _lift_postgres if connection.vendor == "postgresql" else _lift_sqlite
        with connection.cursor() as cursor:
            restore = lift(cursor)
        try:
            return original(operations, sql_list)
        finally:
            with connection.cursor() as cursor:
                for statement in restore:
                    cursor.execute(statement)

    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]


def _lift_postgres(cursor: Any) -> list[str]:
    cursor.execute("SET session_replication_role = replica")
    return ["SET session_replication_role = origin"]


def _lift_sqlite(cursor: Any) -> list[str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in triggers]
