"""The worlds that these tests play in."""

from datetime import datetime

import pytest

from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.personas.world import World, staff


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
