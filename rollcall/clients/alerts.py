"""Alerts and webhooks: the nouns, and what the API answers about them, key for key."""

from typing import Any, TypedDict, cast

from rollcall.clients.nouns import Noun, at
from rollcall.clients.records import Page


class AlertRule(TypedDict):
    id: str
    kind: str
    threshold: int
    says: str
    by_email: bool
    by_webhook: bool
    created_by: str
    created_at: str


class AlertEvent(TypedDict):
    id: str
    rule_id: str
    kind: str
    threshold: int
    crossing: str
    says: str
    before: int | None
    after: int | None
    entry_id: str | None
    detail: dict[str, Any]
    created_at: str
    seen_at: str | None


class Webhook(TypedDict):
    id: str
    url: str
    created_by: str
    created_at: str


class NewWebhook(Webhook):
    secret: str


class Try(TypedDict):
    number: int
    at: str
    took_ms: int
    status_code: int | None
    problem: str


class Delivery(TypedDict):
    id: str
    kind: str
    state: str
    attempts: int
    status_code: int | None
    problem: str
    tries: list[Try]
    body: dict[str, Any]
    due_at: str
    created_at: str
    sent_at: str | None


class Alerts(Noun):
    """Rules that tell when credits cross a threshold, and what they told."""

    def usual(self) -> list[AlertRule]:
        return cast("list[AlertRule]", self._post("/alerts/usual")["items"])

    def list(self) -> list[AlertRule]:
        return cast("list[AlertRule]", self._get("/alerts")["items"])

    def create(
        self, *, kind: str, threshold: int, by_email: bool = True, by_webhook: bool = True
    ) -> AlertRule:
        body = {"kind": kind, "threshold": threshold, "by_email": by_email, "by_webhook": by_webhook}
        return cast(AlertRule, self._post("/alerts", body))

    def update(self, rule_id: str, **changes: Any) -> AlertRule:
        return cast(AlertRule, self._transport.send("PATCH", at("alerts", rule_id), body=changes).body)

    def end(self, rule_id: str) -> None:
        self._transport.send("DELETE", at("alerts", rule_id))

    def events(
        self, *, unseen: bool = False, cursor: str | None = None, limit: int | None = None
    ) -> Page[AlertEvent]:
        query = {"unseen": unseen or None, "cursor": cursor, "limit": limit}
        return cast("Page[AlertEvent]", self._get("/alerts/events", **query))

    def see(self, event_id: str | None = None) -> int:
        """Put one alert away, or all of them; how many that were."""
        path = (
            at("alerts", "events", "seen") if event_id is None else at("alerts", "events", event_id, "seen")
        )
        return cast(int, self._post(path)["seen"])


class Webhooks(Noun):
    """Where Rollcall calls the workspace's own programs."""

    def list(self) -> list[Webhook]:
        return cast("list[Webhook]", self._get("/webhooks")["items"])

    def create(self, *, url: str) -> NewWebhook:
        return cast(NewWebhook, self._post("/webhooks", {"url": url}))

    def end(self, endpoint_id: str) -> None:
        self._transport.send("DELETE", at("webhooks", endpoint_id))

    def test(self, endpoint_id: str) -> Delivery:
        return cast(Delivery, self._post(at("webhooks", endpoint_id, "test")))

    def deliveries(
        self, endpoint_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> Page[Delivery]:
        path = at("webhooks", endpoint_id, "deliveries")
        return cast("Page[Delivery]", self._get(path, cursor=cursor, limit=limit))

    def replay(self, call_id: str) -> Delivery:
        return cast(Delivery, self._post(at("webhooks", "deliveries", call_id, "replay")))
