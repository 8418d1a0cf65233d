"""Titles: the noun, and what the API answers, key for key."""

from collections.abc import Callable
from typing import Any, TypedDict, cast

from rollcall.clients.nouns import Noun, at
from rollcall.clients.records import Page


class TitleOverride(TypedDict):
    id: str
    title: str
    seniority: str | None
    department: str | None
    why: str
    revision: int
    created_by: str
    created_at: str


class TitleRead(TypedDict):
    title: str
    seniority: str
    department: str
    rules_seniority: str
    rules_department: str
    roles: list[dict[str, str]]
    reasons: list[str]
    override: TitleOverride | None


class Taken(TypedDict):
    added: int
    changed: int
    same: int
    revision: int


class Titles(Noun):
    """How titles are read, and those that the workspace reads otherwise."""

    def read(self, title: str) -> TitleRead:
        return cast(TitleRead, self._get("/titles/read", title=title))

    def overrides(self, **query: Any) -> Page[TitleOverride]:
        return cast("Page[TitleOverride]", self._get("/titles/overrides", **query))

    def override(
        self, title: str, *, seniority: str | None = None, department: str | None = None, why: str = ""
    ) -> TitleOverride:
        body = {"title": title, "seniority": seniority, "department": department, "why": why}
        return cast(TitleOverride, self._post("/titles/overrides", body))

    def restore(self, override_id: str) -> None:
        self._transport.send("DELETE", at("titles", "overrides", override_id))

    def take_in(self, csv: str) -> Taken:
        return cast(Taken, self._post("/titles/overrides/import", {"csv": csv}))

    def export(self, write: Callable[[bytes], Any]) -> int:
        """Hand the CSV file to `write` in pieces; returns the number of bytes."""
        return self._transport.stream_to("/titles/overrides/export", query={}, write=write)
