"""Requirement analyses: what chosen segments and personas need, and the package that follows from it."""

from typing import Annotated, Any, Literal

from django.http import HttpResponseBase, StreamingHttpResponse
from pydantic import Field

from rollcall.api.filters import DefinitionGiven, plain
from rollcall.api.keys import Request
from rollcall.api.personas import PersonaDefinitionGiven
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    AnalysisId,
    Count,
    Cursor,
    Day,
    Given,
    Instant,
    Int64,
    Limit,
    Name,
    PageOf,
    PersonaId,
    SegmentId,
    ShortText,
    Shown,
    page_of,
)  # fmt: skip
from rollcall.core import clock, ids
from rollcall.delivery.destinations.csv_file import export
from rollcall.personas import requirement_rows, requirements
from rollcall.personas.models import Analysis
from rollcall.personas.requirements import PersonaDraft, SegmentDraft

noun = Noun("analyses")
Segments = Annotated[list[SegmentId], Field(max_length=requirements.SEGMENTS_MAX)]
Personas = Annotated[list[PersonaId], Field(max_length=requirements.PERSONAS_MAX)]
PerMonth = Annotated[float, Field(examples=[12.5])]


class SegmentDraftGiven(Given):
    """A segment that is not saved."""

    name: Name = Field(examples=["Energy, perhaps"])
    kind: Literal["static", "dynamic"] = "static"
    definition: DefinitionGiven


class PersonaDraftGiven(Given):
    """A persona that is not saved."""

    name: Name = Field(examples=["Finance, perhaps"])
    definition: PersonaDefinitionGiven


class AnalysisGiven(Given):
    """Segments and personas, saved or drafted, and for how many months to plan; at least one of each."""

    name: ShortText = Field(default="", max_length=requirements.NAME_MAX, examples=["Autumn"])
    segment_ids: Segments = []
    persona_ids: Personas = []
    segment_drafts: Annotated[list[SegmentDraftGiven], Field(max_length=requirements.SEGMENTS_MAX)] = Field(
        default=[], examples=[[]]
    )
    persona_drafts: Annotated[list[PersonaDraftGiven], Field(max_length=requirements.PERSONAS_MAX)] = Field(
        default=[], examples=[[]]
    )
    months: Annotated[int, Field(ge=1, le=requirements.MONTHS_MAX)] = 6


class TodayShown(Shown):
    """Everybody once: matches = owned + suppressed + new = what the lines add up to, less what they count twice."""

    companies: Count
    matches: Count
    owned: Count
    suppressed: Count
    new: Count
    counted_twice_by_segments: Count
    counted_twice_by_personas: Count


class AloneShown(Shown):
    """One segment or persona by itself; `shared` of its new people are in another line too. A draft has no id."""

    id: str | None = Field(examples=["seg_3"])
    name: str = Field(examples=["Energy, large"])
    kind: str | None = Field(default=None, examples=["dynamic"])
    companies: Count
    matches: Count
    owned: Count
    suppressed: Count
    new: Count
    shared: Count


class StepShown(Shown):
    """From one date of the universe to the next: who matched for the first time."""

    version: Count
    as_of: Day
    days: Count
    new: Count
    per_month: PerMonth


class InflowShown(Shown):
    """New people in 30 days, from past versions of the universe; null without enough of them, and `why` says so."""

    per_month: PerMonth | None
    low: PerMonth | None
    high: PerMonth | None
    why: str = Field(examples=["The median of 24 steps between dates of the universe."])
    segments: list[str] = Field(examples=[["Energy, large"]])
    versions: list[int] = Field(examples=[[1, 2, 3]])
    steps: list[StepShown]


class CoverageShown(Shown):
    """What is known of the new people before paying; null: not known in this installation."""

    people: Count
    seen_within_90_days: Count
    since: Day
    verified_email: Count | None
    verified_phone: Count | None
    why: str = Field(examples=["Emails and phone numbers are not verified in this installation yet."])


class SumLine(Shown):
    """One line of the arithmetic."""

    label: str = Field(examples=["New contacts today"])
    credits: Int64 = Field(examples=[139])
    note: str = Field(examples=["1 credit each"])


