"""A live server over a small universe, and the command line pointed at it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from rollcall.clients.cli.main import main
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.api.calls import make_key
from tests.personas.world import World, staff


@dataclass(frozen=True)
class Ended:
    """What a command line answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def problem(self) -> Any:
        """The last line on standard error, as JSON."""
        return json.loads(self.err.splitlines()[-1])


Rollcall = Callable[..., Ended]


@pytest.fixture(autouse=True, scope="session")
def _static_folder() -> None:
    """The web server looks for it when it starts."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def world(live_server: Any, workspace: Workspace, actor: Actor, now: datetime) -> World:
    """Twenty companies of eight people, and 100 credits, committed."""
    made = World(workspace, actor, now)
    made.load(staff(20))
    made.credits(100)
    return made


@pytest.fixture
def rollcall(
    live_server: Any,
    world: World,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
    tmp_path: Path,
) -> Rollcall:
    """`rollcall("credits", "--json")` as an editor, with server and key in the environment."""
    editor = make_key(world.workspace, world.actor, "editor", world.now)
    monkeypatch.setenv("ROLLCALL_URL", live_server.url)
    monkeypatch.setenv("ROLLCALL_KEY", editor.secret)
    monkeypatch.setenv("ROLLCALL_PROFILE", str(tmp_path / "none.toml"))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return call
