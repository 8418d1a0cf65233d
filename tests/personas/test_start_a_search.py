"""Starting a search from an estimate: what is checked, held and answered."""

from datetime import date, timedelta
from typing import Any

import pytest

from rollcall.credits import grants
from rollcall.credits.holds import NotEnoughCredits
from rollcall.personas import definitions, quotes, runs
from rollcall.personas.models import Quote, Run
from rollcall.segments import definitions as segments
from rollcall.segments.register import NoSuchSegment
from tests.personas.world import World, prove, staff


def fresh_quote(world: World, error: Any) -> Quote:
    """The quote that an error offers in place of the one that could not be started."""
    number = int(error.value.details["fresh_quote"].removeprefix("quo_"))
    return quotes.get(workspace=world.workspace, quote_id=number)


def test_it_works(world: World) -> None:
    """E3: the maximum is held first."""
    quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
    run = world.start(quote, "key-1")
    assert (run.state, run.people, run.quote_id, run.actor_label) == ("queued", 6, quote.pk, "Alice Moreau")
    assert run.hold is not None and run.hold.amount == 6
    assert world.balance() == (994, 6)
    assert runs.list_(workspace=world.workspace).items == [run]
    prove(world)


def test_invariant_9_the_same_key_and_quote_are_the_same_run(world: World) -> None:
    quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
    first = world.start(quote, "key-1")
    assert world.start(quote, "key-1") == first
    # Also late, and when everything has changed since: a retry asks what became of the first attempt.
    world.load(staff(5), as_of=date(2026, 8, 20))
    assert world.start(quote, "key-1", now=world.later(86_400)) == first
    assert world.balance() == (994, 6)


def test_a_key_starts_one_search_only(world: World) -> None:
    segment, persona = world.segment(), world.persona(titles=["CEO"])
    first = world.start(world.quote(segment, persona), "key-1")
    with pytest.raises(runs.KeyReused) as caught:
        world.start(world.quote(segment, persona), "key-1")
    assert caught.value.details["run"] == f"run_{first.pk}"
    assert world.balance() == (994, 6)


def test_the_keys_of_two_workspaces_do_not_meet(world: World, other_world: World) -> None:
    other_world.credits(50)
    mine = world.start(world.quote(world.segment(), world.persona()), "key-1")
    theirs = other_world.start(other_world.quote(other_world.segment(), other_world.persona()), "key-1")
    assert mine.pk != theirs.pk


def test_a_quote_is_started_once(world: World) -> None:
    quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
    first = world.start(quote, "key-1")
    with pytest.raises(runs.QuoteUsed) as caught:
        world.start(quote, "key-2")
    assert caught.value.details["run"] == f"run_{first.pk}"
    assert world.balance() == (994, 6)


@pytest.mark.parametrize("key", ["", "x" * 121, "a\0b"])
def test_a_key_is_needed(world: World, key: str) -> None:
    quote = world.quote(world.segment(), world.persona())
    with pytest.raises(runs.BadKey):
        runs.start(workspace=world.workspace, quote_id=quote.pk, key=key, actor=world.actor, now=world.now)


def test_an_expired_quote_offers_a_fresh_one(world: World) -> None:
    quote = world.quote(world.segment(), world.persona(titles=["CEO"]), stop_at=4)
    world.start(world.quote(world.segment("B"), world.persona("B", titles=["CFO"])), now=world.later(29 * 60))
    with pytest.raises(runs.QuoteExpired) as caught:
        world.start(quote, now=quote.created_at + timedelta(minutes=30))
    fresh = fresh_quote(world, caught)
    assert (fresh.segment_id, fresh.persona_ids, fresh.stop_at) == (quote.segment_id, quote.persona_ids, 4)
    assert world.start(fresh, now=world.later(31 * 60)).people == 4
    prove(world)


def test_an_edited_persona_offers_a_fresh_quote(world: World) -> None:
    """E3, P3: editing a persona spends nothing; what changed is said."""
    persona = world.persona("Chiefs", titles=["CEO"])
    quote = world.quote(world.segment(), persona)
    definitions.update(
        workspace=world.workspace, persona_id=persona.pk, definition=definitions.parse({"titles": ["CEO", "CFO"]}),
        actor=world.actor, now=world.now,
    )  # fmt: skip
    with pytest.raises(runs.InputsChanged, match="persona Chiefs was edited") as caught:
        world.start(quote)
    assert fresh_quote(world, caught).credits_max == 12
    assert world.balance() == (1000, 0)


def test_a_renamed_persona_changes_no_estimate(world: World) -> None:
    persona = world.persona("Chiefs", titles=["CEO"])
    quote = world.quote(world.segment(), persona)
    definitions.update(
        workspace=world.workspace, persona_id=persona.pk, name="Heads", actor=world.actor, now=world.now
    )
    assert world.start(quote).people == 6


