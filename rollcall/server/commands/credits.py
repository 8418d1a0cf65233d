"""grant and requests: credits given by the operator, and the queue of packages asked for."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from rollcall.core.errors import Invalid
from rollcall.server import acting, console, installation

requests = typer.Typer(help="Packages that workspaces asked for.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Expires = Annotated[
    datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="Last day; never by default.")
]


class BadAmount(Invalid):
    """A grant is a whole number of credits from 1, not {amount}."""


def grant(
    workspace: Annotated[str, typer.Argument(help="Short name (slug) of the workspace.")],
    amount: Annotated[int, typer.Argument(help="Credits.")],
    name: Annotated[str, typer.Option(help="What the workspace sees, such as 'Annual package'.")],
    kind: Annotated[str, typer.Option(help="package, top_up, promotional or adjustment.")] = "package",
    expires: Expires = None,
    reference: Annotated[str, typer.Option(help="Contract or invoice number.")] = "",
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same on a retry.")] = None,
    as_json: Json = False,
) -> None:
    """Give a workspace credits. A grant sent twice with the same --key counts once."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.credits import grants
    from rollcall.workspaces import members

    if amount < 1:
        raise BadAmount(amount=amount)
    given = grants.add(
        workspace=members.find_workspace(workspace), amount=amount, kind=kind, name=name, reference=reference,
        key=key or f"operator:{uuid.uuid4()}",
        actor=acting.operator(), now=clock.now(), expires_at=_end_of_day(expires),
    )  # fmt: skip
    console.show_facts(
        {"grant": f"gra_{given.pk}", "workspace": workspace, "credits": amount, "kind": kind, "name": name,
         "expires_at": given.expires_at}, as_json=as_json
    )  # fmt: skip


@requests.command("list")
def list_requests(as_json: Json = False) -> None:
    """What waits for an answer, oldest first."""
    installation.connect()
    from rollcall.credits import packages

    console.show(
        [_request(row) for row in packages.queue()], as_json=as_json, empty="No requests are waiting."
    )


@requests.command("grant")
def grant_request(
    request: Annotated[str, typer.Argument(help="Id of the request, such as req_3.")],
    amount: Annotated[int, typer.Argument(help="Credits.")],
    name: Annotated[str, typer.Option(help="What the workspace sees.")] = "Package",
    expires: Expires = None,
) -> None:
    """Grant what was asked for (or another amount), and answer the request with it."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.credits import packages

    if amount < 1:
        raise BadAmount(amount=amount)
    packages.grant(
        request_id=ids.parse("req", request), amount=amount, kind="package", name=name,
        expires_at=_end_of_day(expires), actor=acting.operator(), now=clock.now(),
    )  # fmt: skip
    console.step(f"{request} granted: {amount:,} credits.")


@requests.command("decline")
def decline_request(
    request: Annotated[str, typer.Argument(help="Id of the request, such as req_3.")],
) -> None:
    """Decline a request; the workspace sees that it was."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.credits import packages

    packages.decline(request_id=ids.parse("req", request), actor=acting.operator(), now=clock.now())
    console.step(f"{request} declined.")


def _request(row: Any) -> dict[str, Any]:
    return {
        "id": f"req_{row.pk}", "workspace": row.workspace.slug, "credits_wanted": row.credits_wanted,
        "state": row.state, "asked_at": row.created_at, "reply_to": row.reply_email, "note": row.note,
    }  # fmt: skip


def _end_of_day(day: datetime | None) -> datetime | None:
    return day.replace(hour=23, minute=59, second=59, tzinfo=UTC) if day else None
