"""Reading the receipt of a search, and of each ledger entry (C9)."""

from typing import Any

import pytest

from rollcall.contacts import suppression
from rollcall.core.errors import NotFound
from rollcall.credits import ledger
from rollcall.credits.models import Entry
from rollcall.personas import carrying, definitions, entry_receipts, receipts, runs
from rollcall.personas.receipts import Line
from rollcall.segments import definitions as segments
from tests.personas.world import World, prove


def amounts(lines: list[Line]) -> list[int]:
    return [line.amount for line in lines]


def entry_of(world: World, run_id: int, kind: str) -> Entry:
    return ledger.page(workspace=world.workspace, now=world.now, run_id=run_id, kind=kind).items[0].entry


def busy_run(world: World) -> runs.Run:
    """6 owned before, 8 suppressed before, 14 over the limit; then 5 bought and 8 suppressed meanwhile."""
    segment = world.segment("Market")
    world.search(world.segment("CEOs"), world.persona("CEOs", titles=["CEO"]))
    _suppress(world, 6)
    everybody = world.persona("Everybody")
    quote = world.quote(segment, everybody, stop_at=20)
    assert (quote.owned, quote.suppressed, quote.over_limit, quote.credits_max) == (5, 8, 15, 20)
    run = world.start(quote)
    world.search(world.segment("CFOs"), world.persona("CFOs", titles=["CFO"]))
    _suppress(world, 2)
    return runs.carry_out(run_id=run.pk, now=world.now)


def test_it_works(world: World) -> None:
    """Every number is explained, and every sum adds up."""
    run = busy_run(world)
    receipt = receipts.of_run(workspace=world.workspace, run_id=run.pk)
    assert amounts(receipt.estimate) == [48, -5, -8, -15, 20]
    assert amounts(receipt.actual) == [20, -2, -7, 0, 11]
    for lines in (receipt.estimate, receipt.actual, receipt.credits):
        assert sum(amounts(lines)[:-1]) == lines[-1].amount
    assert amounts(receipt.credits) == [20, -11, -9, 0]
    assert {line.label: line.amount for line in receipt.not_charged} == {
        "Already yours": 5, "Suppressed": 8, "Over your limit": 15, "Yours meanwhile": 2, "Suppressed since": 7,
    }  # fmt: skip
    assert sum(amounts(receipt.not_charged)) + run.charged == 48, "everybody who matched is there"
    assert [(grant.name, amount) for grant, amount in receipt.grants] == [("Package", 11)]
    assert [entry.kind for entry in receipt.entries] == ["hold", "charge", "release"]
    assert receipt.who == "Alice Moreau"
    prove(world)


def test_the_names_are_those_of_the_time(world: World) -> None:
    segment, persona = world.segment("Market"), world.persona("Chiefs", titles=["CEO"])
    run = world.search(segment, persona)
    definitions.update(
        workspace=world.workspace, persona_id=persona.pk, name="X", actor=world.actor, now=world.now
    )
    segments.update(
        workspace=world.workspace, segment_id=segment.pk, name="Y", actor=world.actor, now=world.now
    )
    receipt = receipts.of_run(workspace=world.workspace, run_id=run.pk)
    assert receipt.segment["name"] == "Market" and receipt.personas[0]["name"] == "Chiefs"
    context = entry_of(world, run.pk, "charge").context
    assert context["segment"] == {"id": f"seg_{segment.pk}", "name": "Market"}
    assert context["personas"] == [{"id": f"per_{persona.pk}", "name": "Chiefs"}]


