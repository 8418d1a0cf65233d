"""By the API: how a title is read and why, and reading it otherwise."""

from datetime import datetime

from rollcall.contacts import rereading
from tests.api.calls import Caller
from tests.personas.world import World

NINJA = {"title": "Publicity Manager", "seniority": "vp", "department": "sales", "why": "they run a region"}


def test_it_works(editor: Caller, viewer: Caller, world: World) -> None:
    plain = viewer.get("/titles/read?title=publicity%20manager").json()
    assert (plain["seniority"], plain["override"]) == ("manager", None) and plain["reasons"]
    made = editor.post("/titles/overrides", NINJA)
    assert made.status_code == 201 and made.json()["revision"] == 1
    read = viewer.get("/titles/read?title=PUBLICITY%20MANAGER").json()
    assert (read["seniority"], read["department"], read["rules_seniority"]) == ("vp", "sales", "manager")
    assert read["override"] == made.json() and "reads the title otherwise" in read["reasons"][-1]
    assert viewer.get("/titles/overrides").json()["items"] == [made.json()]
    assert (
        viewer.get("/titles/overrides/export")
        .content.decode()
        .splitlines()[1]
        .startswith("Publicity Manager,vp,")
    )
    assert editor("DELETE", f"/titles/overrides/{made.json()['id']}").status_code == 204
    assert editor("DELETE", f"/titles/overrides/{made.json()['id']}").status_code == 404
    assert viewer.get("/titles/overrides").json()["items"] == []


def test_e1_estimates_contacts_and_changes_follow(editor: Caller, world: World, now: datetime) -> None:
    segment = editor.post("/segments", {"name": "All", "definition": {"everything": True}}).json()["id"]
    wanted = {"name": "Sales VPs", "definition": {"seniorities": ["vp"], "departments": ["sales"]}}
    persona = editor.post("/personas", wanted).json()["id"]
    asked = {"segment_id": segment, "persona_ids": [persona]}
    before = editor.post("/quotes", asked).json()
    editor.post("/titles/overrides", NINJA)
    after = editor.post("/quotes", asked).json()
    assert (before["matches"], after["matches"]) == (20, 40)
    assert (before["titles_revision"], after["titles_revision"]) == (0, 1)
    assert editor.get(f"/quotes/{before['id']}").json()["matches"] == 20
    world.search(
        world.segment("One", where=None, everything=True), world.persona("All", titles=["publicity"])
    )
    shown = editor.get("/contacts").json()["items"]
    assert {contact["seniority"] for contact in shown} == {"vp"}
    editor.post("/titles/overrides", NINJA | {"seniority": "director"})
    rereading.run(workspace=world.workspace, now=now)
    assert len(editor.get("/contacts?seniority=director").json()["items"]) == 20
    change = editor.get("/changes?kind=corrected").json()["items"][0]
    assert (change["before"], change["after"]) == ({"seniority": "vp"}, {"seniority": "director"})


def test_a_file_is_taken_in_whole_or_not_at_all(editor: Caller, world: World) -> None:
    text = "title,seniority,department\nDeal Ninja,Vice president,\nGrowth Wizard,,Sales\n"
    taken = editor.post("/titles/overrides/import", {"csv": text})
    assert taken.json() == {"added": 2, "changed": 0, "same": 0, "revision": 1}
    refused = editor.post("/titles/overrides/import", {"csv": "title,seniority\nAce,vp\nMage,boss\n"})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_lines")
    assert refused.json()["details"]["lines"][0]["line"] == 3
    assert len(editor.get("/titles/overrides").json()["items"]) == 2


def test_bad_halves_say_what_is_meant(editor: Caller, world: World) -> None:
    answer = editor.post("/titles/overrides", {"title": "Ninja", "department": "finanse"})
    assert answer.status_code == 422 and "Did you mean 'finance'?" in answer.json()["detail"]
    assert editor.post("/titles/overrides", {"title": "—", "seniority": "vp"}).status_code == 422
    assert editor.post("/titles/overrides", {"title": "Ninja"}).json()["code"] == "nothing_said"
