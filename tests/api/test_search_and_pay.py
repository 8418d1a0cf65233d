"""The way of the data through the API: segment, persona, quote, run, contacts, receipt."""

from typing import Any

from rollcall.core import jobs
from tests.api.calls import Caller
from tests.personas.world import World

ENERGY = {"where": {"op": "and", "items": [{"field": "sector", "op": "is", "value": "energy"}]}}


def quoted(editor: Caller, **more: Any) -> Any:
    """A quote for the sales people of the energy companies."""
    segment = editor.post("/segments", {"name": "Energy", "definition": ENERGY}).json()
    persona = editor.post("/personas", {"name": "Sales", "definition": {"titles": ["sales"]}}).json()
    asked = {"segment_id": segment["id"], "persona_ids": [persona["id"]]} | more
    return editor.post("/quotes", asked).json()


def test_it_works(editor: Caller, world: World) -> None:
    quote = quoted(editor)
    assert (quote["matches"], quote["credits_max"], quote["companies"]) == (18, 18, 6)
    assert quote["credits"] == {"available": 100, "held": 0, "left_after": 82, "enough": True}
    assert quote["sample"][0].keys() == {"title", "company"}

    started = editor.post("/runs", {"quote_id": quote["id"]}, Idempotency_Key="first")
    assert started.status_code == 201
    assert [started[f"Rollcall-Credits-{name}"] for name in ("Spent", "Held", "Left")] == ["0", "18", "82"]
    jobs.run_all()
    run = editor.get(f"/runs/{started.json()['id']}")
    assert (run.json()["state"], run.json()["charged"]) == ("done", 18)
    assert [run[f"Rollcall-Credits-{name}"] for name in ("Spent", "Held", "Left")] == ["18", "0", "82"]

    contacts = editor.get("/contacts?sort=name").json()["items"]
    assert [contact["title"] for contact in contacts[:2]] == ["VP Sales", "Director of Sales"]
    assert contacts[0]["charge_entry_id"].startswith("ent_")
    assert contacts[0]["personas"] == ["Sales"]
    placed = editor.get(f"/segments/{run.json()['segment_id']}/contacts?sort=name").json()["items"]
    assert [one["contact"] for one in placed] == contacts
    assert {one["was_charged"] for one in placed} == {True}
    assert editor.get("/credits").json()["available"] == 82


def test_p5_what_is_known_of_them_before_paying(editor: Caller, world: World) -> None:
    quote = quoted(editor, stop_at=12)
    known = editor.get(f"/quotes/{quote['id']}/coverage").json()
    assert (known["whom"], known["people"]) == ("new", 12)
    assert (known["with_email"], known["with_profile_page"], known["with_phone"]) == (0, 0, 0)
    assert known["seniorities"] == [
        {"value": value, "label": label, "people": 4}
        for value, label in (("director", "Director"), ("manager", "Manager"), ("vp", "Vice president"))
    ]
    assert known["departments"] == [{"value": "sales", "label": "Sales", "people": 12}]
    assert known["countries"] == [{"value": "", "label": "Unknown", "people": 12}]
    assert {row["value"] for row in known["titles"]} >= {"sales manager"}
    everybody = editor.get(f"/quotes/{quote['id']}/coverage?whom=matches").json()
    assert (everybody["whom"], everybody["people"]) == ("matches", 18)
    assert "name" not in str(known), "no names before paying"


