"""workspace, user, key: who may use the installation, made by its operator."""

import sys
from typing import Annotated

import typer

from rollcall.core.errors import Conflict, Invalid
from rollcall.server import acting, console, installation

workspaces = typer.Typer(help="Workspaces: one for each customer.", no_args_is_help=True)
users = typer.Typer(help="People who sign in.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


class UserExists(Conflict):
    """There already is a user with the address {email}. Use another address."""


class BadPassword(Invalid):
    """This password cannot be used: {reason}"""


@workspaces.command("create")
def create_workspace(
    name: Annotated[str, typer.Argument(help="Its name; the short name (slug) is made from it.")],
    as_json: Json = False,
) -> None:
    """Make a new, empty workspace."""
    installation.connect()
    from django.db import transaction

    from rollcall.core import clock
    from rollcall.credits import alerts
    from rollcall.workspaces import members

    with transaction.atomic():
        made = members.create_workspace(name=name, now=clock.now())
        alerts.add_usual(workspace=made, actor=acting.operator(), now=clock.now())
    console.show_facts({"id": f"ws_{made.pk}", "slug": made.slug, "name": made.name}, as_json=as_json)


@workspaces.command("list")
def list_workspaces(as_json: Json = False) -> None:
    """All workspaces of this installation."""
    installation.connect()
    from rollcall.workspaces import members

    rows = [
        {"id": f"ws_{w.pk}", "slug": w.slug, "name": w.name, "members": len(members.of(workspace=w))}
        for w in members.all_workspaces()
    ]
    console.show(rows, as_json=as_json, empty="No workspaces yet: rollcall-server workspace create NAME")


@users.command("create")
def create_user(
    email: Annotated[str, typer.Argument(help="Address to sign in with.")],
    name: Annotated[str, typer.Option(help="Full name.")],
    workspace: Annotated[str | None, typer.Option(help="Short name of a workspace to join.")] = None,
    role: Annotated[str, typer.Option(help="owner, admin, editor or viewer.")] = "viewer",
    operator: Annotated[bool, typer.Option("--operator", help="Staff who run the installation.")] = False,
    as_json: Json = False,
) -> None:
    """Make a user; the password is asked for, or read from standard input."""
    installation.connect()
    from django.db import transaction

    from rollcall.workspaces import members
    from rollcall.workspaces.models import User

    joined = members.find_workspace(workspace) if workspace else None
    if User.objects.filter(email__iexact=email).exists():
        raise UserExists(email=email)
    password = _password(email, name)
    with transaction.atomic():
        user = members.create_user(email=email, name=name, password=password, is_operator=operator)
        if joined is not None:
            members.add(workspace=joined, user=user, role=role)
    console.show_facts(
        {"id": f"usr_{user.pk}", "email": user.email, "workspace": workspace, "operator": operator},
        as_json=as_json,
    )


def key(
    workspace: Annotated[str, typer.Argument(help="Short name (slug) of the workspace.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "Scripts",
    role: Annotated[str, typer.Option(help="admin, editor or viewer.")] = "editor",
    credits_per_month: Annotated[
        int | None, typer.Option(min=0, help="What it may spend; without it, nothing.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an API key for scripts; the secret is shown this once. A key spends only within a cap."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.credits import capped_keys
    from rollcall.workspaces import members

    made, secret = capped_keys.create(
        workspace=members.find_workspace(workspace), name=name, role=role,
        actor=acting.operator(), now=clock.now(), credits_per_month=credits_per_month,
    )  # fmt: skip
    console.show_facts(
        {"id": f"key_{made.pk}", "workspace": workspace, "role": role, "secret": secret}, as_json=as_json
    )


def _password(email: str, name: str) -> str:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from rollcall.workspaces.models import User

    if sys.stdin.isatty():
        given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\n")
    try:
        validate_password(given, User(email=email, name=name))
    except ValidationError as error:
        raise BadPassword(reason=" ".join(error.messages)) from None
    return given
