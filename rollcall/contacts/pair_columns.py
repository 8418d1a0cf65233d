"""The pairs of very many contacts as two columns: packed by the database, for a row each is what takes the time."""

from collections.abc import Iterator

import numpy as np
from django.db import connection

from rollcall.universe.index.layout import Column
from rollcall.workspaces.models import Workspace

_ID_MIN, _ID_MAX = -(2**63), 2**63 - 1
# As many pairs at once as take some tens of megabytes here and in the database.
STEP = 1 << 21
Pairs = tuple[Column, Column]

_SINCE = (
    "SELECT company_id, profile_id FROM contacts_contact WHERE workspace_id = %s AND id > %s AND id <= %s"
)
# PostgreSQL's binary numbers one after the other, and what it writes around the only value of a COPY.
_POSTGRES = _SINCE.replace(
    "company_id, profile_id", "string_agg(int8send(company_id) || int8send(profile_id), ''::bytea)"
)
_ROW = np.dtype([("company_id", ">i8"), ("profile_id", ">i8")])
_HEAD, _TAIL = 25, 2
# By the pair, which is an index of its own: by the id SQLite would read all contacts of all workspaces. A plus sign
# before a column says that it is not to be looked up.
_SQLITE = """
SELECT group_concat(company_id), group_concat(profile_id) FROM (
    SELECT company_id, profile_id FROM contacts_contact
    WHERE workspace_id = %s AND (company_id, profile_id) > (%s, %s) AND +id <= %s
    ORDER BY company_id, profile_id LIMIT %s
)
"""


def until(*, workspace: Workspace, number: int) -> Pairs:
    """Those of all contacts of the workspace up to this id."""
    read = _of_postgres if connection.vendor == "postgresql" else _of_sqlite
    none = np.empty(0, np.int64)
    parts = [(none, none), *read(workspace, number)]
    companies, profiles = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return companies, profiles


def after(*, workspace: Workspace, number: int, last: int = _ID_MAX) -> Pairs:
    """Those of the contacts beyond this id: few, beside all."""
    if connection.vendor == "postgresql":
        return _copied([workspace.pk, number, last])
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [workspace.pk, number, last])
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _of_postgres(workspace: Workspace, number: int) -> Iterator[Pairs]:
    for low in range(0, number, STEP):
        yield _copied([workspace.pk, low, min(low + STEP, number)])


def _copied(asked: list[int]) -> Pairs:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({_POSTGRES}) TO STDOUT (FORMAT binary)", asked) as copy,
    ):
        data = b"".join(copy)
    # Of no pairs the value is null, which has no bytes either.
    rows = np.frombuffer(data, _ROW, (len(data) - _HEAD - _TAIL) // _ROW.itemsize, _HEAD)
    return rows["company_id"].astype(np.int64), rows["profile_id"].astype(np.int64)


def _of_sqlite(workspace: Workspace, number: int) -> Iterator[Pairs]:
    last: tuple[int, int] | None = (_ID_MIN, _ID_MIN)
    while last is not None:
        with connection.cursor() as cursor:
            cursor.execute(_SQLITE, [workspace.pk, *last, number, STEP])
            texts = cursor.fetchone()
        companies, profiles = (np.fromstring(text or "", np.int64, sep=",") for text in texts)
        yield companies, profiles
        last = (int(companies[-1]), int(profiles[-1])) if len(companies) == STEP else None
