"""Many contacts rewritten in one statement, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

from django.db import connection

from rollcall.contacts.models import Contact
from rollcall.workspaces.models import Workspace

# Who was merged or forgotten since the batch was read stays as they are.
_LIVE = "merged_into_id IS NULL AND erased_at IS NULL"
_TYPES = {
    "BooleanField": "boolean",
    "DateField": "date",
    "BigIntegerField": "bigint",
    "BigAutoField": "bigint",
}


def rewrite(
    *,
    workspace: Workspace,
    columns: Mapping[str, Sequence[Any]],
    version: int,
    refreshed_at: datetime,
) -> int:
    """Set the given columns (one of them `id`; dates as ISO text) of contacts that are older than `version`.

    Returns how many rows it changed; each of them is of this version from then on.
    """
    if not columns["id"]:
        return 0
    on_postgres = connection.vendor == "postgresql"
    at = connection.ops.adapt_datetimefield_value(refreshed_at)
    with connection.cursor() as cursor:
        (_from_lists if on_postgres else _row_by_row)(cursor, columns, workspace.pk, version, at)
        return int(cursor.rowcount)


def _from_lists(
    cursor: Any, columns: Mapping[str, Sequence[Any]], workspace_id: int, version: int, at: Any
) -> None:
    settings = "".join(f", {name} = s.{name}" for name in columns if name != "id")
    lists = ", ".join(f"%s::{_type(name)}[]" for name in columns)
    sql = (
        f"UPDATE contacts_contact AS c SET universe_version = %s, refreshed_at = %s{settings}"  # noqa: S608
        f" FROM unnest({lists}) AS s({', '.join(columns)})"
        " WHERE c.id = s.id AND c.workspace_id = %s AND c.id BETWEEN %s AND %s AND c.universe_version < %s"
        f" AND {_LIVE}"
    )
    values = [list(column) for column in columns.values()]
    # Without the bounds a server that knows little of the table reads the whole workspace for each batch.
    bounds = min(columns["id"]), max(columns["id"])
    cursor.execute(sql, [version, at, *values, workspace_id, *bounds, version])


def _row_by_row(
    cursor: Any, columns: Mapping[str, Sequence[Any]], workspace_id: int, version: int, at: Any
) -> None:
    """One prepared statement. UPDATE … FROM a JSON text would read the whole text again for each contact."""
    names = [name for name in columns if name != "id"]
    settings = "".join(f", {name} = %s" for name in names)
    sql = (
        f"UPDATE contacts_contact SET universe_version = %s, refreshed_at = %s{settings}"  # noqa: S608
        f" WHERE id = %s AND workspace_id = %s AND universe_version < %s AND {_LIVE}"
    )
    size = len(columns["id"])
    shared = [repeat(value, size) for value in (version, at, workspace_id)]
    values = [columns[name] for name in (*names, "id")]
    lines = zip(shared[0], shared[1], *values, shared[2], repeat(version, size), strict=True)
    cursor.executemany(sql, list(lines))


def _type(name: str) -> str:
    return _TYPES.get(Contact._meta.get_field(name).get_internal_type(), "text")
