"""Making workspaces and users, and who belongs where."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from rollcall.core import ids
from rollcall.core.errors import Conflict, Invalid, NotAllowed, NotFound
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Member, Role, User, Workspace


class UnknownRole(Invalid):
    """There is no role {role}. Use owner, admin, editor or viewer."""


class NameNeeded(Invalid):
    """A workspace needs a name of 1 to 120 characters."""


class SlugTaken(Conflict):
    """There already is a workspace called {name}. Choose another name."""


class UserNameNeeded(Invalid):
    """A person needs a name of 1 to 120 characters."""


class BadEmail(Invalid):
    """{email} is no email address. Write it like name@company.com."""


class AlreadyAMember(Conflict):
    """{email} already belongs to this workspace. Change their role instead."""


class OwnersMakeOwners(NotAllowed):
    """Only an owner can make, change or remove an owner. Ask one of the owners."""


class LastOwner(Conflict):
    """This is the last owner of the workspace. Make somebody else an owner first."""


class NoSuchMember(NotFound):
    """There is no such member here. The list of members may have changed; load it again."""


class NoSuchUser(NotFound):
    """Nobody here signs in as {email}. Check the spelling."""


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


def invite(
    *, workspace: Workspace, email: str, name: str, role: str, actor: Actor, now: datetime
) -> tuple[Member, bool]:
    """Add someone by email; the second item says whether they are new here and must choose a password first.

    Raises:
        BadEmail, UnknownRole, OwnersMakeOwners, AlreadyAMember
    """
    email = email.strip().casefold()
    try:
        validate_email(email)
    except ValidationError:
        raise BadEmail(email=email[:120]) from None
    _check_role(role, actor)
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        is_new = user is None
        user = user or create_user(email=email, name=name.strip()[:120] or email.partition("@")[0])
        if Member.objects.filter(workspace=workspace, user=user).exists():
            raise AlreadyAMember(email=email)
        member = Member.objects.create(workspace=workspace, user=user, role=role)
        _log(member, "member.added", actor, now, role=role)
    return member, is_new


def change_role(*, workspace: Workspace, member_id: int, role: str, actor: Actor, now: datetime) -> Member:
    """
    Raises:
        NoSuchMember, UnknownRole, OwnersMakeOwners, LastOwner
    """
    _check_role(role, actor)
    with transaction.atomic():
        member = _member(workspace, member_id, actor)
        if member.role != role:
            _keep_an_owner(member)
            before, member.role = member.role, role
            member.save(update_fields=["role"])
            _log(member, "member.role_changed", actor, now, before=before, role=role)
    return member


def remove(*, workspace: Workspace, member_id: int, actor: Actor, now: datetime) -> None:
    """End a membership; what the person did stays in the records.

    Raises:
        NoSuchMember, OwnersMakeOwners, LastOwner
    """
    with transaction.atomic():
        member = _member(workspace, member_id, actor)
        _keep_an_owner(member)
        _log(member, "member.removed", actor, now, role=member.role)
        member.delete()


def workspaces_of(user: User) -> list[Workspace]:
    """The workspaces a user belongs to, by name."""
    return list(Workspace.objects.filter(members__user=user).order_by("name"))


def all_workspaces() -> list[Workspace]:
    """Every workspace of the installation, by name: for the operator."""
    return list(Workspace.objects.order_by("name"))


def update_user(*, user: User, name: str, theme: str) -> User:
    """Change what a person may change about themselves.

    Raises:
        UserNameNeeded
    """
    if not name.strip():
        raise UserNameNeeded()
    user.name, user.theme = name.strip()[:120], theme
    user.save(update_fields=["name", "theme"])
    return user


def of(*, workspace: Workspace) -> list[Member]:
    """The members of a workspace, with their users, by name."""
    return list(workspace.members.select_related("user").order_by("user__name", "id"))


def get(*, workspace: Workspace, member_id: int) -> Member:
    """
    Raises:
        NoSuchMember
    """
    found = workspace.members.select_related("user").filter(pk=member_id).first()
    if found is None:
        raise NoSuchMember()
    return found


def find_user(*, email: str) -> User:
    """The person who signs in with this address, for the operator.

    Raises:
        NoSuchUser
    """
    found = User.objects.filter(email=email.strip().casefold(), is_active=True).first()
    if found is None:
        raise NoSuchUser(email=email[:120])
    return found


def find_workspace(slug: str) -> Workspace:
    """The workspace with this slug.

    Raises:
        NoSuchWorkspace
    """
    found = Workspace.objects.filter(slug=slug).first()
    if found is None:
        raise NoSuchWorkspace(id=slug[:60])
    return found


def _check_role(role: str, actor: Actor) -> None:
    if role not in Role.values:
        raise UnknownRole(role=role)
    if role == Role.OWNER and not actor.may("owners.edit"):
        raise OwnersMakeOwners()


def _member(workspace: Workspace, member_id: int, actor: Actor) -> Member:
    """The membership, with all owners locked: two people cannot take each other's ownership at once."""
    list(Member.objects.select_for_update().filter(workspace=workspace, role=Role.OWNER))
    member = (
        Member.objects.filter(workspace=workspace, pk=member_id).select_related("user", "workspace").first()
    )
    if member is None:
        raise NoSuchMember()
    if member.role == Role.OWNER and not actor.may("owners.edit"):
        raise OwnersMakeOwners()
    return member


def _keep_an_owner(member: Member) -> None:
    others = Member.objects.filter(workspace=member.workspace, role=Role.OWNER).exclude(pk=member.pk)
    if member.role == Role.OWNER and not others.exists():
        raise LastOwner()


def _log(member: Member, action: str, actor: Actor, now: datetime, **detail: str) -> None:
    target = ids.public("usr", member.user_id)
    audit.write(workspace=member.workspace, actor=actor, action=action, target=target, now=now, detail=detail)
