"""Before paying: how well the people of an estimate are known, and who they are (P5)."""

from datetime import date, timedelta
from typing import Any

import pytest

from rollcall.contacts import overrides, suppression
from rollcall.contacts.overrides import Given
from rollcall.personas import coverage, definitions, quotes
from rollcall.personas.coverage import Whom
from tests.personas.world import World, staff

SEEN = date(2026, 8, 1)


@pytest.fixture(params=["memory", "duckdb"], autouse=True)
def engine(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.ROLLCALL_ENGINE = request.param


def test_p5_it_works(world: World) -> None:
    """The new people alone: whoever is owned or suppressed costs nothing, whatever is known of them."""
    sales = world.persona(titles=["sales"])
    world.search(world.segment("One", include_domains=["company1.com"]), sales)
    suppression.add(
        workspace=world.workspace, kind="domain", value="company2.com", reason="customer", actor=world.actor,
        now=world.now,
    )  # fmt: skip
    quote = world.quote(world.segment(), sales)
    assert (quote.matches, quote.owned, quote.suppressed, quote.credits_max) == (18, 3, 3, 12)
    known = coverage.of(quote=quote, whom=Whom.NEW, now=world.now)
    assert known.coverage.people == 12
    assert known.facets.seniorities == [("director", 4), ("manager", 4), ("vp", 4)]
    assert known.facets.departments == [("sales", 12)]
    assert coverage.of(quote=quote, whom=Whom.MATCHES, now=world.now).coverage.people == 18


def test_p5_of_a_persona_that_is_still_written(world: World) -> None:
    """As the workspace reads titles now; of everybody who matches where nobody is new."""
    segment, sales = world.segment(), world.persona(titles=["sales"])
    overrides.save(
        workspace=world.workspace, given=Given("VP Sales", "head", None), actor=world.actor, now=world.now
    )
    asked = {"workspace": world.workspace, "segment_id": segment.pk, "definition": definitions.of(sales)}
    known = coverage.of_draft(workspace=world.workspace, draft=quotes.draft(**asked), now=world.now)
    assert (known.whom, known.coverage.people) == (Whom.NEW, 18)
    assert dict(known.facets.seniorities)["head"] == 6
    world.search(segment, sales)
    known = coverage.of_draft(workspace=world.workspace, draft=quotes.draft(**asked), now=world.now)
    assert (known.whom, known.coverage.people) == (Whom.MATCHES, 18)


def test_p5_the_90_days_end_today(world: World) -> None:
    quote = world.quote(world.segment(), world.persona(titles=["chief executive officer"]))
    for days, seen in ((90, 6), (91, 0)):
        now = world.now.replace(year=SEEN.year, month=SEEN.month, day=SEEN.day) + timedelta(days=days)
        known = coverage.of(quote=quote, whom=Whom.NEW, now=now)
        assert (known.coverage.seen, known.since) == (seen, SEEN + timedelta(days=days - 90))


def test_e2_it_is_of_the_version_that_the_estimate_names(world: World) -> None:
    """Who left since is in the estimate, and is counted as it was then."""
    quote = world.quote(world.segment(), world.persona(titles=["chief executive officer"]))
    world.load([row for row in staff(6) if row[2] != "Chief Executive Officer"], as_of=date(2026, 9, 1))
    known = coverage.of(quote=quote, whom=Whom.NEW, now=world.now)
    assert known.coverage.people == 6 and known.facets.titles == [("chief executive officer", 6)]


def test_of_nobody_nothing_is_known(world: World) -> None:
    quote = world.quote(world.segment(), world.persona(titles=["astronaut"]))
    known = coverage.of(quote=quote, whom=Whom.MATCHES, now=world.now)
    assert (known.coverage.people, known.coverage.seen, known.facets.seniorities) == (0, 0, [])


def test_titles_are_read_as_the_estimate_read_them(world: World) -> None:
    leaders = world.persona(seniorities=["vp"])
    before = world.quote(world.segment(), leaders)
    given = Given("Publicity Manager", "vp", None)
    overrides.save(workspace=world.workspace, given=given, actor=world.actor, now=world.now)
    after = world.quote(world.segment("Again"), leaders)
    for quote, people in ((before, 12), (after, 18)):
        known = coverage.of(quote=quote, whom=Whom.NEW, now=world.now)
        assert known.facets.seniorities == [("vp", people)]
