"""Companies of the universe: search them, look at one, see the contacts owned there."""

import base64
import json
from typing import Annotated, Any

from pydantic import Field

from rollcall.api.contacts import ContactShown, contacts_shown
from rollcall.api.filters import Where
from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import CompanyId, Count, Cursor, Day, Given, Name, PageOf, Shown
from rollcall.contacts import book
from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.core.paging import LIMIT_MAX, BadCursor
from rollcall.segments import language, selection
from rollcall.universe import search, versions

noun = Noun("companies")
Text = Annotated[str | None, Field(examples=["text"])]


class CompanyShown(Shown):
    """A company as the newest universe version knows it."""

    id: CompanyId
    name: str | None = Field(examples=["Acme Energy"])
    domain: str | None = Field(examples=["acme.com"])
    ticker: str | None = Field(examples=["ACME"])
    sector: str | None = Field(examples=["Energy"])
    industry: str | None = Field(examples=["Oil & Gas Exploration"])
    country: str | None = Field(examples=["United States"])
    region: str | None = Field(examples=["Texas"])
    city: str | None = Field(examples=["Houston"])
    employees: int | None = Field(examples=[1200])
    size_band: str | None = Field(examples=["1,001–5,000"])
    founded_year: int | None = Field(examples=[1984])
    source: str | None = Field(examples=["us_public_companies"])
    observed_on: Day | None


class CompanySearch(Given):
    """Which companies, in which order."""

    where: Where | None = None
    order_by: Name = Field(default="name", description="A company field, `id` or `random`.")
    descending: bool = False
    random_seed: Count = 0
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50
    cursor: Cursor | None = None


class CompaniesFound(PageOf[CompanyShown]):
    """A page of companies, and how many there are in all."""

    count: Count
    universe_version: Count


@noun.operation("POST", "/companies/search", permission="universe.see", answer=CompaniesFound)
def companies_search(request: Request, body: CompanySearch) -> CompaniesFound:
    """Search companies.

    A cursor stays with the universe version of its first page, so that a load between two pages skips nobody.
    """
    version, offset = _decode(body.cursor) if body.cursor else (selection.current_version(), 0)
    asked = body.model_dump(exclude_unset=True, exclude={"limit", "cursor"})
    definition = language.parse(asked | {"everything": body.where is None})
    chosen = selection.select(workspace=request.auth.workspace, definition=definition, version=version)
    found = chosen.first(offset + body.limit + 1)[offset:]
    rows = search.company_rows(version=version, ids=found[: body.limit]).to_pylist()
    more = len(found) > body.limit
    return CompaniesFound(
        items=[company_shown(row) for row in rows],
        next_cursor=_encode(version, offset + body.limit) if more else None,
        count=chosen.count(),
        universe_version=version,
    )


@noun.operation("GET", "/companies/{company_id}", permission="universe.see", answer=CompanyShown)
def companies_get(request: Request, company_id: CompanyId) -> CompanyShown:
    """One company."""
    return company_shown(_find(company_id))


@noun.operation(
    "GET", "/companies/{company_id}/contacts", permission="contacts.see", answer=PageOf[ContactShown]
)
def companies_contacts(request: Request, company_id: CompanyId) -> PageOf[ContactShown]:
    """The contacts you own at a company."""
    number = _find(company_id)["id"]
    workspace = request.auth.workspace
    owned = book.at_company(workspace=workspace, company_id=number)
    return PageOf[ContactShown](items=contacts_shown(workspace, owned), next_cursor=None)


def company_shown(row: dict[str, Any]) -> CompanyShown:
    """A row of `search.company_rows`."""
    known = {name: row[name] for name in CompanyShown.model_fields if name in row}
    return CompanyShown(**known | {"id": ids.public("com", row["id"])})


def _find(company_id: str) -> dict[str, Any]:
    number = ids.parse("com", company_id)
    version = versions.current()
    rows = search.company_rows(version=version, ids=[number]).to_pylist() if version is not None else []
    if not rows:
        raise NotFound(what="company", id=company_id[:80])
    found: dict[str, Any] = rows[0]
    return found


def _encode(version: int, offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([version, offset]).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[int, int]:
    try:
        version, offset = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        raise BadCursor() from None
    known = {published.number for published in versions.list_()}
    if type(offset) is not int or not 0 <= offset < 2**31 or version not in known:
        raise BadCursor()
    return version, offset
