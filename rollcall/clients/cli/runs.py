"""`rollcall runs`: start a search after seeing its price, watch it, stop it, read its receipt."""

import sys
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rollcall.clients import http, records
from rollcall.clients.cli import lists, quotes, receipts
from rollcall.clients.cli.exits import Declined, Usage
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.quotes import StopAt
from rollcall.clients.cli.sessions import Session, command, resolve
from rollcall.clients.transport import Unreachable

app = typer.Typer(help="Runs: persona searches.", no_args_is_help=True, rich_markup_mode=None)
Which = Annotated[str, typer.Argument(metavar="RUN", help="Id, run_…")]
_COLUMNS = {"id": "Run", "state": "State", "segment_name": "Segment", "people_done": "Done", "people": "People",
            "charged": "Charged", "owned": "Yours", "created_at": "Started"}  # fmt: skip


@command(app, "start")
def start(
    session: Session,
    quote: Annotated[str | None, typer.Argument(help="Id of a quote, quo_…")] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Instead of a quote: the segment.")] = None,
    persona: Annotated[
        list[str] | None, typer.Option("--persona", help="Instead of a quote: the personas.")
    ] = None,
    stop_at: StopAt = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; start.")] = False,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", help="The same key again starts nothing twice.")
    ] = None,
    watch_: Annotated[bool, typer.Option("--watch", help="Stay and show the progress.")] = False,
) -> None:
    """Start a search: shows the estimated credits first, and asks."""
    found = _quote(session, quote, segment, persona, stop_at)
    if not session.as_json:
        quotes.tell(session, found)
    if not yes:
        _ask(session, found)
    key = idempotency_key or http.new_key()
    session.output.note(f"Idempotency key: {key}")
    try:
        run = session.client.runs.start(quote_id=found["id"], idempotency_key=key)
    except Unreachable as error:
        repeat = f"Repeat it safely: rollcall runs start {found['id']} --yes --idempotency-key {key}"
        raise Unreachable(error.url, f"{error}; {repeat}") from None
    if watch_:
        run = _watch(session, run["id"])
    if session.as_json:
        session.output.json({**run, "idempotency_key": key})
        return
    _tell(session, run)
    if not watch_:
        session.output.note(f"Watch it: rollcall runs watch {run['id']}")


@command(app, "list")
def list_(
    session: Session,
    segment: Annotated[str | None, typer.Option("--segment", help="Only of this segment.")] = None,
    active: Annotated[bool, typer.Option("--active", help="Only those under way.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    all_: Everything = False,
) -> None:
    """Runs, newest first."""
    number = resolve(segment, "seg", session.client.segments.list) if segment else None
    lists.show(session, session.client.runs.list, _COLUMNS, empty="No searches yet.", limit=limit, cursor=cursor,
               all_=all_, segment_id=number, active=active)  # fmt: skip


@command(app, "show")
def show(session: Session, run: Which) -> None:
    """One run."""
    found = session.client.runs.get(run)
    if session.as_json:
        session.output.json(found)
        return
    _tell(session, found)


@command(app, "watch")
def watch(session: Session, run: Which) -> None:
    """Show the progress until the run has ended."""
    ended = _watch(session, run)
    if session.as_json:
        session.output.json(ended)
        return
    _tell(session, ended)


@command(app, "stop")
def stop(session: Session, run: Which) -> None:
    """Stop a run; what it holds and did not use comes back."""
    stopped = session.client.runs.stop(run)
    if session.as_json:
        session.output.json(stopped)
        return
    _tell(session, stopped)


@command(app, "receipt")
def receipt(session: Session, run: Which) -> None:
    """What a run cost, what it did not charge, and why."""
    found = session.client.runs.receipt(run)
    if session.as_json:
        session.output.json(found)
        return
    receipts.show_run(session, found)


def _quote(
    session: Session, quote: str | None, segment: str | None, persona: list[str] | None, stop_at: int | None
) -> records.Quote:
    if quote is not None and (segment or persona or stop_at is not None):
        raise Usage("A quote already says segment, personas and --stop-at. Give the quote, or those.")
    if quote is not None:
        return session.client.quotes.get(quote)
    if not segment or not persona:
        raise Usage("Give a quote (quo_…), or --segment and at least one --persona.")
    return quotes.make(session, segment, persona, stop_at)


def _ask(session: Session, quote: records.Quote) -> None:
    """Nothing is spent that nobody agreed to."""
    if session.as_json or not sys.stdin.isatty():
        raise Usage(
            f"This may spend {quote['credits_max']:,} credits and nobody can be asked here. Add --yes."
        )
    if not typer.confirm(f"Spend up to {quote['credits_max']:,} credits?", err=True):
        raise Declined("Nothing was started, nothing was charged.")


def _watch(session: Session, run_id: str) -> records.Run:
    """Progress as a bar for people; programs get the end alone."""
    if session.as_json:
        for _ in session.client.runs.watch(run_id):
            pass
        return session.client.runs.get(run_id)
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=session.output.err, transient=True) as bar:
        task = bar.add_task("queued")
        for seen in session.client.runs.watch(run_id):
            bar.update(task, description=seen["state"], total=max(1, seen["people"]), completed=seen["done"])
    return session.client.runs.get(run_id)


def _tell(session: Session, run: records.Run) -> None:
    session.output.facts(
        {
            "Run": run["id"],
            "State": run["state"],
            "Segment": run["segment_name"],
            "Done": f"{run['people_done']:,} of {run['people']:,}",
            "Charged": f"{run['charged']:,} of at most {run['credits_max']:,} credits",
            "Already yours": run["owned"],
            "Suppressed": run["suppressed"],
        }
        | ({"Problem": run["problem"]} if run["problem"] else {})
    )