class PackageSize(Shown):
    """The lines add up to `missing` (never below 0), rounded up to steps: `recommended`."""

    months: Count
    lines: list[SumLine]
    missing: Count
    step: Count
    recommended: Count


class RunwayShown(Shown):
    """When the credits are used up; eight in ten futures lie between earliest and latest (null: beyond two years)."""

    runs_out_on: Day | None
    earliest: Day | None
    latest: Day | None
    days: Count | None
    has_band: bool
    pace: float = Field(examples=[4.2])
    added: list[dict[str, Any]] = Field(examples=[[{"label": "Every day: Energy", "credits_per_day": 5.0}]])
    why: str = Field(examples=["Not enough history for a range."])


class RunwaysShown(Shown):
    """After buying everybody of today: with the credits there are, and with the package."""

    as_it_is: RunwayShown
    with_package: RunwayShown | None = None


class AnalysisLine(Shown):
    """An analysis in a list."""

    id: AnalysisId
    name: str = Field(examples=["Autumn"])
    universe_version: Count
    months: Count
    new: Count
    recommended: Count
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant


class AnalysisShown(AnalysisLine):
    """A whole analysis, as it was made."""

    as_of: Day
    today: TodayShown
    segments: list[AloneShown]
    personas: list[AloneShown]
    inflow: InflowShown
    coverage: CoverageShown
    package: PackageSize
    runway: RunwaysShown
    inputs: dict[str, Any] = Field(examples=[{"months": 6, "segments": [], "personas": []}])


@noun.operation(
    "POST", "/analyses", permission="analyses.make", answer=AnalysisShown, status=201, errors=(404, 409)
)
def analyses_create(request: Request, body: AnalysisGiven) -> AnalysisShown:
    """Work out what segments and personas need; free, nothing is spent, and the answer is kept."""
    made = requirements.analyse(
        workspace=request.auth.workspace,
        segment_ids=[ids.parse("seg", number) for number in body.segment_ids],
        persona_ids=[ids.parse("per", number) for number in body.persona_ids],
        segment_drafts=[
            SegmentDraft(draft.name, plain(draft.definition), draft.kind == "dynamic")
            for draft in body.segment_drafts
        ],
        persona_drafts=[
            PersonaDraft(draft.name, draft.definition.model_dump()) for draft in body.persona_drafts
        ],
        months=body.months,
        name=body.name,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(made)


@noun.operation("GET", "/analyses", permission="credits.see", answer=PageOf[AnalysisLine])
def analyses_list(request: Request, cursor: Cursor | None = None, limit: Limit = 50) -> PageOf[AnalysisLine]:
    """The analyses made so far, newest first."""
    page = requirements.list_(workspace=request.auth.workspace, cursor=cursor, limit=limit)
    return page_of(page, lambda found: AnalysisLine(**_line(found)))


@noun.operation("GET", "/analyses/{analysis_id}", permission="credits.see", answer=AnalysisShown)
def analyses_get(request: Request, analysis_id: AnalysisId) -> AnalysisShown:
    """One analysis, with all its numbers and what it was made from."""
    return _shown(_found(request, analysis_id))


@noun.operation("GET", "/analyses/{analysis_id}/export", permission="credits.see", answer=None, csv=True)
def analyses_export(request: Request, analysis_id: AnalysisId) -> HttpResponseBase:
    """The same numbers as CSV, one a row."""
    found = _found(request, analysis_id)
    pieces = export.text(requirement_rows.rows(found))
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{ids.public("ana", found.pk)}.csv"'
    return answer


def _found(request: Request, analysis_id: str) -> Analysis:
    return requirements.get(workspace=request.auth.workspace, analysis_id=ids.parse("ana", analysis_id))


def _line(found: Analysis) -> dict[str, Any]:
    return {
        "id": ids.public("ana", found.pk),
        "name": found.name,
        "universe_version": found.universe_version,
        "months": found.inputs["months"],
        "new": found.result["today"]["new"],
        "recommended": found.result["package"]["recommended"],
        "created_by": found.actor_label,
        "created_at": found.created_at,
    }


def _shown(found: Analysis) -> AnalysisShown:
    return AnalysisShown(**_line(found), **found.result, inputs=found.inputs)
