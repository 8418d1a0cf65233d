"""`rollcall suppressions`: who is never added and never charged."""

from typing import Annotated

import typer

from rollcall.clients.cli import lists
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.sessions import Session, command

app = typer.Typer(help="Suppressions: who is never added.", no_args_is_help=True, rich_markup_mode=None)
_COLUMNS = {
    "id": "Suppression",
    "kind": "Kind",
    "label": "Who",
    "reason": "Why",
    "created_by": "By",
    "created_at": "When",
}


@command(app, "list")
def list_(session: Session, limit: Limit = 50, cursor: Cursor = None, all_: Everything = False) -> None:
    """The list, newest first."""
    lists.show(session, session.client.suppressions.list, _COLUMNS, empty="Nobody is suppressed.", limit=limit,
               cursor=cursor, all_=all_)  # fmt: skip


@command(app, "add")
def add(
    session: Session,
    kind: Annotated[str, typer.Argument(help="domain, email, profile_url or profile.")],
    value: Annotated[str, typer.Argument(help="acme.com, jane@acme.com, linkedin.com/in/jane or pro_12.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
) -> None:
    """Suppress a person or a whole domain."""
    made = session.client.suppressions.add(kind=kind, value=value, reason=reason)
    if session.as_json:
        session.output.json(made)
        return
    session.output.say(f"{made['label']} is suppressed ({made['id']}).")


@command(app, "remove")
def remove(session: Session, suppression: Annotated[str, typer.Argument(help="Id, sup_…")]) -> None:
    """Lift a suppression."""
    session.client.suppressions.remove(suppression)
    if session.as_json:
        session.output.json({"removed": suppression})
        return
    session.output.say(f"{suppression} is lifted.")
