"""Planning for programs: requirement analyses, and the forecast of the balance."""

from collections.abc import Callable, Sequence
from typing import Any, NotRequired, TypedDict, cast

from rollcall.clients.nouns import Noun, at
from rollcall.clients.records import Page


class Forecast(TypedDict):
    """What lies ahead; `band` is None without enough history."""

    today: str
    available: int
    history_days: int
    active_days: int
    pace: float
    added: list[dict[str, Any]]
    runs_out_on: str | None
    runway_days: int | None
    band: dict[str, str | None] | None
    points: list[dict[str, Any]]
    expires_unused: int
    why: str


class Analysis(TypedDict):
    """An analysis; lists show the first lines of it only."""

    id: str
    name: str
    universe_version: int
    months: int
    new: int
    recommended: int
    created_by: str
    created_at: str
    as_of: NotRequired[str]
    today: NotRequired[dict[str, int]]
    segments: NotRequired[list[dict[str, Any]]]
    personas: NotRequired[list[dict[str, Any]]]
    inflow: NotRequired[dict[str, Any]]
    coverage: NotRequired[dict[str, Any]]
    package: NotRequired[dict[str, Any]]
    runway: NotRequired[dict[str, Any]]
    inputs: NotRequired[dict[str, Any]]


class Analyses(Noun):
    """What chosen segments and personas need."""

    def create(
        self, *, segment_ids: Sequence[str] = (), persona_ids: Sequence[str] = (), **more: Any
    ) -> Analysis:
        body = {"segment_ids": [*segment_ids], "persona_ids": [*persona_ids], **more}
        return cast(Analysis, self._post("/analyses", body))

    def list(self, **query: Any) -> Page[Analysis]:
        return cast("Page[Analysis]", self._get("/analyses", **query))

    def get(self, analysis_id: str) -> Analysis:
        return cast(Analysis, self._get(at("analyses", analysis_id)))

    def export(self, analysis_id: str, write: Callable[[bytes], Any]) -> int:
        path = at("analyses", analysis_id, "export")
        return self._transport.stream_to(path, query={}, write=write)

    def forecast(self) -> Forecast:
        return cast(Forecast, self._get("/credits/forecast"))
