"""`rollcall segments`: preview, make, look at, refresh and delete datasets of companies."""

from pathlib import Path
from typing import Annotated, Any

import typer

from rollcall.clients.cli import lists, wheres
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.sessions import Session, command, resolve

app = typer.Typer(help="Segments: datasets of companies.", no_args_is_help=True, rich_markup_mode=None)
Which = Annotated[str, typer.Argument(metavar="SEGMENT", help="Id (seg_…) or name.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", help="A filter line: 'sector is Energy'. Repeat it; all must hold."),
]
Any_ = Annotated[bool, typer.Option("--any", help="One of the --where lines is enough.")]
File = Annotated[Path | None, typer.Option("--definition", help="A JSON file with the whole definition.")]
Domains = Annotated[list[str] | None, typer.Option("--domain", help="Include the company with this domain.")]
Without = Annotated[list[str] | None, typer.Option("--exclude-domain", help="Leave this company out.")]
Others = Annotated[
    list[str] | None, typer.Option("--exclude-segment", help="Leave out the companies of this segment.")
]
All = Annotated[bool, typer.Option("--everything", help="All companies.")]
Order = Annotated[str | None, typer.Option("--order-by", help="A field, or random.")]
Most = Annotated[int | None, typer.Option("--top", min=1, help="At most so many companies.")]
Descending = Annotated[bool, typer.Option("--descending", help="The largest first.")]
_LINES = {
    "id": "Segment",
    "name": "Name",
    "kind": "Kind",
    "company_count": "Companies",
    "contact_count": "Contacts",
}
_COMPANIES = {
    "id": "Company",
    "name": "Name",
    "domain": "Domain",
    "sector": "Sector",
    "employees": "Employees",
}


@command(app, "list")
def list_(session: Session) -> None:
    """All segments."""
    items = session.client.segments.list()
    if session.as_json:
        session.output.json({"items": items})
        return
    session.output.table(items, _LINES, empty="No segments yet: rollcall segments create NAME --where …")


@command(app, "preview")
def preview(
    session: Session,
    where: Where = None,
    any_: Any_ = False,
    definition: File = None,
    domain: Domains = None,
    exclude_domain: Without = None,
    exclude_segment: Others = None,
    everything: All = False,
    order_by: Order = None,
    descending: Descending = False,
    top: Most = None,
) -> None:
    """How many companies a definition would choose, and the first of them."""
    asked = _definition(session, where, any_, definition, domain, exclude_domain, exclude_segment, everything,
                        order_by, descending, top)  # fmt: skip
    seen = session.client.segments.preview(asked)
    if session.as_json:
        session.output.json(seen)
        return
    session.output.say(f"{seen['count']:,} companies")
    for number, left in enumerate(seen["after_each"], start=1):
        session.output.say(f"  after line {number}: {left:,}")
    for warning in seen["contradictions"]:
        session.output.note(warning)
    if unknown := [*seen["unmatched_domains"], *seen["bad_domains"]]:
        session.output.note(f"Not found: {', '.join(unknown)}")
    session.output.table(seen["companies"], _COMPANIES, empty="None.")


@command(app, "create")
def create(
    session: Session,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    where: Where = None,
    any_: Any_ = False,
    definition: File = None,
    domain: Domains = None,
    exclude_domain: Without = None,
    exclude_segment: Others = None,
    everything: All = False,
    order_by: Order = None,
    descending: Descending = False,
    top: Most = None,
    dynamic: Annotated[bool, typer.Option("--dynamic", help="Re-evaluate it daily and on new data.")] = False,
) -> None:
    """Make a segment."""
    asked = _definition(session, where, any_, definition, domain, exclude_domain, exclude_segment, everything,
                        order_by, descending, top)  # fmt: skip
    kind = "dynamic" if dynamic else "static"
    made = session.client.segments.create(name=name, definition=asked, kind=kind)
    if session.as_json:
        session.output.json(made)
        return
    session.output.say(f"{made['id']} {made['name']}: {made['company_count']:,} companies")


