"""The nouns of searches that start by themselves: automations, and what waits for approval."""

from collections.abc import Sequence
from typing import Any, cast

from rollcall.clients.automation_records import Approval, Automation
from rollcall.clients.nouns import Noun, at
from rollcall.clients.records import Page


class Automations(Noun):
    """Searches that start by themselves."""

    def list(self, *, segment_id: str | None = None) -> list[Automation]:
        return cast("list[Automation]", self._get("/automations", segment_id=segment_id)["items"])

    def create(self, *, segment_id: str, persona_ids: Sequence[str], **settings: Any) -> Automation:
        body = {"segment_id": segment_id, "persona_ids": [*persona_ids], **settings}
        return cast(Automation, self._post("/automations", body))

    def get(self, automation_id: str) -> Automation:
        return cast(Automation, self._get(at("automations", automation_id)))

    def update(self, automation_id: str, **changes: Any) -> Automation:
        answer = self._transport.send("PATCH", at("automations", automation_id), body=changes)
        return cast(Automation, answer.body)

    def end(self, automation_id: str) -> None:
        self._transport.send("DELETE", at("automations", automation_id))


class Approvals(Noun):
    """Searches that wait for a yes or a no."""

    def list(self, **query: Any) -> Page[Approval]:
        return cast("Page[Approval]", self._get("/approvals", **query))

    def get(self, approval_id: str) -> Approval:
        return cast(Approval, self._get(at("approvals", approval_id)))

    def approve(self, approval_id: str, *, idempotency_key: str, credits: int | None = None) -> Approval:
        """Start the search; with the same key again it is the same search, whatever happened to the first answer."""
        headers = {"Idempotency-Key": idempotency_key}
        path = at("approvals", approval_id, "approve")
        answer = self._transport.send("POST", path, body={"credits": credits}, headers=headers)
        return cast(Approval, answer.body)

    def decline(self, approval_id: str) -> Approval:
        return cast(Approval, self._post(at("approvals", approval_id, "decline")))
