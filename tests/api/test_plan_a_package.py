"""Requirement analyses and the forecast through the API (G8)."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from rollcall.core import clock
from tests.api.calls import Caller
from tests.personas.world import World, staff


def asked(world: World, **more: Any) -> dict[str, Any]:
    segment, persona = world.segment(kind="dynamic", everything=True), world.persona(titles=["CEO", "CFO"])
    return {"segment_ids": [f"seg_{segment.pk}"], "persona_ids": [f"per_{persona.pk}"], **more}


def test_it_works(world: World, editor: Caller, viewer: Caller) -> None:
    """40 new people, 100 credits: nothing is missing; everybody may look, the numbers stay as they were made."""
    made = editor.post("/analyses", asked(world, months=3, name="Autumn"))
    assert made.status_code == 201
    found = made.json()
    assert (found["name"], found["months"], found["new"], found["recommended"]) == ("Autumn", 3, 40, 0)
    assert [line["credits"] for line in found["package"]["lines"]] == [40, 0, -100, 0, 0]
    assert found["inflow"]["per_month"] is None and found["inflow"]["why"].startswith("Not enough history")
    assert viewer.get(f"/analyses/{found['id']}").json() == found
    (line,) = viewer.get("/analyses").json()["items"]
    assert line == {name: found[name] for name in line}


def test_drafts_are_analysed(world: World, editor: Caller) -> None:
    definition = {"where": {"op": "and", "items": [{"field": "employees", "op": "gte", "value": 1500}]}}
    body = {
        "segment_drafts": [{"name": "Large", "kind": "dynamic", "definition": definition}],
        "persona_drafts": [{"name": "CEOs", "definition": {"titles": ["CEO"], "per_company": 1}}],
    }
    found = editor.post("/analyses", body).json()
    assert (found["new"], found["segments"][0]["id"], found["segments"][0]["kind"]) == (6, None, "dynamic")


def test_the_numbers_as_csv(world: World, editor: Caller) -> None:
    found = editor.post("/analyses", asked(world)).json()
    answer = editor.get(f"/analyses/{found['id']}/export")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["part", "what", "number", "note"]
    numbers = {(part, what): number for part, what, number, _ in rows}
    assert numbers["today", "new"] == "40"
    assert numbers["package", "recommended"] == str(found["recommended"])


def test_a_viewer_makes_none_and_a_stranger_sees_none(
    world: World, editor: Caller, viewer: Caller, strangers: dict[str, Caller]
) -> None:
    body = asked(world)
    assert viewer.post("/analyses", body).status_code == 403
    number = editor.post("/analyses", body).json()["id"]
    for path in (f"/analyses/{number}", f"/analyses/{number}/export"):
        assert strangers["admin"].get(path).status_code == 404
    assert strangers["admin"].get("/analyses").json()["items"] == []
    assert strangers["editor"].post("/analyses", body).status_code == 404


def test_what_cannot_be_analysed_is_said(world: World, editor: Caller) -> None:
    nothing = editor.post("/analyses", {})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_to_analyse")
    body = asked(world)
    assert editor.post("/analyses", body | {"months": 0}).status_code == 422
    assert editor.post("/analyses", body | {"persona_ids": ["per_999"]}).status_code == 404
    assert editor.post("/analyses", body | {"unknown": 1}).status_code == 422


def test_the_forecast_says_why_there_is_none(world: World, viewer: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.now)
    found = viewer.get("/credits/forecast").json()
    assert (found["available"], found["band"], found["points"]) == (100, None, [])
    assert found["why"].startswith("Too early to say")


def test_the_forecast_has_a_band(world: World, viewer: Caller, monkeypatch: Any) -> None:
    world.load(staff(20, 9), as_of=date(2026, 8, 2))
    segment, persona = world.segment(), world.persona()
    start = world.now
    for week in range(20):
        world.now = start + timedelta(days=3 * week)
        world.search(segment, persona, stop_at=2)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=60))
    found = viewer.get("/credits/forecast").json()
    assert (found["available"], found["history_days"]) == (60, 60)
    assert found["band"]["earliest"] <= found["runs_out_on"] <= found["band"]["latest"]
    assert len(found["points"]) == 90
    assert all(point["low"] <= point["middle"] <= point["high"] for point in found["points"])
