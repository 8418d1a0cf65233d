"""Many contacts rewritten in one statement, on SQLite and PostgreSQL alike."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from rollcall.contacts.models import Contact
from rollcall.workspaces.models import Workspace

_TYPES = {
    "BooleanField": "boolean",
    "DateField": "date",
    "BigIntegerField": "bigint",
    "BigAutoField": "bigint",
}


def rewrite(
    *, workspace: Workspace, columns: Mapping[str, Sequence[Any]], version: int, refreshed_at: Any
) -> int:
    """Set the given columns (one of them `id`; dates as ISO text) of contacts that are older than `version`.

    Returns how many rows it changed; each of them is of this version from then on.
    """
    if not columns["id"]:
        return 0
    names = [name for name in columns if name != "id"]
    source, values = _unnest(columns) if connection.vendor == "postgresql" else _json_each(columns)
    settings = "".join(f", {name} = s.{name}" for name in names)
    sql = (
        f"UPDATE contacts_contact AS c SET universe_version = %s, refreshed_at = %s{settings} FROM {source}"  # noqa: S608
        " WHERE c.id = s.id AND c.workspace_id = %s AND c.universe_version < %s"
    )
    at = connection.ops.adapt_datetimefield_value(refreshed_at)
    with connection.cursor() as cursor:
        cursor.execute(sql, [version, at, *values, workspace.pk, version])
        return int(cursor.rowcount)


def _unnest(columns: Mapping[str, Sequence[Any]]) -> tuple[str, list[Any]]:
    casts = ", ".join(f"%s::{_type(name)}[]" for name in columns)
    return f"unnest({casts}) AS s({', '.join(columns)})", [list(column) for column in columns.values()]


def _json_each(columns: Mapping[str, Sequence[Any]]) -> tuple[str, list[Any]]:
    picks = ", ".join(f"value ->> {place} AS {name}" for place, name in enumerate(columns))
    rows = json.dumps(list(zip(*columns.values(), strict=True)), ensure_ascii=False, separators=(",", ":"))
    return f"(SELECT {picks} FROM json_each(%s)) AS s", [rows]  # noqa: S608


def _type(name: str) -> str:
    return _TYPES.get(Contact._meta.get_field(name).get_internal_type(), "text")
