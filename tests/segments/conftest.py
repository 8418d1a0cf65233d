"""A loaded universe, and a segment of its energy companies."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from rollcall.segments import definitions
from rollcall.segments.models import Segment
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.segments import world

ENERGY = {"where": {"items": [{"field": "sector", "op": "is", "value": "Energy"}]}}
Make = Callable[..., Segment]


@pytest.fixture
def universe(db: None, now: datetime) -> int:
    return world.load(world.FIRST, now)


@pytest.fixture
def make(universe: int, workspace: Workspace, actor: Actor, now: datetime) -> Make:
    """Create a segment from a definition, as alice."""

    def create(name: str = "Energy", definition: Any = ENERGY, kind: str = "static", **more: Any) -> Segment:
        given = {"workspace": workspace, "actor": actor, "now": now} | more
        return definitions.create(name=name, kind=kind, definition=definition, **given)

    return create


@pytest.fixture
def energy(make: Make) -> Segment:
    return make()
