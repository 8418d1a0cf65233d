"""Two workspaces: every operation with the other's ids, for every role; and what each role may do."""

import json
from datetime import timedelta
from typing import Any

import pytest

from rollcall.core import clock, jobs
from rollcall.personas import automatic
from rollcall.workspaces.access import PERMISSIONS
from tests.api import walk
from tests.api.calls import Caller
from tests.personas.world import World

# Shared by all workspaces, or about the caller alone: there is nothing of another workspace that they could name.
ABOUT_NOBODY_ELSE = {
    "workspace_me", "workspace_members", "credits_balance", "credits_grants", "credits_entries", "credits_export",
    "packages_list", "packages_request", "universe_versions", "universe_fields", "universe_values",
    "companies_search", "companies_get", "companies_contacts", "segments_list", "segments_create", "segments_preview",
    "personas_list", "personas_create", "runs_list", "contacts_list", "contacts_export", "changes_list",
    "analyses_list", "credits_forecast", "credits_usage", "credits_statements",
    "credits_statement", "credits_statement_export", "proof_read", "proof_checkpoint", "proof_check",
    "alerts_list", "alerts_create", "alerts_usual", "alerts_events", "alerts_see_all", "webhooks_list",
    "webhooks_create",
    "bounces_list", "refund_policies_list", "titles_read", "titles_overrides", "titles_override", "titles_import",
    "titles_export",
    "suppressions_list", "suppressions_add", "workspace_update", "approvals_list", "budgets_list",
}  # fmt: skip
# Those of them that name an object in the query or the body all the same, with what to send.
NAMING: dict[str, dict[str, Any]] = {
    "analyses_create": {
        "body": {"segment_ids": ["{segment_id}"], "persona_ids": ["{persona_id}"]},
        "status": 404,
    },
    "personas_preview": {"body": {"segment_id": "{segment_id}", "definition": {}}, "status": 404},
    "quotes_create": {"body": {"segment_id": "{segment_id}", "persona_ids": ["{persona_id}"]}, "status": 404},
    "packages_request": {
        "body": {"credits_wanted": 5, "reply_email": "a@example.com", "analysis_id": "{analysis_id}"},
        "status": 404,
    },
    "runs_start": {"body": {"quote_id": "{quote_id}"}, "status": 404},
    "automations_create": {
        "body": {"segment_id": "{segment_id}", "persona_ids": ["{persona_id}"]},
        "status": 404,
    },
    "budgets_create": {
        "body": {"scope": "segment", "subject": "{segment_id}", "period": "month", "limit": 5},
        "status": 404,
    },
    "automations_list": {"query": "?segment_id={segment_id}", "status": 200},
    "bounces_report": {"body": {"bounces": [{"contact_id": "{contact_id}", "type": "hard"}]}, "status": 201},
    "contacts_export": {"query": "?segment_id={segment_id}", "status": 404},
    "segments_create": {
        "body": {"name": "Theirs", "definition": {"everything": True, "exclude_segments": ["{segment_id}"]}},
        "status": 422,
    },
    "segments_preview": {
        "body": {"definition": {"everything": True, "exclude_segments": ["{segment_id}"]}},
        "status": 422,
    },
    "runs_list": {"query": "?segment_id={segment_id}", "status": 200},
    "contacts_list": {"query": "?run_id={run_id}", "status": 200},
    "credits_entries": {"query": "?run_id={run_id}", "status": 200},
}
NEEDED = {
    operation.id: operation.details["description"].rsplit("Needs the permission `", 1)[-1].removesuffix("`.")
    for operation in walk.operations()
    if "Needs the permission" in operation.details["description"]
}


