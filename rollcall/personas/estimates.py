"""The sum behind a quote: who matches, is yours already, is suppressed, is over a limit or budget, and who is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.contacts import owned, suppression, title_books
from rollcall.core.errors import Conflict
from rollcall.credits.budgets import Room
from rollcall.personas.purses import Purse
from rollcall.personas.wanted import PersonaDefinition
from rollcall.universe import search, versions
from rollcall.universe.search import PeopleQuery
from rollcall.workspaces.models import Workspace

NEW, OWNED, SUPPRESSED, OVER_LIMIT, OVER_BUDGET = STATES = (
    "new", "owned", "suppressed", "over_limit", "over_budget",
)  # fmt: skip
SCHEMA = pa.schema(
    [
        ("company_id", pa.int64()),
        ("profile_id", pa.int64()),
        ("persona_mask", pa.int64()),
        ("state", pa.dictionary(pa.int8(), pa.string())),
    ]
)


class NothingKnownYet(Conflict):
    """No people or companies were loaded into this installation yet. Ask its operator to load data, then try again."""


@dataclass(frozen=True)
class Estimate:
    """What a persona search would do: `matches` = owned + suppressed + over_limit + over_budget + credits_max.

    Each person counts once. `budgets` says which budgets refused how many people: `{"budget": "bud_3", "name": …,
    "left": 10, "people": 42}`, `left` being what the budget had left before this search. `titles_revision` says how the
    workspace read titles.
    """

    universe_version: int
    titles_revision: int
    companies: int
    matches: int
    owned: int
    suppressed: int
    over_limit: int
    over_budget: int
    credits_max: int
    stop_at: int | None
    budgets: list[dict[str, Any]]
    people: pa.Table


def make(
    *,
    workspace: Workspace,
    company_ids: Sequence[int],
    personas: Sequence[PersonaDefinition],
    persona_ids: Sequence[int],
    stop_at: int | None,
    room: Room,
) -> Estimate:
    """Count on the newest universe version; the people come best companies first, then best people.

    Args:
        persona_ids: of `personas`, in the same order; 0 for one that was not saved yet.
        room: what budgets leave; whoever does not fit is over budget, and costs nothing.

    Raises:
        NothingKnownYet
    """
    version = current_version()
    book = title_books.now(workspace=workspace)
    query = PeopleQuery(company_ids, tuple(persona.query for persona in personas), book.overrides)
    found = search.people(version=version, query=query)
    purse = Purse(room)
    firsts = first_personas(found, persona_ids) if room.of_persona else [0] * len(found)
    states = _states(workspace, version, found, stop_at, firsts, purse)
    people = pa.table(
        [found["company_id"], found["profile_id"], found["persona_mask"], _encoded(states)], schema=SCHEMA
    )
    return Estimate(
        universe_version=version,
        titles_revision=book.revision,
        companies=len(company_ids),
        matches=len(states),
        owned=states.count(OWNED),
        suppressed=states.count(SUPPRESSED),
        over_limit=states.count(OVER_LIMIT),
        over_budget=states.count(OVER_BUDGET),
        credits_max=states.count(NEW),
        stop_at=stop_at,
        budgets=purse.refusals(workspace),
        people=people,
    )


def current_version() -> int:
    """
    Raises:
        NothingKnownYet
    """
    version = versions.current()
    if version is None:
        raise NothingKnownYet()
    return version


def in_states(people: pa.Table, *states: str) -> pa.Table:
    """The people whose state is one of `states`, in the same order."""
    return people.filter(pc.is_in(people["state"].cast(pa.string()), value_set=pa.array(states)))


def pairs(people: pa.Table) -> list[tuple[int, int]]:
    """(profile, company) of each row, in order."""
    return list(zip(people["profile_id"].to_pylist(), people["company_id"].to_pylist(), strict=True))


def first_personas(people: pa.Table, persona_ids: Sequence[int]) -> list[int]:
    """For each row the first of the search's personas that finds the person: whose use and budget it counts for."""
    return [persona_ids[(mask & -mask).bit_length() - 1] for mask in people["persona_mask"].to_pylist()]


def _states(
    workspace: Workspace,
    version: int,
    found: pa.Table,
    stop_at: int | None,
    firsts: Sequence[int],
    purse: Purse,
) -> list[str]:
    """Suppressed comes before owned: such a person is not added anywhere. `stop_at` counts new people only."""
    asked = found.select(["company_id", "profile_id"])
    mine = owned.flags(workspace=workspace, pairs=asked)
    blocked: set[tuple[int, int]] = set()
    if suppression.any_(workspace=workspace):
        people = search.position_rows(version=version, pairs=asked)
        blocked = suppression.blocked(workspace=workspace, people=people)
    left = len(found) if stop_at is None else stop_at
    states = []
    for pair, is_mine, persona_id in zip(pairs(found), mine, firsts, strict=True):
        if pair in blocked:
            states.append(SUPPRESSED)
        elif is_mine:
            states.append(OWNED)
        elif left <= 0:
            states.append(OVER_LIMIT)
        elif not purse.pay(persona_id):
            states.append(OVER_BUDGET)
        else:
            states.append(NEW)
            left -= 1
    return states


def _encoded(states: list[str]) -> pa.DictionaryArray:
    number = {state: position for position, state in enumerate(STATES)}
    indices = pa.array([number[state] for state in states], pa.int8())
    return pa.DictionaryArray.from_arrays(indices, pa.array(STATES))
