"""`rollcall whoami`: the key, its role and its workspace."""

import typer

from rollcall.clients.cli.sessions import Session, command


def register(app: typer.Typer) -> None:
    """Add the command to the program itself."""
    command(app, "whoami")(whoami)


def whoami(session: Session) -> None:
    """Show which key, role and workspace this is."""
    me = session.client.workspace.me()
    if session.as_json:
        session.output.json(me)
        return
    session.output.facts(
        {
            "Workspace": f"{me['workspace']['name']} ({me['workspace']['id']})",
            "Time zone": me["workspace"]["time_zone"],
            "Key": f"{me['key']['name']} ({me['key']['id']})",
            "Role": me["key"]["role"],
            "May": me["key"]["permissions"],
            "Credits from": me["operator_email"],
        }
    )
