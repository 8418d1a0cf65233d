"""load: a new version of the universe, from a bundled source or a roster file."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.server import console, installation

if TYPE_CHECKING:
    from rollcall.universe.sources.source import Source

BUNDLED = "us_public_companies"


class MonthNeeded(Invalid):
    """Say which month of {source}: `--month {example}`, or `--next` for the one after the newest loaded."""


class AllMonthsLoaded(Conflict):
    """Every month of {source} is loaded already, up to {newest}. Load a roster file for newer data."""


class NoSuchFile(NotFound):
    """There is no file {id}. Give the path of a Parquet or CSV roster, or {bundled} for the bundled data."""


def load(
    what: Annotated[str, typer.Argument(help=f"{BUNDLED}, or a roster file (.parquet or .csv).")],
    month: Annotated[str | None, typer.Option(help="Which month, such as 2026-01 (bundled source).")] = None,
    next_month: Annotated[bool, typer.Option("--next", help="The month after the newest loaded.")] = False,
    source: Annotated[str | None, typer.Option(help="Name of the source that the file belongs to.")] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The file's date.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Load a month or a file as a new version of the universe; owned contacts are then refreshed for free."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.universe import ingest

    chosen = _month(month, next_month) if what == BUNDLED else _file(what, source, as_of)
    report = ingest.load(source=chosen, now=clock.now())
    console.show_facts(asdict(report), as_json=as_json)


def _month(month: str | None, next_month: bool) -> "Source":
    from rollcall.universe import versions
    from rollcall.universe.sources import us_public_companies as bundled

    if next_month:
        loaded = [v.as_of.isoformat()[:7] for v in versions.list_() if v.source == BUNDLED]
        newest = max(loaded, default="")
        month = next((m for m in bundled.months() if m > newest), None)
        if month is None:
            raise AllMonthsLoaded(source=BUNDLED, newest=newest)
    if not month:
        raise MonthNeeded(source=BUNDLED, example=bundled.months()[0])
    return bundled.Source(month)


def _file(what: str, source: str | None, as_of: datetime | None) -> "Source":
    from rollcall.core import clock
    from rollcall.universe.sources import roster_file

    path = Path(what)
    if not path.is_file():
        raise NoSuchFile(id=what, bundled=BUNDLED)
    date = as_of.date() if as_of else clock.now().date()
    return roster_file.Source(path=path, source=source, as_of=date)
