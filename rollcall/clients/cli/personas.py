"""`rollcall personas`: whom to find inside a company."""

from pathlib import Path
from typing import Annotated, Any

import typer

from rollcall.clients.cli import quotes, wheres
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.sessions import Session, command, resolve

app = typer.Typer(help="Personas: whom to find.", no_args_is_help=True, rich_markup_mode=None)
Which = Annotated[str, typer.Argument(metavar="PERSONA", help="Id (per_…) or name.")]
Titles = Annotated[
    list[str] | None, typer.Option("--title", help="Words of the title. Repeat it; one is enough.")
]
Out = Annotated[list[str] | None, typer.Option("--title-out", help="Leave out titles with these words.")]
Levels = Annotated[list[str] | None, typer.Option("--seniority", help="c_suite, vp, head, director …")]
Departments = Annotated[list[str] | None, typer.Option("--department", help="sales, finance …")]
Countries = Annotated[list[str] | None, typer.Option("--country", help="Where the person is.")]
Most = Annotated[int | None, typer.Option("--per-company", min=1, max=100, help="Most per company.")]
Order = Annotated[str | None, typer.Option("--order", help="seniority, relevance, tenure or last_seen.")]
File = Annotated[Path | None, typer.Option("--definition", help="A JSON file with the whole definition.")]
_COLUMNS = {"id": "Persona", "name": "Name", "definition.titles": "Titles", "definition.seniorities": "Levels",
            "definition.departments": "Departments", "definition.per_company": "Per company"}  # fmt: skip


@command(app, "list")
def list_(session: Session) -> None:
    """All personas."""
    items = session.client.personas.list()
    if session.as_json:
        session.output.json({"items": items})
        return
    session.output.table(items, _COLUMNS, empty="No personas yet: rollcall personas create NAME --title …")


@command(app, "show")
def show(session: Session, persona: Which) -> None:
    """One persona."""
    _tell(session, session.client.personas.get(_id(session, persona)))


@command(app, "create")
def create(
    session: Session,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    title: Titles = None,
    title_out: Out = None,
    seniority: Levels = None,
    department: Departments = None,
    country: Countries = None,
    per_company: Most = None,
    order: Order = None,
    definition: File = None,
) -> None:
    """Make a persona; without options it is everybody."""
    asked = _definition(title, title_out, seniority, department, country, per_company, order, definition)
    _tell(session, session.client.personas.create(name=name, definition=asked))


@command(app, "preview")
def preview(
    session: Session,
    segment: Annotated[str, typer.Argument(help="Id (seg_…) or name.")],
    title: Titles = None,
    title_out: Out = None,
    seniority: Levels = None,
    department: Departments = None,
    country: Countries = None,
    per_company: Most = None,
    order: Order = None,
    definition: File = None,
) -> None:
    """Try a persona before it is saved: how many it finds, and what is known of them; free."""
    asked = _definition(title, title_out, seniority, department, country, per_company, order, definition)
    number = resolve(segment, "seg", session.client.segments.list)
    found = session.client.personas.preview(segment_id=number, definition=asked)
    if session.as_json:
        session.output.json(found)
        return
    lines = [
        {"label": "Matches", "amount": found["matches"], "note": f"in {found['companies']:,} companies"},
        {"label": "Already yours", "amount": -found["owned"], "note": "free"},
        {"label": "Suppressed", "amount": -found["suppressed"], "note": "never added"},
        {"label": "New", "amount": found["credits_max"], "note": "1 credit each"},
    ]
    session.output.sum(lines)
    for person in found["sample"]:
        session.output.say(f"  for example: {person['title']} at {person['company']}")
    quotes.tell_known(session, found["coverage"])


@command(app, "edit")
def edit(
    session: Session,
    persona: Which,
    name: Annotated[str | None, typer.Option("--name", help="A new name.")] = None,
    title: Titles = None,
    title_out: Out = None,
    seniority: Levels = None,
    department: Departments = None,
    country: Countries = None,
    per_company: Most = None,
    order: Order = None,
    definition: File = None,
) -> None:
    """Change a persona: what is typed replaces that part, the rest stays."""
    number = _id(session, persona)
    typed = _definition(title, title_out, seniority, department, country, per_company, order, definition)
    changes: dict[str, Any] = {} if name is None else {"name": name}
    if typed:
        kept = {} if definition is not None else session.client.personas.get(number)["definition"]
        changes["definition"] = kept | typed
    if not changes:
        raise Usage("Say what to change: --name, --title, --seniority …")
    _tell(session, session.client.personas.update(number, **changes))


@command(app, "delete")
def delete(session: Session, persona: Which) -> None:
    """Delete a persona; contacts keep its name."""
    number = _id(session, persona)
    session.client.personas.delete(number)
    if session.as_json:
        session.output.json({"deleted": number})
        return
    session.output.say(f"{number} is deleted; the contacts it found keep its name.")


def _tell(session: Session, persona: Any) -> None:
    if session.as_json:
        session.output.json(persona)
        return
    session.output.facts({"Persona": persona["id"], "Name": persona["name"]} | persona["definition"])


def _id(session: Session, text: str) -> str:
    return resolve(text, "per", session.client.personas.list)


def _definition(
    title: list[str] | None,
    title_out: list[str] | None,
    seniority: list[str] | None,
    department: list[str] | None,
    country: list[str] | None,
    per_company: int | None,
    order: str | None,
    file: Path | None,
) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "titles": title,
        "titles_out": title_out,
        "seniorities": seniority,
        "departments": department,
        "countries": country,
        "per_company": per_company,
        "order": order,
    }
    typed = {name: value for name, value in typed.items() if value is not None}
    if file is None:
        return typed
    if typed:
        raise Usage(f"--definition already says everything; leave out {', '.join(typed)}.")
    return wheres.definition(file)
