"""The claims: one row for each (workspace, profile, company) that was ever paid for (C3)."""

from collections.abc import Iterable, Sequence

from django.db import connection

from rollcall.core import rows
from rollcall.credits.models import Acquisition
from rollcall.workspaces.models import Workspace

Pair = tuple[int, int]

_AMONG_POSTGRES = """
SELECT a.profile_id, a.company_id FROM credits_acquisition a
JOIN unnest(%s::bigint[], %s::bigint[]) AS s (profile_id, company_id)
  ON a.profile_id = s.profile_id AND a.company_id = s.company_id
WHERE a.workspace_id = %s
"""
_AMONG_SQLITE = """
SELECT a.profile_id, a.company_id
FROM (SELECT p.value AS profile_id, c.value AS company_id
      FROM json_each(%s) AS p JOIN json_each(%s) AS c ON p.key = c.key) AS s
CROSS JOIN credits_acquisition a
  ON a.workspace_id = %s AND a.profile_id = s.profile_id AND a.company_id = s.company_id
"""


def insert(*, workspace: Workspace, pairs: Sequence[Pair], entry_id: int, grant_id: int) -> list[Pair]:
    """Claim the pairs (profile, company), given sorted, for this entry; returns those that nobody had claimed.

    Waits for other transactions that are claiming the same pairs: a pair comes back to exactly one of them. Sorted,
    because two writers who wait for each other's pairs in different orders would deadlock.
    """
    return rows.insert(
        Acquisition,
        {"profile_id": [profile for profile, _ in pairs], "company_id": [company for _, company in pairs]},
        constants={
            "workspace_id": workspace.pk,
            "entry_id": entry_id,
            "grant_id": grant_id,
            "refund_entry_id": None,
        },
        ignore_conflicts=True,
        returning=["profile_id", "company_id"],
    )


def among(*, workspace: Workspace, pairs: Iterable[Pair]) -> set[Pair]:
    """Which of the pairs (profile, company) the workspace has paid for already."""
    listed = list(pairs)
    profiles, companies = [p for p, _ in listed], [c for _, c in listed]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_AMONG_POSTGRES, [profiles, companies, workspace.pk])
        else:
            cursor.execute(_AMONG_SQLITE, [_json(profiles), _json(companies), workspace.pk])
        return set(cursor.fetchall())


def _json(numbers: list[int]) -> str:
    return "[" + ",".join(map(str, numbers)) + "]"
