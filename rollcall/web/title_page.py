"""How a title is read here, in words for a page: by the rules, or otherwise by the workspace."""

from dataclasses import dataclass
from urllib.parse import urlencode

from rollcall.contacts import overrides, rereading, title_books
from rollcall.contacts.models import TitleOverride
from rollcall.universe import titles
from rollcall.web import pages
from rollcall.workspaces.models import Workspace


@dataclass(frozen=True)
class Shown:
    """Labels of both halves, here and by the rules alone; the override, if there is one; why; where to change it."""

    title: str
    seniority: str
    department: str
    rules_seniority: str
    rules_department: str
    reasons: tuple[str, ...]
    override: TitleOverride | None
    is_followed: bool
    url: str


def reading(workspace: Workspace, title: str) -> Shown:
    """The title as this workspace reads it now."""
    book = title_books.now(workspace=workspace)
    rules, here = titles.read(title), titles.explain(title, overrides=book.overrides)
    said = overrides.of_title(workspace=workspace, title=title) if book.overrides else None
    return Shown(
        title=title,
        seniority=titles.SENIORITIES[here.reading.seniority],
        department=titles.DEPARTMENTS[here.reading.department],
        rules_seniority=titles.SENIORITIES[rules.seniority],
        rules_department=titles.DEPARTMENTS[rules.department],
        reasons=here.reasons,
        override=said,
        is_followed=rereading.is_done(workspace=workspace),
        url=pages.url(workspace, "titles") + "?" + urlencode({"title": title[: overrides.TITLE_MAX]}),
    )
