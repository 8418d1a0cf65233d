"""Segments: preview, create, edit, refresh and delete them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from rollcall.api.companies import CompanyShown, company_shown
from rollcall.api.filters import DefinitionGiven, FilterGroup, plain
from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Count, Given, Instant, Name, SegmentId, Shown
from rollcall.core import clock, ids
from rollcall.segments import definitions, membership, preview
from rollcall.segments.models import Segment

noun = Noun("segments")
Kind = Literal["static", "dynamic"]


class PreviewGiven(Given):
    """A definition to try."""

    definition: DefinitionGiven
    limit: Annotated[int, Field(ge=0, le=100)] = 10


class PreviewShown(Shown):
    """What a definition would choose; nothing is saved."""

    count: Count
    after_each: list[int] = Field(
        examples=[[120, 40]], description="Companies left after each top-level line."
    )
    companies: list[CompanyShown]
    unmatched_domains: list[str] = Field(examples=[["unknown.example"]])
    bad_domains: list[str] = Field(examples=[["not a domain"]])
    contradictions: list[str] = Field(examples=[[]], description="Lines that can never be met together.")
    universe_version: Count


class SegmentGiven(Given):
    """A new segment. Static: changes by hand only. Dynamic: re-evaluated daily and on each new version."""

    name: Name = Field(examples=["Energy, large"])
    kind: Kind = "static"
    definition: DefinitionGiven


class SegmentEdit(Given):
    """What to change; what is left out stays. With `revision`, an edit made meanwhile answers 409."""

    name: Name | None = Field(default=None, examples=["Energy, large"])
    kind: Kind | None = None
    definition: DefinitionGiven | None = None
    revision: Count | None = None


class DefinitionShown(Shown):
    """The definition as it is kept."""

    where: FilterGroup | None
    everything: bool
    include_domains: list[str] = Field(examples=[["acme.com"]])
    exclude_domains: list[str] = Field(examples=[[]])
    exclude_segments: list[SegmentId]
    order_by: str = Field(examples=["name"])
    descending: bool
    limit: Count | None
    random_seed: Count


class SegmentLine(Shown):
    """A segment in a list."""

    id: SegmentId
    name: str = Field(examples=["Energy, large"])
    kind: Kind
    revision: Count
    company_count: Count
    contact_count: Count
    universe_version: Count | None
    refreshed_at: Instant | None
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant


class SegmentShown(SegmentLine):
    """A segment with its definition."""

    definition: DefinitionShown


class SegmentsShown(Shown):
    """All segments, newest first."""

    items: list[SegmentLine]


class RefreshedShown(Shown):
    """How many companies joined and left, and how many there are now."""

    joined: Count
    left: Count
    total: Count


@noun.operation("POST", "/segments/preview", permission="segments.see", answer=PreviewShown, errors=(409,))
def segments_preview(request: Request, body: PreviewGiven) -> PreviewShown:
    """Preview a definition: count, count after each line, first companies."""
    seen = preview.preview(
        workspace=request.auth.workspace, definition=plain(body.definition), limit=body.limit
    )
    return PreviewShown(
        count=seen.count,
        after_each=seen.after_each,
        companies=[company_shown(row) for row in seen.rows],
        unmatched_domains=seen.unmatched_domains,
        bad_domains=seen.bad_domains,
        contradictions=seen.contradictions,
        universe_version=seen.version,
    )


@noun.operation("GET", "/segments", permission="segments.see", answer=SegmentsShown)
def segments_list(request: Request) -> SegmentsShown:
    """List segments."""
    found = definitions.list_(workspace=request.auth.workspace)
    return SegmentsShown(items=[SegmentLine(**_line(segment)) for segment in found])


@noun.operation(
    "POST", "/segments", permission="segments.edit", answer=SegmentShown, status=201, errors=(409,)
)
def segments_create(request: Request, body: SegmentGiven) -> SegmentShown:
    """Create a segment and choose its companies."""
    made = definitions.create(
        workspace=request.auth.workspace,
        name=body.name,
        kind=body.kind,
        definition=plain(body.definition),
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(made)


@noun.operation("GET", "/segments/{segment_id}", permission="segments.see", answer=SegmentShown)
def segments_get(request: Request, segment_id: SegmentId) -> SegmentShown:
    """One segment."""
    number = ids.parse("seg", segment_id)
    return _shown(definitions.get(workspace=request.auth.workspace, segment_id=number))


@noun.operation(
    "PATCH", "/segments/{segment_id}", permission="segments.edit", answer=SegmentShown, errors=(409,)
)
def segments_update(request: Request, segment_id: SegmentId, body: SegmentEdit) -> SegmentShown:
    """Change a segment; a changed definition is applied at once."""
    changed = definitions.update(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id),
        name=body.name,
        kind=body.kind,
        definition=None if body.definition is None else plain(body.definition),
        revision=body.revision,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(changed)


@noun.operation(
    "DELETE", "/segments/{segment_id}", permission="segments.edit", answer=None, status=204, errors=(409,)
)
def segments_delete(request: Request, segment_id: SegmentId) -> None:
    """Delete a segment; its contacts stay owned."""
    definitions.delete(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


@noun.operation(
    "POST", "/segments/{segment_id}/refresh", permission="segments.edit", answer=RefreshedShown, errors=(409,)
)
def segments_refresh(request: Request, segment_id: SegmentId) -> RefreshedShown:
    """Evaluate the definition again on the newest universe version."""
    done = membership.refresh(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", segment_id),
        actor=request.auth.actor,
        now=clock.now(),
        why="refreshed through the API",
    )
    return RefreshedShown(joined=done.joined, left=done.left, total=done.total)


def _line(segment: Segment) -> dict[str, Any]:
    names = SegmentLine.model_fields.keys() - {"id"}
    return {"id": ids.public("seg", segment.pk)} | {name: getattr(segment, name) for name in names}


def _shown(segment: Segment) -> SegmentShown:
    kept = {name: segment.definition.get(name) for name in DefinitionShown.model_fields}
    kept["exclude_segments"] = [ids.public("seg", n) for n in kept["exclude_segments"] or []]
    return SegmentShown(**_line(segment), definition=DefinitionShown(**kept))
