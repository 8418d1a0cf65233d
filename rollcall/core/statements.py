"""Statements that go to the database together: on PostgreSQL in one trip, and planned once for each connection."""

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import connection

Statement = tuple[str, Sequence[Any]]
Rows = list[tuple[Any, ...]]


def run(statements: Sequence[Statement]) -> list[Rows]:
    """The rows of each, in the caller's transaction; of a statement that gives none an empty list.

    Django's own cursor writes the values into the text, so that the server parses and plans it every time: for what
    runs thousands of times a second that is most of the work.
    """
    assert connection.in_atomic_block
    connection.validate_no_broken_transaction()
    return _piped(statements) if connection.vendor == "postgresql" else [_one(*each) for each in statements]


def given(columns: Mapping[str, str]) -> str:
    """The SQL of a table whose rows come as one value, made by `table`; `columns` is name to PostgreSQL's type."""
    if connection.vendor == "postgresql":
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"SELECT * FROM json_to_recordset(%s::json) AS given ({typed})"  # noqa: S608
    picked = ", ".join(f"value ->> '{name}' AS {name}" for name in columns)
    return f"SELECT {picked} FROM json_each(%s)"  # noqa: S608


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The value for `given`: each row by the names of its columns."""
    return json.dumps(rows)


def _piped(statements: Sequence[Statement]) -> list[Rows]:
    from psycopg import Cursor

    raw = connection.connection
    raw.prepare_threshold = 0
    with connection.wrap_database_errors:
        with raw.pipeline() if len(statements) > 1 else nullcontext():
            cursors = [Cursor(raw).execute(sql, values) for sql, values in statements]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def _one(sql: str, values: Sequence[Any]) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []
