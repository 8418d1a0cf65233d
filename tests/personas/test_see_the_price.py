"""Seeing what a persona search will cost, before it costs anything."""

from datetime import date, timedelta

import pytest

from rollcall.contacts import suppression
from rollcall.personas import definitions, estimates, quotes, sweeps
from rollcall.personas.models import Quote
from rollcall.segments.register import NoSuchSegment
from tests.personas.world import World, prove, staff


def sums(quote: Quote | estimates.Estimate) -> tuple[int, int, int, int, int]:
    return quote.matches, quote.owned, quote.suppressed, quote.over_limit, quote.credits_max


def test_it_works(world: World) -> None:
    """E1, E2: the quote names its version, its inputs and its people, and runs out after 30 minutes."""
    quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
    assert sums(quote) == (6, 0, 0, 0, 6)
    assert (quote.companies, quote.universe_version) == (6, 1)
    assert quote.expires_at == world.now + timedelta(minutes=30)
    found = quotes.get(workspace=world.workspace, quote_id=quote.pk)
    people = quotes.people(found)
    assert people.column_names == ["company_id", "profile_id", "persona_mask", "state"]
    assert people["state"].to_pylist() == ["new"] * 6
    assert world.balance() == (1000, 0), "an estimate holds nothing"


def test_the_sample_shows_no_names(world: World) -> None:
    quote = world.quote(world.segment(), world.persona(titles=["CEO", "CFO"]))
    sample = quotes.sample(quote)
    assert sample == [
        {"title": "Chief Executive Officer", "company": f"Company {number:04d}"} for number in (1, 2, 3)
    ]
    assert len(quotes.sample(quote, limit=20)) == 12


def test_several_personas_count_each_person_once(world: World) -> None:
    """P2: who is found by two personas is one person, with both marks."""
    sales = world.persona("Sales", titles=["Sales"])
    leaders = world.persona("VPs", seniorities=["vp"])
    quote = world.quote(world.segment(), sales, leaders)
    assert sums(world.quote(world.segment("S"), sales))[0] == 18
    assert sums(world.quote(world.segment("V"), leaders))[0] == 12
    assert sums(quote) == (24, 0, 0, 0, 24), "the VP Sales of each company counts once"
    assert sorted(quotes.people(quote)["persona_mask"].to_pylist()) == [1] * 12 + [2] * 6 + [3] * 6


def test_naming_a_persona_twice_is_naming_it_once(world: World) -> None:
    everybody = world.persona()
    quote = world.quote(world.segment(), everybody, everybody)
    assert (quote.matches, quote.persona_ids) == (48, [everybody.pk])


def test_every_match_is_in_one_class(world: World) -> None:
    """matches = owned + suppressed + over_limit + new; the first new ones by company, then by person."""
    segment, everybody = world.segment(), world.persona()
    world.search(world.segment("One", where=_named("Company 0001")), everybody)
    suppression.add(
        workspace=world.workspace, kind="domain", value="company2.com", reason="customer",
        actor=world.actor, now=world.now,
    )  # fmt: skip
    quote = world.quote(segment, everybody, stop_at=10)
    assert sums(quote) == (48, 8, 8, 22, 10)
    states = dict.fromkeys(quotes.people(quote)["company_id"].to_pylist())
    by_company = {
        company: [s for c, s in zip(*_columns(quote, "company_id", "state"), strict=True) if c == company]
        for company in states
    }
    assert list(by_company.values()) == [
        ["owned"] * 8, ["suppressed"] * 8, ["new"] * 8, ["new"] * 2 + ["over_limit"] * 6,
        ["over_limit"] * 8, ["over_limit"] * 8,
    ]  # fmt: skip


def test_p4_owned_people_fill_their_slot_for_free(world: World) -> None:
    segment, chief = world.segment(), world.persona("CEOs", titles=["CEO"])
    world.search(segment, chief)
    quote = world.quote(segment, world.persona("Best two", per_company=2))
    assert sums(quote) == (12, 6, 0, 0, 6), "the CEO takes one of the two places"