def test_a_charge_and_the_people_behind_it(world: World) -> None:
    run = busy_run(world)
    charge = entry_of(world, run.pk, "charge")
    receipt = entry_receipts.of(workspace=world.workspace, entry_id=charge.pk, limit=6)
    assert [(line.label, line.amount) for line in receipt.equation] == [
        ("People chosen", 25), ("Already yours", -6), ("Suppressed", -8), ("New people", 11),
    ]  # fmt: skip
    assert amounts(receipt.not_charged) == [5, 8, 15, 2, 7], "of the whole search"
    assert [(line.label, line.amount) for line in receipt.whole] == [
        ("Matches", 48), ("Already yours", -5), ("Suppressed", -8), ("Over your limit", -15),
        ("Yours meanwhile by another search", -2), ("Suppressed since the estimate", -7), ("Charged in all", 11),
    ]  # fmt: skip
    assert sum(amounts(receipt.whole)[:-1]) == 11
    assert [(grant.name, amount) for grant, amount in receipt.grants] == [("Package", 11)]
    assert receipt.run is not None and receipt.run.run == run
    first, page = receipt.people.items, receipt.people
    rest = receipts.people(workspace=world.workspace, entry_id=charge.pk, cursor=page.next_cursor, limit=6)
    assert (len(first), len(rest.items), rest.next_cursor) == (6, 5, None)
    assert len({person.contact_id for person in first + rest.items} - {None}) == 11
    assert all(person.full_name and person.company_name for person in first)


def test_each_batch_has_its_own_sum(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "CHUNK", 10)
    run = world.search(world.segment(), world.persona())
    receipt = receipts.of_run(workspace=world.workspace, run_id=run.pk)
    charges = [entry for entry in receipt.entries if entry.kind == "charge"]
    equations = [entry_receipts.of(workspace=world.workspace, entry_id=e.pk).equation for e in charges]
    assert [line[-1].amount for line in equations] == [10, 10, 10, 10, 8]
    assert [(grant.name, amount) for grant, amount in receipt.grants] == [("Package", 48)]


def test_several_grants_are_split(world: World) -> None:
    world.credits(10, kind="promotional", name="Welcome", key="welcome")
    run = world.search(world.segment(), world.persona())
    receipt = receipts.of_run(workspace=world.workspace, run_id=run.pk)
    assert [(grant.name, amount) for grant, amount in receipt.grants] == [("Welcome", 10), ("Package", 38)]


def test_hold_release_and_grant_have_receipts_too(world: World) -> None:
    run = busy_run(world)
    hold = entry_receipts.of(workspace=world.workspace, entry_id=entry_of(world, run.pk, "hold").pk)
    assert amounts(hold.equation) == [48, -5, -8, -15, 20]
    release = entry_receipts.of(workspace=world.workspace, entry_id=entry_of(world, run.pk, "release").pk)
    assert amounts(release.equation) == [20, -11, 9]
    (grant,) = ledger.page(workspace=world.workspace, now=world.now, kind="grant").items
    receipt = entry_receipts.of(workspace=world.workspace, entry_id=grant.entry.pk)
    assert amounts(receipt.equation) == [1000] and receipt.run is None and receipt.people.items == []


def test_a_stopped_search_says_whom_it_did_not_reach(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "CHUNK", 10)
    run = world.start(world.quote(world.segment(), world.persona()))
    runs.carry_out(run_id=run.pk, now=world.now, seconds_max=-1)
    running = receipts.of_run(workspace=world.workspace, run_id=run.pk)
    assert running.not_charged == [Line("Not reached", 38, "still to come")]
    assert amounts(running.credits) == [48, -10, 0, 38]
    runs.stop(workspace=world.workspace, run_id=run.pk, actor=world.actor, now=world.now)
    stopped = receipts.of_run(workspace=world.workspace, run_id=run.pk)
    assert stopped.not_charged == [Line("Not reached", 38, "the search was stopped")]
    assert amounts(stopped.credits) == [48, -10, -38, 0]


def test_others_see_nothing(world: World, other_world: World) -> None:
    """Invariant 8."""
    run = world.search(world.segment(), world.persona())
    charge = entry_of(world, run.pk, "charge")
    with pytest.raises(runs.NoSuchRun):
        receipts.of_run(workspace=other_world.workspace, run_id=run.pk)
    for read in (entry_receipts.of, receipts.people):
        with pytest.raises(NotFound):
            read(workspace=other_world.workspace, entry_id=charge.pk)


def _suppress(world: World, company: int) -> Any:
    return suppression.add(
        workspace=world.workspace, kind="domain", value=f"company{company}.com", reason="",
        actor=world.actor, now=world.now,
    )  # fmt: skip
