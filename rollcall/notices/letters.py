"""Letters: emails written in the transaction of what they tell of, once by their key, and sent later (G6, G7)."""

from datetime import datetime

from django.conf import settings

from rollcall.core import rows
from rollcall.notices.models import Letter, State
from rollcall.workspaces.models import Role, User, Workspace

SUBJECT_MAX = 200


def write(*, workspace: Workspace | None, to: str, subject: str, body: str, key: str, now: datetime) -> None:
    """Put one letter in the post, in the caller's transaction; the same key again writes nothing.

    Args:
        workspace: whom it is about; None for the operator's own business.
        key: unique in the whole installation (at most 160 characters), so name what it is about: `request:req_7:sent`.
    """
    _write(workspace, [(to, key)], subject, body, now)


def to_admins(*, workspace: Workspace, subject: str, body: str, key: str, now: datetime) -> None:
    """One letter to each owner and admin of the workspace."""
    found = User.objects.filter(
        memberships__workspace=workspace, memberships__role__in=[Role.OWNER, Role.ADMIN], is_active=True
    )
    people = found.order_by("pk").values_list("pk", "email")
    _write(workspace, [(email, f"{key}:usr_{number}") for number, email in people], subject, body, now)


def to_operator(*, subject: str, body: str, key: str, now: datetime) -> None:
    """One letter to whoever runs the installation (ROLLCALL_OPERATOR_EMAIL)."""
    write(workspace=None, to=settings.OPERATOR_EMAIL, subject=subject, body=body, key=key, now=now)


def link(path: str) -> str:
    """The address of a page for a letter: whole if the installation knows its own (ROLLCALL_URL), else the path."""
    return f"{settings.ROLLCALL_URL}{path}"


def _write(
    workspace: Workspace | None, addressed: list[tuple[str, str]], subject: str, body: str, now: datetime
) -> None:
    addressed.sort(key=lambda one: one[1])  # two writers who wait for each other's keys would deadlock
    each = {"to": [to for to, _ in addressed], "key": [key for _, key in addressed]}
    constants = {
        "workspace_id": workspace and workspace.pk,
        # A subject is one line: what people named things must not add headers to the mail.
        "subject": " ".join(subject.split())[:SUBJECT_MAX],
        "body": body,
        "state": State.WAITING,
        "attempts": 0,
        "problem": "",
        "due_at": now,
        "created_at": now,
    }
    rows.insert(Letter, each, constants=constants, ignore_conflicts=True)
