"""Tests that commit must empty the tables afterwards; the append-only triggers are lifted for that moment alone."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

_TABLE = re.compile('"[a-z0-9_]+"')


def let_tests_flush() -> None:
    """Wrap the flush that ends each committing test; everywhere else the triggers stay in force."""
    original = BaseDatabaseOperations.execute_sql_flush

    def flush(operations: Any, sql_list: Sequence[str]) -> Any:
        lift = _lift_postgres if connection.vendor == "postgresql" else _lift_sqlite
        with connection.cursor() as cursor:
            restore = lift(cursor)
        try:
            return original(
                operations, _of_filled(sql_list) if connection.vendor == "postgresql" else sql_list
            )
        finally:
            with connection.cursor() as cursor:
                for statement in restore:
                    cursor.execute(statement)

    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]


def _of_filled(sql_list: Sequence[str]) -> list[str]:
    """Emptying a few rows of a few tables, in place of new files for all of them; nobody minds the order meanwhile."""
    tables = [name for statement in sql_list for name in _TABLE.findall(statement)]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]


def _lift_postgres(cursor: Any) -> list[str]:
    cursor.execute("SET session_replication_role = replica")
    return ["SET session_replication_role = origin"]


def _lift_sqlite(cursor: Any) -> list[str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in triggers]
