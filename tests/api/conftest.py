"""Callers of the API: one key of each role in alice's workspace, and one in charlie's; and a small universe."""

from datetime import datetime
from typing import Any

import pytest

from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.api.calls import Caller, make_key
from tests.personas.world import World, staff


@pytest.fixture(autouse=True)
def _static_folder(settings: Any) -> None:
    """The web server looks for it when the first request is handled."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def editor(workspace: Workspace, actor: Actor, now: datetime) -> Caller:
    return make_key(workspace, actor, "editor", now)


@pytest.fixture
def viewer(workspace: Workspace, actor: Actor, now: datetime) -> Caller:
    return make_key(workspace, actor, "viewer", now)


@pytest.fixture
def admin(workspace: Workspace, actor: Actor, now: datetime) -> Caller:
    return make_key(workspace, actor, "admin", now)


@pytest.fixture
def callers(admin: Caller, editor: Caller, viewer: Caller) -> dict[str, Caller]:
    """A key of each role."""
    return {"admin": admin, "editor": editor, "viewer": viewer}


@pytest.fixture
def strangers(other_workspace: Workspace, charlie: User, now: datetime) -> dict[str, Caller]:
    """A key of each role in the other workspace."""
    owner = access.member(workspace=other_workspace, user=charlie)
    return {role: make_key(other_workspace, owner, role, now) for role in ("admin", "editor", "viewer")}


@pytest.fixture
def world(workspace: Workspace, actor: Actor, now: datetime) -> World:
    """Twenty companies of eight people, and 100 credits."""
    made = World(workspace, actor, now)
    made.load(staff(20))
    made.credits(100)
    return made
