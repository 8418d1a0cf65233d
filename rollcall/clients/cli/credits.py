"""`rollcall credits`: balance, grants, ledger, receipts."""

from typing import Annotated

import typer

from rollcall.clients import nouns
from rollcall.clients.cli import lists, receipts, statements
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.sessions import Session, carry_out, command, resolve
from rollcall.clients.cli.statements import Month, Since, Until

app = typer.Typer(help="Credits: balance, grants, ledger, receipts.", rich_markup_mode=None)
_LEDGER = {
    "id": "Entry", "created_at": "When", "kind": "Kind", "amount": "Credits", "balance_change": "Change",
    "balance_after": "Balance", "actor_label": "Who", "run_id": "Run",
}  # fmt: skip


@app.callback(invoke_without_command=True)
def alone(
    ctx: typer.Context,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")] = False,
    url: Annotated[str | None, typer.Option("--url", help="Address of the server.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="API key.")] = None,
) -> None:
    """Credits: balance, grants, ledger, receipts. Alone: the balance."""
    if ctx.invoked_subcommand is None:
        carry_out(balance, {}, as_json=json_, url=url, key=key)


@command(app, "balance")
def balance(session: Session) -> None:
    """What is available and held, what was used, and when it runs out."""
    read = session.client.credits.balance()
    if session.as_json:
        session.output.json(read)
        return
    expiry = (
        f"{read['next_expiry_amount']:,} on {read['next_expiry_at'][:10]}" if read["next_expiry_at"] else None
    )
    session.output.facts(
        {
            "Available": read["available"],
            "Held by running searches": read["held"],
            "Used this month": read["used_this_month"],
            "Same days last month": read["used_last_month_same_days"],
            "Next expiry": expiry,
            "Runs out about": read["runs_out_on"] or read["runs_out_why"],
        }
    )


@command(app, "grants")
def grants(session: Session) -> None:
    """Where the credits came from, in the order in which they burn.

    Lowest priority number first, then soonest to expire, then promotional before paid, then oldest.
    """
    items = session.client.credits.grants()
    if session.as_json:
        session.output.json({"items": items})
        return
    columns = {"id": "Grant", "name": "Name", "kind": "Kind", "state": "State", "granted": "Granted",
               "remaining": "Remaining", "held": "Held", "spent": "Spent", "priority": "Priority",
               "effective_at": "Starts", "expires_at": "Expires"}  # fmt: skip
    session.output.table(items, columns, empty="No credits were granted yet.")


@command(app, "ledger")
def ledger(
    session: Session,
    kind: Annotated[
        str | None, typer.Option(help="Only grant, hold, charge, release, refund, expiry …")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Only of this run.")] = None,
    segment: Annotated[str | None, typer.Option(help="Only for this segment: id or name.")] = None,
    automation: Annotated[str | None, typer.Option(help="Only by this automation, aut_…")] = None,
    who: Annotated[str | None, typer.Option(help="Only by usr_…, key_… or system:automation.")] = None,
    month: Month = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    all_: Everything = False,
) -> None:
    """Every movement of credits or some of them, newest first."""
    read = session.client.credits.ledger
    where = {
        "kind": kind, "run_id": run, "automation_id": automation, "actor": who, "month": month, "since": since,
        "until": until, "segment_id": _segment(session, segment),
    }  # fmt: skip
    lists.show(session, read, _LEDGER, empty="No movements.", limit=limit, cursor=cursor, all_=all_, **where)


@command(app, "receipt")
def receipt(session: Session, entry: Annotated[str, typer.Argument(help="Id of the entry, ent_…")]) -> None:
    """Why an entry moved so many credits, by which rule, and who is behind it."""
    found = session.client.credits.receipt(entry)
    people = list(nouns.pages(lambda **page: session.client.credits.people(entry, **page), limit=500))
    if session.as_json:
        session.output.json({**found, "people": {"items": people, "next_cursor": None}})
        return
    receipts.show_entry(session, found)
    columns = {"contact_id": "Contact", "full_name": "Name", "title": "Title", "company_name": "Company",
               "refund": "Refunded"}  # fmt: skip
    if people:
        session.output.say("")
        session.output.table(people, columns, empty="")


def _segment(session: Session, name: str | None) -> str | None:
    return None if name is None else resolve(name, "seg", session.client.segments.list)


statements.register(app)
