"""G5 through the API: budgets are listed with what is left, made, changed and ended; quotes and starts keep to them."""

from typing import Any

from tests.api.calls import Caller
from tests.api.test_search_and_pay import quoted
from tests.personas.world import World


def _made(admin: Caller, **given: Any) -> Any:
    answer = admin.post("/budgets", {"scope": "workspace", "period": "month", "limit": 10, **given})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_it_works(editor: Caller, admin: Caller, world: World) -> None:
    made = _made(admin)
    assert (made["name"], made["used"], made["reserved"], made["left"]) == (
        "Monthly budget of the workspace", 0, 0, 10,
    )  # fmt: skip
    quote = quoted(editor)
    assert (quote["matches"], quote["over_budget"], quote["credits_max"]) == (18, 8, 10)
    assert quote["budgets"] == [{"budget": made["id"], "name": made["name"], "left": 10, "people": 8}]
    editor.post("/runs", {"quote_id": quote["id"]}, Idempotency_Key="one")
    (listed,) = (one for one in editor.get("/budgets").json()["items"] if one["id"] == made["id"])
    assert (listed["used"], listed["reserved"], listed["left"]) == (0, 10, 0)
    assert listed["ends_at"] > listed["created_at"]
    changed = admin("PATCH", f"/budgets/{made['id']}", {"limit": 4})
    assert (changed.json()["limit"], changed.json()["reserved"], changed.json()["left"]) == (4, 10, 0)
    assert admin("DELETE", f"/budgets/{made['id']}").status_code == 204
    assert made["id"] not in [one["id"] for one in editor.get("/budgets").json()["items"]]
    assert admin("PATCH", f"/budgets/{made['id']}", {"limit": 4}).json()["code"] == "budget_ended"


def test_e3_a_start_that_a_budget_refuses_answers_402_and_a_fresh_quote(
    editor: Caller, admin: Caller, world: World
) -> None:
    budget, quote = _made(admin, limit=50), quoted(editor)
    admin("PATCH", f"/budgets/{budget['id']}", {"limit": 3})
    refused = editor.post("/runs", {"quote_id": quote["id"]}, Idempotency_Key="one")
    assert refused.status_code == 402
    problem = refused.json()
    assert (problem["code"], problem["details"]["left"], problem["details"]["needed"]) == (
        "budget_exceeded",
        3,
        18,
    )
    assert budget["name"] in problem["detail"]
    fresh = editor.get(f"/quotes/{problem['details']['fresh_quote']}").json()
    assert (fresh["credits_max"], fresh["over_budget"]) == (3, 15)
    assert editor.post("/runs", {"quote_id": fresh["id"]}, Idempotency_Key="two").status_code == 201


def test_a_key_has_a_cap_of_its_own(editor: Caller, admin: Caller, world: World) -> None:
    """I2, for what a key may spend; and each key by itself."""
    _made(admin, scope="key", limit=5)
    assert quoted(editor)["credits_max"] == 5
    uses = editor.get("/budgets").json()["items"][0]["uses"]
    assert uses == []


def test_a_segment_and_a_persona_are_named(editor: Caller, admin: Caller, world: World) -> None:
    quote = quoted(editor)
    made = _made(admin, scope="segment", subject=quote["segment_id"], period="day", is_hard=False)
    assert (made["name"], made["subject_name"]) == ("Daily budget of segment Energy", "Energy")
    made = _made(admin, scope="persona", subject=quote["persona_ids"][0], period="total")
    assert (made["name"], made["ends_at"]) == ("Total budget of persona Sales", None)


def test_bad_input_and_twice(editor: Caller, admin: Caller, world: World) -> None:
    budget = _made(admin)
    again = admin.post("/budgets", {"scope": "workspace", "period": "month", "limit": 20})
    assert (again.status_code, again.json()["code"]) == (409, "budget_exists")
    for given in ({"limit": -1}, {"limit": "5"}, {"limit": 1.0}, {"scope": "team"}, {"period": "year"}):
        asked = {"scope": "workspace", "period": "day", "limit": 1, **given}
        assert admin.post("/budgets", asked).status_code == 422, given
    asked = {"scope": "run", "period": "day", "limit": 1}
    assert admin.post("/budgets", asked).json()["code"] == "unknown_period"
    for subject in ("seg_999999", "per_1", "x"):
        asked = {"scope": "segment", "subject": subject, "period": "day", "limit": 1}
        assert admin.post("/budgets", asked).status_code == 404
    assert editor.post("/budgets", asked).status_code == 403
    assert editor("DELETE", f"/budgets/{budget['id']}").status_code == 403