@command(app, "show")
def show(session: Session, segment: Which) -> None:
    """One segment with its definition."""
    found = session.client.segments.get(_id(session, segment))
    if session.as_json:
        session.output.json(found)
        return
    definition = {name: value for name, value in found.get("definition", {}).items() if value}
    session.output.facts({heading: found[name] for name, heading in _LINES.items()})  # type: ignore[literal-required]
    session.output.facts(definition)


@command(app, "companies")
def companies(
    session: Session,
    segment: Which,
    historical: Annotated[bool, typer.Option("--historical", help="Those that left.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    all_: Everything = False,
) -> None:
    """The companies of a segment."""
    number = _id(session, segment)
    columns = {
        f"company.{name}" if name != "id" else "company_id": heading for name, heading in _COMPANIES.items()
    }
    columns |= {"joined_at": "Joined", "left_at": "Left"} if historical else {"joined_at": "Joined"}
    lists.show(session, lambda **q: session.client.segments.companies(number, **q), columns,
               empty="No companies.", limit=limit, cursor=cursor, all_=all_, historical=historical)  # fmt: skip


@command(app, "activity")
def activity(
    session: Session, segment: Which, limit: Limit = 50, cursor: Cursor = None, all_: Everything = False
) -> None:
    """What happened in a segment."""
    number = _id(session, segment)
    columns = {"at": "When", "kind": "What", "actor": "Who", "detail": "Detail"}
    lists.show(session, lambda **q: session.client.segments.activity(number, **q), columns,
               empty="Nothing yet.", limit=limit, cursor=cursor, all_=all_)  # fmt: skip


@command(app, "refresh")
def refresh(session: Session, segment: Which) -> None:
    """Evaluate the definition again on the newest data."""
    done = session.client.segments.refresh(_id(session, segment))
    if session.as_json:
        session.output.json(done)
        return
    session.output.say(f"{done['joined']:,} joined, {done['left']:,} left, {done['total']:,} companies now")


@command(app, "rename")
def rename(
    session: Session, segment: Which, name: Annotated[str, typer.Argument(help="The new name.")]
) -> None:
    """Give a segment another name."""
    changed = session.client.segments.update(_id(session, segment), name=name)
    if session.as_json:
        session.output.json(changed)
        return
    session.output.say(f"{changed['id']} is now {changed['name']}")


@command(app, "delete")
def delete(session: Session, segment: Which) -> None:
    """Delete a segment; its contacts stay yours."""
    number = _id(session, segment)
    session.client.segments.delete(number)
    if session.as_json:
        session.output.json({"deleted": number})
        return
    session.output.say(f"{number} is deleted; its contacts stay yours.")


def _id(session: Session, text: str) -> str:
    return resolve(text, "seg", session.client.segments.list)


def _definition(
    session: Session,
    where: list[str] | None,
    any_: bool,
    file: Path | None,
    domain: list[str] | None,
    exclude_domain: list[str] | None,
    exclude_segment: list[str] | None,
    everything: bool,
    order_by: str | None,
    descending: bool,
    top: int | None,
) -> dict[str, Any]:
    """The definition that the options describe; what was not typed is left out."""
    typed: dict[str, Any] = {
        "where": wheres.group(where, any_=any_) if where else None,
        "include_domains": domain,
        "exclude_domains": exclude_domain,
        "exclude_segments": [_id(session, text) for text in exclude_segment or []] or None,
        "everything": everything or None,
        "order_by": order_by,
        "descending": descending or None,
        "limit": top,
    }
    typed = {name: value for name, value in typed.items() if value is not None}
    if file is not None and typed:
        raise Usage(f"--definition already says everything; leave out {', '.join(typed)}.")
    if file is None and not {"where", "include_domains", "everything"} & typed.keys():
        raise Usage(
            "Say which companies: --where 'sector is Energy', --domain acme.com, --everything or --definition FILE."
        )
    return wheres.definition(file) if file is not None else typed
