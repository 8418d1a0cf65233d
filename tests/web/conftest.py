"""What page tests share: a workspace with credits, and clients of those who are signed in."""

from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from rollcall.core import clock
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.personas.world import World, staff
from tests.web.browsing import browser, complaints, scriptless, tab
from tests.web.world import signed_in

__all__ = ["browser", "complaints", "page", "scriptless", "stranger", "tab", "viewer", "world"]


@pytest.fixture(autouse=True, scope="session")
def _static_folder() -> None:
    """The middleware looks for it when the first client or server starts."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    cache.clear()


@pytest.fixture
def world(workspace: Workspace, actor: Actor, now: datetime) -> World:
    """Six companies with eight people each, and 1,000 credits. Pages read the clock, so it is now there too."""
    made = World(workspace, actor, clock.now())
    made.load(staff(6))
    made.credits(1000)
    return made


@pytest.fixture
def page(alice: User) -> Client:
    """Alice, the owner."""
    return signed_in(alice)


@pytest.fixture
def viewer(bob: User) -> Client:
    """Bob, who may look."""
    return signed_in(bob)


@pytest.fixture
def stranger(charlie: User, other_workspace: Workspace) -> Client:
    """Charlie, who owns another workspace."""
    return signed_in(charlie)
