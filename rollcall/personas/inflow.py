"""How many new people a month brought, as past versions of the universe show: what dynamic segments will need."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import pyarrow as pa

from rollcall.contacts import suppression, title_books
from rollcall.core.errors import Invalid
from rollcall.personas.demand import Chosen, Wanted
from rollcall.segments import selection
from rollcall.universe import search, versions
from rollcall.universe.models import UniverseVersion
from rollcall.universe.search import PeopleQuery
from rollcall.workspaces.models import Workspace

VERSIONS_MAX, LOOKS_MAX, STEPS_MIN = 25, 600, 2
MONTH_DAYS = 30
_PAIR = ["company_id", "profile_id"]


class TooMuchToLookAt(Invalid):
    """{segments} dynamic segments in {versions} past versions are {looks} looks; {most} is the most. Choose fewer."""


@dataclass(frozen=True)
class Step:
    """From one date of the universe to the next: how many people matched then who had matched in no version before."""

    version: int
    as_of: date
    days: int
    new: int

    @property
    def per_month(self) -> float:
        return round(self.new * MONTH_DAYS / self.days, 2)


@dataclass(frozen=True)
class Inflow:
    """New people in 30 days: the median of the steps, the least and the most; None and why when that cannot be said."""

    per_month: float | None
    low: float | None
    high: float | None
    steps: list[Step]
    versions: list[int]
    why: str


def of(*, workspace: Workspace, segments: Sequence[Chosen], personas: Sequence[Wanted]) -> Inflow:
    """Ask each past version what the dynamic segments and the personas would have found then.

    Whoever matched in an earlier version is not new, nor is whom the first load of a source brought: that tells what
    was there, not what came. Suppressed people are left out. Segments that are named in a definition count with
    their members of today.

    Raises:
        TooMuchToLookAt
    """
    dynamic = [chosen for chosen in segments if chosen.is_dynamic]
    if not dynamic:
        return _none([], [], "None of the chosen segments is dynamic: companies join them only by hand.")
    known = _versions()
    if (looks := len(dynamic) * len(known)) > LOOKS_MAX:
        raise TooMuchToLookAt(segments=len(dynamic), versions=len(known), looks=looks, most=LOOKS_MAX)
    steps = _steps(workspace, dynamic, personas, known)
    numbers = [version.number for version, _ in known]
    if len(steps) < STEPS_MIN:
        why = f"Not enough history: it takes {STEPS_MIN + 1} dates of the universe, and there are {len(steps) + 1}."
        return _none(steps, numbers, why)
    rates = [step.per_month for step in steps]
    why = f"The median of {len(steps)} steps between dates of the universe."
    return Inflow(round(statistics.median(rates), 2), min(rates), max(rates), steps, numbers, why)


def _none(steps: list[Step], numbers: list[int], why: str) -> Inflow:
    return Inflow(None, None, None, steps, numbers, why)


def _versions() -> list[tuple[UniverseVersion, bool]]:
    """The newest versions that are still on disk, oldest first, and whether each was the first of its source."""
    first = {version.source: version.number for version in versions.list_()}
    there = [version for version in versions.list_() if versions.path(version.number).exists()]
    return [(version, first[version.source] == version.number) for version in reversed(there[:VERSIONS_MAX])]


def _steps(
    workspace: Workspace,
    dynamic: Sequence[Chosen],
    personas: Sequence[Wanted],
    known: Sequence[tuple[UniverseVersion, bool]],
) -> list[Step]:
    steps: list[Step] = []
    before: date | None = None
    seen = pa.table({name: pa.array([], pa.int64()) for name in _PAIR})
    for as_of, same_date in groupby(_dated(known), key=lambda item: item[0]):
        new, number, counts = 0, 0, False
        for _, version, is_first in same_date:
            fresh = _people(workspace, dynamic, personas, version.number).join(
                seen, keys=_PAIR, join_type="left anti"
            )
            seen = pa.concat_tables([seen, fresh.select(_PAIR)])
            if before is not None and not is_first:
                new, number, counts = new + fresh.num_rows, version.number, True
        if before is not None and counts:
            steps.append(Step(number, as_of, (as_of - before).days, new))
        before = as_of if counts or before is None else before
    return steps


def _dated(known: Sequence[tuple[UniverseVersion, bool]]) -> list[tuple[date, UniverseVersion, bool]]:
    """Each version with its date; a source that lags behind another does not turn back the clock."""
    latest, found = date.min, []
    for version, is_first in known:
        latest = max(latest, version.as_of)
        found.append((latest, version, is_first))
    return found


def _people(
    workspace: Workspace, dynamic: Sequence[Chosen], personas: Sequence[Wanted], number: int
) -> pa.Table:
    chosen = [
        selection.select(workspace=workspace, definition=segment.definition, version=number).companies()
        for segment in dynamic
    ]
    query = PeopleQuery(
        company_ids=list(dict.fromkeys(company_id for company_ids in chosen for company_id in company_ids)),
        personas=tuple(wanted.definition.query for wanted in personas),
        overrides=title_books.now(workspace=workspace).overrides,
    )
    found = search.people(version=number, query=query).select(_PAIR)
    if not suppression.any_(workspace=workspace):
        return found
    rows = search.position_rows(version=number, pairs=found)
    blocked = suppression.blocked(workspace=workspace, people=rows)
    pairs = zip(found["profile_id"].to_pylist(), found["company_id"].to_pylist(), strict=True)
    return found.filter(pa.array([pair not in blocked for pair in pairs], pa.bool_()))
