"""`rollcall contacts`: the people you own."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rollcall.clients.cli import lists
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.sessions import Session, command, resolve

app = typer.Typer(help="Contacts: the people you own.", no_args_is_help=True, rich_markup_mode=None)
Which = Annotated[str, typer.Argument(metavar="CONTACT", help="Id, con_…")]
_COLUMNS = {"id": "Contact", "full_name": "Name", "title": "Title", "company_name": "Company",
            "personas": "Found by", "is_former": "Former", "last_seen_on": "Last seen"}  # fmt: skip


@command(app, "list")
def list_(
    session: Session,
    text: Annotated[str | None, typer.Option("--text", help="Words of the name or the company.")] = None,
    sort: Annotated[str, typer.Option("--sort", help="newest, name or company.")] = "newest",
    run: Annotated[str | None, typer.Option("--run", help="Only those that this run added.")] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Only those in this segment.")] = None,
    former: Annotated[
        bool | None, typer.Option("--former/--current", help="Only who left, or only who did not.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    all_: Everything = False,
) -> None:
    """List contacts."""
    if segment is None:
        lists.show(session, session.client.contacts.list, _COLUMNS, empty="No contacts.", limit=limit, cursor=cursor,
                   all_=all_, text=text, sort=sort, run_id=run, is_former=former)  # fmt: skip
        return
    if run is not None:
        raise Usage("--segment and --run cannot be combined. Use one of them.")
    number = resolve(segment, "seg", session.client.segments.list)
    columns = {f"contact.{name}": heading for name, heading in _COLUMNS.items()} | {"was_charged": "Charged"}
    lists.show(session, lambda **q: session.client.segments.contacts(number, **q), columns, empty="No contacts.",
               limit=limit, cursor=cursor, all_=all_, text=text, sort=sort, is_former=former)  # fmt: skip


@command(app, "show")
def show(session: Session, contact: Which) -> None:
    """One contact."""
    found = session.client.contacts.get(contact)
    if session.as_json:
        session.output.json(found)
        return
    facts = {name.replace("_", " "): value for name, value in found.items() if name != "now"}
    if now := found["now"]:
        facts["now at"] = f"{now['company_name']}, {now['title'] or 'title unknown'}"
    session.output.facts(facts)


@command(app, "history")
def history(
    session: Session, contact: Which, limit: Limit = 50, cursor: Cursor = None, all_: Everything = False
) -> None:
    """What happened to a contact."""
    columns = {
        "learned_at": "Learned",
        "happened_on": "Happened",
        "kind": "What",
        "before": "Before",
        "after": "After",
    }
    lists.show(session, lambda **q: session.client.contacts.history(contact, **q), columns,
               empty="Nothing yet.", limit=limit, cursor=cursor, all_=all_)  # fmt: skip


@command(app, "export")
def export(
    session: Session,
    file: Annotated[
        Path | None, typer.Option("--file", "-o", help="Where to; without it: standard output.")
    ] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Only those in this segment.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
) -> None:
    """Export contacts as CSV."""
    number = resolve(segment, "seg", session.client.segments.list) if segment else None
    if file is None:
        if session.as_json:
            raise Usage("--json tells where the file went, so it needs --file.")
        session.client.contacts.export(sys.stdout.buffer.write, segment_id=number)
        sys.stdout.flush()
        return
    if file.exists() and not force:
        raise Usage(f"{file} exists already. Choose another name, or add --force.")
    size = _write(session, file, number)
    if session.as_json:
        session.output.json({"file": str(file), "bytes": size})
        return
    session.output.say(f"{file}: {size:,} bytes")


@command(app, "suppress")
def suppress(
    session: Session, contact: Which, reason: Annotated[str, typer.Option("--reason", help="Why.")] = ""
) -> None:
    """Never add this person anywhere again."""
    made = session.client.contacts.suppress(contact, reason=reason)
    if session.as_json:
        session.output.json(made)
        return
    session.output.say(f"{made['label']} is suppressed ({made['id']}).")


def _write(session: Session, file: Path, segment_id: str | None) -> int:
    """Beside the file first: an export that breaks off leaves no half of one."""
    beside = file.with_name(file.name + ".part")
    try:
        with beside.open("wb") as out:
            size = session.client.contacts.export(out.write, segment_id=segment_id)
        beside.replace(file)
    except OSError as error:
        raise Usage(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        beside.unlink(missing_ok=True)
    return size
