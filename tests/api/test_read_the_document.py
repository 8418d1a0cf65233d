"""The OpenAPI document: complete, with examples that its own schemas allow; and the health page."""

from typing import Any

import jsonschema_rs
import pytest
from django.db import DatabaseError
from django.test import Client

from rollcall.api import health
from rollcall.api.shapes import Given, Shown
from tests.api import walk


def test_it_works(db: None) -> None:
    """Anybody may read it; the served one is the one that the other tests walk."""
    served = Client().get("/api/v1/openapi.json")
    assert served.status_code == 200
    assert served.json()["openapi"] == "3.1.0"
    assert {op["operationId"] for path in served.json()["paths"].values() for op in path.values()} == {
        operation.id for operation in walk.operations()
    }


def test_every_operation_is_told_in_full() -> None:
    names = [operation.id for operation in walk.operations()]
    assert len(names) == len(set(names)) >= 45
    for operation in walk.operations():
        told = operation.details
        assert told["summary"] and told["tags"] and told["security"] == [{"Bearer": []}], operation.id
        statuses = {int(status) for status in told["responses"]}
        assert {401, 403, 422, 429, 503} <= statuses, operation.id
        assert statuses & {200, 201, 204}, operation.id
        assert (404 in statuses) or not operation.places, operation.id
        assert ("requestBody" not in told) or {413, 415} <= statuses, operation.id


def test_every_example_is_allowed_by_its_schema() -> None:
    document = walk.document()
    checked = 0
    for operation in walk.operations():
        for where, media in contents(operation.details):
            assert "example" in media, (operation.id, where)
            schema = {**media["schema"], "components": document["components"]}
            jsonschema_rs.validate(schema, media["example"])
            checked += 1
    assert checked > 50


def contents(details: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each JSON body and good answer of an operation."""
    found = [("body", details["requestBody"]["content"])] if "requestBody" in details else []
    found += [(str(status), answer.get("content", {})) for status, answer in details["responses"].items()]
    return [
        (where, media)
        for where, kinds in found
        for kind, media in kinds.items()
        if kind == "application/json"
    ]


def test_spending_is_told_in_headers() -> None:
    spending = {
        operation.id
        for operation in walk.operations()
        if any(
            "Rollcall-Credits-Spent" in answer.get("headers", {})
            for answer in operation.details["responses"].values()
        )
    }
    assert spending == {"runs_start", "runs_get", "runs_stop", "approvals_approve"}
    (start,) = [operation for operation in walk.operations() if operation.id == "runs_start"]
    key = next(p for p in start.details["parameters"] if p["name"] == "Idempotency-Key")
    assert key["required"] is True
    assert {402, 404, 409} <= {int(status) for status in start.details["responses"]}


def test_healthz(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().get("/healthz").content == b"ok\n"

    class Away:
        def cursor(self) -> None:
            raise DatabaseError("gone")

    monkeypatch.setattr(health, "connection", Away())
    assert Client().get("/healthz").status_code == 503


def test_no_two_shapes_share_a_name() -> None:
    """The document has one place for each name: of two alike, one would be documented as the other."""
    found: dict[str, set[str]] = {}
    waiting: list[type] = [Shown, Given]
    while waiting:
        for shape in waiting.pop().__subclasses__():
            waiting.append(shape)
            if shape.__module__.startswith("rollcall.api.") and "[" not in shape.__name__:
                found.setdefault(shape.__name__, set()).add(shape.__module__)
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}
