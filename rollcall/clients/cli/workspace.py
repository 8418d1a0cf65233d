"""`rollcall workspace`: what the workspace is called, and by which clock its days end."""

from typing import Annotated

import typer

from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.sessions import Session, command

app = typer.Typer(help="Workspace: its name and time zone.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def alone() -> None:
    """Workspace: its name and time zone. `rollcall whoami` shows them."""


@command(app, "edit")
def edit(
    session: Session,
    name: Annotated[str | None, typer.Option("--name", help="A new name.")] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="As in Europe/Zurich; budgets of a day end by it.")
    ] = None,
) -> None:
    """Rename the workspace, or change its time zone."""
    changes = {key: value for key, value in (("name", name), ("time_zone", time_zone)) if value is not None}
    if not changes:
        raise Usage("Say what to change: --name or --time-zone.")
    changed = session.client.workspace.update(**changes)
    if session.as_json:
        session.output.json(changed)
        return
    session.output.facts({"Workspace": changed["name"], "Time zone": changed["time_zone"]})
