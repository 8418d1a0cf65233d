"""The claims: one row for each (workspace, profile, company) that was ever paid for (C3)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from rollcall.credits import columns
from rollcall.credits.models import Acquisition
from rollcall.workspaces.models import Workspace

Pair = tuple[int, int]

# Pairs travel as text, in one statement whatever their number; by hand, as a charge of 10,000 people is mostly this.
_PAIRS = {
    "postgresql": "SELECT p AS profile_id, c AS company_id FROM unnest(%s::bigint[], %s::bigint[]) AS pairs (p, c)",
    "sqlite": "SELECT value ->> 0 AS profile_id, value ->> 1 AS company_id FROM json_each(%s)",
}
_FOUND = {
    "postgresql": "SELECT p AS profile_id, c AS company_id, n AS persona_id "
    "FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS found (p, c, n)",
    "sqlite": "SELECT value ->> 0 AS profile_id, value ->> 1 AS company_id, value ->> 2 AS persona_id "
    "FROM json_each(%s)",
}
_INSERT = """
INSERT INTO credits_acquisition (workspace_id, entry_id, grant_id, profile_id, company_id, persona_id)
SELECT %s, %s, %s, s.profile_id, s.company_id, s.persona_id FROM ({found}) AS s WHERE true
ON CONFLICT DO NOTHING RETURNING profile_id, company_id
"""
# One look-up by key for each pair, whatever the planner thinks of the table: CROSS and LIMIT leave it no choice. A
# server without statistics of a table that has just been filled would read all that the workspace ever paid for.
_AMONG = {
    "postgresql": """
SELECT s.profile_id, s.company_id FROM ({pairs}) AS s CROSS JOIN LATERAL (
  SELECT 1 FROM credits_acquisition AS a
  WHERE a.workspace_id = %s AND a.profile_id = s.profile_id AND a.company_id = s.company_id LIMIT 1) AS found
""",
    "sqlite": """
SELECT s.profile_id, s.company_id FROM ({pairs}) AS s CROSS JOIN credits_acquisition AS a
  ON a.workspace_id = %s AND a.profile_id = s.profile_id AND a.company_id = s.company_id
""",
}


def insert(
    *, workspace: Workspace, pairs: Sequence[Pair], personas: Mapping[Pair, int], entry_id: int, grant_id: int
) -> list[Pair]:
    """Claim the pairs (profile, company), given sorted, for this entry; returns those that nobody had claimed.

    `personas` says which persona found whom; who is not in it was found without one.

    Waits for other transactions that are claiming the same pairs: a pair comes back to exactly one of them. Sorted,
    because two writers who wait for each other's pairs in different orders would deadlock.
    """
    sql = _INSERT.format(found=_FOUND[connection.vendor])
    found = [(*pair, personas.get(pair)) for pair in pairs]
    return _run(sql, [workspace.pk, entry_id, grant_id, *_texts(found, 3)])


def among(*, workspace: Workspace, pairs: Iterable[Pair]) -> set[Pair]:
    """Which of the pairs (profile, company) the workspace has paid for already."""
    sql = _AMONG[connection.vendor].format(pairs=_PAIRS[connection.vendor])
    return set(_run(sql, [*_texts(list(pairs), 2), workspace.pk]))


def companies_of(*, workspace: Workspace, profile_id: int) -> list[int]:
    """The companies at which the workspace has paid for this profile."""
    mine = Acquisition.objects.filter(workspace=workspace, profile_id=profile_id)
    return sorted(mine.values_list("company_id", flat=True))


def mark_refunded(*, workspace: Workspace, refunds: Sequence[tuple[Acquisition, int]]) -> None:
    """Note on each claim the entry that gives its credit back; the database lets that happen once.

    Raises:
        OutOfStep: one of them is refunded already.
    """
    ordered = sorted((claim.profile_id, claim.company_id, entry_id) for claim, entry_id in refunds)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE credits_acquisition SET refund_entry_id = %s WHERE workspace_id = %s AND profile_id = %s"
            " AND company_id = %s AND refund_entry_id IS NULL",
            [
                (entry_id, workspace.pk, profile_id, company_id)
                for profile_id, company_id, entry_id in ordered
            ],
        )
        if cursor.rowcount != len(ordered):
            raise columns.OutOfStep(what="claims of workspace", id=workspace.pk)


def _run(sql: str, values: list[Any]) -> list[Pair]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Pair] = cursor.fetchall()
        return found


def _texts(table: Sequence[tuple[int | None, ...]], width: int) -> list[str]:
    if connection.vendor == "sqlite":
        return [json.dumps(table)]
    columns = ([row[i] for row in table] for i in range(width))
    return [
        "{" + ",".join(["NULL" if value is None else str(value) for value in column]) + "}"
        for column in columns
    ]
