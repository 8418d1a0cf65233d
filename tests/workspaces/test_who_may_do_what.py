"""Roles: one permission per operation, denied by default; strangers see nothing."""

import itertools
from datetime import datetime

import pytest

from rollcall.core.errors import NotFound
from rollcall.workspaces import access, members
from rollcall.workspaces.access import PERMISSIONS, RoleTooLow
from rollcall.workspaces.models import User, Workspace


def test_roles_grow(workspace: Workspace) -> None:
    order = [PERMISSIONS[role] for role in ("viewer", "editor", "admin", "owner")]
    assert all(lower < higher for lower, higher in itertools.pairwise(order))


def test_a_viewer_may_look_but_not_spend(workspace: Workspace, bob: User) -> None:
    viewer = access.member(workspace=workspace, user=bob)
    access.require(viewer, "credits.see")
    with pytest.raises(RoleTooLow, match="viewer"):
        access.require(viewer, "runs.start")


def test_an_unknown_permission_is_denied(workspace: Workspace, alice: User) -> None:
    with pytest.raises(RoleTooLow):
        access.require(access.member(workspace=workspace, user=alice), "no.such.thing")


def test_a_stranger_is_told_that_there_is_no_such_workspace(workspace: Workspace, charlie: User) -> None:
    with pytest.raises(NotFound):
        access.member(workspace=workspace, user=charlie)


def test_the_operator_is_apart(workspace: Workspace, operator: User, alice: User) -> None:
    assert not access.operator(operator).may("credits.see")
    with pytest.raises(access.NotAnOperator):
        access.operator(alice)
    with pytest.raises(NotFound):
        access.member(workspace=workspace, user=operator)


def test_bad_names_and_roles_are_refused(workspace: Workspace, alice: User, now: datetime) -> None:
    with pytest.raises(members.NameNeeded):
        members.create_workspace(name="  ", now=now)
    with pytest.raises(members.SlugTaken):
        members.create_workspace(name="MERIDIAN", now=now)
    with pytest.raises(members.UnknownRole):
        members.add(workspace=workspace, user=alice, role="god")
