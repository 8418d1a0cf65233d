"""Usage, monthly statements, the narrowed ledger and receipts through the API (C9, parity with the pages)."""

import csv
import io
from typing import Any

import pytest

from rollcall.core import jobs
from tests.api.calls import Caller
from tests.api.test_search_and_pay import quoted
from tests.personas.world import World


@pytest.fixture
def bought(editor: Caller, world: World) -> Any:
    """A finished run that bought 18 people."""
    run = editor.post("/runs", {"quote_id": quoted(editor)["id"]}, Idempotency_Key="one").json()
    jobs.run_all()
    return editor.get(f"/runs/{run['id']}").json()


def rows_of(editor: Caller, path: str) -> list[list[str]]:
    answer = editor.get(path)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))


def test_c9_a_statement_adds_up(editor: Caller, bought: Any) -> None:
    months = editor.get("/credits/statements").json()["items"]
    assert [line["opening"] + sum(line["moved"].values()) for line in months] == [
        line["closing"] for line in months
    ]
    month = months[0]["month"]
    read = editor.get(f"/credits/statements/{month}").json()
    assert read["opening"] + sum(moved["credits"] for moved in read["movements"]) == read["closing"] == 82
    (grant,) = read["grants"]
    assert grant["opening"] + sum(grant["moved"].values()) == grant["closing"]
    assert read["usage"]["segment"][0]["net"] == 18 and read["held"]["closing"] == 0
    rows = rows_of(editor, f"/credits/statements/{month}/export")
    kinds = [row[0] for row in rows[1:]]
    assert kinds[0] == "balance" and kinds.count("entry") == 2 and rows[1][-3] == "82"


@pytest.mark.parametrize("by", ["segment", "persona", "member", "key", "automation", "month"])
def test_usage_has_the_same_sum_by_whatever(editor: Caller, bought: Any, by: str) -> None:
    read = editor.get(f"/credits/usage?by={by}").json()
    assert (read["charged"], read["refunded"], read["net"]) == (18, 0, 18)
    assert sum(row["net"] for row in read["items"]) == 18
    if by == "key":
        assert read["items"][0]["subject"].startswith("key_") and read["items"][0]["searches"] == 1


def test_the_ledger_is_narrowed(editor: Caller, bought: Any) -> None:
    def kinds(query: str) -> list[str]:
        listed = [entry["kind"] for entry in editor.get(f"/credits/entries?{query}").json()["items"]]
        exported = [row[2].lower() for row in rows_of(editor, f"/credits/entries/export?{query}")[1:]]
        assert exported == listed[::-1]
        return listed

    who = editor.get("/credits/entries?kind=charge").json()["items"][0]
    assert who["segment_id"] == bought["segment_id"] and who["automation_id"] is None
    assert kinds(f"segment_id={bought['segment_id']}") == ["charge", "hold"]
    assert kinds(f"actor={who['actor']}&kind=hold") == ["hold"]
    assert kinds("actor=usr_999") == kinds("automation_id=aut_1") == kinds("since=2100-01-01") == []
    assert kinds(f"month={who['created_at'][:7]}") == ["charge", "hold"]


def test_a_receipt_explains_itself(editor: Caller, bought: Any) -> None:
    entry = editor.get("/credits/entries?kind=charge").json()["items"][0]
    read = editor.get(f"/credits/entries/{entry['id']}").json()
    facts = {fact["label"]: fact for fact in read["facts"]}
    assert facts["Segment"] == {"label": "Segment", "value": "Energy", "id": bought["segment_id"]}
    assert facts["Persona"]["value"] == "Sales: 18" and facts["Search"]["id"] == bought["id"]
    assert sum(line["amount"] for line in read["whole"][:-1]) == read["whole"][-1]["amount"] == 18
    assert read["balance_after"] == 82 and read["refunded"] == 0
    rows = rows_of(editor, f"/credits/entries/{entry['id']}/export")
    assert [row[0] for row in rows].count("person") == 18
    people = editor.get(f"/credits/entries/{entry['id']}/people").json()["items"]
    assert {person["refund"] for person in people} == {None}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/credits/statements/2020-01", 404), ("/credits/statements/soon", 422), ("/credits/usage?by=shoes", 422),
     ("/credits/usage?month=2026-01&since=2026-01-01", 422), ("/credits/entries?segment_id=x", 404),
     ("/credits/entries?since=soon", 422), ("/credits/entries?month=x", 422),
     ("/credits/statements/2020-01/export", 404), ("/credits/entries/ent_999/export", 404)],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_told(editor: Caller, bought: Any, path: str, status: int) -> None:
    assert editor.get(path).status_code == status
