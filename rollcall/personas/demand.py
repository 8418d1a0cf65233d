"""Who is needed today: the people of several segments and personas, each counted once, and how the lines overlap."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.credits.budgets import Room
from rollcall.personas import estimates
from rollcall.personas.wanted import PersonaDefinition
from rollcall.segments.language import Definition
from rollcall.universe import search
from rollcall.workspaces.models import Workspace

SEEN_WITHIN_DAYS = 90
_STATES = (estimates.OWNED, estimates.SUPPRESSED, estimates.NEW)


@dataclass(frozen=True)
class Chosen:
    """A segment of the analysis, saved or drafted, with its companies of today."""

    id: int | None
    name: str
    is_dynamic: bool
    definition: Definition
    company_ids: Sequence[int] = field(repr=False)


@dataclass(frozen=True)
class Wanted:
    """A persona of the analysis, saved or drafted."""

    id: int | None
    name: str
    definition: PersonaDefinition


@dataclass(frozen=True)
class Line:
    """One segment, or one persona: matches = owned + suppressed + new; `shared` of the new are in another line too."""

    companies: int
    matches: int
    owned: int
    suppressed: int
    new: int
    shared: int


@dataclass(frozen=True)
class Demand:
    """Everybody once: `new` is what a line's `new` add up to, less what they count twice."""

    version: int
    companies: int
    matches: int
    owned: int
    suppressed: int
    new: int
    segments: list[Line]
    personas: list[Line]
    people: pa.Table

    @property
    def counted_twice(self) -> tuple[int, int]:
        """How much more than `new` the lines of the segments, and of the personas, add up to."""
        sums = (sum(line.new for line in lines) for lines in (self.segments, self.personas))
        of_segments, of_personas = (total - self.new for total in sums)
        return of_segments, of_personas


def today(*, workspace: Workspace, segments: Sequence[Chosen], personas: Sequence[Wanted]) -> Demand:
    """What searching all of the personas in all of the segments would find now, by the rules of a real search.

    "Most per company" holds for each persona at each company, however many segments the company is in; who is owned
    keeps a place of it (P4). Budgets are left out: the question is what is needed.

    Raises:
        NothingKnownYet, TooManyPersonas
    """
    everywhere = list(dict.fromkeys(number for chosen in segments for number in chosen.company_ids))
    found = estimates.make(
        workspace=workspace,
        company_ids=everywhere,
        personas=[wanted.definition for wanted in personas],
        persona_ids=[0] * len(personas),
        stop_at=None,
        room=Room(),
    )
    return Demand(
        version=found.universe_version,
        companies=len(everywhere),
        matches=found.matches,
        owned=found.owned,
        suppressed=found.suppressed,
        new=found.credits_max,
        segments=_of_segments(segments, found.people),
        personas=[_of_persona(bit, found.people) for bit in range(len(personas))],
        people=estimates.in_states(found.people, estimates.NEW),
    )


def coverage(demand: Demand, *, on: date) -> dict[str, Any]:
    """What is known of the new people before paying (P5): how many were seen lately; None: not known here."""
    since = on - timedelta(days=SEEN_WITHIN_DAYS)
    rows = search.position_rows(version=demand.version, pairs=demand.people)
    recent = pc.sum(pc.greater_equal(rows["last_seen_on"], pa.scalar(since, pa.date32()))).as_py() or 0
    return {
        "people": demand.new,
        "seen_within_90_days": int(recent),
        "since": since.isoformat(),
        "verified_email": None,
        "verified_phone": None,
        "why": "Emails and phone numbers are not verified in this installation yet; the estimate of a search counts "
        "those that sources tell.",
    }


def _of_segments(segments: Sequence[Chosen], people: pa.Table) -> list[Line]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    grouped = (
        people.select(["company_id", "state"])
        .group_by(["company_id", "state"])
        .aggregate([([], "count_all")])
    )
    for row in grouped.to_pylist():
        counts[row["company_id"]][row["state"]] += row["count_all"]
    times = Counter(number for chosen in segments for number in set(chosen.company_ids))
    return [_of_segment(set(chosen.company_ids), counts, times) for chosen in segments]


def _of_segment(company_ids: set[int], counts: dict[int, Counter[str]], times: Counter[int]) -> Line:
    total: Counter[str] = Counter()
    shared = 0
    for number in company_ids & counts.keys():
        total += counts[number]
        shared += counts[number][estimates.NEW] if times[number] > 1 else 0
    return _line(len(company_ids), total, shared)


def _of_persona(bit: int, people: pa.Table) -> Line:
    flag = 1 << bit
    mine = people.filter(pc.equal(pc.bit_wise_and(people["persona_mask"], flag), flag))
    total = Counter(mine["state"].cast(pa.string()).to_pylist())
    fresh = estimates.in_states(mine, estimates.NEW)
    shared = pc.sum(pc.not_equal(fresh["persona_mask"], flag)).as_py() or 0
    return _line(pc.count_distinct(mine["company_id"]).as_py(), total, int(shared))


def _line(companies: int, total: Counter[str], shared: int) -> Line:
    owned, suppressed, new = (total[state] for state in _STATES)
    return Line(companies, total.total(), owned, suppressed, new, shared)
