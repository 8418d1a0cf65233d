"""Making workspaces and users, and who belongs where."""

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.workspaces.models import Member, Role, User, Workspace


class UnknownRole(Invalid):
    """There is no role {role}. Use owner, admin, editor or viewer."""


class NameNeeded(Invalid):
    """A workspace needs a name of 1 to 120 characters."""


class SlugTaken(Conflict):
    """There already is a workspace called {name}. Choose another name."""


class NoSuchWorkspace(NotFound):
    """There is no workspace {id} here. `rollcall-server doctor` lists the workspaces there are."""


@transaction.atomic
def create_workspace(*, name: str, now: datetime, time_zone: str = "UTC") -> Workspace:
    """A new, empty workspace.

    Raises:
        NameNeeded, SlugTaken
    """
    name = name.strip()
    slug = slugify(name)[:60]
    if not slug or len(name) > 120:
        raise NameNeeded()
    if Workspace.objects.filter(slug=slug).exists():
        raise SlugTaken(name=name)
    return Workspace.objects.create(name=name, slug=slug, time_zone=time_zone, created_at=now)


@transaction.atomic
def create_user(*, email: str, name: str, password: str | None = None, is_operator: bool = False) -> User:
    """A person who can sign in (without a password: by an operator's sign-in link only)."""
    return User.objects.create_user(email, password, name=name, is_operator=is_operator)


@transaction.atomic
def add(*, workspace: Workspace, user: User, role: str) -> Member:
    """Give the user a role in the workspace, or change the one they have."""
    if role not in Role.values:
        raise UnknownRole(role=role)
    member, _ = Member.objects.update_or_create(workspace=workspace, user=user, defaults={"role": role})
    return member


def workspaces_of(user: User) -> list[Workspace]:
    """The workspaces a user belongs to, by name."""
    return list(Workspace.objects.filter(members__user=user).order_by("name"))


def all_workspaces() -> list[Workspace]:
    """Every workspace of the installation, by name: for its operator only."""
    return list(Workspace.objects.order_by("name"))


def of(*, workspace: Workspace) -> list[Member]:
    """The members of a workspace, with their users, by name."""
    return list(workspace.members.select_related("user").order_by("user__name", "id"))


def find_workspace(slug: str) -> Workspace:
    """The workspace with this slug.

    Raises:
        NoSuchWorkspace
    """
    found = Workspace.objects.filter(slug=slug).first()
    if found is None:
        raise NoSuchWorkspace(id=slug[:60])
    return found
