"""The worlds that these tests play in."""

from dataclasses import replace
from datetime import datetime

import pytest

from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.credits.installation import Installation, installation, template
from tests.personas.world import World, staff

__all__ = ["installation", "template"]


@pytest.fixture
def world(workspace: Workspace, actor: Actor, now: datetime) -> World:
    """Six companies with eight people each, and 1,000 credits."""
    made = World(workspace, actor, now)
    made.load(staff(6))
    made.credits(1000)
    return made


@pytest.fixture
def other_world(other_workspace: Workspace, charlie: User, now: datetime) -> World:
    """Charlie's workspace, in the same universe."""
    return World(other_workspace, access.member(workspace=other_workspace, user=charlie), now)


@pytest.fixture
def crowd(installation: Installation) -> Installation:
    """A database of its own, on which the programs of this room are started as processes."""
    return replace(installation, programs="tests.personas.programs")
