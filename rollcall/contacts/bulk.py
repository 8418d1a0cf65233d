"""Many new rows, as fast as each database takes them: COPY on PostgreSQL, one prepared statement on SQLite.

For rows of which the caller knows that none is there yet; `core.rows.insert` is for those that may be.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import repeat
from typing import Any

from django.db import connection, models


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids that nobody else will use, ascending. On SQLite the caller's transaction holds the only writer's lock."""
    assert connection.in_atomic_block
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            sequence = cursor.fetchone()[0]
            cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        last = int(cursor.fetchone()[0])
        return list(range(last + 1, last + 1 + count))


def write(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], *, constants: Mapping[str, Any]
) -> None:
    """Insert rows given column by column; `constants` are the values that all of them share. Dates may be ISO text."""
    size = len(next(iter(columns.values())))
    if not size:
        return
    shared = [repeat(_plain(value), size) for value in constants.values()]
    lines = zip(*columns.values(), *shared, strict=True)
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in (*columns, *constants))
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
        else:
            marks = ", ".join(["%s"] * (len(columns) + len(constants)))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(lines))  # noqa: S608


def _plain(value: Any) -> Any:
    """As text, once, what would else be written out anew for each row."""
    if isinstance(value, datetime):
        return str(connection.ops.adapt_datetimefield_value(value))
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, dict) else value
