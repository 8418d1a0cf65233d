"""The API and the command line say the same words: every operation has its command, or a written reason for none."""

from typing import Any

import pytest

from scripts import generated

# An operation of the API → the command that does it. One command may need several operations.
COMMAND_OF = {
    "workspace_me": "whoami",
    "workspace_update": "workspace edit",
    "automations_list": "automations list",
    "automations_create": "automations create",
    "automations_get": "automations show",
    "automations_update": "automations edit",
    "automations_end": "automations end",
    "approvals_list": "approvals list",
    "approvals_get": "approvals show",
    "approvals_approve": "approvals approve",
    "approvals_decline": "approvals decline",
    "credits_balance": "credits balance",
    "credits_forecast": "credits forecast",
    "analyses_create": "plan make",
    "analyses_list": "plan list",
    "analyses_get": "plan show",
    "analyses_export": "plan export",
    "credits_grants": "credits grants",
    "credits_entries": "credits ledger",
    "proof_read": "credits proof",
    "proof_checkpoint": "credits checkpoint",
    "proof_check": "credits check",
    "credits_receipt": "credits receipt",
    "credits_people": "credits receipt",
    "credits_usage": "credits usage",
    "credits_statements": "credits statements",
    "credits_statement": "credits statements",
    "budgets_list": "budgets list",
    "budgets_create": "budgets set",
    "budgets_update": "budgets set",
    "budgets_end": "budgets end",
    "packages_list": "packages list",
    "packages_get": "packages show",
    "packages_request": "packages request",
    "packages_accept": "packages accept",
    "packages_decline": "packages decline",
    "packages_say": "packages say",
    "alerts_list": "alerts list",
    "alerts_create": "alerts create",
    "alerts_usual": "alerts usual",
    "alerts_update": "alerts change",
    "alerts_end": "alerts end",
    "alerts_events": "alerts events",
    "alerts_see": "alerts seen",
    "alerts_see_all": "alerts seen",
    "webhooks_list": "webhooks list",
    "webhooks_create": "webhooks create",
    "webhooks_end": "webhooks end",
    "webhooks_test": "webhooks test",
    "webhooks_deliveries": "webhooks deliveries",
    "webhooks_replay": "webhooks replay",
    "universe_versions": "universe versions",
    "universe_fields": "universe fields",
    "universe_values": "universe values",
    "segments_preview": "segments preview",
    "segments_list": "segments list",
    "segments_create": "segments create",
    "segments_get": "segments show",
    "segments_update": "segments rename",
    "segments_delete": "segments delete",
    "segments_refresh": "segments refresh",
    "segments_companies": "segments companies",
    "segments_contacts": "contacts list",
    "segments_activity": "segments activity",
    "personas_preview": "personas preview",
    "personas_list": "personas list",
    "personas_create": "personas create",
    "personas_get": "personas show",
    "personas_update": "personas edit",
    "personas_delete": "personas delete",
    "quotes_create": "quotes create",
    "quotes_get": "quotes show",
    "quotes_coverage": "quotes coverage",
    "runs_start": "runs start",
    "runs_list": "runs list",
    "runs_get": "runs show",
    "runs_progress": "runs watch",
    "runs_stop": "runs stop",
    "runs_receipt": "runs receipt",
    "contacts_list": "contacts list",
    "contacts_export": "contacts export",
    "contacts_get": "contacts show",
    "contacts_history": "contacts history",
    "contacts_suppress": "contacts suppress",
    "contacts_findings": "contacts findings",
    "contacts_merge": "contacts merge",
    "contacts_split": "contacts split",
    "contacts_forget": "contacts forget",
    "bounces_report": "contacts bounces",
    "bounces_lines": "contacts bounces",
    "refund_policies_list": "credits refund-policies",
    "titles_read": "titles read",
    "titles_overrides": "titles list",
    "titles_override": "titles override",
    "titles_restore": "titles restore",
    "titles_import": "titles import",
    "titles_export": "titles export",
    "suppressions_list": "suppressions list",
    "suppressions_add": "suppressions add",
    "suppressions_remove": "suppressions remove",
}
API_ONLY = {
    "workspace_members": "who else is in a workspace is managed in the browser",
    "credits_export": "`credits ledger --all --json` gives the same rows",
    "credits_receipt_export": "`credits receipt --json` gives the same, with everybody behind it",
    "credits_statement_export": "`credits statements MONTH --json` and `credits ledger --month --all` give the same",
    "companies_search": "`segments preview` is the same search",
    "companies_get": "a company is shown by the segment it is in",
    "companies_contacts": "`contacts list --text` with the name of the company finds them",
    "segments_companies_export": "`segments companies --all --json` gives the same rows",
    "segments_remove_contact": "done one by one, while looking at a page",
    "changes_list": "a feed for programs that follow along",
    "bounces_list": "past reports are a page; `contacts bounces` with the same file shows its report again",
    "bounces_get": "`contacts bounces` with the same file shows its report again",
}


@pytest.fixture(scope="module")
def operations() -> set[str]:
    from rollcall.api.v1 import api

    paths: dict[str, dict[str, Any]] = api.get_openapi_schema()["paths"]
    return {operation["operationId"] for methods in paths.values() for operation in methods.values()}


@pytest.fixture(scope="module")
def commands() -> set[str]:
    import typer

    from rollcall.clients.cli.main import app

    return {
        path.removeprefix("rollcall ")
        for path, _ in generated.commands("rollcall", typer.main.get_command(app))
    }


def test_every_operation_has_a_command_or_a_reason(operations: set[str]) -> None:
    assert operations == COMMAND_OF.keys() | API_ONLY.keys()
    assert not COMMAND_OF.keys() & API_ONLY.keys()


def test_every_command_is_an_operation(commands: set[str]) -> None:
    assert commands == set(COMMAND_OF.values())
