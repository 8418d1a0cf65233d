"""Automations and approvals as typed dictionaries: what the API answers, key for key."""

from typing import Any, TypedDict

from rollcall.clients.records import Line


class Automation(TypedDict):
    id: str
    state: str
    segment_id: str
    segment_name: str
    persona_ids: list[str]
    personas: list[str]
    trigger: str
    mode: str
    credits_per_day: int
    used_today: int
    left_today: int
    due_at: str | None
    last_run_at: str | None
    note: str
    created_by: str


class Approval(TypedDict):
    id: str
    state: str
    automation_id: str
    segment_id: str
    segment_name: str
    personas: list[str]
    credits: int
    why: str
    estimate: list[Line]
    sample: list[dict[str, Any]]
    run_id: str | None
    decided_by: str
    created_at: str
    updated_at: str
    decided_at: str | None
