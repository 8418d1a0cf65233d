"""G7 from the command line: ask, see the quote, accept exactly it, talk, decline."""

from datetime import timedelta

import pytest

from rollcall.core import clock
from rollcall.credits import packages
from rollcall.workspaces import access
from rollcall.workspaces.models import User, Workspace
from tests.api.calls import make_key
from tests.clients.conftest import Rollcall
from tests.personas.world import World


@pytest.fixture
def quoted(rollcall: Rollcall, world: World, operator: User, monkeypatch: pytest.MonkeyPatch) -> str:
    """A request that has a quote; from now on an admin types."""
    admin = make_key(world.workspace, world.actor, "admin", world.now)
    monkeypatch.setenv("ROLLCALL_KEY", admin.secret)
    asked = rollcall("packages", "request", "5000", "--email", "alice@example.com", "--json").json["id"]
    now = clock.now()
    packages.quote(
        request_id=int(asked.removeprefix("req_")), credits=6000, valid_until=now + timedelta(days=9), quote_number=0,
        price_minor=120_050, currency="EUR", terms="In advance", actor=access.operator(operator), now=now,
    )  # fmt: skip
    return str(asked)


def test_it_works(rollcall: Rollcall, quoted: str) -> None:
    shown = rollcall("packages", "show", quoted)
    assert "6,000" in shown.out and "In advance" in shown.out
    assert f"rollcall packages accept {quoted} --quote 1" in shown.err
    assert rollcall("packages", "say", quoted, "By March?").code == 0
    wrong = rollcall("packages", "accept", quoted, "--quote", "2", "--json")
    assert (wrong.code, wrong.problem["code"]) == (6, "quote_changed")
    assert f"{quoted} is accepted." in rollcall("packages", "accept", quoted, "--quote", "1").out
    thread = rollcall("packages", "show", quoted, "--json").json["messages"]
    assert [line["kind"] for line in thread] == ["sent", "quoted", "message", "accepted"]
    assert "accepted" in rollcall("packages", "list").out


def test_declining(rollcall: Rollcall, quoted: str, workspace: Workspace) -> None:
    assert rollcall("packages", "decline", quoted, "--why", "Too dear").code == 0
    assert [asked.state for asked in packages.of(workspace=workspace)] == ["declined"]
    assert rollcall("packages", "accept", quoted, "--quote", "1").code == 6
    assert rollcall("packages", "show", "req_999999").code == 3


def test_the_same_key_asks_once(rollcall: Rollcall, workspace: Workspace) -> None:
    line = ("packages", "request", "5", "--email", "a@example.com", "--idempotency-key", "k")
    for _ in range(2):
        assert rollcall(*line).code == 0
    assert len(packages.of(workspace=workspace)) == 1
