"""The whole way of the data on real companies: known month by month, chosen, priced, paid once, kept fresh for free."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest

from rollcall.contacts import history, refresh
from rollcall.contacts.models import Change, Contact
from rollcall.core import paging
from rollcall.personas import entry_receipts
from rollcall.segments import definitions as segments
from rollcall.segments import membership
from rollcall.segments.models import Segment
from rollcall.universe import ingest, versions
from rollcall.universe.sources import us_public_companies
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.personas.world import World, prove

pytestmark = pytest.mark.slow
Pair = tuple[int, int]
MONTHS = us_public_companies.months()
FIRST_PURCHASE, SECOND_PURCHASE, LAST = "2024-03", "2025-01", "2025-12"
CHIEFS = {"titles": ["chief executive officer"]}
TOP = {"seniorities": ["c_suite"]}


@pytest.fixture
def world(workspace: Workspace, actor: Actor) -> World:
    made = World(workspace, actor, datetime(2023, 8, 1, tzinfo=UTC))
    made.credits(2000)
    return made


def test_the_whole_way(world: World) -> None:
    """C3, E2, F1: charged credits are the distinct people at companies, counted another way from the files."""
    charged: list[int] = []
    bought: set[Pair] = set()
    market: list[Segment] = []
    for month in MONTHS[: MONTHS.index(LAST) + 1]:
        version = learn(world, month)
        refresh.run(workspace=world.workspace, version=version, now=world.now)
        if month in (FIRST_PURCHASE, SECOND_PURCHASE, LAST):
            market = market or choose(world)
            shops, large = (fresh(world, segment) for segment in market)
            who = personas(world, month)
            charged += [world.search(shops, *who).charged, world.search(large, *who).charged]
            charged += [world.search(shops, who[0]).charged]
            bought |= wanted(version)
            assert sum(charged) == len(bought) == world.claims()
            assert charged[-1] == 0, "the same search again is free"
    assert world.balance() == (2000 - len(bought), 0)
    assert len(bought) > 200 and charged[0] > 0 and charged[1] > 0 and charged[3] + charged[4] > 0
    owned = set(Contact.objects.filter(workspace=world.workspace).values_list("company_id", "profile_id"))
    assert owned == bought
    follow_a_succession(world)
    prove(world)


def learn(world: World, month: str) -> int:
    """Load a month on the day after it ended."""
    source = us_public_companies.Source(month)
    world.now = datetime.combine(source.as_of, datetime.min.time(), tzinfo=UTC) + timedelta(days=1)
    return ingest.load(source=source, now=world.now).version


def choose(world: World) -> list[Segment]:
    """Two segments that overlap: large shops are in both."""
    shops = {"field": "sector", "op": "is", "value": "Consumer Discretionary"}
    large = {"field": "employees", "op": "gte", "value": 50_000}
    return [
        world.segment("Shops", kind="dynamic", where={"op": "and", "items": [shops]}),
        world.segment("Large", kind="static", where={"op": "and", "items": [large]}),
    ]


def fresh(world: World, segment: Segment) -> Segment:
    membership.refresh(workspace=world.workspace, segment_id=segment.pk, actor=world.actor, now=world.now)
    return segments.get(workspace=world.workspace, segment_id=segment.pk)


def personas(world: World, month: str) -> list[Any]:
    return [world.persona(f"Chiefs {month}", **CHIEFS), world.persona(f"Top {month}", **TOP)]


def wanted(version: int) -> set[Pair]:
    """The distinct (company, profile) pairs that the two searches ask for, read from the version's files by hand."""
    folder = versions.path(version)
    companies = {
        row["id"]
        for row in pq.read_table(folder / "companies.parquet").to_pylist()
        if row["sector"] == "Consumer Discretionary" or (row["employees"] or 0) >= 50_000
    }
    return {
        (row["company_id"], row["profile_id"])
        for row in pq.read_table(folder / "positions.parquet").to_pylist()
        if row["ended_on"] is None and row["company_id"] in companies
        if " chief executive officer " in row["title_words"] or row["seniority"] == "c_suite"
    }


def follow_a_succession(world: World) -> None:
    """August 2024: Brian Niccol leaves Chipotle for Starbucks; Scott Boatwright, who ran operations, follows him."""
    left = contact(world, "Brian Niccol", "Chipotle Mexican Grill")
    assert left.is_former and (left.now_company_name, left.now_title) == ("Starbucks", "chairman and ceo")
    added, moved = story(world, left)
    assert (added.kind, moved.kind) == ("added", "moved")
    assert moved.after["now_company_name"] == "Starbucks" and moved.after["left_on"] == "2024-04-26"
    assert moved.happened_on == date(2024, 9, 16) and moved.learned_at > datetime(2024, 10, 1, tzinfo=UTC)

    heir = contact(world, "Scott Boatwright", "Chipotle Mexican Grill")
    titles = [(c.happened_on, c.after["title"]) for c in story(world, heir) if c.kind == "title_changed"]
    assert titles == [(date(2024, 8, 22), "Interim CEO"), (date(2025, 2, 9), "Chief Executive Officer")]
    for person in (left, heir):
        learned = [change.learned_at for change in story(world, person)]
        assert learned == sorted(learned)

    there = contact(world, "Brian Niccol", "Starbucks")
    assert there.pk != left.pk and not there.is_former, "C4: at another company he is another contact"
    for bought in (left, there, heir):
        assert bought.charge_id is not None
        receipt = entry_receipts.of(
            workspace=world.workspace, entry_id=bought.charge_id, limit=paging.LIMIT_MAX
        )
        assert bought.pk in {person.contact_id for person in receipt.people.items}


def contact(world: World, name: str, company: str) -> Contact:
    return Contact.objects.get(workspace=world.workspace, full_name=name, company_name=company)


def story(world: World, of: Contact) -> list[Change]:
    """Oldest first."""
    page = history.of_contact(workspace=world.workspace, contact_id=of.pk)
    return sorted(page.items, key=lambda change: change.pk)
