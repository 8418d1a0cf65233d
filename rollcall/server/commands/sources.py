"""sources: look at files of any make, write a mapping for them, check them, load them."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rollcall.server import console, installation

if TYPE_CHECKING:
    from rollcall.universe.sources.files import Mapping, Report

sources = typer.Typer(help="Files with people and companies: look, map, check, load.", no_args_is_help=True)

What = Annotated[
    str, typer.Argument(metavar="FILE", help="A file, a folder, or an address such as s3://store/folder.")
]
MappingFile = Annotated[
    Path, typer.Option("--mapping", help="The mapping file (TOML or JSON), or people_data_labs.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="The day the file shows; else as the mapping, its name, or today says."
    ),
]
RejectedTo = Annotated[
    Path | None, typer.Option("--rejected", help="Write the rejected rows to this CSV file.")
]
Basis = Annotated[
    str | None,
    typer.Option("--lawful-basis", help="On which lawful basis it is held; else as the mapping says."),
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Encoding = Annotated[str | None, typer.Option(help="How the text is encoded, if that cannot be found out.")]
Delimiter = Annotated[
    str | None, typer.Option(help="What stands between cells, if that cannot be found out.")
]
Sheet = Annotated[str | None, typer.Option(help="Which sheet of a workbook.")]
HeaderRow = Annotated[int | None, typer.Option(min=1, help="In which row the names of the columns are.")]


@sources.command("look")
def look(
    what: What, encoding: Encoding = None, delimiter: Delimiter = None, sheet: Sheet = None,
    header_row: HeaderRow = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Show the columns of a file, what they probably are, and how sure that is; nothing is loaded."""
    preview = _preview(what, encoding, delimiter, sheet, header_row)
    if as_json:
        console.show_json(preview.model_dump(mode="json"))
        return
    facts = {
        name: getattr(preview, name) for name in ("file", "files", "kind", "encoding", "delimiter", "sheet")
    }
    console.show_facts({name: value for name, value in facts.items() if value is not None}, as_json=False)
    guesses = {guess.column: guess for guess in preview.suggestion.guesses if guess.is_used}
    rows = []
    for column in preview.columns:
        guess = guesses.get(column.name)
        rows.append({
            "column": column.name, "values": column.kind, "filled": f"{column.filled:.0%}",
            "example": column.examples[0] if column.examples else "", "probably": guess.field if guess else "",
            "sure": f"{guess.confidence:.0%}" if guess else "",
        })  # fmt: skip
    console.show(rows, as_json=False)


@sources.command("mapping")
def mapping(
    what: What, encoding: Encoding = None, delimiter: Delimiter = None, sheet: Sheet = None,
    header_row: HeaderRow = None,
) -> None:  # fmt: skip
    """Write a suggested mapping to standard output; complete it before you use it."""
    preview = _preview(what, encoding, delimiter, sheet, header_row)
    told = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet, "header_row": header_row}
    typer.echo(preview.suggestion.toml(file=told), nl=False)


@sources.command("check")
def check(
    what: What, mapping: MappingFile, rejected: RejectedTo = None, as_of: AsOf = None, lawful_basis: Basis = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Say what a load would take and what not, with reasons; nothing is loaded."""
    installation.connect()
    from rollcall.universe.sources import files

    read = files.read(mapping, lawful_basis=lawful_basis)
    _show(files.check(what, read, as_of=_day(what, read, as_of), rejected_to=rejected), as_json)


@sources.command("load")
def load(
    what: What, mapping: MappingFile, rejected: RejectedTo = None, as_of: AsOf = None, lawful_basis: Basis = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Load a new version of the universe; a load that was killed goes on where it was when given again."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.universe.sources import files

    read = files.read(mapping, lawful_basis=lawful_basis)
    loaded, report = files.load(
        what, read, now=clock.now(), as_of=_day(what, read, as_of), rejected_to=rejected
    )
    if as_json:
        console.show_json({"load": asdict(loaded), "report": report.model_dump(mode="json")})
        return
    _show(report, as_json=False)
    console.show_facts(asdict(loaded), as_json=False)


@sources.command("loads")
def loads(
    most: Annotated[int, typer.Option("--most", min=1, max=500, help="How many, the newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """List the loads that operators asked for on pages: how far they are, and what came of them."""
    installation.connect()
    from rollcall.core import ids
    from rollcall.universe.loads import asking

    rows = [
        {
            "load": ids.public("lod", one.pk), "file": one.name, "state": one.state, "source": one.source,
            "rows": one.rows_read, "refused": getattr(one, "rejected", None), "version": one.version,
            "who": one.actor_label, "when": one.created_at.isoformat(timespec="seconds"), "problem": one.problem,
        }
        for one in asking.list_(limit=most).items
    ]  # fmt: skip
    console.show(rows, as_json=as_json)


def _preview(
    what: str, encoding: str | None, delimiter: str | None, sheet: str | None, header_row: int | None
) -> Any:
    installation.connect()
    from rollcall.universe.sources import files

    options = files.told(encoding=encoding, delimiter=delimiter, sheet=sheet, header_row=header_row)
    return files.look(what, options=options)


def _day(what: str, mapping: "Mapping", as_of: datetime | None) -> date | None:
    """Today, when nothing else says of which day the file is."""
    from rollcall.core import clock
    from rollcall.universe.sources import files

    if as_of is not None:
        return as_of.date()
    try:
        return files.Source(what, mapping).as_of
    except files.DayUnknown:
        return clock.now().date()


def _show(report: "Report", as_json: bool) -> None:
    if as_json:
        console.show_json(report.model_dump(mode="json"))
        return
    shown = (
        "source",
        "kind",
        "as_of",
        "rows_read",
        "accepted",
        "rejected",
        "blank",
        "duplicates",
        "people",
        "companies",
    )
    console.show_facts({name: getattr(report, name) for name in shown}, as_json=False)
    for title, counts in (("Rejected", report.reasons), ("Warnings", report.warnings)):
        if counts:
            console.out.print(f"\n{title}")
            rows = [
                {"count": one.count, "code": one.code, "what happened, and what to do": f"{one.says} {one.remedy}",
                 "rows": ", ".join(map(str, one.rows))}
                for one in counts
            ]  # fmt: skip
            console.show(rows, as_json=False)
