"""`rollcall plan` and `rollcall credits forecast` (G8)."""

import json
from pathlib import Path

from tests.clients.conftest import Rollcall


def test_it_works(rollcall: Rollcall) -> None:
    rollcall("segments", "create", "All", "--everything")
    rollcall("personas", "create", "Chiefs", "--title", "chief")
    made = rollcall(
        "plan", "make", "--segment", "all", "--persona", "chiefs", "--months", "3", "--name", "Autumn"
    )
    assert made.code == 0 and "Autumn (ana_" in made.out
    assert "together 40 new: their sum, less 0 counted twice" in made.out
    assert "Recommended package" in made.out and "New people a month: not known" in made.out
    (listed,) = rollcall("plan", "list", "--json").json["items"]
    assert (listed["name"], listed["new"], listed["months"]) == ("Autumn", 40, 3)
    shown = rollcall("plan", "show", listed["id"], "--json").json
    assert shown["package"]["lines"][0] == {
        "label": "New contacts today",
        "credits": 40,
        "note": "1 credit each",
    }
    assert "today,new,40," in rollcall("plan", "export", listed["id"]).out


def test_drafts_come_from_files(rollcall: Rollcall, tmp_path: Path) -> None:
    where = {"op": "and", "items": [{"field": "employees", "op": "gte", "value": 1500}]}
    segment, persona = tmp_path / "segment.json", tmp_path / "persona.json"
    segment.write_text(json.dumps({"name": "Large", "kind": "dynamic", "definition": {"where": where}}))
    persona.write_text(json.dumps({"name": "CEOs", "definition": {"titles": ["CEO"]}}))
    made = rollcall(
        "plan", "make", "--segment-draft", str(segment), "--persona-draft", str(persona), "--json"
    )
    assert (made.json["new"], made.json["segments"][0]["name"]) == (6, "Large")


def test_what_cannot_be_read_is_said(rollcall: Rollcall, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("[1")
    for arguments in (("--segment-draft", str(broken)), ("--persona-draft", str(tmp_path / "none.json"))):
        said = rollcall("plan", "make", *arguments)
        assert said.code == 2 and "cannot be read as JSON" in said.err
    nothing = rollcall("plan", "make", "--json")
    assert nothing.code != 0 and nothing.problem["code"] == "nothing_to_analyse"
    assert rollcall("plan", "show", "ana_99").code != 0


def test_the_forecast(rollcall: Rollcall) -> None:
    said = rollcall("credits", "forecast")
    assert said.code == 0 and "Available" in said.out
    found = rollcall("credits", "forecast", "--json").json
    assert (found["available"], found["band"]) == (100, None) and found["why"]
