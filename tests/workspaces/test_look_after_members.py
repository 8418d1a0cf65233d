"""Inviting people, changing roles, and never losing the last owner."""

from datetime import datetime

import pytest

from rollcall.workspaces import access, audit, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Member, User, Workspace


def _of(workspace: Workspace, user: User) -> Member:
    return Member.objects.get(workspace=workspace, user=user)


def test_it_works(workspace: Workspace, actor: Actor, now: datetime) -> None:
    member, is_new = members.invite(
        workspace=workspace, email=" Dana@Example.com ", name="Dana Ito", role="editor", actor=actor, now=now
    )
    assert (member.user.email, member.role, is_new) == ("dana@example.com", "editor", True)
    assert not member.user.has_usable_password()
    assert audit.entries(workspace=workspace).items[0].action == "member.added"


def test_someone_known_elsewhere_keeps_their_password(
    workspace: Workspace, charlie: User, actor: Actor, now: datetime
) -> None:
    member, is_new = members.invite(
        workspace=workspace, email=charlie.email, name="", role="viewer", actor=actor, now=now
    )
    assert member.user == charlie and not is_new


def test_twice_is_refused(workspace: Workspace, bob: User, actor: Actor, now: datetime) -> None:
    with pytest.raises(members.AlreadyAMember):
        members.invite(workspace=workspace, email=bob.email, name="", role="viewer", actor=actor, now=now)


@pytest.mark.parametrize("email", ["", "dana", "dana@", "@example.com", "da na@example.com"])
def test_bad_addresses_are_refused(workspace: Workspace, actor: Actor, now: datetime, email: str) -> None:
    with pytest.raises(members.BadEmail):
        members.invite(workspace=workspace, email=email, name="", role="viewer", actor=actor, now=now)


def test_an_admin_touches_no_owner(workspace: Workspace, alice: User, bob: User, now: datetime) -> None:
    members.add(workspace=workspace, user=bob, role="admin")
    admin = access.member(workspace=workspace, user=bob)
    owner = _of(workspace, alice).pk
    with pytest.raises(members.OwnersMakeOwners):
        members.change_role(workspace=workspace, member_id=owner, role="viewer", actor=admin, now=now)
    with pytest.raises(members.OwnersMakeOwners):
        members.remove(workspace=workspace, member_id=owner, actor=admin, now=now)
    with pytest.raises(members.OwnersMakeOwners):
        members.change_role(
            workspace=workspace, member_id=_of(workspace, bob).pk, role="owner", actor=admin, now=now
        )


def test_the_last_owner_stays(
    workspace: Workspace, alice: User, bob: User, actor: Actor, now: datetime
) -> None:
    owner = _of(workspace, alice).pk
    with pytest.raises(members.LastOwner):
        members.remove(workspace=workspace, member_id=owner, actor=actor, now=now)
    members.change_role(
        workspace=workspace, member_id=_of(workspace, bob).pk, role="owner", actor=actor, now=now
    )
    members.remove(workspace=workspace, member_id=owner, actor=actor, now=now)
    assert [member.user for member in members.of(workspace=workspace)] == [bob]


def test_members_of_others_are_not_there(
    workspace: Workspace, other_workspace: Workspace, charlie: User, actor: Actor, now: datetime
) -> None:
    with pytest.raises(members.NoSuchMember):
        members.remove(workspace=workspace, member_id=_of(other_workspace, charlie).pk, actor=actor, now=now)
