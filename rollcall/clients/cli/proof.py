"""`rollcall credits proof`, `checkpoint` and `check`: that the ledger adds up, and was not changed since."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rollcall.clients.cli import exits
from rollcall.clients.cli.sessions import Session, command


def register(app: typer.Typer) -> None:
    """Add the commands to those of credits."""
    command(app, "proof")(proof)
    command(app, "checkpoint")(checkpoint)
    command(app, "check")(check)


def proof(session: Session) -> None:
    """Prove the ledger from its entries alone: every balance, every rule."""
    found = session.client.proof.read()
    if session.as_json:
        session.output.json(found)
    else:
        rows = [
            {**one, "holds": "yes" if one["ok"] else "NO", "first": "; ".join(one["bad"]) or one["note"]}
            for one in found["checks"]
        ]
        session.output.table(
            rows, {"code": "Rule", "title": "What", "holds": "Holds", "first": "Bad rows"}, empty=""
        )
    if not found["ok"]:
        raise typer.Exit(exits.FAILURE)


def checkpoint(session: Session) -> None:
    """Where the chain over the ledger stands, as JSON: keep it elsewhere, `check` reads it."""
    session.output.json(session.client.proof.checkpoint())


def check(
    session: Session,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A checkpoint that was kept.")],
) -> None:
    """Whether everything sealed up to a checkpoint is still as it was."""
    found = session.client.proof.check(_read(file))
    if session.as_json:
        session.output.json(found)
    else:
        session.output.say(found["words"])
        for line in found["bad"]:
            session.output.say(f"  {line}")
    if not found["ok"]:
        raise typer.Exit(exits.FAILURE)


def _read(file: Path) -> dict[str, Any]:
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        kept = None
    if not isinstance(kept, dict):
        raise exits.Usage(f"{file} holds no checkpoint. Keep what `rollcall credits checkpoint` prints.")
    return kept