def test_a_deleted_persona_is_named(world: World) -> None:
    persona = world.persona("Chiefs", titles=["CEO"])
    quote = world.quote(world.segment(), persona)
    definitions.delete(workspace=world.workspace, persona_id=persona.pk, actor=world.actor, now=world.now)
    with pytest.raises(runs.InputsChanged, match="persona Chiefs was deleted") as caught:
        world.start(quote)
    assert caught.value.details["fresh_quote"] is None


def test_an_edited_segment_offers_a_fresh_quote(world: World) -> None:
    segment = world.segment("Market")
    quote = world.quote(segment, world.persona(titles=["CEO"]))
    segments.update(
        workspace=world.workspace, segment_id=segment.pk, definition={"everything": True, "limit": 2},
        actor=world.actor, now=world.now,
    )  # fmt: skip
    with pytest.raises(runs.InputsChanged, match="segment Market was edited") as caught:
        world.start(quote)
    assert fresh_quote(world, caught).credits_max == 2


def test_a_deleted_segment_cannot_be_searched(world: World) -> None:
    segment = world.segment("Market")
    quote = world.quote(segment, world.persona(titles=["CEO"]))
    segments.delete(workspace=world.workspace, segment_id=segment.pk, actor=world.actor, now=world.now)
    with pytest.raises((runs.InputsChanged, NoSuchSegment)):
        world.start(quote)
    assert world.balance() == (1000, 0)


def test_a_segment_is_not_deleted_under_a_search(world: World) -> None:
    segment = world.segment("Market")
    run = world.start(world.quote(segment, world.persona(titles=["CEO"])))
    with pytest.raises(segments.RunGoingOn):
        segments.delete(workspace=world.workspace, segment_id=segment.pk, actor=world.actor, now=world.now)
    runs.carry_out(run_id=run.pk, now=world.now)
    segments.delete(workspace=world.workspace, segment_id=segment.pk, actor=world.actor, now=world.now)


def test_newer_data_offers_a_fresh_quote(world: World) -> None:
    quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
    world.load(staff(5), as_of=date(2026, 8, 20))
    with pytest.raises(runs.UniverseMoved, match="version 2, not 1") as caught:
        world.start(quote)
    assert fresh_quote(world, caught).universe_version == 2
    assert world.balance() == (1000, 0)


def test_e3_too_few_credits_suggest_where_to_stop(world: World) -> None:
    world.search(world.segment("First", everything=True), world.persona("CEOs", titles=["CEO"]))
    _take_back_all_but(world, 5)
    quote = world.quote(world.segment("Market"), world.persona("CFOs", titles=["CFO"]))
    with pytest.raises(NotEnoughCredits) as caught:
        world.start(quote)
    assert caught.value.details == {"needed": 6, "available": 5, "shortfall": 1, "stop_at": 5}
    assert Run.objects.filter(quote=quote).count() == 0, "nothing is left of the attempt"
    again = world.quote(quote.segment, definitions.get(workspace=world.workspace, persona_id=quote.persona_ids[0]),
                        stop_at=caught.value.details["stop_at"])  # fmt: skip
    run = runs.carry_out(run_id=world.start(again).pk, now=world.now)
    assert (run.state, run.charged, world.balance()) == ("done", 5, (0, 0))
    prove(world)


def test_nobody_new_needs_no_credits(world: World, other_world: World) -> None:
    """Owned ones are added to the segment for free, with an empty wallet and without a hold."""
    chief = world.persona(titles=["CEO"])
    world.search(world.segment(), chief)
    _take_back_all_but(world, 0)
    quote = world.quote(world.segment("Again"), chief)
    assert (quote.owned, quote.credits_max) == (6, 0)
    run = world.start(quote)
    assert run.hold is None
    done = runs.carry_out(run_id=run.pk, now=world.now)
    assert (done.state, done.charged, done.owned) == ("done", 0, 6)
    assert done.segment.contact_count == 6
    prove(world)


def test_others_see_and_touch_nothing(world: World, other_world: World) -> None:
    """Invariant 8: every verb."""
    quote = world.quote(world.segment(), world.persona())
    other_world.credits(1000)
    with pytest.raises(quotes.NoSuchQuote):
        other_world.start(quote)
    run = world.start(quote)
    assert runs.list_(workspace=other_world.workspace).items == []
    theirs: dict[str, Any] = {"workspace": other_world.workspace, "run_id": run.pk}
    for verb in (runs.get, runs.progress):
        with pytest.raises(runs.NoSuchRun):
            verb(**theirs)
    with pytest.raises(runs.NoSuchRun):
        runs.stop(**theirs, actor=other_world.actor, now=world.now)
    assert runs.get(workspace=world.workspace, run_id=run.pk).stop_requested_at is None


def _take_back_all_but(world: World, left: int) -> None:
    """The operator voids what remains and grants `left`."""
    (grant,) = grants.in_burn_order(workspace=world.workspace, now=world.now)
    grants.void(workspace=world.workspace, grant_id=grant.pk, key="void", actor=world.actor, now=world.now)
    if left:
        world.credits(left)
