"""Titles: how one is read and why, and those that the workspace reads otherwise than the rules do."""

from typing import Annotated

from django.http import HttpResponse, HttpResponseBase
from ninja import Query
from pydantic import Field, StringConstraints

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    Count,
    Cursor,
    Given,
    Instant,
    Limit,
    OverrideId,
    PageOf,
    ShortText,
    Shown,
    page_of,
)
from rollcall.contacts import override_files, overrides, title_books
from rollcall.contacts.models import TitleOverride
from rollcall.core import clock, ids
from rollcall.universe import titles

noun = Noun("titles")
CSV_MAX = 1_500_000
Title = Annotated[str, StringConstraints(min_length=1, max_length=overrides.TITLE_MAX, pattern=r"^[^\x00]*$")]
Half = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00]*$")]


class OverrideGiven(Given):
    """A title, and how this workspace reads it: a seniority, a department, or both."""

    title: Title = Field(examples=["Deal Ninja"])
    seniority: Half | None = Field(default=None, examples=["vp"], description="Empty: as the rules read it.")
    department: Half | None = Field(
        default=None, examples=["sales"], description="Empty: as the rules read it."
    )
    why: ShortText = Field(default="", examples=["they run a region"])


class OverrideShown(Shown):
    """A title that the workspace reads otherwise, in every spelling of it."""

    id: OverrideId
    title: str = Field(examples=["Deal Ninja"])
    seniority: str | None = Field(examples=["vp"], description="Null: as the rules read it.")
    department: str | None = Field(examples=["sales"], description="Null: as the rules read it.")
    why: str = Field(examples=["they run a region"])
    revision: Count = Field(description="Since which revision of the workspace's titles.")
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant


class RoleShown(Shown):
    """One role that a title names."""

    text: str = Field(examples=["deal ninja"])
    seniority: str = Field(examples=["staff"])
    department: str = Field(examples=["sales"])


class TitleShown(Shown):
    """How a title is read here, what the rules alone read, and why."""

    title: str = Field(examples=["Deal Ninja"])
    seniority: str = Field(examples=["vp"])
    department: str = Field(examples=["sales"])
    rules_seniority: str = Field(examples=["staff"])
    rules_department: str = Field(examples=["sales"])
    roles: list[RoleShown]
    reasons: list[str] = Field(examples=[["No word names a rank, so it is read as Staff."]])
    override: OverrideShown | None


class OverridesCsv(Given):
    """The text of a CSV file whose first line names its columns: title, seniority, department, why."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=CSV_MAX, pattern=r"^[^\x00]*$")] = Field(
        examples=["title,seniority,department,why\nDeal Ninja,vp,sales,they run a region\n"]
    )


class OverridesTaken(Shown):
    """What came of a file: titles read otherwise for the first time, changed, and those that were so already."""

    added: Count
    changed: Count
    same: Count
    revision: Count


Asked = Annotated[Title, Query(description="The title, as somebody wrote it.", examples=["Deal Ninja"])]


@noun.operation("GET", "/titles/read", permission="titles.see", answer=TitleShown)
def titles_read(request: Request, title: Asked) -> TitleShown:
    """Read a title, with the reasons."""
    workspace = request.auth.workspace
    by_rules = titles.explain(title)
    here = titles.explain(title, overrides=title_books.now(workspace=workspace).overrides)
    said = overrides.of_title(workspace=workspace, title=title)
    return TitleShown(
        title=title,
        seniority=here.reading.seniority,
        department=here.reading.department,
        rules_seniority=by_rules.reading.seniority,
        rules_department=by_rules.reading.department,
        roles=[
            RoleShown(text=role.text, seniority=role.seniority, department=role.department)
            for role in here.roles
        ],
        reasons=list(here.reasons),
        override=override_shown(said) if said else None,
    )


@noun.operation("GET", "/titles/overrides", permission="titles.see", answer=PageOf[OverrideShown])
def titles_overrides(
    request: Request, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[OverrideShown]:
    """List the titles that the workspace reads otherwise, newest first."""
    page = overrides.page(workspace=request.auth.workspace, cursor=cursor, limit=limit)
    return page_of(page, override_shown)


@noun.operation(
    "POST", "/titles/overrides", permission="titles.edit", answer=OverrideShown, status=201, errors=(409,)
)
def titles_override(request: Request, body: OverrideGiven) -> OverrideShown:
    """Read a title otherwise from now on, in place of what was said of it before.

    Estimates, searches and owned contacts follow, for free; estimates made before stay what they were.
    """
    made = overrides.save(
        workspace=request.auth.workspace,
        given=overrides.Given(body.title, body.seniority, body.department, body.why),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return override_shown(made)


@noun.operation("GET", "/titles/overrides/export", permission="titles.see", answer=None, csv=True)
def titles_export(request: Request) -> HttpResponseBase:
    """Export them as CSV, in the columns that an import takes."""
    answer = HttpResponse(
        override_files.text(workspace=request.auth.workspace), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="titles.csv"'
    return answer


@noun.operation(
    "POST", "/titles/overrides/import", permission="titles.edit", answer=OverridesTaken, errors=(409,)
)
def titles_import(request: Request, body: OverridesCsv) -> OverridesTaken:
    """Read all titles of a CSV file as it says, or none of them if a line cannot be used.

    Halves may be given by key (`vp`) or by name (`Vice president`).
    """
    taken = override_files.take_in(
        workspace=request.auth.workspace, data=body.csv.encode(), actor=request.auth.actor, now=clock.now()
    )
    return OverridesTaken(added=taken.added, changed=taken.changed, same=taken.same, revision=taken.revision)


@noun.operation(
    "DELETE", "/titles/overrides/{override_id}", permission="titles.edit", answer=None, status=204
)
def titles_restore(request: Request, override_id: OverrideId) -> None:
    """Read a title as the rules do again."""
    overrides.remove(
        workspace=request.auth.workspace,
        override_id=ids.parse("tov", override_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


def override_shown(row: TitleOverride) -> OverrideShown:
    return OverrideShown(
        id=ids.public("tov", row.pk),
        title=row.title,
        seniority=row.seniority,
        department=row.department,
        why=row.why,
        revision=row.since,
        created_by=row.actor_label,
        created_at=row.made_at,
    )
