"""Package requests for programs: asking for credits, agreeing on a quote, and the thread about it."""

from typing import Any, NotRequired, TypedDict, cast

from rollcall.clients.nouns import Noun, at


class Offer(TypedDict):
    """What the operator offers; the price in words, and in the smallest unit of the currency."""

    quote_number: int
    credits: int
    price: str
    price_minor: int | None
    currency: str
    terms: str
    expires_on: str | None
    valid_until: str


class Message(TypedDict):
    """One line of a thread."""

    id: str
    kind: str
    body: str
    is_from_operator: bool
    actor_label: str
    created_at: str


class PackageRequest(TypedDict):
    """A request, and what became of it."""

    id: str
    state: str
    credits_wanted: int
    note: str
    reply_email: str
    requested_by: str
    quote: Offer | None
    grant_id: str | None
    has_analysis: bool
    created_at: str
    updated_at: str
    analysis: NotRequired[dict[str, Any] | None]
    messages: NotRequired[list[Message]]


class Packages(Noun):
    """Requests for packages of credits."""

    def list(self) -> list[PackageRequest]:
        return cast("list[PackageRequest]", self._get("/credits/package-requests")["items"])

    def get(self, request_id: str) -> PackageRequest:
        return cast(PackageRequest, self._get(at("credits", "package-requests", request_id)))

    def request(
        self,
        *,
        credits_wanted: int,
        reply_email: str,
        note: str = "",
        analysis_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> PackageRequest:
        body: dict[str, Any] = {"credits_wanted": credits_wanted, "note": note, "reply_email": reply_email}
        if analysis_id is not None:
            body["analysis_id"] = analysis_id
        return cast(PackageRequest, self._once("/credits/package-requests", body, idempotency_key))

    def accept(self, request_id: str, *, quote_number: int) -> PackageRequest:
        path = at("credits", "package-requests", request_id, "accept")
        return cast(PackageRequest, self._post(path, {"quote_number": quote_number}))

    def decline(self, request_id: str, *, why: str = "") -> PackageRequest:
        path = at("credits", "package-requests", request_id, "decline")
        return cast(PackageRequest, self._post(path, {"why": why}))

    def say(self, request_id: str, *, body: str, idempotency_key: str | None = None) -> Message:
        path = at("credits", "package-requests", request_id, "messages")
        return cast(Message, self._once(path, {"body": body}, idempotency_key))

    def _once(self, path: str, body: dict[str, Any], key: str | None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self._transport.send("POST", path, body=body, headers=headers).body
