"""What a definition would choose, before it is saved: counts after each filter line, first rows, warnings (S2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollcall.segments import language, selection
from rollcall.segments.language import Definition
from rollcall.universe import search
from rollcall.workspaces.models import Workspace

ROWS_MAX = 100


@dataclass(frozen=True)
class Preview:
    """`after_each[i]`: companies left after the filter's first i + 1 top-level lines; `count` is after all of S1."""

    count: int
    after_each: list[int]
    rows: list[dict[str, Any]]
    unmatched_domains: list[str]
    bad_domains: list[str]
    contradictions: list[str]
    version: int


def preview(*, workspace: Workspace, definition: Definition | Mapping[str, Any], limit: int = 10) -> Preview:
    """Saves nothing and costs nothing.

    Raises:
        NoUniverse, NoSuchReference, and what `language.parse` raises.
    """
    parsed = language.parse(definition)
    chosen = selection.select(workspace=workspace, definition=parsed, version=selection.current_version())
    first = chosen.first(max(1, min(limit, ROWS_MAX))) if limit > 0 else []
    return Preview(
        count=chosen.count(),
        after_each=chosen.count_after_each() if parsed.where is not None else [],
        rows=search.company_rows(version=chosen.version, ids=first).to_pylist(),
        unmatched_domains=chosen.unmatched_domains,
        bad_domains=chosen.bad_domains,
        contradictions=chosen.contradictions(),
        version=chosen.version,
    )
