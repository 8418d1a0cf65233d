"""Who is acting, and whether their role allows it: one permission per operation, denied by default."""

from dataclasses import dataclass

from rollcall.core.errors import NotAllowed, NotFound
from rollcall.workspaces.models import ApiKey, Member, Role, User, Workspace

_VIEWER = {
    "credits.see", "segments.see", "personas.see", "runs.see", "contacts.see", "universe.see", "quotes.make",
    "members.see", "titles.see",
}  # fmt: skip
_EDITOR = _VIEWER | {
    "segments.edit", "personas.edit", "runs.start", "runs.stop", "contacts.export", "contacts.suppress",
    "packages.request", "approvals.decide", "analyses.make", "bounces.report", "contacts.merge",
    "titles.edit",
}  # fmt: skip
_ADMIN = _EDITOR | {
    "members.edit", "keys.see", "keys.edit", "audit.see", "budgets.edit", "alerts.edit", "webhooks.edit",
    "automations.edit", "packages.accept", "workspace.edit", "contacts.forget",
}  # fmt: skip
PERMISSIONS: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset(_VIEWER),
    Role.EDITOR: frozenset(_EDITOR),
    Role.ADMIN: frozenset(_ADMIN),
    Role.OWNER: frozenset(_ADMIN | {"owners.edit"}),
}


class RoleTooLow(NotAllowed):
    """Your role here is {role}, which may not do this ({permission}). Ask an owner or admin of the workspace."""


class NotAnOperator(NotAllowed):
    """Only the operator of this installation may do this."""


class NotAMember(NotFound):
    """There is no workspace {id} here that you belong to. Check the id, or ask its owner to add you."""


@dataclass(frozen=True)
class Actor:
    """Who did something: written into entries, events and the audit log.

    `ref` is a public id (`usr_3`, `key_9`) or `system:<job>`; `label` is what people read.
    """

    ref: str
    label: str
    role: str | None = None
    is_operator: bool = False

    def may(self, permission: str) -> bool:
        return self.role is not None and permission in PERMISSIONS[self.role]


def system(job: str) -> Actor:
    """The product itself, acting by a named job."""
    return Actor(ref=f"system:{job}", label="Rollcall")


def operator(user: User) -> Actor:
    """A signed-in operator, apart from any workspace."""
    if not user.is_operator:
        raise NotAnOperator()
    return Actor(ref=f"usr_{user.pk}", label=f"{user.name} (operator)", is_operator=True)


def member(*, workspace: Workspace, user: User) -> Actor:
    """The user as a member of this workspace.

    Raises:
        NotAMember: they are none; the answer is the same as for a workspace that does not exist.
    """
    found = Member.objects.filter(workspace=workspace, user=user).first()
    if found is None:
        raise NotAMember(id=f"ws_{workspace.pk}")
    return Actor(ref=f"usr_{user.pk}", label=user.name, role=found.role, is_operator=user.is_operator)


def program(key: ApiKey) -> Actor:
    """The holder of an API key."""
    return Actor(ref=f"key_{key.pk}", label=f"API key {key.name}", role=key.role)


def require(actor: Actor, permission: str) -> None:
    """Raise RoleTooLow unless the actor's role allows the operation."""
    if not actor.may(permission):
        raise RoleTooLow(role=actor.role or "none", permission=permission)
