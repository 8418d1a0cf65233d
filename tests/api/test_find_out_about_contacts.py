"""Bounces, duplicates, forgetting and refund policies by API: what the pages do, for programs (C6, C8, X2)."""

from typing import Any

import pytest

from rollcall.core import jobs
from tests.api.calls import Caller
from tests.personas.world import World


@pytest.fixture
def people(editor: Caller, world: World) -> list[dict[str, Any]]:
    """Six contacts of one company each; 94 credits are left."""
    segment = editor.post("/segments", {"name": "All", "definition": {"everything": True}}).json()
    persona = editor.post("/personas", {"name": "Sales", "definition": {"titles": ["sales"]}}).json()
    asked = {"segment_id": segment["id"], "persona_ids": [persona["id"]], "stop_at": 6}
    quote = editor.post("/quotes", asked).json()
    editor.post("/runs", {"quote_id": quote["id"]}, Idempotency_Key="one")
    jobs.run_all()
    found: list[dict[str, Any]] = editor.get("/contacts").json()["items"]
    return found


def left(caller: Caller) -> int:
    return int(caller.get("/credits").json()["available"])


def test_c8_it_works(editor: Caller, people: list[dict[str, Any]]) -> None:
    """C8: reported, refunded, and each line tells."""
    first, second = people[0], people[1]
    body = {"bounces": [
        {"contact_id": first["id"], "code": "5.1.1", "bounced_on": "2026-09-01"},
        {"full_name": second["full_name"], "company": second["company_domain"], "type": "soft"},
        {"full_name": "Nobody", "company": "x.com", "type": "hard"},
    ]}  # fmt: skip
    answer = editor.post("/contacts/bounces", body, Idempotency_Key="b1")
    assert answer.status_code == 201
    report = answer.json()
    assert (report["lines"], report["given_back"]) == (3, 1)
    assert report["counts"] == {"given_back": 1, "soft": 1, "unmatched": 1} and left(editor) == 95
    lines = editor.get(f"/contacts/bounces/{report['id']}/lines").json()["items"]
    assert [line["result"] for line in lines] == ["given_back", "soft", "unmatched"]
    receipt = editor.get(f"/credits/entries/{lines[0]['entry_id']}").json()
    assert receipt["entry"]["context"]["cause"] == "hard_bounce"
    (finding,) = editor.get(f"/contacts/{first['id']}/findings").json()["items"]
    assert (finding["label"], finding["found"]) == ("Hard bounce reported", "Bounce 5.1.1")
    assert finding["entry_id"] == lines[0]["entry_id"]
    assert editor.get("/contacts/bounces").json()["items"] == [
        editor.get(f"/contacts/bounces/{report['id']}").json()
    ]


def test_invariant_9_the_same_key_has_one_effect(editor: Caller, people: list[dict[str, Any]]) -> None:
    body = {"bounces": [{"contact_id": people[0]["id"], "code": "5.1.1"}]}
    first = editor.post("/contacts/bounces", body, Idempotency_Key="b1")
    again = editor.post("/contacts/bounces", body, Idempotency_Key="b1")
    assert first.json() == again.json() and left(editor) == 95
    other = editor.post(
        "/contacts/bounces", {"bounces": [{"contact_id": people[1]["id"]}]}, Idempotency_Key="b1"
    )
    assert (other.status_code, other.json()["code"]) == (409, "report_key_reused")


def test_a_csv_file(editor: Caller, people: list[dict[str, Any]]) -> None:
    text = "Contact id;Bounce type\r\n" + "".join(f"{one['id']};hard\r\n" for one in people)
    report = editor.post("/contacts/bounces", {"csv": text}, Idempotency_Key="f").json()
    assert report["given_back"] == 6 and left(editor) == 100


@pytest.mark.parametrize(("body", "code"), [
    ({}, "bounces_or_csv"), ({"bounces": [{}], "csv": "Contact id\n1"}, "bounces_or_csv"),
    ({"csv": "a,b\n1,2"}, "no_columns"), ({"csv": "Contact id\n"}, "nothing_reported"),
    ({"bounces": [{"contact": "con_1"}]}, "invalid_fields"), ({"bounces": [{"code": 550}]}, "invalid_fields"),
    ({"bounces": [{}] * 5001}, "invalid_fields"),
])  # fmt: skip
def test_bad_reports_are_refused(editor: Caller, world: World, body: Any, code: str) -> None:
    answer = editor.post("/contacts/bounces", body, Idempotency_Key="bad")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_key_is_needed(editor: Caller, world: World) -> None:
    body = {"bounces": [{"contact_id": "con_1"}]}
    assert editor.post("/contacts/bounces", body).status_code == 422
    assert editor.post("/contacts/bounces", body, Idempotency_Key="x" * 117).status_code == 422


def test_c6_merge_and_split(editor: Caller, people: list[dict[str, Any]]) -> None:
    """Two strangers can be merged, but give nothing back; split, both are there again."""
    one, other = people[0]["id"], people[1]["id"]
    done = editor.post(f"/contacts/{one}/merge", {"duplicate_id": other, "reason": "same page"})
    assert (done.status_code, done.json()["code"], done.json()["entry_id"]) == (200, "not_alike", None)
    assert editor.get(f"/contacts/{other}").json()["id"] == one
    (finding,) = editor.get(f"/contacts/{one}/findings").json()["items"]
    assert finding["duplicate_id"] == other and "No credit came back" in finding["why"]
    kinds = [
        c["kind"]
        for c in editor.get(
            "/changes",
        ).json()["items"][:2]
    ]
    assert kinds == ["merged", "merged"] and len(editor.get("/changes?kind=merged").json()["items"]) == 2
    assert editor.post(f"/contacts/{other}/split").json()["split_at"] is not None
    assert editor.get(f"/contacts/{other}").json()["id"] == other
    assert (left(editor), editor.post(f"/contacts/{other}/split").status_code) == (94, 409)
    assert editor.post(f"/contacts/{one}/merge", {"duplicate_id": "con_999"}).status_code == 404
    assert editor.post(f"/contacts/{one}/merge", {"duplicate_id": one}).status_code == 422


def test_x2_forget(editor: Caller, admin: Caller, people: list[dict[str, Any]]) -> None:
    one = people[0]["id"]
    assert editor.post(f"/contacts/{one}/forget").status_code == 403
    (done,) = admin.post(f"/contacts/{one}/forget").json()["items"]
    assert (done["contact_id"], done["code"], left(admin)) == (one, "given_back", 95)
    answer = admin.get(f"/contacts/{one}")
    assert (answer.status_code, answer.json()["code"]) == (404, "forgotten_contact")
    assert len(admin.get("/contacts").json()["items"]) == 5
    assert admin.post(f"/contacts/{one}/forget").status_code == 404


def test_the_policies(viewer: Caller, editor: Caller, people: list[dict[str, Any]]) -> None:
    editor.post(
        "/contacts/bounces",
        {"bounces": [{"contact_id": people[0]["id"], "type": "hard"}]},
        Idempotency_Key="b",
    )
    read = viewer.get("/credits/refund-policies").json()
    assert [(rule["cause"], rule["is_on"], rule["window_days"]) for rule in read["items"]] == [
        ("hard_bounce", True, 30), ("left_before", True, 30), ("erased_soon", True, 30), ("merged", True, None),
    ]  # fmt: skip
    assert [(effect["cause"], effect["credits"]) for effect in read["effects"]] == [("hard_bounce", 1)]
