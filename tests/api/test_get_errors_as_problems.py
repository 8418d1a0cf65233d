"""Every error is application/problem+json with a stable code, whatever was sent (RFC 9457)."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from rollcall.api import problems, rates
from rollcall.core import errors
from rollcall.core.errors import RollcallError
from tests.api.calls import Caller
from tests.personas.world import World


def checked(answer: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem document, after looking at its frame."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.content)
    assert problem["status"] == status
    assert problem["type"] == f"urn:rollcall:problem:{problem['code']}"
    assert problem["title"] and problem["detail"] and isinstance(problem["details"], dict)
    assert code in (None, problem["code"])
    return problem


def test_it_works(editor: Caller) -> None:
    problem = checked(editor.get("/segments/seg_9"), 404, "no_such_segment")
    assert problem["details"] == {"id": "seg_9"}
    assert problem["instance"] == "/api/v1/segments/seg_9"


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/", "/api/v1/nope", "/api/v2/segments"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address(method: str, path: str, db: None) -> None:
    checked(Client().generic(method, path), 404, "route_not_found")


def test_a_method_that_an_address_does_not_know(editor: Caller) -> None:
    answer = editor("PUT", "/segments")
    checked(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, POST"


def test_no_key_and_a_key_of_too_low_a_role(viewer: Caller) -> None:
    checked(Client().get("/api/v1/segments"), 401, "api_key_missing")
    checked(Caller("rc_live_nonsense").get("/segments"), 401, "bad_api_key")
    checked(viewer.post("/personas", {"name": "x", "definition": {}}), 403, "role_too_low")


def test_a_body_that_is_too_large(editor: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = {"name": "x" * 2000, "definition": {}}
    assert checked(editor.post("/personas", body), 413, "body_too_large")["details"] == {"most": 1000}


def test_a_body_that_is_not_declared_as_json(editor: Caller) -> None:
    headers = {"Authorization": f"Bearer {editor.secret}"}
    answer = Client().post("/api/v1/personas", "name=x", content_type="text/plain", headers=headers)
    checked(answer, 415, "not_json_type")


BODIES = [
    b"{",
    b"\xff\xfe",
    b'{"name": NaN, "definition": {}}',
    b'{"name": "\\ud800", "definition": {}}',
    b"[" * 100_000,
    b'{"name": ' + b"9" * 5000 + b"}",
    b'{"name": "a", "name": "b", "definition": {}}',
    b'{"name": "a\\u0000b", "definition": {}}',
    b'{"name": "a", "definition": {}, "colour": "red"}',
    b'{"name": 7, "definition": {}}',
    b'{"name": "", "definition": {}}',
    b'{"name": "' + b"x" * 121 + b'", "definition": {}}',
    b'{"name": "a", "definition": {"per_company": "3"}}',
    b'{"name": "a", "definition": {"per_company": 3.0}}',
    b'{"name": "a", "definition": {"per_company": true}}',
    b'{"name": "a", "definition": {"per_company": 9223372036854775808}}',
    b'{"name": "a"}',
    b"[]",
    b"null",
    b"7",
    b"",
]


def test_a_body_that_cannot_be_used(editor: Caller) -> None:
    for body in BODIES:
        checked(editor("POST", "/personas", body), 422)
    assert editor.get("/personas").json()["items"] == []


def test_what_is_wrong_is_said_by_place(editor: Caller) -> None:
    problem = checked(editor.post("/personas", {"definition": {"per_company": 0}}), 422, "invalid_fields")
    assert [line["where"] for line in problem["details"]["errors"]] == [
        "body.name",
        "body.definition.per_company",
    ]


def test_a_domain_error_says_what_was_meant(editor: Caller, world: World) -> None:
    where = {"op": "and", "items": [{"field": "sectr", "op": "is", "value": "Energy"}]}
    problem = checked(
        editor.post("/segments/preview", {"definition": {"where": where}}), 422, "unknown_field"
    )
    assert "Did you mean 'sector'?" in problem["detail"]


QUERIES = [
    "limit=0",
    "limit=501",
    "limit=1.0",
    "limit=1_0",
    "limit=",
    "limit=99999999999999999999",
    "sort=age",
    "cursor=nonsense",
    "cursor=%00",
    "text=%00",
    "is_former=yes",
    "run_id=seg_1",
    "run_id=",
    "colour=red",
    "limit=%F0%9F%98%80",
    "cursor=W1siLWlkIl0sWyJ4Il1d",
    "cursor=W1siLWlkIl0sW3RydWVdXQ",
    "cursor=W10",
    "cursor=MQ",
]


def test_a_query_that_cannot_be_used(editor: Caller) -> None:
    for query in QUERIES:
        checked(editor.get(f"/contacts?{query}"), 404 if query.startswith("run_id") else 422)


def test_an_id_of_another_form_is_as_unknown_as_any(editor: Caller) -> None:
    for segment_id in [
        "seg_",
        "seg_0x1",
        "seg_-1",
        "seg_99999999999999999999",
        "per_1",
        "1",
        "%00",
        "seg_1%00",
        "seg_١",
    ]:
        checked(editor.get(f"/segments/{segment_id}"), 404)


def test_a_run_without_an_idempotency_key(editor: Caller) -> None:
    problem = checked(editor.post("/runs", {"quote_id": "quo_1"}), 422, "invalid_fields")
    assert problem["details"]["errors"][0]["where"] == "header.Idempotency-Key"
    for key in ("x" * 121, "", "ключ"):
        headers = {"Authorization": f"Bearer {editor.secret}", "Idempotency-Key": key}
        body = json.dumps({"quote_id": "quo_1"})
        checked(Client().post("/api/v1/runs", body, content_type="application/json", headers=headers), 422)


def test_too_many_requests(
    editor: Caller, admin: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Keys of other tests had the same numbers, perhaps within this minute.
    monkeypatch.setattr(rates, "_window", rates.Window())
    settings.ROLLCALL_API_REQUESTS_PER_MINUTE = 3
    cache.clear()
    answers = [editor.get("/workspace") for _ in range(4)]
    # A minute may have ended between two of them; then a fifth to seventh are refused.
    answers += [editor.get("/workspace") for _ in range(3)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    checked(refused, 429, "rate_exceeded")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Policy"] == '"key";q=3;w=60'
    assert refused["RateLimit"].startswith('"key";r=0;t=')
    assert admin.get("/workspace").status_code == 200


def test_a_window_renews_and_counts_each_key_for_itself(settings: Any) -> None:
    settings.ROLLCALL_API_REQUESTS_PER_MINUTE = 2
    passed = [rates.take(77, seconds=6_000_000_030.0)[1] for _ in range(3)]
    other = rates.take(78, seconds=6_000_000_031.0)[0]
    renewed = rates.take(77, seconds=6_000_000_060.0)[0]
    assert passed == [True, True, False]
    assert (other.left, other.reset_seconds) == (1, 29)
    assert renewed.left == 1


@pytest.mark.parametrize(("kind", "status"), problems.KINDS.items())
def test_each_kind_of_error_has_its_status(kind: type[RollcallError], status: int) -> None:
    made = type("SomethingExpected", (kind,), {"__doc__": "It did not work. Try another way."})()
    answer = problems.answer(made)
    checked(answer, status, "something_expected")
    assert ("Retry-After" in answer) is (kind is errors.TryLater)


def test_what_nobody_expected_is_a_problem_too(rf: Any) -> None:
    request = rf.get("/api/v1/segments")
    assert checked(problems.answer_any(request, KeyError("x")), 500, "internal_error")["details"] == {}
    answer = problems.answer_any(request, OperationalError("database is locked"))
    checked(answer, 503, "database_unavailable")
    assert answer["Retry-After"]
