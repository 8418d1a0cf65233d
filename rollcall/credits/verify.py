"""The proof: every balance is computed again from the entries alone, and every rule of the ledger is checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from rollcall.credits.checks import CHECKS
from rollcall.workspaces.models import Workspace

BAD_MAX = 5


@dataclass(frozen=True)
class Check:
    """One rule: whether it holds, and the first rows that break it."""

    code: str
    title: str
    ok: bool
    bad: list[str]


@dataclass(frozen=True)
class Proof:
    """All checks; `ok` if each of them is."""

    ok: bool
    checks: list[Check]


ExtraChecks = Callable[[Workspace | None], Sequence[Check]]


def verify(*, workspace: Workspace | None = None, extra_checks: Sequence[ExtraChecks] = ()) -> Proof:
    """Prove the ledger of one workspace, or of all.

    Each check is one statement, so it sees one moment even while runs are under way. Rooms above hand in checks of
    their own rows (`extra_checks`), such as that contacts and claims are the same set.
    """
    checks = [_run(code, title, sql, workspace) for code, title, sql in CHECKS]
    checks += [check for of_room in extra_checks for check in of_room(workspace)]
    return Proof(ok=all(check.ok for check in checks), checks=checks)


def _run(code: str, title: str, sql: str, workspace: Workspace | None) -> Check:
    """The statement gives the rows that break the rule: a workspace, and a sentence about it."""
    scope = "" if workspace is None else "WHERE workspace_id = %s"
    values = [] if workspace is None else [workspace.pk] * sql.count("{scope}")
    with connection.cursor() as cursor:
        cursor.execute(f"{sql.format(scope=scope)} LIMIT {BAD_MAX}", values)
        bad = [str(row[0]) for row in cursor.fetchall()]
    return Check(code=code, title=title, ok=not bad, bad=bad)