@pytest.mark.parametrize(
    ("stop_at", "expected"), [(0, (48, 0, 0, 48, 0)), (48, (48, 0, 0, 0, 48)), (99, (48, 0, 0, 0, 48))]
)
def test_stop_at(world: World, stop_at: int, expected: tuple[int, ...]) -> None:
    assert sums(world.quote(world.segment(), world.persona(), stop_at=stop_at)) == expected


@pytest.mark.parametrize("stop_at", [-1, 2**63, True])
def test_a_bad_stop_at_is_refused(world: World, stop_at: int) -> None:
    with pytest.raises(quotes.BadStopAt):
        world.quote(world.segment(), world.persona(), stop_at=stop_at)


def test_somebody_must_be_wanted(world: World) -> None:
    with pytest.raises(quotes.PersonasNeeded):
        world.quote(world.segment())


def test_an_empty_segment_costs_nothing(world: World) -> None:
    quote = world.quote(world.segment(where=_named("Nobody")), world.persona())
    assert sums(quote) == (0, 0, 0, 0, 0)
    assert quotes.sample(quote) == []


def test_a_draft_is_the_same_sum_and_is_not_kept(world: World) -> None:
    segment, saved = world.segment(), world.persona("Sales", titles=["Sales"])
    definition = definitions.parse({"seniorities": ["vp"]})
    estimate = quotes.draft(
        workspace=world.workspace,
        segment_id=segment.pk,
        definition=definition,
        persona_ids=[saved.pk],
        stop_at=5,
    )
    assert sums(estimate) == (24, 0, 0, 19, 5)
    assert len(quotes.sample(estimate)) == 3
    assert Quote.objects.count() == 0


def test_words_are_words(world: World) -> None:
    """P1: "Sales Manager" is found by "sales"; "Publicity Manager" is not found by "city manager"."""
    segment = world.segment()
    assert world.quote(segment, world.persona("A", titles=["city manager"])).matches == 0
    assert world.quote(segment, world.persona("B", titles=["vice president sales"])).matches == 6
    assert world.quote(segment, world.persona("C", titles=["sales"], titles_out=["manager"])).matches == 12


def test_nothing_loaded_yet(other_world: World) -> None:
    with pytest.raises(estimates.NothingKnownYet):
        estimates.current_version()


def test_people_who_left_are_not_counted(world: World) -> None:
    world.load([person for person in staff(6) if person[1] % 1000 != 0], as_of=date(2026, 8, 15))
    assert world.quote(world.segment(), world.persona()).matches == 42


def test_others_see_and_touch_nothing(world: World, other_world: World) -> None:
    """Invariant 8."""
    segment, persona = world.segment(), world.persona()
    quote = world.quote(segment, persona)
    with pytest.raises(quotes.NoSuchQuote):
        quotes.get(workspace=other_world.workspace, quote_id=quote.pk)
    with pytest.raises(NoSuchSegment):
        other_world.quote(segment, other_world.persona())
    with pytest.raises(definitions.NoSuchPersona):
        other_world.quote(other_world.segment(), persona)
    with pytest.raises(NoSuchSegment):
        quotes.draft(workspace=other_world.workspace, segment_id=segment.pk, definition=definitions.parse({}))
    world.search(segment, persona)
    assert other_world.quote(other_world.segment("Mine"), other_world.persona("P")).owned == 0
    prove(world, other_world)


def _named(name: str) -> dict[str, object]:
    return {"op": "and", "items": [{"field": "name", "op": "is", "value": name}]}


def _columns(quote: Quote, *names: str) -> list[list[object]]:
    people = quotes.people(quote)
    return [people[name].to_pylist() for name in names]


def test_an_estimate_nobody_started_is_forgotten_after_a_week(world: World) -> None:
    """Who was counted is not kept for ever; a started estimate explains its run and stays."""
    segment, chiefs = world.segment(), world.persona(titles=["CEO"])
    run = world.search(segment, chiefs)
    looked_at = world.quote(segment, chiefs)
    over = looked_at.expires_at + timedelta(days=7)
    assert sweeps.forget_quotes(now=over) == 0
    assert sweeps.forget_quotes(now=over + timedelta(seconds=1)) == 1
    assert list(Quote.objects.all()) == [run.quote]
    prove(world)
