"""A workspace reads a title otherwise: what its searches cost, whom they add, and what earlier quotes stay."""

from rollcall.contacts import book, overrides
from rollcall.contacts.overrides import Given
from rollcall.personas import definitions, demand, quotes, runs
from rollcall.personas.demand import Chosen, Wanted
from rollcall.segments import membership
from rollcall.segments.language import Definition
from tests.personas.world import World, prove


def say(world: World, title: str, *halves: str | None) -> None:
    overrides.save(workspace=world.workspace, given=Given(title, *halves), actor=world.actor, now=world.now)


def test_it_works(world: World) -> None:
    """E1: six publicity managers are vice presidents here."""
    segment, leaders = world.segment(), world.persona("VPs", seniorities=["vp"])
    assert world.quote(segment, leaders).matches == 12
    say(world, "publicity manager", "vp")
    quote = world.quote(segment, leaders)
    assert (quote.matches, quote.inputs["titles_revision"]) == (18, 1)
    say(world, "VP Sales", None, "marketing")
    marketing = world.persona("Marketing", seniorities=["vp"], departments=["marketing"], per_company=1)
    assert world.quote(segment, marketing).matches == 6
    run = world.search(segment, leaders)
    assert run.charged == 18
    page = book.page(workspace=world.workspace, sort="name", cursor=None, limit=50)
    read = {(contact.title, contact.seniority, contact.department) for contact in page.items}
    assert ("VP Sales", "vp", "marketing") in read
    assert {level for title, level, _ in read if title == "Publicity Manager"} == {"vp"}
    prove(world)


def test_e2_a_quote_made_before_a_change_stays_what_it_was(world: World) -> None:
    """The people it named are the people it adds; how they are read now is how they are shown."""
    segment, managers = (
        world.segment(),
        world.persona("Managers", seniorities=["manager"], titles=["Publicity"]),
    )
    quote = world.quote(segment, managers)
    say(world, "Publicity Manager", "staff")
    assert quotes.changes(quote) is None
    assert world.quote(segment, managers).matches == 0
    run = runs.carry_out(run_id=world.start(quote).pk, now=world.now)
    assert (run.charged, quote.inputs["titles_revision"]) == (6, 0)
    page = book.page(workspace=world.workspace, sort="name", cursor=None, limit=50)
    assert {contact.seniority for contact in page.items} == {"staff"}
    prove(world)


def test_who_comes_first_is_asked_anew(world: World) -> None:
    """P4: the best of each company, by the ranks that the workspace sees."""
    segment, best = world.segment(), world.persona("Best", per_company=1)
    say(world, "Software Engineer", "c_suite")
    say(world, "Chief Executive Officer", "staff")
    say(world, "Chief Financial Officer", "staff")
    quote = world.quote(segment, best)
    assert {one["title"] for one in quotes.sample(quote, limit=6)} == {"Software Engineer"}


def test_g8_an_analysis_reads_them_so(world: World) -> None:
    segment, leaders = world.segment(), world.persona("VPs", seniorities=["vp"])
    say(world, "Publicity Manager", "vp")
    company_ids = membership.company_ids(segment=segment)
    chosen = Chosen(segment.pk, "All", False, Definition(everything=True), company_ids)
    wanted = Wanted(leaders.pk, "VPs", definitions.of(leaders))
    found = demand.today(workspace=world.workspace, segments=[chosen], personas=[wanted])
    assert found.new == 18


def test_another_workspace_reads_as_before(world: World, other_world: World) -> None:
    say(world, "Publicity Manager", "vp")
    quote = other_world.quote(other_world.segment(), other_world.persona("VPs", seniorities=["vp"]))
    assert quote.matches == 12
