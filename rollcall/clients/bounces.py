"""Bounces and other things found out about contacts: the nouns, and what the API answers, key for key."""

from typing import Any, TypedDict, cast

from rollcall.clients.nouns import Noun, at
from rollcall.clients.records import Page


class BounceReport(TypedDict):
    id: str
    lines: int
    given_back: int
    counts: dict[str, int]
    created_by: str
    created_at: str
    finished_at: str | None


class Bounce(TypedDict):
    line: int
    contact_id: str | None
    label: str
    status: str
    bounced_on: str | None
    result: str
    why: str
    entry_id: str | None


class Finding(TypedDict):
    cause: str
    label: str
    found: str
    at: str
    who: str
    code: str
    why: str
    entry_id: str | None
    duplicate_id: str | None


class Merge(TypedDict):
    contact_id: str
    duplicate_id: str
    code: str
    why: str
    entry_id: str | None
    merged_at: str
    split_at: str | None


class RefundPolicies(TypedDict):
    items: list[dict[str, Any]]
    effects: list[dict[str, Any]]


class Bounces(Noun):
    """Mail that did not arrive."""

    def report(
        self, *, idempotency_key: str, bounces: list[dict[str, str]] | None = None, csv: str = ""
    ) -> BounceReport:
        """A list of bounces, or the text of a CSV file; the same key again goes on where it broke off."""
        body: dict[str, Any] = {"csv": csv} if csv else {"bounces": bounces or []}
        headers = {"Idempotency-Key": idempotency_key}
        answer = self._transport.send("POST", "/contacts/bounces", body=body, headers=headers)
        return cast(BounceReport, answer.body)

    def list(self, **query: Any) -> Page[BounceReport]:
        return cast("Page[BounceReport]", self._get("/contacts/bounces", **query))

    def get(self, report_id: str) -> BounceReport:
        return cast(BounceReport, self._get(at("contacts", "bounces", report_id)))

    def lines(self, report_id: str, **query: Any) -> Page[Bounce]:
        return cast("Page[Bounce]", self._get(at("contacts", "bounces", report_id, "lines"), **query))


class Findings(Noun):
    """What was found out about contacts later, and what became of their credits."""

    def of_contact(self, contact_id: str) -> list[Finding]:
        return cast("list[Finding]", self._get(at("contacts", contact_id, "findings"))["items"])

    def merge(self, contact_id: str, *, duplicate_id: str, reason: str = "") -> Merge:
        body = {"duplicate_id": duplicate_id, "reason": reason}
        return cast(Merge, self._post(at("contacts", contact_id, "merge"), body))

    def split(self, contact_id: str) -> Merge:
        return cast(Merge, self._post(at("contacts", contact_id, "split")))

    def forget(self, contact_id: str) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._post(at("contacts", contact_id, "forget"))["items"])

    def refund_policies(self) -> RefundPolicies:
        return cast(RefundPolicies, self._get("/credits/refund-policies"))
