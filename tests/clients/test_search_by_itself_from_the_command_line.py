"""`rollcall automations`, `approvals` and `workspace`, against a live server."""

from datetime import timedelta
from typing import Any

import pytest

from rollcall.core import clock
from rollcall.personas import automatic
from tests.api.calls import make_key
from tests.clients.conftest import Rollcall
from tests.personas.automating import work
from tests.personas.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_admin(rollcall: Rollcall, world: World, monkeypatch: pytest.MonkeyPatch) -> Rollcall:
    admin = make_key(world.workspace, world.actor, "admin", world.now)
    monkeypatch.setenv("ROLLCALL_KEY", admin.secret)
    return rollcall


def test_e7_set_up_ask_approve(world: World, as_admin: Rollcall) -> None:
    world.segment("Market")
    world.persona("Chiefs", titles=["CEO"])
    made = as_admin("automations", "create", "Market", "Chiefs", "--trigger", "daily", "--json").json
    assert (made["mode"], made["trigger"]) == ("ask", "daily")
    automatic.look(now=clock.now() + timedelta(days=2))
    listed = as_admin("approvals", "list", "--state", "waiting")
    assert "It asks first." in listed.out and "20" in listed.out
    (asked,) = as_admin("approvals", "list", "--json").json["items"]
    assert "New people, at most" in as_admin("approvals", "show", asked["id"]).out
    refused = as_admin("approvals", "approve", asked["id"])
    assert refused.code == 2 and "Add --yes" in refused.err
    again: tuple[Any, ...] = ("approvals", "approve", asked["id"], "--yes", "--credits", "5")
    first = as_admin(*again, "--idempotency-key", "k", "--json").json
    assert as_admin(*again, "--idempotency-key", "k", "--json").json == first
    work(clock.now())
    assert as_admin("runs", "show", first["run_id"], "--json").json["charged"] == 5
    receipt = as_admin("runs", "receipt", first["run_id"])
    assert "at most 5 of the 20 credits shown" in receipt.out


def test_edit_pause_and_end(world: World, as_admin: Rollcall) -> None:
    world.segment("Market")
    world.persona("Chiefs", titles=["CEO"])
    made = as_admin("automations", "create", "Market", "Chiefs", "--credits-per-day", "5", "--json").json
    assert (made["mode"], made["credits_per_day"]) == ("allowance", 5)
    paused = as_admin("automations", "edit", made["id"], "--ask-first", "--pause", "--json").json
    assert (paused["state"], paused["mode"], paused["credits_per_day"]) == ("paused", "ask", 0)
    assert as_admin("automations", "edit", made["id"]).code == 2
    assert "paused" in as_admin("automations", "list", "--segment", "Market").out
    assert as_admin("automations", "show", made["id"], "--json").json["id"] == made["id"]
    assert as_admin("automations", "end", made["id"]).code == 0
    assert "Nothing starts by itself." in as_admin("automations", "list").out


def test_decline(world: World, as_admin: Rollcall) -> None:
    world.segment("Market")
    world.persona("Chiefs", titles=["CEO"])
    as_admin("automations", "create", "Market", "Chiefs", "--trigger", "weekly")
    automatic.look(now=clock.now() + timedelta(days=8))
    (asked,) = as_admin("approvals", "list", "--json").json["items"]
    assert "nothing was spent" in as_admin("approvals", "decline", asked["id"]).out
    assert as_admin("approvals", "approve", asked["id"], "--yes").code != 0


def test_the_workspace(as_admin: Rollcall) -> None:
    changed = as_admin("workspace", "edit", "--time-zone", "Europe/Zurich", "--json").json
    assert changed["time_zone"] == "Europe/Zurich"
    assert "Europe/Zurich" in as_admin("whoami").out
    assert as_admin("workspace", "edit").code == 2
