"""Automations, approvals and the workspace through the API."""

from datetime import date, timedelta
from typing import Any

import pytest

from rollcall.core import clock
from rollcall.credits.models import Entry
from rollcall.personas import automatic
from rollcall.personas.models import Run
from rollcall.segments.models import Segment
from tests.api.calls import Caller
from tests.personas.automating import refresh, work
from tests.personas.world import World, staff


@pytest.fixture
def market(world: World) -> Segment:
    return world.segment("Market", kind="dynamic", everything=True)


@pytest.fixture
def wanted(world: World, market: Segment) -> dict[str, Any]:
    persona = world.persona("Chiefs", titles=["CEO"])
    return {"segment_id": f"seg_{market.pk}", "persona_ids": [f"per_{persona.pk}"]}


def join(world: World, market: Segment) -> None:
    """Two companies more, and a worker that looks."""
    world.load(staff(22), as_of=date(2026, 8, 20))
    refresh(world, market)
    work(clock.now())


def test_e7_from_setting_up_to_the_receipt(
    world: World, market: Segment, wanted: dict[str, Any], admin: Caller, editor: Caller
) -> None:
    made = admin.post("/automations", wanted)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["state"], shown["mode"], shown["trigger"], shown["credits_per_day"]) == (
        "on",
        "ask",
        "joined",
        0,
    )
    join(world, market)
    (asked,) = editor.get("/approvals?state=waiting").json()["items"]
    assert (asked["credits"], asked["why"], asked["personas"]) == (2, "It asks first.", ["Chiefs"])
    assert asked["estimate"][-1] == {"label": "New people, at most", "amount": 2, "note": "1 credit each"}
    path = f"/approvals/{asked['id']}/approve"
    answers = [editor.post(path, {}, Idempotency_Key="one") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["Rollcall-Credits-Held"] == "2"
    other = editor.post(path, {}, Idempotency_Key="two")
    assert (other.status_code, other.json()["code"]) == (409, "already_decided")
    work(clock.now())
    run = editor.get(f"/runs/{answers[0].json()['run_id']}").json()
    assert (run["charged"], run["automation_id"]) == (2, shown["id"])
    receipt = editor.get(f"/runs/{run['id']}/receipt").json()
    assert f"approved by API key editor key as {asked['id']}" in receipt["rule"]
    assert Entry.objects.filter(kind="charge").get().automation_id == Run.objects.get().automation_id


def test_e7_an_allowance_and_what_is_above_it(
    world: World, market: Segment, wanted: dict[str, Any], admin: Caller, editor: Caller
) -> None:
    made = admin.post("/automations", wanted | {"mode": "allowance", "credits_per_day": 1}).json()
    join(world, market)
    now = admin.get(f"/automations/{made['id']}").json()
    assert (now["used_today"], now["left_today"]) == (1, 0)
    (asked,) = editor.get("/approvals").json()["items"]
    assert asked["credits"] == 1
    declined = editor.post(f"/approvals/{asked['id']}/decline").json()
    assert (declined["state"], declined["decided_by"]) == ("declined", "API key editor key")
    assert editor.get("/approvals?state=waiting").json()["items"] == []


def test_changed_paused_resumed_and_ended(wanted: dict[str, Any], admin: Caller) -> None:
    path = f"/automations/{admin.post('/automations', wanted).json()['id']}"
    edit: dict[str, Any] = {"mode": "allowance", "credits_per_day": 9, "is_on": False}
    assert admin("PATCH", path, edit).json()["state"] == "paused"
    assert admin("PATCH", path, {"is_on": True}).json()["credits_per_day"] == 9
    wrong = admin("PATCH", path, {"mode": "ask", "credits_per_day": 5, "is_on": False})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "asking_spends_nothing")
    assert admin.get(path).json()["state"] == "on", "all or nothing"
    assert admin("DELETE", path).status_code == 204
    assert admin.get(path).json()["state"] == "ended"
    assert admin.get("/automations").json()["items"] == []
    refused = admin("PATCH", path, {"is_on": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "automation_ended")


def test_too_few_credits_answer_402_and_it_still_waits(
    world: World, market: Segment, wanted: dict[str, Any], admin: Caller, editor: Caller
) -> None:
    persona = world.persona("Everybody")
    admin.post("/automations", wanted | {"persona_ids": [f"per_{persona.pk}"], "trigger": "daily"})
    automatic.look(now=clock.now() + timedelta(days=2))
    (asked,) = editor.get("/approvals").json()["items"]
    assert asked["credits"] == 160 and "60 short" in asked["why"]
    refused = editor.post(f"/approvals/{asked['id']}/approve", {}, Idempotency_Key="one")
    assert (refused.status_code, refused.json()["details"]["stop_at"]) == (402, 100)
    fewer = editor.post(f"/approvals/{asked['id']}/approve", {"credits": 100}, Idempotency_Key="one")
    assert fewer.json()["state"] == "approved"


def test_a_key_is_required_to_approve(
    world: World, market: Segment, wanted: dict[str, Any], admin: Caller
) -> None:
    admin.post("/automations", wanted)
    join(world, market)
    (asked,) = admin.get("/approvals").json()["items"]
    assert admin.post(f"/approvals/{asked['id']}/approve", {}).status_code == 422


def test_the_workspace_changes_its_clock(admin: Caller, editor: Caller) -> None:
    changed = admin("PATCH", "/workspace", {"time_zone": "Asia/Tokyo"})
    assert changed.json()["time_zone"] == "Asia/Tokyo"
    assert admin.get("/workspace").json()["workspace"]["time_zone"] == "Asia/Tokyo"
    wrong = admin("PATCH", "/workspace", {"time_zone": "Mars/Olympus"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_time_zone")
    assert editor("PATCH", "/workspace", {"name": "Mine"}).status_code == 403
