"""grant and requests: credits given by the operator, and the queue of packages asked for."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rollcall.core.errors import Invalid
from rollcall.server import acting, console, installation

if TYPE_CHECKING:
    from rollcall.credits.models import PackageRequest
    from rollcall.workspaces.models import Workspace

requests = typer.Typer(help="Packages that workspaces asked for.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Expires = Annotated[
    datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="Last day; never by default.")
]
Starts = Annotated[
    datetime | None, typer.Option("--starts", formats=["%Y-%m-%d"], help="First day; now by default.")
]
Price = Annotated[str, typer.Option(help="What all of it costs, such as 1200.50.")]
Currency = Annotated[str, typer.Option(help="Currency of the price.")]
Priority = Annotated[int, typer.Option(help="Lower numbers burn first, whatever their dates; usually 0.")]
Number = Annotated[str, typer.Argument(help="Id of the request, such as req_3.")]


class BadAmount(Invalid):
    """A grant is a whole number of credits from 1, not {amount}."""


def grant(
    workspace: Annotated[str, typer.Argument(help="Short name (slug) of the workspace.")],
    amount: Annotated[int, typer.Argument(help="Credits.")],
    name: Annotated[str, typer.Option(help="What the workspace sees, such as 'Annual package'.")],
    kind: Annotated[str, typer.Option(help="package, top_up, promotional or adjustment.")] = "package",
    starts: Starts = None,
    expires: Expires = None,
    price: Price = "",
    currency: Currency = "EUR",
    priority: Priority = 0,
    reference: Annotated[str, typer.Option(help="Contract or invoice number.")] = "",
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same on a retry.")] = None,
    as_json: Json = False,
) -> None:
    """Give a workspace credits. A grant sent twice with the same --key counts once."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.credits import grants, money
    from rollcall.workspaces import members

    if amount < 1:
        raise BadAmount(amount=amount)
    customer = members.find_workspace(workspace)
    price_minor, currency = money.parse(price=price, currency=currency)
    given = grants.add(
        workspace=customer, amount=amount, kind=kind, name=name, reference=reference,
        key=key or f"operator:{uuid.uuid4()}", actor=acting.operator(), now=clock.now(),
        effective_at=grants.start_of(starts.date(), workspace=customer) if starts else None,
        expires_at=_end_of_day(expires, customer), price_minor=price_minor, currency=currency, priority=priority,
    )  # fmt: skip
    console.show_facts(
        {"grant": f"gra_{given.pk}", "workspace": workspace, "credits": amount, "kind": kind, "name": name,
         "price": money.words(given.price_minor, given.currency), "priority": priority,
         "effective_at": given.effective_at, "expires_at": given.expires_at}, as_json=as_json
    )  # fmt: skip


@requests.command("list")
def list_requests(as_json: Json = False) -> None:
    """What is open, oldest first; what waits for the customer comes after all else."""
    installation.connect()
    from rollcall.credits import packages

    console.show(
        [_request(row) for row in packages.queue()], as_json=as_json, empty="No requests are waiting."
    )


@requests.command("quote")
def quote_request(
    request: Number,
    credits: Annotated[int, typer.Argument(help="Credits.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day the offer stands.")],
    price: Price = "",
    currency: Currency = "EUR",
    expires: Expires = None,
    terms: Annotated[str, typer.Option(help="What else is agreed.")] = "",
) -> None:
    """Make an offer for a request, or a better one as long as none was accepted."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.credits import money, packages, threads

    if credits < 1:
        raise BadAmount(amount=credits)
    asked = packages.get(request_id=ids.parse("req", request), actor=acting.operator())
    price_minor, currency = money.parse(price=price, currency=currency)
    ends = _end_of_day(until, asked.workspace)
    assert ends is not None
    quoted = packages.quote(
        request_id=asked.pk, credits=credits, valid_until=ends, quote_number=asked.quote_number,
        actor=acting.operator(), now=clock.now(), price_minor=price_minor, currency=currency, terms=terms,
        expires_on=expires.date() if expires else None,
    )  # fmt: skip
    console.step(f"{request} quoted: {threads.quote_words(quoted)}")


@requests.command("grant")
def grant_request(
    request: Number,
    amount: Annotated[int | None, typer.Argument(help="Credits; those of the quote by default.")] = None,
    name: Annotated[str, typer.Option(help="What the workspace sees.")] = "Package",
    starts: Starts = None,
    expires: Expires = None,
    price: Price = "",
    currency: Currency = "EUR",
    priority: Priority = 0,
) -> None:
    """Grant what was quoted (or, as long as no quote was accepted, another amount), and answer the request with it."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.credits import grants, money, packages

    asked = packages.get(request_id=ids.parse("req", request), actor=acting.operator())
    customer = asked.workspace
    if amount is None:
        agreed = _as_quoted(asked)
    else:
        price_minor, currency = money.parse(price=price, currency=currency)
        ends = _end_of_day(expires, customer)
        agreed = {"amount": amount, "price_minor": price_minor, "currency": currency, "expires_at": ends}
    if agreed["amount"] < 1:
        raise BadAmount(amount=agreed["amount"])
    packages.grant(
        request_id=asked.pk, kind="package", name=name, actor=acting.operator(), now=clock.now(), priority=priority,
        effective_at=grants.start_of(starts.date(), workspace=customer) if starts else None, **agreed,
    )  # fmt: skip
    console.step(f"{request} granted: {agreed['amount']:,} credits.")


@requests.command("decline")
def decline_request(
    request: Number, why: Annotated[str, typer.Option(help="What the workspace is told.")] = ""
) -> None:
    """Decline a request; the workspace sees that it was."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.credits import packages

    packages.decline(request_id=ids.parse("req", request), actor=acting.operator(), now=clock.now(), why=why)
    console.step(f"{request} declined.")


@requests.command("say")
def answer_request(
    request: Number,
    text: Annotated[str, typer.Argument(help="What to say to the workspace.")],
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same on a retry.")] = None,
) -> None:
    """Say something about a request to the workspace."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.credits import packages

    packages.answer(
        request_id=ids.parse("req", request), body=text, key=key or str(uuid.uuid4()), actor=acting.operator(),
        now=clock.now(),
    )  # fmt: skip
    console.step(f"Said to {request}.")


def _as_quoted(asked: "PackageRequest") -> dict[str, Any]:
    from rollcall.credits import grants

    day = asked.quoted_expires_on
    return {
        "amount": asked.quoted_credits or asked.credits_wanted,
        "price_minor": asked.quoted_price_minor,
        "currency": asked.quoted_currency,
        "expires_at": grants.end_of(day, workspace=asked.workspace) if day else None,
    }


def _request(row: "PackageRequest") -> dict[str, Any]:
    return {
        "id": f"req_{row.pk}", "workspace": row.workspace.slug, "credits_wanted": row.credits_wanted,
        "state": row.state, "quoted": row.quoted_credits, "asked_at": row.created_at, "reply_to": row.reply_email,
        "note": row.note,
    }  # fmt: skip


def _end_of_day(day: datetime | None, workspace: "Workspace") -> datetime | None:
    from rollcall.credits import grants

    return grants.end_of(day.date(), workspace=workspace).astimezone(UTC) if day else None
