"""adjust and adjustments: credits added or taken away with a reason; many need a second operator."""

import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from rollcall.server import console, installation

if TYPE_CHECKING:
    from rollcall.credits.models import Adjustment
    from rollcall.workspaces.access import Actor

adjustments = typer.Typer(help="Adjustments that wait for a second operator.", no_args_is_help=True)
Number = Annotated[str, typer.Argument(help="Id of the adjustment, such as adj_3.")]
By = Annotated[str, typer.Option("--by", help="Email of the operator who does it.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


def adjust(
    workspace: Annotated[str, typer.Argument(help="Short name (slug) of the workspace.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; the workspace reads it too.")],
    add: Annotated[int, typer.Option(min=0, help="Credits to add.")] = 0,
    take: Annotated[int, typer.Option(min=0, help="Credits to take away.")] = 0,
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same on a retry.")] = None,
    as_json: Json = False,
) -> None:
    """Add credits or take them away; above ROLLCALL_ADJUSTMENT_LIMIT a second operator has to approve."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.credits import adjustments
    from rollcall.workspaces import members

    made = adjustments.make(
        workspace=members.find_workspace(workspace), amount=add - take, reason=reason,
        key=key or f"operator:{uuid.uuid4()}", actor=_operator(by), now=clock.now(),
    )  # fmt: skip
    _show(made, as_json=as_json)


@adjustments.command("list")
def list_adjustments(as_json: Json = False) -> None:
    """What waits for a second operator, oldest first."""
    installation.connect()
    from rollcall.credits import adjustments

    rows = [
        {"id": f"adj_{row.pk}", "workspace": row.workspace.slug, "credits": row.amount, "reason": row.reason,
         "asked_by": row.actor_label, "asked_at": row.created_at}
        for row in adjustments.waiting()
    ]  # fmt: skip
    console.show(rows, as_json=as_json, empty="No adjustments are waiting.")


@adjustments.command("approve")
def approve_adjustment(adjustment: Number, by: By, as_json: Json = False) -> None:
    """Let an adjustment move its credits; by another operator than who asked for it."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.credits import adjustments

    number = ids.parse("adj", adjustment)
    _show(adjustments.approve(adjustment_id=number, actor=_operator(by), now=clock.now()), as_json=as_json)


@adjustments.command("refuse")
def refuse_adjustment(adjustment: Number, by: By, as_json: Json = False) -> None:
    """End an adjustment without moving anything."""
    installation.connect()
    from rollcall.core import clock, ids
    from rollcall.credits import adjustments

    number = ids.parse("adj", adjustment)
    _show(adjustments.refuse(adjustment_id=number, actor=_operator(by), now=clock.now()), as_json=as_json)


def _operator(email: str) -> "Actor":
    """Two people are needed, so each says who they are."""
    from rollcall.workspaces import access, members

    return access.operator(members.find_user(email=email))


def _show(made: "Adjustment", *, as_json: bool) -> None:
    console.show_facts(
        {"adjustment": f"adj_{made.pk}", "workspace": made.workspace.slug, "credits": made.amount,
         "reason": made.reason, "state": made.state}, as_json=as_json
    )  # fmt: skip
