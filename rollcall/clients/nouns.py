"""One class for each noun of the API; each method is one operation."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, Unpack, cast
from urllib.parse import quote

from rollcall.clients import records
from rollcall.clients.records import Page
from rollcall.clients.transport import Transport

T = TypeVar("T")


class Noun:
    """What all nouns share: sending."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _get(self, path: str, **query: Any) -> Any:
        return self._transport.send("GET", path, query=query).body

    def _post(self, path: str, body: Any = None) -> Any:
        return self._transport.send("POST", path, body=body).body


def pages(read: Callable[..., Page[T]], **query: Any) -> Iterator[T]:
    """Every item of a list, page by page: `pages(rollcall.contacts.list, sort="name")`."""
    cursor: str | None = None
    while True:
        page = read(cursor=cursor, **query)
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def at(*parts: str) -> str:
    """A path of these parts, whatever characters an id typed by hand may have."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


class Workspace(Noun):
    """Who asks."""

    def me(self) -> records.Me:
        return cast(records.Me, self._get("/workspace"))

    def update(self, **changes: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", self._transport.send("PATCH", "/workspace", body=changes).body)

    def members(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._get("/workspace/members")["items"])


class Credits(Noun):
    """Balance, grants, ledger, receipts."""

    def balance(self) -> records.Balance:
        return cast(records.Balance, self._get("/credits"))

    def grants(self) -> list[records.Grant]:
        return cast("list[records.Grant]", self._get("/credits/grants")["items"])

    def ledger(
        self, *, cursor: str | None = None, limit: int | None = None, **only: Unpack[records.Only]
    ) -> Page[records.Entry]:
        return cast("Page[records.Entry]", self._get("/credits/entries", cursor=cursor, limit=limit, **only))

    def receipt(self, entry_id: str) -> records.EntryReceipt:
        return cast(records.EntryReceipt, self._get(at("credits", "entries", entry_id)))

    def people(self, entry_id: str, *, cursor: str | None = None, limit: int | None = None) -> Page[Any]:
        path = at("credits", "entries", entry_id, "people")
        return cast("Page[Any]", self._get(path, cursor=cursor, limit=limit))

    def export(self, write: Callable[[bytes], Any], **only: Unpack[records.Only]) -> int:
        """The ledger as CSV, narrowed as `ledger` is."""
        return self._transport.stream_to("/credits/entries/export", query=dict(only), write=write)


class Universe(Noun):
    """Versions, and what filters can be written with."""

    def versions(self) -> list[records.Version]:
        return cast("list[records.Version]", self._get("/universe/versions")["items"])

    def fields(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self._get("/universe/fields"))

    def values(self, field: str, *, prefix: str = "", limit: int = 50) -> list[dict[str, Any]]:
        found = self._get(at("universe", "fields", field, "values"), prefix=prefix, limit=limit)
        return cast("list[dict[str, Any]]", found["items"])


class Companies(Noun):
    """Companies of the universe."""

    def search(self, **asked: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", self._post("/companies/search", asked))

    def get(self, company_id: str) -> records.Company:
        return cast(records.Company, self._get(at("companies", company_id)))


class Segments(Noun):
    """Segments and what is in them."""

    def preview(self, definition: dict[str, Any], *, limit: int = 10) -> records.Preview:
        body = {"definition": definition, "limit": limit}
        return cast(records.Preview, self._post("/segments/preview", body))

    def list(self) -> list[records.Segment]:
        return cast("list[records.Segment]", self._get("/segments")["items"])

    def create(self, *, name: str, definition: dict[str, Any], kind: str = "static") -> records.Segment:
        body = {"name": name, "kind": kind, "definition": definition}
        return cast(records.Segment, self._post("/segments", body))

    def get(self, segment_id: str) -> records.Segment:
        return cast(records.Segment, self._get(at("segments", segment_id)))

    def update(self, segment_id: str, **changes: Any) -> records.Segment:
        answer = self._transport.send("PATCH", at("segments", segment_id), body=changes)
        return cast(records.Segment, answer.body)

    def delete(self, segment_id: str) -> None:
        self._transport.send("DELETE", at("segments", segment_id))

    def refresh(self, segment_id: str) -> records.Refreshed:
        return cast(records.Refreshed, self._post(at("segments", segment_id, "refresh")))

    def companies(self, segment_id: str, **query: Any) -> Page[dict[str, Any]]:
        return cast("Page[dict[str, Any]]", self._get(at("segments", segment_id, "companies"), **query))

    def contacts(self, segment_id: str, **query: Any) -> Page[dict[str, Any]]:
        return cast("Page[dict[str, Any]]", self._get(at("segments", segment_id, "contacts"), **query))

    def activity(self, segment_id: str, **query: Any) -> Page[dict[str, Any]]:
        return cast("Page[dict[str, Any]]", self._get(at("segments", segment_id, "activity"), **query))


class Personas(Noun):
    """Whom to find."""

    def list(self) -> list[records.Persona]:
        return cast("list[records.Persona]", self._get("/personas")["items"])

    def preview(self, *, segment_id: str, definition: dict[str, Any]) -> records.PersonaPreview:
        body = {"segment_id": segment_id, "definition": definition}
        return cast(records.PersonaPreview, self._post("/personas/preview", body))

    def create(self, *, name: str, definition: dict[str, Any]) -> records.Persona:
        return cast(records.Persona, self._post("/personas", {"name": name, "definition": definition}))

    def get(self, persona_id: str) -> records.Persona:
        return cast(records.Persona, self._get(at("personas", persona_id)))

    def update(self, persona_id: str, **changes: Any) -> records.Persona:
        answer = self._transport.send("PATCH", at("personas", persona_id), body=changes)
        return cast(records.Persona, answer.body)

    def delete(self, persona_id: str) -> None:
        self._transport.send("DELETE", at("personas", persona_id))


class Quotes(Noun):
    """What a search would cost."""

    def create(
        self, *, segment_id: str, persona_ids: Sequence[str], stop_at: int | None = None
    ) -> records.Quote:
        body = {"segment_id": segment_id, "persona_ids": list(persona_ids), "stop_at": stop_at}
        return cast(records.Quote, self._post("/quotes", body))

    def get(self, quote_id: str) -> records.Quote:
        return cast(records.Quote, self._get(at("quotes", quote_id)))

    def coverage(self, quote_id: str, *, whom: str = "new") -> records.Coverage:
        return cast(records.Coverage, self._get(at("quotes", quote_id, "coverage"), whom=whom))


class Runs(Noun):
    """Searches under way and done."""

    def start(self, *, quote_id: str, idempotency_key: str) -> records.Run:
        """Start the search; with the same key again it is the same search, whatever happened to the first answer."""
        headers = {"Idempotency-Key": idempotency_key}
        answer = self._transport.send("POST", "/runs", body={"quote_id": quote_id}, headers=headers)
        return cast(records.Run, answer.body)

    def list(self, **query: Any) -> Page[records.Run]:
        return cast("Page[records.Run]", self._get("/runs", **query))

    def get(self, run_id: str) -> records.Run:
        return cast(records.Run, self._get(at("runs", run_id)))

    def progress(self, run_id: str) -> records.Progress:
        return cast(records.Progress, self._get(at("runs", run_id, "progress")))

    def watch(self, run_id: str, *, pause_seconds: float = 0.5) -> Iterator[records.Progress]:
        """The progress, again and again until the run has ended; the last one is the end."""
        while True:
            seen = self.progress(run_id)
            yield seen
            if not seen["is_active"]:
                return
            time.sleep(pause_seconds)

    def stop(self, run_id: str) -> records.Run:
        return cast(records.Run, self._post(at("runs", run_id, "stop")))

    def receipt(self, run_id: str) -> records.RunReceipt:
        return cast(records.RunReceipt, self._get(at("runs", run_id, "receipt")))


class Contacts(Noun):
    """The people owned."""

    def list(self, **query: Any) -> Page[records.Contact]:
        return cast("Page[records.Contact]", self._get("/contacts", **query))

    def get(self, contact_id: str) -> records.Contact:
        return cast(records.Contact, self._get(at("contacts", contact_id)))

    def history(self, contact_id: str, **query: Any) -> Page[records.Change]:
        return cast("Page[records.Change]", self._get(at("contacts", contact_id, "history"), **query))

    def changes(self, **query: Any) -> Page[records.Change]:
        return cast("Page[records.Change]", self._get("/changes", **query))

    def suppress(self, contact_id: str, *, reason: str = "") -> records.Suppression:
        path = at("contacts", contact_id, "suppress")
        return cast(records.Suppression, self._post(path, {"reason": reason}))

    def export(self, write: Callable[[bytes], Any], *, segment_id: str | None = None) -> int:
        """Hand the CSV file to `write` in pieces; returns the number of bytes."""
        return self._transport.stream_to("/contacts/export", query={"segment_id": segment_id}, write=write)


class Suppressions(Noun):
    """Who is never added."""

    def list(self, **query: Any) -> Page[records.Suppression]:
        return cast("Page[records.Suppression]", self._get("/suppressions", **query))

    def add(self, *, kind: str, value: str, reason: str = "") -> records.Suppression:
        body = {"kind": kind, "value": value, "reason": reason}
        return cast(records.Suppression, self._post("/suppressions", body))

    def remove(self, suppression_id: str) -> None:
        self._transport.send("DELETE", at("suppressions", suppression_id))
