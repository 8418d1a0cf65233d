"""The requirement analysis (G8): what chosen segments and personas need, today and in the months to come; saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rollcall.core import ids, paging
from rollcall.core.errors import Invalid, NotFound
from rollcall.personas import automations, definitions, demand, inflow, requirement_rows, sizing
from rollcall.personas.demand import Chosen, Demand, Wanted
from rollcall.personas.inflow import Inflow
from rollcall.personas.models import Analysis
from rollcall.personas.sizing import Package
from rollcall.segments import language, membership, register, selection
from rollcall.universe import versions
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

NAME_MAX, MONTHS_MAX, SEGMENTS_MAX, PERSONAS_MAX = 120, 36, 50, 63
_ATTACHED = ("as_of", "today", "segments", "personas", "inflow", "coverage", "package", "runway")


class NoSuchAnalysis(NotFound):
    """There is no analysis {id} here. Check the id; those of other workspaces are not shown."""


class NothingToAnalyse(Invalid):
    """An analysis needs at least one segment and one persona, saved or drafted. Choose them and try again."""


class TooMuchToAnalyse(Invalid):
    """An analysis takes up to {segments_max} segments and {personas_max} personas, not {segments} and {personas}."""


class BadMonths(Invalid):
    """{months} is no number of months to plan for. Write a whole number from 1 to {most}."""


class BadAnalysisName(Invalid):
    """The name of an analysis, or of a draft in it, has at most 120 characters. Shorten it."""


@dataclass(frozen=True)
class SegmentDraft:
    """A segment that is not saved: a name to show, and its definition."""

    name: str
    definition: Mapping[str, Any]
    is_dynamic: bool = False


@dataclass(frozen=True)
class PersonaDraft:
    """A persona that is not saved."""

    name: str
    definition: Mapping[str, Any]


def analyse(
    *,
    workspace: Workspace,
    segment_ids: Sequence[int] = (),
    persona_ids: Sequence[int] = (),
    segment_drafts: Sequence[SegmentDraft] = (),
    persona_drafts: Sequence[PersonaDraft] = (),
    months: int = 6,
    name: str = "",
    actor: Actor,
    now: datetime,
) -> Analysis:
    """Count everybody once over all segments and personas, look back for what comes each month, and size a package.

    Nothing is spent or changed; the analysis is kept with all that went into it, so that it can be worked out again.

    Raises:
        NothingToAnalyse, TooMuchToAnalyse, TooMuchToLookAt, BadMonths, BadAnalysisName, NothingKnownYet, NoUniverse;
        NoSuchSegment, NoSuchPersona; those of the two languages for drafts.
    """
    _check(segment_ids, persona_ids, segment_drafts, persona_drafts, months, name)
    version = selection.current_version()
    segments = _segments(workspace, segment_ids, segment_drafts, version)
    personas = _personas(workspace, persona_ids, persona_drafts)
    needed = demand.today(workspace=workspace, segments=segments, personas=personas)
    came = inflow.of(workspace=workspace, segments=segments, personas=personas)
    sized = sizing.package(workspace=workspace, new=needed.new, inflow=came, months=months, now=now)
    zone = ZoneInfo(workspace.time_zone)
    result = {
        "as_of": versions.get(needed.version).as_of.isoformat(),
        **requirement_rows.counted(needed, segments, personas),
        "inflow": requirement_rows.inflow(came, segments),
        "coverage": demand.coverage(needed, on=now.astimezone(zone).date()),
        "package": requirement_rows.package(sized, months),
        "runway": _runways(workspace, needed, came, segments, sized, now),
    }
    return Analysis.objects.create(
        workspace=workspace,
        name=name.strip() or _named(segments, personas),
        inputs=requirement_rows.inputs(segments, personas, months),
        result=result,
        universe_version=needed.version,
        actor=actor.ref,
        actor_label=actor.label,
        created_at=now,
    )


def get(*, workspace: Workspace, analysis_id: int) -> Analysis:
    """
    Raises:
        NoSuchAnalysis
    """
    found = Analysis.objects.filter(workspace=workspace, pk=analysis_id).first()
    if found is None:
        raise NoSuchAnalysis(id=ids.public("ana", analysis_id))
    return found


def list_(*, workspace: Workspace, cursor: str | None = None, limit: int = 50) -> paging.Page[Analysis]:
    """The analyses of a workspace, newest first."""
    rows = Analysis.objects.filter(workspace=workspace)
    return paging.page(rows, order=["-id"], cursor=cursor, limit=limit)


def attachment(analysis: Analysis) -> dict[str, Any]:
    """What a package request carries of it: the counts, the arithmetic and the runway, without the definitions."""
    return {
        "id": ids.public("ana", analysis.pk),
        "name": analysis.name,
        "made_by": analysis.actor_label,
        "made_at": analysis.created_at.isoformat(),
        "universe_version": analysis.universe_version,
        "months": analysis.inputs["months"],
        "recommended": analysis.result["package"]["recommended"],
        **{key: analysis.result[key] for key in _ATTACHED},
    }


def _check(
    segment_ids: Sequence[int],
    persona_ids: Sequence[int],
    segment_drafts: Sequence[SegmentDraft],
    persona_drafts: Sequence[PersonaDraft],
    months: int,
    name: str,
) -> None:
    segments, personas = len(segment_ids) + len(segment_drafts), len(persona_ids) + len(persona_drafts)
    if not segments or not personas:
        raise NothingToAnalyse()
    if segments > SEGMENTS_MAX or personas > PERSONAS_MAX:
        most = {"segments_max": SEGMENTS_MAX, "personas_max": PERSONAS_MAX}
        raise TooMuchToAnalyse(segments=segments, personas=personas, **most)
    if isinstance(months, bool) or not 1 <= months <= MONTHS_MAX:
        raise BadMonths(months=months, most=MONTHS_MAX)
    names = [name, *(draft.name for draft in segment_drafts), *(draft.name for draft in persona_drafts)]
    for text in names:
        if len(text) > NAME_MAX or "\0" in text:
            raise BadAnalysisName()


def _segments(
    workspace: Workspace, segment_ids: Sequence[int], drafts: Sequence[SegmentDraft], version: int
) -> list[Chosen]:
    found = []
    for segment_id in dict.fromkeys(segment_ids):
        saved = register.get(workspace=workspace, segment_id=segment_id)
        definition, companies = language.parse(saved.definition), membership.company_ids(segment=saved)
        found.append(Chosen(saved.pk, saved.name, saved.kind == "dynamic", definition, companies))
    for number, draft in enumerate(drafts, start=1):
        definition = language.parse(draft.definition)
        companies = selection.select(workspace=workspace, definition=definition, version=version).companies()
        found.append(
            Chosen(None, draft.name.strip() or f"Draft {number}", draft.is_dynamic, definition, companies)
        )
    return found


def _personas(
    workspace: Workspace, persona_ids: Sequence[int], drafts: Sequence[PersonaDraft]
) -> list[Wanted]:
    saved = [definitions.get(workspace=workspace, persona_id=number) for number in dict.fromkeys(persona_ids)]
    found = [Wanted(persona.pk, persona.name, definitions.of(persona)) for persona in saved]
    return found + [
        Wanted(None, draft.name.strip() or f"Draft {number}", definitions.parse(draft.definition))
        for number, draft in enumerate(drafts, start=1)
    ]


def _runways(
    workspace: Workspace,
    needed: Demand,
    came: Inflow,
    segments: Sequence[Chosen],
    sized: Package,
    now: datetime,
) -> dict[str, Any]:
    """How long it lasts after buying everybody of today: with the credits there are, and with the package."""
    asked: dict[str, Any] = {
        "workspace": workspace,
        "new": needed.new,
        "inflow": came,
        "segment_ids": [chosen.id for chosen in segments if chosen.is_dynamic and chosen.id is not None],
        "commitments": automations.commitments(workspace=workspace),
        "now": now,
    }
    found = {"as_it_is": sizing.runway(**asked, extra=0)}
    if sized.recommended:
        found["with_package"] = sizing.runway(**asked, extra=sized.recommended)
    return {name: requirement_rows.runway(outlook) for name, outlook in found.items()}


def _named(segments: Sequence[Chosen], personas: Sequence[Wanted]) -> str:
    """`Energy + 2 more, Finance leaders`."""
    parts = [
        names[0] + (f" + {len(names) - 1} more" if len(names) > 1 else "")
        for names in ([one.name for one in segments], [one.name for one in personas])
    ]
    return ", ".join(parts)[:NAME_MAX]
