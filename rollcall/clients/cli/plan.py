"""`rollcall plan`: what segments and personas need, and the package that follows; `rollcall credits forecast`."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rollcall.clients.analyses import Analysis, Forecast
from rollcall.clients.cli import credits, lists
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.output import Output
from rollcall.clients.cli.sessions import Session, command, resolve

app = typer.Typer(
    help="Planning: what segments and personas need, and the package that follows.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Which = Annotated[str, typer.Argument(metavar="ANALYSIS", help="Id, ana_…")]
Drafts = Annotated[
    list[Path] | None,
    typer.Option(help='JSON file of one that is not saved: {"name": …, "definition": …}.'),
]
_LIST = {"id": "Analysis", "name": "Name", "new": "New today", "recommended": "Recommended", "months": "Months",
         "universe_version": "Version", "created_by": "Who", "created_at": "When"}  # fmt: skip
_COUNTS = {"name": "Name", "companies": "Companies", "matches": "Matches", "owned": "Yours already",
           "suppressed": "Suppressed", "new": "New", "shared": "In others too"}  # fmt: skip


@command(app, "make")
def make(
    session: Session,
    segment: Annotated[list[str] | None, typer.Option("--segment", help="Id or name. Repeat it.")] = None,
    persona: Annotated[list[str] | None, typer.Option("--persona", help="Id or name. Repeat it.")] = None,
    segment_draft: Drafts = None,
    persona_draft: Drafts = None,
    months: Annotated[int, typer.Option("--months", min=1, max=36, help="Plan for so many months.")] = 6,
    name: Annotated[str, typer.Option("--name", help="What to call it.")] = "",
) -> None:
    """Work out what segments and personas need; nothing is spent, and the answer is kept."""
    client = session.client
    made = client.analyses.create(
        segment_ids=[resolve(one, "seg", client.segments.list) for one in segment or []],
        persona_ids=[resolve(one, "per", client.personas.list) for one in persona or []],
        segment_drafts=[_draft(file) for file in segment_draft or []],
        persona_drafts=[_draft(file) for file in persona_draft or []],
        months=months,
        name=name,
    )
    _tell(session, made)


@command(app, "list")
def list_(session: Session, limit: Limit = 50, cursor: Cursor = None, all_: Everything = False) -> None:
    """The analyses made so far, newest first."""
    read = session.client.analyses.list
    lists.show(session, read, _LIST, empty="Nothing was analysed yet.", limit=limit, cursor=cursor, all_=all_)


@command(app, "show")
def show(session: Session, analysis: Which) -> None:
    """One analysis, with its arithmetic."""
    _tell(session, session.client.analyses.get(analysis))


@command(app, "export")
def export(session: Session, analysis: Which) -> None:
    """The numbers of an analysis as CSV, on standard output."""
    if session.as_json:
        raise Usage("`plan show --json` gives the same numbers as JSON.")
    session.client.analyses.export(analysis, sys.stdout.buffer.write)
    sys.stdout.flush()


@command(credits.app, "forecast")
def forecast(session: Session) -> None:
    """When the credits run out, with an 80 % band; and the balance of the days to come."""
    ahead = session.client.analyses.forecast()
    if session.as_json:
        session.output.json(ahead)
        return
    session.output.facts(
        {
            "Available": ahead["available"],
            "Credits a day": f"{ahead['pace']:,}",
            "Runs out about": ahead["runs_out_on"],
            "80% range": _range(ahead),
            "Expires unused": ahead["expires_unused"],
        }
    )
    session.output.say(ahead["why"])
    columns = {"day": "Day", "low": "Low", "middle": "Likely", "high": "High"}
    if ahead["points"]:
        session.output.table(ahead["points"][6::7], columns, empty="")


def _range(ahead: Forecast) -> str | None:
    if ahead["band"] is None:
        return None
    earliest, latest = (ahead["band"][end] or "beyond two years" for end in ("earliest", "latest"))
    return f"{earliest} to {latest}"


def _draft(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Usage(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise Usage(f'{file} holds no object. Write {{"name": "…", "definition": {{…}}}}.')
    return found


def _tell(session: Session, found: Analysis) -> None:
    out = session.output
    if session.as_json:
        out.json(found)
        return
    out.say(f"{found['name']} ({found['id']}), universe of {found['as_of']}")
    for part in ("segments", "personas"):
        out.table(found[part], _COUNTS, empty="")
        twice = found["today"][f"counted_twice_by_{part}"]
        out.say(f"  together {found['new']:,} new: their sum, less {twice:,} counted twice")
    _tell_inflow(out, found["inflow"])
    sized = found["package"]
    lines = [{"label": one["label"], "amount": one["credits"], "note": one["note"]} for one in sized["lines"]]
    rounded = f"{sized['missing']:,} missing, rounded up to steps of {sized['step']}"
    out.sum([*lines, {"label": "Recommended package", "amount": sized["recommended"], "note": rounded}])
    for name, told in found["runway"].items():
        if told is not None:
            _tell_runway(out, name, told)


def _tell_inflow(out: Output, came: dict[str, Any]) -> None:
    if came["per_month"] is None:
        out.say(f"New people a month: not known. {came['why']}")
        return
    out.say(f"New people a month: {came['per_month']:,} ({came['low']:,} to {came['high']:,}). {came['why']}")


def _tell_runway(out: Output, name: str, told: dict[str, Any]) -> None:
    end = told["runs_out_on"] or "no day within two years"
    band = f" ({told['earliest']} to {told['latest'] or 'beyond two years'})" if told["has_band"] else ""
    out.say(f"Lasts, {name.replace('_', ' ')}: until {end}{band}. {told['why']}")