@pytest.fixture
def theirs(editor: Caller, admin: Caller, world: World) -> dict[str, str]:
    """One of everything in alice's workspace."""
    segment = editor.post("/segments", {"name": "Secret", "definition": {"everything": True}}).json()
    persona = editor.post("/personas", {"name": "Hidden", "definition": {"titles": ["sales"]}}).json()
    asked = {"segment_id": segment["id"], "persona_ids": [persona["id"]], "stop_at": 5}
    quote = editor.post("/quotes", asked).json()
    below = editor.get("/credits").json()["available"] - 1
    rule = admin.post("/alerts", {"kind": "balance", "threshold": below}).json()
    run = editor.post("/runs", {"quote_id": quote["id"]}, Idempotency_Key="one").json()
    planned = {"segment_ids": [segment["id"]], "persona_ids": [persona["id"]]}
    analysis = editor.post("/analyses", planned).json()
    jobs.run_all()
    automation = admin.post(
        "/automations",
        {"segment_id": segment["id"], "persona_ids": [persona["id"]], "trigger": "daily"},
    ).json()
    automatic.look(now=clock.now() + timedelta(days=2))
    wanted = {"credits_wanted": 500, "note": "Secret plans", "reply_email": "alice@example.com"}
    package = editor.post("/credits/package-requests", wanted).json()
    budget = admin.post("/budgets", {"scope": "workspace", "period": "total", "limit": 5000}).json()
    endpoint = admin.post("/webhooks", {"url": "https://hidden-client.com/hook"}).json()
    delivery = admin.post(f"/webhooks/{endpoint['id']}/test").json()
    suppression = editor.post("/suppressions", {"kind": "domain", "value": "hidden-client.com"}).json()
    override = editor.post("/titles/overrides", {"title": "Hidden Ninja", "seniority": "vp"}).json()
    bounced = {"bounces": [{"full_name": "Hidden Person", "company": "x.com", "type": "soft"}]}
    report = editor.post("/contacts/bounces", bounced, Idempotency_Key="bounces").json()
    return {
        "segment_id": segment["id"],
        "persona_id": persona["id"],
        "quote_id": quote["id"],
        "run_id": run["id"],
        "automation_id": automation["id"],
        "approval_id": editor.get("/approvals").json()["items"][0]["id"],
        "contact_id": editor.get("/contacts").json()["items"][0]["id"],
        "company_id": editor.get("/contacts").json()["items"][0]["company_id"],
        "entry_id": editor.get("/credits/entries").json()["items"][0]["id"],
        "budget_id": budget["id"],
        "suppression_id": suppression["id"],
        "override_id": override["id"],
        "report_id": report["id"],
        "rule_id": rule["id"],
        "event_id": editor.get("/alerts/events").json()["items"][0]["id"],
        "endpoint_id": endpoint["id"],
        "call_id": delivery["id"],
        "request_id": package["id"],
        "analysis_id": analysis["id"],
        "field": "sector",
        "month": "2026-09",
    }


def call(caller: Caller, operation: walk.Operation, ids: dict[str, str], spec: dict[str, Any]) -> Any:
    """The operation with the ids in path, query and body; bodies that name nothing are the documented example."""
    body = spec.get("body", operation.body)
    if "body" in spec:
        text = json.dumps(body)
        for name, value in ids.items():
            text = text.replace("{" + name + "}", value)
        body = json.loads(text)
    query = spec.get("query", "").format(**ids)
    return caller(operation.verb, operation.route(ids) + query, body, Idempotency_Key="walk")


def test_every_operation_answers_404_for_ids_of_another_workspace(
    theirs: dict[str, str], strangers: dict[str, Caller]
) -> None:
    for operation in walk.operations():
        for role, stranger in strangers.items():
            check_closed(operation, stranger, role, theirs)


def check_closed(operation: walk.Operation, stranger: Caller, role: str, ids: dict[str, str]) -> None:
    where = f"{operation.id} as {role}"
    spec = NAMING.get(operation.id, {})
    private = set(operation.places) - {"company_id", "field", "month"}
    assert private or spec or operation.id in ABOUT_NOBODY_ELSE, f"{where}: say what it can name"
    answer = call(stranger, operation, ids, spec)
    if NEEDED.get(operation.id, "") not in {"", *PERMISSIONS[role]}:
        assert answer.status_code == 403, where
    elif private or spec:
        assert answer.status_code == spec.get("status", 404), (where, answer.content)
    if spec.get("status") == 200:
        assert answer.json()["items"] == [], where
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert not any(word in text for word in (b"Secret", b"Hidden", b"hidden-client", b"Person 0")), where


def test_every_operation_asks_for_its_permission(callers: dict[str, Caller], world: World) -> None:
    """Who may not do it gets 403, before anything of the request is read."""
    for operation in walk.operations():
        nowhere = {name: f"{name[:3]}_999999" for name in operation.places} | {"field": "sector"}
        for role, caller in callers.items():
            answer = caller(operation.verb, operation.route(nowhere), operation.body, Idempotency_Key="walk")
            allowed = NEEDED.get(operation.id) is None or NEEDED[operation.id] in PERMISSIONS[role]
            assert (answer.status_code in (401, 403)) is not allowed, (operation.id, role, answer.content)
            if not allowed:
                assert answer.json()["code"] == "role_too_low"
    assert len(NEEDED) == len(walk.operations()) - 1


def test_no_operation_answers_without_a_key(db: None) -> None:
    for operation in walk.operations():
        nowhere = dict.fromkeys(operation.places, "seg_1")
        for secret in ("", "rc_live_wrong", "rc_live_" + "A" * 38):
            answer = Caller(secret)(operation.verb, operation.route(nowhere), operation.body)
            assert answer.status_code == 401, operation.id
            assert answer["WWW-Authenticate"].startswith("Bearer")
