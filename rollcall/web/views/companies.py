"""Companies: all in the workspace's segments, and one of them with its facts, its people and its segments."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from rollcall.contacts import book
from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.segments import register
from rollcall.universe import search, versions
from rollcall.universe.fields import COMPANY_FIELDS
from rollcall.universe.filters import Among, Condition, Group
from rollcall.universe.search import CompanyQuery
from rollcall.web import contact_rows, converters, listing, pages
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
SORTS = {"name", "-name", "employees", "-employees", "sector", "-sector"}
TEXT_MAX = 200
PEOPLE_SHOWN = 200


@pages.page("universe.see")
def list_(request: PageRequest) -> HttpResponse:
    """The companies of all segments, each once."""
    request.nav = "companies"
    version = versions.current()
    text = request.GET.get("q", "").strip()[:TEXT_MAX].replace("\0", "")
    sort = request.GET.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    inside = register.company_ids(workspace=request.workspace)
    found = _find(version, inside, text, sort) if version and inside else []
    start = _start(request, len(found))
    shown = found[start : start + listing.ROWS]
    facts = search.company_rows(version=version, ids=shown).to_pylist() if version else []
    owned = book.count_at(workspace=request.workspace, company_ids=shown)
    more = listing.link(request.GET) + f"&from={start + len(shown)}&after={start + len(shown)}"
    context = {
        "title": "Companies",
        "rows": [{"facts": row, "owned": owned.get(row["id"], 0)} for row in facts],
        "sort": sort,
        "text": text,
        "chips": [
            listing.Chip("Name or domain", "contains", text, listing.link(request.GET, q=None), "search")
        ]
        if text
        else [],
        "whole": len(inside),
        "total": len(found),
        "first_row": start + 1,
        "shown": start + len(shown),
        "more_url": more if start + len(shown) < len(found) else "",
        "more_in_place": (start + len(shown)) % listing.LOADED_MAX != 0,
        "may_edit": request.actor.may("segments.edit"),
    }
    return listing.answer(request, "companies/list.html", "companies/rows.html", context)


@pages.page("universe.see")
def show(request: PageRequest, company_id: str) -> HttpResponse:
    """One company: facts with source and date, the people owned there, the segments it is in."""
    request.nav = "companies"
    number = ids.parse("com", company_id)
    version = versions.current()
    rows = search.company_rows(version=version, ids=[number]).to_pylist() if version else []
    if not rows:
        raise NotFound(what="company", id=company_id)
    facts: dict[str, Any] = rows[0]
    people = book.at_company(workspace=request.workspace, company_id=number)
    context = {
        "title": facts["name"] or facts["domain"] or company_id,
        "facts": facts,
        "fields": [
            {"label": field.label, "value": facts[name], "is_number": field.kind == "number"}
            for name, field in COMPANY_FIELDS.items()
            if name not in ("source", "name") and facts.get(name) is not None
        ],
        "people": contact_rows.rows(people[:PEOPLE_SHOWN], workspace=request.workspace),
        "people_count": len(people),
        "segments": register.of_company(workspace=request.workspace, company_id=number),
    }
    return render(request, "companies/show.html", context)


def _find(version: int, inside: list[int], text: str, sort: str) -> list[int]:
    """The companies among `inside` whose name or domain holds the text, in order."""
    items: list[Any] = [Among(company_ids=inside)]
    if text:
        names = [Condition(field=name, op="contains", value=text) for name in ("name", "domain")]
        items.append(Group(op="or", items=list(names)))
    query = CompanyQuery(
        where=Group.model_construct(op="and", items=items),
        order_by=sort.removeprefix("-"),
        descending=sort.startswith("-"),
    )
    return search.companies(version=version, query=query)


def _start(request: PageRequest, most: int) -> int:
    text = request.GET.get("after", "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else 0


urls: list[URLPattern] = [
    path("companies", list_, name="companies"),
    path("companies/<id:company_id>", show, name="company"),
]
