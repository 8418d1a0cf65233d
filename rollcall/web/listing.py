"""Lists on pages: what the address asks for, links that keep the rest of it, and the next rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from rollcall.core.paging import Page
from rollcall.web.pages import PageRequest

ROWS = 50
LOADED_MAX = (
    500  # beyond this the next rows replace those shown: a table of thousands of rows is slow to draw
)
_PLACE = ("after", "from")


@dataclass(frozen=True)
class Chip:
    """One filter in words, and the address without it."""

    field: str
    operator: str
    value: str
    remove_url: str
    icon: str = ""


@dataclass(frozen=True)
class Link:
    """An entry of a menu or a switch."""

    text: str
    url: str
    current: bool = False


def link(asked: HttpRequest | QueryDict, **changes: str | int | Iterable[str] | None) -> str:
    """The query of an address with changes (None takes a parameter out), from the first page on."""
    query = (asked if isinstance(asked, QueryDict) else asked.GET).copy()
    for name in _PLACE:
        query.pop(name, None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        elif isinstance(value, str | int):
            query[name] = str(value)
        else:
            query.setlist(name, list(value))
    return f"?{query.urlencode()}"


def cursor(request: HttpRequest) -> str | None:
    """Where the rows asked for begin; None is the start."""
    return request.GET.get("after") or None


def place(request: HttpRequest, page: Page[Any], *, total: int | None) -> dict[str, Any]:
    """For the template: how many rows are shown up to here, and the address of the next ones."""
    before = _number(request.GET.get("from", "")) if cursor(request) else 0
    shown = before + len(page.items)
    query = request.GET.copy()
    if page.next_cursor:
        query["after"], query["from"] = page.next_cursor, str(shown)
    return {
        "first_row": before + 1,
        "shown": shown,
        "total": total,
        "more_url": f"?{query.urlencode()}" if page.next_cursor else "",
        "more_in_place": shown % LOADED_MAX != 0,
    }


def answer(request: PageRequest, template: str, rows: str, context: dict[str, Any]) -> HttpResponse:
    """The page; or its next rows alone, for the button that loads more in place."""
    more = request.htmx and not request.htmx.boosted and cursor(request)
    return render(request, rows if more else template, context | {"more_rows": bool(more)})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
