"""`rollcall approvals`: searches that wait for somebody to say yes, and what each would cost."""

import sys
from typing import Annotated

import typer

from rollcall.clients import http
from rollcall.clients.automation_records import Approval
from rollcall.clients.cli import lists
from rollcall.clients.cli.exits import Declined, Usage
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.sessions import Session, command
from rollcall.clients.transport import Unreachable

app = typer.Typer(
    help="Approvals: searches that wait for a yes.", no_args_is_help=True, rich_markup_mode=None
)
Which = Annotated[str, typer.Argument(metavar="APPROVAL", help="Id, app_…")]
_COLUMNS = {"id": "Approval", "state": "State", "segment_name": "Segment", "personas": "Personas",
            "credits": "Credits", "why": "Why", "decided_by": "Decided by", "run_id": "Run"}  # fmt: skip


@command(app, "list")
def list_(
    session: Session,
    state: Annotated[str | None, typer.Option(help="waiting, approved, declined or gone.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    all_: Everything = False,
) -> None:
    """Approvals, newest first."""
    read = session.client.approvals.list
    lists.show(
        session, read, _COLUMNS, empty="Nothing waits.", limit=limit, cursor=cursor, all_=all_, state=state
    )


@command(app, "show")
def show(session: Session, approval: Which) -> None:
    """One approval, with its estimate."""
    found = session.client.approvals.get(approval)
    if session.as_json:
        session.output.json(found)
        return
    _tell(session, found)


@command(app, "approve")
def approve(
    session: Session,
    approval: Which,
    credits: Annotated[int | None, typer.Option("--credits", min=1, help="At most so many.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; approve.")] = False,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", help="The same key again starts nothing twice.")
    ] = None,
) -> None:
    """Approve: the search starts, for at most what is shown."""
    found = session.client.approvals.get(approval)
    most = min(found["credits"], credits or found["credits"])
    if not session.as_json:
        _tell(session, found)
    if not yes:
        if session.as_json or not sys.stdin.isatty():
            raise Usage(f"This may spend {most:,} credits and nobody can be asked here. Add --yes.")
        if not typer.confirm(f"Spend up to {most:,} credits?", err=True):
            raise Declined("Nothing was started, nothing was charged. It still waits.")
    key = idempotency_key or http.new_key()
    session.output.note(f"Idempotency key: {key}")
    try:
        decided = session.client.approvals.approve(approval, idempotency_key=key, credits=most)
    except Unreachable as error:
        repeat = f"rollcall approvals approve {approval} --yes --credits {most} --idempotency-key {key}"
        raise Unreachable(error.url, f"{error}; Repeat it safely: {repeat}") from None
    if session.as_json:
        session.output.json({**decided, "idempotency_key": key})
        return
    if decided["run_id"]:
        session.output.say(f"Started {decided['run_id']}. Watch it: rollcall runs watch {decided['run_id']}")
    else:
        session.output.say("Nobody new is left; nothing was started.")


@command(app, "decline")
def decline(session: Session, approval: Which) -> None:
    """Decline: nothing is searched until companies join again, or the calendar says so."""
    declined = session.client.approvals.decline(approval)
    if session.as_json:
        session.output.json(declined)
        return
    session.output.say(f"{declined['id']} is declined; nothing was spent.")


def _tell(session: Session, approval: Approval) -> None:
    session.output.say(
        f"{approval['id']} ({approval['state']}): {approval['segment_name']}. {approval['why']}"
    )
    session.output.sum(approval["estimate"])
    for person in approval["sample"]:
        session.output.say(f"  for example: {person['title']} at {person['company']}")
