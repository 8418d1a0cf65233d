"""`rollcall webhooks`: where Rollcall calls your own programs, and the log of what was sent."""

from typing import Annotated

import typer

from rollcall.clients.cli import lists
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.sessions import Session, command

app = typer.Typer(help="Webhooks: be called in time.", no_args_is_help=True, rich_markup_mode=None)
_ENDPOINTS = {"id": "Endpoint", "url": "Address", "created_by": "By", "created_at": "When"}
_CALLS = {"id": "Call", "created_at": "When", "kind": "Kind", "state": "State", "attempts": "Attempts",
          "status_code": "Answer", "problem": "Problem"}  # fmt: skip
Endpoint = Annotated[str, typer.Argument(help="Id of the endpoint, end_…")]


@command(app, "list")
def list_(session: Session) -> None:
    """The endpoints."""
    items = session.client.webhooks.list()
    if session.as_json:
        session.output.json({"items": items})
        return
    session.output.table(items, _ENDPOINTS, empty="No endpoints: nothing is called.")


@command(app, "create")
def create(session: Session, address: Annotated[str, typer.Argument(help="https://…")]) -> None:
    """Call an address from now on. The secret that verifies the calls is shown this once."""
    made = session.client.webhooks.create(url=address)
    if session.as_json:
        session.output.json(made)
        return
    session.output.facts({"Endpoint": made["id"], "Address": made["url"], "Secret": made["secret"]})
    session.output.note("Keep the secret now: it is not shown again.")


@command(app, "end")
def end(session: Session, endpoint: Endpoint) -> None:
    """Call it no more."""
    session.client.webhooks.end(endpoint)
    if session.as_json:
        session.output.json({"ended": endpoint})
        return
    session.output.say(f"{endpoint} is called no more.")


@command(app, "test")
def test(session: Session, endpoint: Endpoint) -> None:
    """Send a test event."""
    made = session.client.webhooks.test(endpoint)
    if session.as_json:
        session.output.json(made)
        return
    session.output.say(f"{made['id']} is on its way: rollcall webhooks deliveries {endpoint}")


@command(app, "deliveries")
def deliveries(
    session: Session, endpoint: Endpoint, limit: Limit = 50, cursor: Cursor = None, all_: Everything = False
) -> None:
    """What was sent to an endpoint, or waits to be, newest first."""
    lists.show(session, session.client.webhooks.deliveries, _CALLS, empty="Nothing was sent.", limit=limit,
               cursor=cursor, all_=all_, endpoint_id=endpoint)  # fmt: skip


@command(app, "replay")
def replay(session: Session, call: Annotated[str, typer.Argument(help="Id of the call, cal_…")]) -> None:
    """Send a call once more: the same message with the same id."""
    again = session.client.webhooks.replay(call)
    if session.as_json:
        session.output.json(again)
        return
    session.output.say(f"{again['id']} is sent again.")
