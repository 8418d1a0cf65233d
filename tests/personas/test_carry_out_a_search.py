"""Carrying a search out: who is added, what is charged, and what is given back."""

from datetime import date

import pytest

from rollcall.contacts import book, suppression
from rollcall.contacts import refresh as contact_refresh
from rollcall.contacts.models import Change, Contact
from rollcall.core import jobs
from rollcall.credits import ledger
from rollcall.personas import carrying, definitions, runs
from rollcall.personas.models import ContactPersona
from rollcall.segments import activity, membership, placements
from tests.personas.world import World, prove, staff


def test_it_works(world: World) -> None:
    """C1, E4: paid if and only if added; the rest of the hold comes back."""
    segment = world.segment()
    run = world.search(segment, world.persona(titles=["CEO", "CFO"]))
    assert (run.state, run.people, run.people_done, run.charged, run.owned) == ("done", 12, 12, 12, 0)
    assert world.balance() == (988, 0)
    assert world.claims() == book.count(workspace=world.workspace) == 12
    segment.refresh_from_db()
    assert segment.contact_count == 12
    page = placements.page(
        workspace=world.workspace, segment_id=segment.pk, sort="name", cursor=None, limit=50
    )
    assert len(page.items) == 12
    prove(world)


def test_e2_charged_is_quoted(world: World) -> None:
    quote = world.quote(world.segment(), world.persona(seniorities=["vp", "c_suite"]), stop_at=17)
    run = runs.carry_out(run_id=world.start(quote).pk, now=world.now)
    assert run.charged == quote.credits_max == 17


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_c3_overlapping_personas_in_overlapping_segments(
    world: World, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Once for each profile and company, whatever finds it, in batches of any size."""
    monkeypatch.setattr(carrying, "CHUNK", chunk)
    energy = world.segment("Energy", where=_sector("Energy", "Utilities"))
    finance = world.segment("Finance", where=_sector("Financials", "Utilities"))
    sales, leaders = (
        world.persona("Sales", titles=["sales"]),
        world.persona("Leaders", seniorities=["vp", "c_suite"]),
    )
    charged = [
        world.search(energy, sales, leaders).charged,
        world.search(finance, leaders).charged,
        world.search(finance, sales, leaders).charged,
        world.search(world.segment("All"), world.persona()).charged,
        world.search(world.segment("All again"), world.persona("P2")).charged,
    ]
    assert charged == [24, 8, 4, 12, 0]
    assert world.claims() == 48 and world.balance() == (952, 0)
    prove(world)


def test_c3_removed_and_added_again_is_free(world: World) -> None:
    segment, chief = world.segment(), world.persona(titles=["CEO"])
    world.search(segment, chief)
    contact = Contact.objects.filter(workspace=world.workspace).first()
    assert contact is not None
    membership.remove_contact(
        workspace=world.workspace,
        segment_id=segment.pk,
        contact_id=contact.pk,
        actor=world.actor,
        now=world.now,
    )
    segment.refresh_from_db()
    assert segment.contact_count == 5
    run = world.search(segment, chief)
    segment.refresh_from_db()
    assert (run.charged, run.owned, segment.contact_count) == (0, 6, 6)
    prove(world)


def test_c4_the_same_person_elsewhere_is_another_contact(world: World) -> None:
    chief, segment = world.persona(titles=["CEO"]), world.segment()
    world.search(segment, chief)
    moved = [(6, 1000, "Chief Executive Officer") if p == (6, 6000, "Chief Executive Officer") else p
             for p in staff(6) if p[1] != 1000]  # fmt: skip
    world.load(moved, as_of=date(2026, 8, 20))
    assert world.balance() == (994, 0), "learning it costs nothing"
    run = world.search(segment, chief)
    assert (run.charged, run.owned) == (1, 4)
    prove(world)


def test_p2_a_contact_carries_each_persona_that_found_it(world: World) -> None:
    sales = world.persona("Sales", titles=["sales"])
    leaders = world.persona("VPs", seniorities=["vp"])
    world.search(world.segment("A"), sales)
    world.search(world.segment("B"), leaders)
    both = Contact.objects.filter(found_by__persona=sales).filter(found_by__persona=leaders)
    assert set(both.values_list("title", flat=True)) == {"VP Sales"}
    assert both.count() == 6
    assert ContactPersona.objects.count() == 18 + 12


def test_c7_suppressed_after_the_estimate_is_not_added(world: World) -> None:
    run = world.start(world.quote(world.segment(), world.persona()))
    suppression.add(
        workspace=world.workspace,
        kind="domain",
        value="company3.com",
        reason="",
        actor=world.actor,
        now=world.now,
    )
    done = runs.carry_out(run_id=run.pk, now=world.now)
    assert (done.charged, done.suppressed, done.suppressed_since) == (40, 8, 8)
    assert world.balance() == (960, 0)
    assert not Contact.objects.filter(company_domain="company3.com").exists()
    prove(world)


def test_c7_unsuppressed_after_the_estimate_is_not_added_either(world: World) -> None:
    """Charged is never more than quoted."""
    line = suppression.add(
        workspace=world.workspace,
        kind="domain",
        value="company3.com",
        reason="",
        actor=world.actor,
        now=world.now,
    )
    run = world.start(world.quote(world.segment(), world.persona()))
    suppression.remove(workspace=world.workspace, suppression_id=line.pk, actor=world.actor, now=world.now)
    assert runs.carry_out(run_id=run.pk, now=world.now).charged == 40
    prove(world)


def test_bought_by_another_search_meanwhile_is_free(world: World) -> None:
    segment = world.segment()
    run = world.start(world.quote(segment, world.persona()))
    world.search(world.segment("B"), world.persona("CEOs", titles=["CEO"]))
    done = runs.carry_out(run_id=run.pk, now=world.now)
    assert (done.charged, done.owned, done.owned_since) == (42, 6, 6)
    assert world.balance() == (952, 0)
    prove(world)


def test_a_deleted_persona_does_not_stop_its_search(world: World) -> None:
    """The run goes on with the people its quote pinned."""
    persona = world.persona("CEOs", titles=["CEO"])
    run = world.start(world.quote(world.segment(), persona))
    definitions.delete(workspace=world.workspace, persona_id=persona.pk, actor=world.actor, now=world.now)
    done = runs.carry_out(run_id=run.pk, now=world.now)
    assert (done.state, done.charged) == ("done", 6)
    assert ContactPersona.objects.filter(persona=persona).count() == 6
    prove(world)


def test_an_edited_persona_does_not_change_its_search(world: World) -> None:
    persona = world.persona("CEOs", titles=["CEO"])
    run = world.start(world.quote(world.segment(), persona))
    definitions.update(
        workspace=world.workspace, persona_id=persona.pk, definition=definitions.parse({}),
        actor=world.actor, now=world.now,
    )  # fmt: skip
    assert runs.carry_out(run_id=run.pk, now=world.now).charged == 6
    prove(world)


def test_newer_data_does_not_change_a_search_and_refreshes_it_afterwards(world: World) -> None:
    """The quote's version is pinned; who left meanwhile is charged as quoted and marked as former by the refresh."""
    run = world.start(world.quote(world.segment(), world.persona(titles=["CEO"])))
    version = world.load([p for p in staff(6) if p[1] != 1000], as_of=date(2026, 8, 20))
    done = runs.carry_out(run_id=run.pk, now=world.now)
    assert done.charged == 6
    assert set(Contact.objects.values_list("universe_version", flat=True)) == {1}
    contact_refresh.run(workspace=world.workspace, version=version, now=world.now)
    assert set(Contact.objects.values_list("universe_version", flat=True)) == {2}
    left = Contact.objects.get(is_former=True)
    kinds = list(Change.objects.filter(contact=left).order_by("id").values_list("kind", flat=True))
    assert kinds == ["added", "left"]
    assert world.balance() == (994, 0)
    prove(world)


@pytest.mark.django_db(transaction=True)
def test_the_sweeps_of_a_worker_do_all_that(world: World) -> None:
    """A queued run is found, and contacts bought from an older version are refreshed, without being told."""
    run = world.start(world.quote(world.segment(), world.persona(titles=["CEO"])))
    world.load([p for p in staff(6) if p[1] != 1000], as_of=date(2026, 8, 20))
    jobs.run_all()
    assert runs.get(workspace=world.workspace, run_id=run.pk).state == "done"
    assert Contact.objects.filter(is_former=True, universe_version=2).count() == 1
    prove(world)


def test_e6_progress_while_it_runs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "CHUNK", 10)
    run = world.start(world.quote(world.segment(), world.persona()))
    before = runs.progress(workspace=world.workspace, run_id=run.pk)
    assert (before.state, before.percent, before.is_active, before.seconds_left) == ("queued", 0, True, None)
    runs.carry_out(run_id=run.pk, now=world.now, seconds_max=-1)
    halfway = runs.progress(workspace=world.workspace, run_id=run.pk)
    assert (halfway.state, halfway.done, halfway.charged, halfway.percent) == ("running", 10, 10, 20)
    runs.carry_out(run_id=run.pk, now=world.later(5))
    after = runs.progress(workspace=world.workspace, run_id=run.pk)
    assert (after.state, after.percent, after.is_active, after.charged) == ("done", 100, False, 48)
    assert after.rate_per_second == 10 and after.seconds_left is None


def test_the_segment_tells_what_happened(world: World) -> None:
    segment = world.segment("Market")
    run = world.search(segment, world.persona("Chiefs", titles=["CEO"]))
    event = activity.page(workspace=world.workspace, segment_id=segment.pk).items[0]
    assert (event.kind, event.actor_label) == ("search_finished", "Alice Moreau")
    assert event.detail["run"] == f"run_{run.pk}"
    assert (event.detail["charged"], event.detail["owned"], event.detail["released"]) == (6, 0, 0)


def test_carrying_out_twice_changes_nothing(world: World) -> None:
    run = world.search(world.segment(), world.persona())
    again = runs.carry_out(run_id=run.pk, now=world.later(3600))
    assert (again.state, again.charged, again.fence) == ("done", 48, run.fence)
    entries = ledger.page(workspace=world.workspace, now=world.now, run_id=run.pk).items
    assert [row.entry.kind for row in entries] == ["charge", "hold"], "a hold used up has nothing to release"
    prove(world)


def _sector(*names: str) -> dict[str, object]:
    return {"op": "and", "items": [{"field": "sector", "op": "is_any_of", "value": list(names)}]}
