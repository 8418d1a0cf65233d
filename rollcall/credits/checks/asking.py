"""A rule of the proof, and how it is asked of one workspace or of all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from django.db import connection

from rollcall.workspaces.models import Workspace

BAD_MAX = 5
# Gives sentences about what breaks the rule, first ones first; it may stop early.
Finder = Callable[[Workspace | None], Iterable[str]]


@dataclass(frozen=True)
class Rule:
    """One rule of the ledger, what finds the rows that break it, and what must be said though it holds."""

    code: str
    title: str
    finder: Finder
    noter: Callable[[Workspace | None], str] = lambda _: ""

    def bad(self, workspace: Workspace | None) -> list[str]:
        return list(islice(self.finder(workspace), BAD_MAX))


def statement(sql: str) -> Finder:
    """A finder that is one statement, so that it sees one moment even while runs are under way.

    Args:
        sql: gives (number, sentence) of each bad row. `{scope}` becomes the condition on the workspace, or nothing;
            a table is narrowed by it before anything else.
    """

    def find(workspace: Workspace | None) -> list[str]:
        scope = "" if workspace is None else "WHERE workspace_id = %s"
        values = [] if workspace is None else [workspace.pk] * sql.count("{scope}")
        with connection.cursor() as cursor:
            # The text is our own; the one value is bound.
            asked = f"SELECT n, words FROM ({sql.format(scope=scope)}) AS bad ORDER BY n LIMIT {BAD_MAX}"  # noqa: S608
            cursor.execute(asked, values)
            return [str(row[1]) for row in cursor.fetchall()]

    return find
