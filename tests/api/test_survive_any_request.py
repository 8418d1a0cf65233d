"""Generated requests: no internal error and no answer that the document does not announce.

25 examples an operation; ROLLCALL_FUZZ_EXAMPLES=2000 for a long run.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings

from rollcall.core import clock, jobs
from rollcall.personas import automatic
from tests.api import walk
from tests.api.calls import Caller
from tests.personas.world import World

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("ROLLCALL_FUZZ_EXAMPLES", "25"))


@pytest.fixture
def known_ids(editor: Caller, admin: Caller, world: World, settings: Any) -> dict[str, str]:
    """One of everything, so that generated requests do not end at 404."""
    settings.ROLLCALL_API_REQUESTS_PER_MINUTE = 10**9
    segment = editor.post("/segments", {"name": "One", "definition": {"everything": True}}).json()
    persona = editor.post("/personas", {"name": "Sales", "definition": {"titles": ["sales"]}}).json()
    asked = {"segment_id": segment["id"], "persona_ids": [persona["id"]], "stop_at": 5}
    quotes = [editor.post("/quotes", asked).json()["id"] for _ in range(2)]
    below = editor.get("/credits").json()["available"] - 1
    rule = admin.post("/alerts", {"kind": "balance", "threshold": below}).json()
    endpoint = admin.post("/webhooks", {"url": "https://hooks.example.com/"}).json()
    call = admin.post(f"/webhooks/{endpoint['id']}/test").json()
    run = editor.post("/runs", {"quote_id": quotes[0]}, Idempotency_Key="one").json()
    jobs.run_all()
    daily = {"segment_id": segment["id"], "persona_ids": [persona["id"]], "trigger": "daily"}
    automation = admin.post("/automations", daily).json()
    automatic.look(now=clock.now() + timedelta(days=2))
    budget = admin.post("/budgets", {"scope": "workspace", "period": "total", "limit": 5000}).json()
    wanted = {"credits_wanted": 500, "note": "", "reply_email": "alice@example.com"}
    package = editor.post("/credits/package-requests", wanted).json()
    looked = {"segment_ids": [segment["id"]], "persona_ids": [persona["id"]]}
    analysis = editor.post("/analyses", looked).json()
    suppression = editor.post("/suppressions", {"kind": "domain", "value": "client.com"}).json()
    override = editor.post("/titles/overrides", {"title": "Hidden Ninja", "seniority": "vp"}).json()
    bounced = {"bounces": [{"full_name": "Jane Smith", "company": "x.com", "type": "soft"}]}
    report = editor.post("/contacts/bounces", bounced, Idempotency_Key="bounces").json()
    return {
        "segment_id": segment["id"],
        "persona_id": persona["id"],
        "quote_id": quotes[1],
        "run_id": run["id"],
        "automation_id": automation["id"],
        "approval_id": editor.get("/approvals").json()["items"][0]["id"],
        "contact_id": editor.get("/contacts").json()["items"][0]["id"],
        "company_id": "com_1",
        "entry_id": editor.get("/credits/entries").json()["items"][0]["id"],
        "suppression_id": suppression["id"],
        "override_id": override["id"],
        "report_id": report["id"],
        "rule_id": rule["id"],
        "event_id": editor.get("/alerts/events").json()["items"][0]["id"],
        "endpoint_id": endpoint["id"],
        "call_id": call["id"],
        "budget_id": budget["id"],
        "request_id": package["id"],
        "analysis_id": analysis["id"],
        "month": "2026-09",
        "field": "sector",
    }


@pytest.fixture
def schema(known_ids: dict[str, str]) -> Any:
    """The document, with the ids that exist as examples; the key is sent by the test, and always right."""
    import schemathesis

    document = walk.document()
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("security")
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["example"] = known_ids[parameter["name"]]
    loaded = schemathesis.openapi.from_dict(document)
    loaded.app = get_wsgi_application()
    return loaded


def operations(schema: Any) -> Iterator[Any]:
    for found in schema.get_all_operations():
        yield found.ok()


@pytest.mark.django_db(transaction=True)
def test_no_request_ends_in_an_internal_error_or_an_undocumented_answer(
    schema: Any, editor: Caller, known_ids: dict[str, str]
) -> None:
    tried: dict[str, int] = {}
    for operation in operations(schema):
        attack(operation, editor, known_ids, tried)
    assert set(tried) == {operation.id for operation in walk.operations()}
    assert min(tried.values()) >= min(EXAMPLES, 2)


def attack(operation: Any, editor: Caller, ids: dict[str, str], tried: dict[str, int]) -> None:
    """Send so many generated requests to one operation and check each answer."""
    import schemathesis

    name = operation.definition.raw["operationId"]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    cases = hypothesis.strategies.one_of(*[operation.as_strategy(generation_mode=mode) for mode in modes])

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="ROLLCALL_FUZZ_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=cases, real=hypothesis.strategies.booleans())
    def one(case: Any, real: bool) -> None:
        if real and not case.meta.generation.mode.is_negative:
            case.path_parameters = {place: ids[place] for place in case.path_parameters or {}}
        tried[name] = tried.get(name, 0) + 1
        case.call_and_validate(headers={"Authorization": f"Bearer {editor.secret}"}, checks=_checks())

    one()


def _checks() -> list[Any]:
    # Imported here: it takes a second, of each process that only looks which tests there are.
    from schemathesis import checks
    from schemathesis.specs.openapi import checks as openapi_checks

    return [
        checks.not_a_server_error,
        openapi_checks.status_code_conformance,
        openapi_checks.content_type_conformance,
        openapi_checks.response_headers_conformance,
        openapi_checks.response_schema_conformance,
        openapi_checks.negative_data_rejection,
        openapi_checks.missing_required_header,
    ]
