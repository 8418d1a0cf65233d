"""`rollcall titles`: how a title is read and why, and which ones this workspace reads otherwise."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rollcall.clients.cli import lists
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.sessions import Session, command

app = typer.Typer(help="Titles: how they are read.", no_args_is_help=True, rich_markup_mode=None)
_COLUMNS = {
    "id": "Override",
    "title": "Title",
    "seniority": "Seniority",
    "department": "Department",
    "why": "Why",
    "created_by": "By",
    "created_at": "When",
}
Which = Annotated[str, typer.Argument(metavar="TITLE", help='As somebody wrote it: "SVP, Growth".')]


@command(app, "read")
def read(session: Session, title: Which) -> None:
    """Read a title, with the reasons."""
    found = session.client.titles.read(title)
    if session.as_json:
        session.output.json(found)
        return
    session.output.say(f"{found['seniority']}, {found['department']}")
    for reason in found["reasons"]:
        session.output.say(f"  {reason}")


@command(app, "list")
def list_(session: Session, limit: Limit = 50, cursor: Cursor = None, all_: Everything = False) -> None:
    """The titles that are read otherwise here, newest first."""
    lists.show(session, session.client.titles.overrides, _COLUMNS, empty="Every title is read by the rules.",
               limit=limit, cursor=cursor, all_=all_)  # fmt: skip


@command(app, "override")
def override(
    session: Session,
    title: Which,
    seniority: Annotated[str | None, typer.Option("--seniority", help="vp, director, …")] = None,
    department: Annotated[str | None, typer.Option("--department", help="sales, finance, …")] = None,
    why: Annotated[str, typer.Option("--why", help="Why.")] = "",
) -> None:
    """Read a title otherwise from now on, in every spelling of it."""
    made = session.client.titles.override(title, seniority=seniority, department=department, why=why)
    if session.as_json:
        session.output.json(made)
        return
    halves = ", ".join(half for half in (made["seniority"], made["department"]) if half)
    session.output.say(f"{made['title']} is read as {halves} from now on ({made['id']}).")


@command(app, "restore")
def restore(
    session: Session, override: Annotated[str, typer.Argument(metavar="OVERRIDE", help="Id, tov_…")]
) -> None:
    """Read a title as the rules do again."""
    session.client.titles.restore(override)
    if session.as_json:
        session.output.json({"restored": override})
        return
    session.output.say(f"{override} is gone; the rules read that title again.")


@command(app, "import")
def import_(
    session: Session,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Columns: title, seniority, department, why.")
    ],
) -> None:
    """Read all titles of a CSV file (UTF-8) as it says, or none of them if a line cannot be used."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Usage(
            f"{file} is not in UTF-8. Save it as CSV in UTF-8, or import it in the browser."
        ) from None
    taken = session.client.titles.take_in(text)
    if session.as_json:
        session.output.json(taken)
        return
    session.output.say(f"{taken['added']} added, {taken['changed']} changed, {taken['same']} as they were.")


@command(app, "export")
def export(
    session: Session,
    file: Annotated[
        Path | None, typer.Option("--file", "-o", help="Where to; without it: standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
) -> None:
    """Export the overrides as CSV, as an import takes them."""
    if file is None:
        if session.as_json:
            raise Usage("--json tells where the file went, so it needs --file.")
        session.client.titles.export(sys.stdout.buffer.write)
        sys.stdout.flush()
        return
    if file.exists() and not force:
        raise Usage(f"{file} exists already. Choose another name, or add --force.")
    pieces: list[bytes] = []
    size = session.client.titles.export(pieces.append)
    try:
        file.write_bytes(b"".join(pieces))
    except OSError as error:
        raise Usage(f"{file} cannot be written: {error.strerror}.") from None
    if session.as_json:
        session.output.json({"file": str(file), "bytes": size})
        return
    session.output.say(f"{file}: {size:,} bytes")
