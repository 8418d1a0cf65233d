"""Who the key is and which workspace it speaks for."""

from typing import Annotated

from django.conf import settings
from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Given, Instant, KeyId, Name, Shown, UserId, Word, WorkspaceId
from rollcall.core import clock, ids
from rollcall.workspaces import members, preferences
from rollcall.workspaces.access import PERMISSIONS
from rollcall.workspaces.models import Workspace

noun = Noun("workspace")
Email = Annotated[str, Field(examples=["alice@example.com"])]
RoleName = Annotated[str, Field(examples=["editor"], description="owner, admin, editor or viewer.")]


class KeyShown(Shown):
    """The key that asks."""

    id: KeyId
    name: str = Field(examples=["nightly import"])
    role: RoleName
    permissions: list[str] = Field(examples=[["credits.see", "runs.start"]])
    expires_at: Instant | None


class WorkspaceShown(Shown):
    """The key's workspace."""

    id: WorkspaceId
    name: str = Field(examples=["Meridian"])
    slug: str = Field(examples=["meridian"])
    time_zone: str = Field(examples=["Europe/Zurich"])
    created_at: Instant


class WorkspaceEdit(Given):
    """What to change; what is left out stays."""

    name: Name | None = Field(default=None, examples=["Meridian"])
    time_zone: Word | None = Field(default=None, examples=["Europe/Zurich"])


class MeShown(Shown):
    """Who asks, for which workspace, and whom to write to for credits."""

    key: KeyShown
    workspace: WorkspaceShown
    operator_email: Email


class MemberShown(Shown):
    """A person of the workspace."""

    id: UserId
    name: str = Field(examples=["Alice Moreau"])
    email: Email
    role: RoleName


class MembersShown(Shown):
    """The people of the workspace, by name."""

    items: list[MemberShown]


@noun.operation("GET", "/workspace", permission=None, answer=MeShown)
def workspace_me(request: Request) -> MeShown:
    """Who am I: the key and its workspace."""
    key, workspace = request.auth.key, request.auth.workspace
    return MeShown(
        key=KeyShown(
            id=ids.public("key", key.pk),
            name=key.name,
            role=key.role,
            permissions=sorted(PERMISSIONS[key.role]),
            expires_at=key.expires_at,
        ),
        workspace=_workspace(workspace),
        operator_email=settings.OPERATOR_EMAIL,
    )


@noun.operation("PATCH", "/workspace", permission="workspace.edit", answer=WorkspaceShown)
def workspace_update(request: Request, body: WorkspaceEdit) -> WorkspaceShown:
    """Rename the workspace, or change the time zone by which its days end; its address stays."""
    changed = preferences.update(
        workspace=request.auth.workspace,
        name=body.name,
        time_zone=body.time_zone,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _workspace(changed)


@noun.operation("GET", "/workspace/members", permission="members.see", answer=MembersShown)
def workspace_members(request: Request) -> MembersShown:
    """The members of the workspace."""
    found = members.of(workspace=request.auth.workspace)
    return MembersShown(
        items=[
            MemberShown(id=ids.public("usr", m.user_id), name=m.user.name, email=m.user.email, role=m.role)
            for m in found
        ]
    )


def _workspace(workspace: Workspace) -> WorkspaceShown:
    return WorkspaceShown(
        id=ids.public("ws", workspace.pk),
        name=workspace.name,
        slug=workspace.slug,
        time_zone=workspace.time_zone,
        created_at=workspace.created_at,
    )