def test_p5_a_persona_is_tried_before_it_is_saved(editor: Caller, world: World) -> None:
    segment = world.segment("Two", include_domains=["company1.com", "company2.com"])
    asked = {"segment_id": f"seg_{segment.pk}", "definition": {"titles": ["sales"], "per_company": 2}}
    tried = editor.post("/personas/preview", asked)
    assert tried.status_code == 200, tried.text
    told = tried.json()
    assert (told["companies"], told["matches"], told["owned"], told["credits_max"]) == (2, 4, 0, 4)
    assert (told["coverage"]["whom"], told["coverage"]["people"]) == ("new", 4)
    assert told["coverage"]["departments"] == [{"value": "sales", "label": "Sales", "people": 4}]
    assert len(told["sample"]) == 3 and "name" not in str(told), "no names before paying"
    nobody = editor.post("/personas/preview", asked | {"definition": {"titles": ["astronaut"]}}).json()
    assert (nobody["matches"], nobody["coverage"]["whom"], nobody["sample"]) == (0, "matches", [])
    assert editor.get("/personas").json()["items"] == [], "nothing is saved"
    for wrong, status in (
        ({"segment_id": "seg_999"}, 404),
        ({"definition": {"seniorities": ["boss"]}}, 422),
        ({"definition": {"colour": "red"}}, 422),
    ):
        assert editor.post("/personas/preview", asked | wrong).status_code == status, wrong


def test_p5_only_of_ones_own_estimate(editor: Caller, world: World) -> None:
    assert editor.get("/quotes/quo_999/coverage").status_code == 404
    quote = quoted(editor)
    assert editor.get(f"/quotes/{quote['id']}/coverage?whom=everybody").status_code == 422


def test_g3_the_ledger_tells_each_movement_and_its_receipt_the_people(editor: Caller, world: World) -> None:
    run = editor.post("/runs", {"quote_id": quoted(editor)["id"]}, Idempotency_Key="one").json()
    jobs.run_all()
    entries = editor.get("/credits/entries").json()["items"]
    assert [(e["kind"], e["balance_after"]) for e in entries] == [
        ("charge", 82),
        ("hold", 100),
        ("grant", 100),
    ]
    receipt = editor.get(f"/credits/entries/{entries[0]['id']}").json()
    assert receipt["equation"][-1] == {"label": "New people", "amount": 18, "note": "1 credit each"}
    assert receipt["grants"][0]["name"] == "Package"
    people = editor.get(f"/credits/entries/{entries[0]['id']}/people?limit=12").json()
    rest = editor.get(f"/credits/entries/{entries[0]['id']}/people?cursor={people['next_cursor']}").json()
    assert (len(people["items"]), len(rest["items"]), rest["next_cursor"]) == (12, 6, None)
    whole = editor.get(f"/runs/{run['id']}/receipt").json()
    assert whole["personas"] == ["Sales"]
    assert whole["actual"][-1]["amount"] == 18


def test_c3_searching_again_costs_nothing(editor: Caller, world: World) -> None:
    quote = quoted(editor)
    editor.post("/runs", {"quote_id": quote["id"]}, Idempotency_Key="one")
    jobs.run_all()
    again = {"segment_id": quote["segment_id"], "persona_ids": quote["persona_ids"]}
    second = editor.post("/quotes", again).json()
    assert (second["matches"], second["owned"], second["credits_max"]) == (18, 18, 0)
    editor.post("/runs", {"quote_id": second["id"]}, Idempotency_Key="two")
    jobs.run_all()
    assert editor.get("/credits").json()["available"] == 82


def test_e3_too_few_credits_answer_402_with_the_shortfall_and_what_can_be_paid(
    editor: Caller, world: World
) -> None:
    segment, persona = world.segment(), world.persona()
    asked = {"segment_id": f"seg_{segment.pk}", "persona_ids": [f"per_{persona.pk}"]}
    quote = editor.post("/quotes", asked).json()
    assert quote["credits"]["enough"] is False
    answer = editor.post("/runs", {"quote_id": quote["id"]}, Idempotency_Key="all")
    assert (answer.status_code, answer["Content-Type"]) == (402, "application/problem+json")
    problem = answer.json()
    assert problem["code"] == "not_enough_credits"
    assert problem["details"] == {"needed": 160, "available": 100, "shortfall": 60, "stop_at": 100}
    fitting = editor.post("/quotes", asked | {"stop_at": problem["details"]["stop_at"]}).json()
    assert (fitting["credits_max"], fitting["over_limit"]) == (100, 60)
    assert editor.post("/runs", {"quote_id": fitting["id"]}, Idempotency_Key="all").status_code == 201
