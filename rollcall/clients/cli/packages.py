"""`rollcall packages`: asking the operator for credits, and agreeing on a quote."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from rollcall.clients import http
from rollcall.clients.cli.output import cell
from rollcall.clients.cli.sessions import Session, command

app = typer.Typer(help="Packages of credits: ask, agree, talk.", no_args_is_help=True, rich_markup_mode=None)
Request = Annotated[str, typer.Argument(help="Id of the request, req_…")]
Key = Annotated[
    str | None, typer.Option("--idempotency-key", help="The same on a retry; a new one by default.")
]


@command(app, "list")
def list_(session: Session) -> None:
    """What was asked for, newest first, and what became of it."""
    items = session.client.packages.list()
    if session.as_json:
        session.output.json({"items": items})
        return
    columns = {"id": "Request", "state": "State", "credits_wanted": "Asked", "quote.credits": "Quoted",
               "quote.valid_until": "Until", "requested_by": "By", "created_at": "When"}  # fmt: skip
    session.output.table(items, columns, empty="Nothing was asked for yet.")


@command(app, "show")
def show(session: Session, request: Request) -> None:
    """One request: its quote, and all that was said about it."""
    found = session.client.packages.get(request)
    if session.as_json:
        session.output.json(found)
        return
    session.output.facts(
        {
            "Request": found["id"],
            "State": found["state"],
            "Asked for": found["credits_wanted"],
            "By": found["requested_by"],
            "Answer to": found["reply_email"],
            "Granted as": found["grant_id"],
        }
    )
    if found["quote"]:
        _show_quote(session, found["quote"])
    columns = {"created_at": "When", "actor_label": "Who", "kind": "What", "body": ""}
    session.output.table(found["messages"], columns, empty="Nothing was said yet.")
    if found["state"] == "quoted" and found["quote"]:
        number = found["quote"]["quote_number"]
        session.output.note(f"To take it: rollcall packages accept {found['id']} --quote {number}")


@command(app, "request")
def request(
    session: Session,
    amount: Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="How many credits.")],
    email: Annotated[str, typer.Option("--email", help="Where the operator should answer.")],
    note: Annotated[str, typer.Option("--note", help="What they are for.")] = "",
    analysis: Annotated[
        str | None, typer.Option("--analysis", help="Requirement analysis to send along, ana_…")
    ] = None,
    idempotency_key: Key = None,
) -> None:
    """Ask the operator for a package of credits; nothing is bought by asking."""
    key = idempotency_key or http.new_key()
    made = session.client.packages.request(
        credits_wanted=amount, note=note, reply_email=email, analysis_id=analysis, idempotency_key=key
    )
    if session.as_json:
        session.output.json(made)
        return
    session.output.say(
        f"Sent: {made['id']}, {made['credits_wanted']:,} credits. The operator answers to {email}."
    )


@command(app, "accept")
def accept(
    session: Session,
    request: Request,
    quote: Annotated[int, typer.Option("--quote", min=1, help="Number of the quote you saw.")],
) -> None:
    """Accept exactly the quote you saw; if it changed meanwhile, nothing is accepted."""
    _show_state(session, session.client.packages.accept(request, quote_number=quote))


@command(app, "decline")
def decline(
    session: Session, request: Request, why: Annotated[str, typer.Option("--why", help="Why.")] = ""
) -> None:
    """Withdraw a request, or decline its quote."""
    _show_state(session, session.client.packages.decline(request, why=why))


@command(app, "say")
def say(
    session: Session,
    request: Request,
    text: Annotated[str, typer.Argument(help="What to say to the operator.")],
    idempotency_key: Key = None,
) -> None:
    """Say something about a request to the operator."""
    key = idempotency_key or http.new_key()
    said = session.client.packages.say(request, body=text, idempotency_key=key)
    if session.as_json:
        session.output.json(said)
        return
    session.output.say("Said.")


def _show_state(session: Session, found: Any) -> None:
    if session.as_json:
        session.output.json(found)
        return
    session.output.say(f"{found['id']} is {found['state']}.")


def _show_quote(session: Session, quote: Mapping[str, Any]) -> None:
    session.output.facts(
        {
            "Quote": quote["quote_number"],
            "Credits": quote["credits"],
            "Price": quote["price"] or None,
            "Good until": quote["expires_on"] or "never expires",
            "Offer stands until": cell(quote["valid_until"]),
            "Terms": quote["terms"],
        }
    )
