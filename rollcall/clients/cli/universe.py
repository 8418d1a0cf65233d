"""`rollcall universe`: what data there is, and what filters can be written with."""

from typing import Annotated

import typer

from rollcall.clients.cli.sessions import Session, command

app = typer.Typer(help="Universe: the data behind it all.", no_args_is_help=True, rich_markup_mode=None)


@command(app, "versions")
def versions(session: Session) -> None:
    """The published versions, newest first."""
    items = session.client.universe.versions()
    if session.as_json:
        session.output.json({"items": items})
        return
    columns = {"number": "Version", "as_of": "As of", "source": "Source", "companies": "Companies",
               "profiles": "People", "positions": "Positions", "published_at": "Published"}  # fmt: skip
    session.output.table(items, columns, empty="Nothing was loaded yet.")


@command(app, "fields")
def fields(session: Session) -> None:
    """What filters and personas can be written with."""
    known = session.client.universe.fields()
    if session.as_json:
        session.output.json(known)
        return
    columns = {"name": "Field", "kind": "Kind", "operators": "Operators"}
    session.output.table(known["fields"], columns, empty="")
    for name in ("seniorities", "departments"):
        session.output.say(f"\n{name.capitalize()}: {', '.join(choice['value'] for choice in known[name])}")


@command(app, "values")
def values(
    session: Session,
    field: Annotated[str, typer.Argument(help="A text field, such as sector.")],
    prefix: Annotated[str, typer.Option("--prefix", help="Only values that begin with this.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many.")] = 50,
) -> None:
    """The values of a field, most frequent first."""
    items = session.client.universe.values(field, prefix=prefix, limit=limit)
    if session.as_json:
        session.output.json({"items": items})
        return
    session.output.table(items, {"value": "Value", "companies": "Companies"}, empty="None.")
