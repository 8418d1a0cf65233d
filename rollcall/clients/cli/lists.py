"""What commands that list things share: how many, from where, and all of them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from rollcall.clients.cli.sessions import Session
from rollcall.clients.nouns import pages
from rollcall.clients.records import Page

Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="Items of one page.")]
Cursor = Annotated[str | None, typer.Option("--cursor", help="Where the page before ended.")]
Everything = Annotated[bool, typer.Option("--all", help="All pages.")]


def show(
    session: Session,
    read: Callable[..., Page[Any]],
    columns: Mapping[str, str],
    *,
    empty: str,
    limit: int,
    cursor: str | None,
    all_: bool,
    **query: Any,
) -> None:
    """One page, or all of them, as a table or as JSON."""
    if all_:
        page: Page[Any] = {"items": list(pages(read, limit=500, **query)), "next_cursor": None}
    else:
        page = read(limit=limit, cursor=cursor, **query)
    if session.as_json:
        session.output.json(page)
        return
    session.output.table(page["items"], columns, empty=empty)
    if page["next_cursor"]:
        session.output.note(f"There is more: --all, or --cursor {page['next_cursor']}")
