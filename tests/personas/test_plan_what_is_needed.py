"""Requirement analysis (G8): unique new contacts, what comes each month, and the package that follows."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from rollcall.contacts import suppression
from rollcall.credits import balances
from rollcall.personas import inflow, requirements
from rollcall.personas.definitions import NoSuchPersona
from rollcall.personas.models import Analysis
from rollcall.personas.requirements import PersonaDraft, SegmentDraft
from rollcall.segments.language import BadDefinition
from rollcall.segments.register import NoSuchSegment
from tests.personas.world import World, staff

People = Sequence[tuple[int, int, str]]


def analyse(world: World, segments: Sequence[Any], personas: Sequence[Any], **more: Any) -> Analysis:
    return requirements.analyse(
        workspace=world.workspace,
        segment_ids=[segment.pk for segment in segments],
        persona_ids=[persona.pk for persona in personas],
        actor=world.actor,
        now=world.now,
        **more,
    )


def larger(than: int) -> dict[str, Any]:
    return {"where": {"op": "and", "items": [{"field": "employees", "op": "gte", "value": than}]}}


def hired(companies: int, extra: int) -> People:
    """Everybody, and so many more sales directors at company 1."""
    return [*staff(companies), *((1, 1500 + number, "Director of Sales") for number in range(extra))]


def test_it_works(world: World) -> None:
    """Six companies with a CEO and a CFO each; nothing is spent, and it is there again under its id."""
    found = analyse(world, [world.segment()], [world.persona(titles=["CEO", "CFO"])], months=3)
    assert found.result["today"]["new"] == 12
    assert found.name == "All, Everybody"
    assert found.universe_version == 1
    assert world.balance() == (1000, 0)
    again = requirements.get(workspace=world.workspace, analysis_id=found.pk)
    assert (again.result, again.inputs) == (found.result, found.inputs)
    assert requirements.list_(workspace=world.workspace).items == [again]


def test_g8_a_person_counts_once_over_segments_and_personas(world: World) -> None:
    """Companies 1–6, and 4–6 again; CEO and CFO, and chiefs again: each line is told, and what it counts twice."""
    everybody, large = world.segment("All"), world.segment("Large", **larger(400))
    both, ceos = world.persona("Both", titles=["CEO", "CFO"]), world.persona("CEOs", titles=["CEO"])
    found = analyse(world, [everybody, large], [both, ceos]).result
    assert found["today"]["new"] == 12
    assert [line["new"] for line in found["segments"]] == [12, 6]
    assert [line["shared"] for line in found["segments"]] == [6, 6]
    assert [line["new"] for line in found["personas"]] == [12, 6]
    assert [line["shared"] for line in found["personas"]] == [6, 6]
    for part in ("segments", "personas"):
        twice = found["today"][f"counted_twice_by_{part}"]
        assert sum(line["new"] for line in found[part]) - twice == found["today"]["new"]


def test_p4_the_most_per_company_is_that_of_a_real_search(world: World) -> None:
    """One sales person a company, whichever of the two segments: then the search really costs that much."""
    segments = [world.segment("All"), world.segment("Large", **larger(300))]
    sales = world.persona("Sales", titles=["sales"], per_company=1)
    planned = analyse(world, segments, [sales]).result["today"]["new"]
    spent = [world.search(segment, sales).charged for segment in segments]
    assert (planned, sum(spent)) == (6, 6)
    after = analyse(world, segments, [sales]).result["today"]
    assert (after["new"], after["owned"], after["matches"]) == (0, 6, 6)


def test_c7_owned_and_suppressed_people_are_left_out(world: World) -> None:
    segment, everybody = world.segment(), world.persona()
    world.search(segment, world.persona("CEOs", titles=["CEO"]))
    suppression.add(
        workspace=world.workspace,
        kind="domain",
        value="company3.com",
        reason="",
        actor=world.actor,
        now=world.now,
    )
    found = analyse(world, [segment], [everybody]).result
    assert found["today"] | {"companies": 0} == {
        "companies": 0, "matches": 48, "owned": 5, "suppressed": 8, "new": 35,
        "counted_twice_by_segments": 0, "counted_twice_by_personas": 0,
    }  # fmt: skip
    (line,) = found["segments"]
    assert line["matches"] == line["owned"] + line["suppressed"] + line["new"]


def test_g8_drafts_count_like_saved_ones(world: World) -> None:
    saved = analyse(world, [world.segment(**larger(400))], [world.persona(titles=["CFO"])])
    drafted = requirements.analyse(
        workspace=world.workspace,
        segment_drafts=[SegmentDraft("Large, perhaps", larger(400))],
        persona_drafts=[PersonaDraft("", {"titles": ["CFO"]})],
        actor=world.actor,
        now=world.now,
    )
    assert drafted.result["today"] == saved.result["today"]
    assert drafted.name == "Large, perhaps, Draft 1"
    assert [line["id"] for line in drafted.result["segments"] + drafted.result["personas"]] == [None, None]
    mixed = analyse(
        world, [world.segment("Everyone")], [], persona_drafts=[PersonaDraft("CFOs", {"titles": ["CFO"]})]
    )
    assert mixed.result["today"]["new"] == 6


def test_g8_the_inflow_is_what_past_versions_showed(world: World) -> None:
    """2 new people in 31 days, 6 in 30, none in 30: the middle of 1.94, 6 and 0 a month."""
    segment, persona = world.segment(kind="dynamic", everything=True), world.persona(titles=["sales"])
    for day, extra in ((date(2026, 9, 1), 2), (date(2026, 10, 1), 8), (date(2026, 10, 31), 8)):
        world.now += timedelta(days=31)
        world.load(hired(6, extra), as_of=day)
    came = analyse(world, [segment], [persona], months=6).result["inflow"]
    assert [(step["new"], step["days"]) for step in came["steps"]] == [(2, 31), (6, 30), (0, 30)]
    assert (came["low"], came["per_month"], came["high"]) == (0.0, 1.94, 6.0)
    assert came["versions"] == [1, 2, 3, 4]


def test_g8_who_returns_is_not_new_and_new_companies_count(world: World) -> None:
    """Company 7 joins with its CEO; the CEO of company 1 leaves and is back later."""
    segment = world.segment(kind="dynamic", **larger(100))
    ceos = world.persona(titles=["CEO"])
    without = [row for row in staff(6) if row[1] != 1000]
    for day, people in (
        (date(2026, 9, 1), without),
        (date(2026, 10, 1), staff(7)),
        (date(2026, 10, 31), staff(7)),
    ):
        world.now += timedelta(days=31)
        world.load(people, as_of=day)
    came = analyse(world, [segment], [ceos]).result["inflow"]
    assert [step["new"] for step in came["steps"]] == [0, 1, 0]


def test_g8_static_segments_have_no_inflow(world: World) -> None:
    for day in (date(2026, 8, 15), date(2026, 8, 20), date(2026, 8, 25)):
        world.load(hired(6, 5), as_of=day)
    came = analyse(world, [world.segment()], [world.persona()]).result["inflow"]
    assert (came["per_month"], came["low"], came["steps"]) == (None, None, [])
    assert came["why"].startswith("None of the chosen segments is dynamic")


def test_g8_no_inflow_without_enough_versions(world: World) -> None:
    segment, persona = world.segment(kind="dynamic", everything=True), world.persona()
    world.load(hired(6, 3), as_of=date(2026, 8, 20))
    came = analyse(world, [segment], [persona]).result
    assert (came["inflow"]["per_month"], came["inflow"]["high"]) == (None, None)
    assert came["inflow"]["why"] == "Not enough history: it takes 3 dates of the universe, and there are 2."
    assert came["package"]["lines"][1]["credits"] == 0
    assert came["package"]["lines"][1]["note"] == came["inflow"]["why"]


def test_g8_the_first_load_of_a_source_is_no_inflow(world: World) -> None:
    """A second source brings companies that were always there; only what it adds later is new."""
    from rollcall.universe import ingest
    from tests.personas.world import Roster

    segment, persona = world.segment(kind="dynamic", everything=True), world.persona(titles=["CEO"])
    world.load(staff(6), as_of=date(2026, 8, 11))
    other = [(company + 50, person + 50_000, title) for company, person, title in staff(9)]
    for day, people in ((date(2026, 8, 15), other[:64]), (date(2026, 8, 21), other)):
        ingest.load(source=Roster(people, day, name="other"), now=world.now)
    came = analyse(world, [segment], [persona]).result["inflow"]
    assert [(step["new"], step["days"]) for step in came["steps"]] == [(0, 10), (1, 10)]


def test_suppressed_people_are_no_inflow(world: World) -> None:
    segment, persona = world.segment(kind="dynamic", everything=True), world.persona(titles=["sales"])
    suppression.add(
        workspace=world.workspace,
        kind="domain",
        value="company1.com",
        reason="",
        actor=world.actor,
        now=world.now,
    )
    for day in (date(2026, 8, 11), date(2026, 8, 21)):
        world.load(hired(6, 4), as_of=day)
    came = analyse(world, [segment], [persona]).result["inflow"]
    assert [step["new"] for step in came["steps"]] == [0, 0]


def test_g8_the_package_and_its_arithmetic(world: World) -> None:
    """New today + 30 a month × 36 − 1,050 available: 98 are missing, so 100 are recommended."""
    segment, persona = world.segment(kind="dynamic", everything=True), world.persona()
    for day, extra in ((date(2026, 8, 11), 10), (date(2026, 8, 21), 20)):
        world.load(hired(6, extra), as_of=day)
    world.credits(50, key="welcome", expires_at=world.now + timedelta(days=40))
    sized = analyse(world, [segment], [persona], months=3).result["package"]
    # The 50 that expire in 40 days burn first.
    assert [line["credits"] for line in sized["lines"]] == [68, 90, -1050, 0, 0]
    assert (sized["missing"], sized["recommended"]) == (0, 0)
    big = analyse(world, [segment], [persona], months=36).result["package"]
    assert [line["credits"] for line in big["lines"]] == [68, 1080, -1050, 0, 0]
    assert (big["missing"], big["recommended"], big["step"]) == (98, 100, 100)


def test_g8_credits_that_expire_unused_do_not_count(workspace: Any, actor: Any, now: Any) -> None:
    """300 that end in 10 days, of which today's 48 are taken; 500 that start in 20 days count."""
    world = World(workspace, actor, now)
    world.load(staff(6))
    world.credits(300, expires_at=now + timedelta(days=10))
    world.credits(20, key="later", effective_at=now + timedelta(days=20))
    world.credits(900, key="too late", effective_at=now + timedelta(days=31))
    sized = analyse(world, [world.segment()], [world.persona()], months=1).result["package"]
    assert [line["credits"] for line in sized["lines"]] == [48, 0, -300, -20, 252]
    # 48 − (320 − 252) is below zero: nothing is missing.
    assert (sized["missing"], sized["recommended"]) == (0, 0)


def test_g8_the_runway_has_a_band_only_with_history(world: World) -> None:
    found = analyse(world, [world.segment()], [world.persona()]).result["runway"]["as_it_is"]
    assert (found["has_band"], found["earliest"], found["days"]) == (False, None, None)
    assert found["why"].startswith("Too early to say")


def test_p5_coverage_says_what_is_not_known(world: World) -> None:
    found = analyse(world, [world.segment()], [world.persona(titles=["CEO"])]).result["coverage"]
    assert (found["people"], found["seen_within_90_days"], found["since"]) == (6, 6, "2026-06-03")
    assert found["verified_email"] is None and "not verified" in found["why"]
    world.now += timedelta(days=200)
    later = analyse(world, [world.segment("B")], [world.persona("C", titles=["CEO"])]).result["coverage"]
    assert later["seen_within_90_days"] == 0


def test_budgets_and_balance_do_not_change_what_is_needed(other_world: World, world: World) -> None:
    """Charlie has no credits: he learns all the same what he needs, and how much to ask for."""
    found = analyse(other_world, [other_world.segment()], [other_world.persona()]).result
    assert found["today"]["new"] == 48
    assert (found["package"]["missing"], found["package"]["recommended"]) == (48, 100)
    assert found["runway"]["as_it_is"]["why"] == "No credits are available."
    assert set(found["runway"]) == {"as_it_is", "with_package"}


def test_what_is_attached_to_a_request(world: World) -> None:
    made = analyse(world, [world.segment()], [world.persona()], name="Autumn")
    attached = requirements.attachment(made)
    assert (attached["id"], attached["name"]) == (f"ana_{made.pk}", "Autumn")
    assert attached["recommended"] == made.result["package"]["recommended"]
    assert attached["package"]["lines"] == made.result["package"]["lines"]
    assert "definition" not in str(attached)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"months": 0}, requirements.BadMonths),
        ({"months": 37}, requirements.BadMonths),
        ({"months": True}, requirements.BadMonths),
        ({"name": "x" * 121}, requirements.BadAnalysisName),
        ({"persona_drafts": [PersonaDraft("x\0", {})]}, requirements.BadAnalysisName),
        ({"segment_drafts": [SegmentDraft("x", {"nonsense": 1})]}, BadDefinition),
        ({"segment_drafts": [SegmentDraft("x", {"everything": True})] * 50}, requirements.TooMuchToAnalyse),
        ({"persona_drafts": [PersonaDraft("x", {})] * 63}, requirements.TooMuchToAnalyse),
    ],
)
def test_what_cannot_be_analysed_is_said(world: World, more: dict[str, Any], error: type[Exception]) -> None:
    segment, persona = world.segment(), world.persona()
    with pytest.raises(error):
        analyse(world, [segment], [persona], **more)
    assert not Analysis.objects.exists()


def test_nothing_chosen_is_refused(world: World) -> None:
    with pytest.raises(requirements.NothingToAnalyse):
        analyse(world, [world.segment()], [])
    with pytest.raises(requirements.NothingToAnalyse):
        analyse(world, [], [world.persona()])


def test_too_many_looks_back_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is bounded: dynamic segments × past versions; the message says what to do."""
    monkeypatch.setattr(inflow, "LOOKS_MAX", 3)
    world.load(staff(6), as_of=date(2026, 8, 11))
    segments = [world.segment(name, kind="dynamic", everything=True) for name in "ab"]
    with pytest.raises(
        inflow.TooMuchToLookAt, match="2 dynamic segments in 2 past versions are 4 looks; 3 is"
    ):
        analyse(world, segments, [world.persona()])


def test_only_the_newest_versions_are_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflow, "VERSIONS_MAX", 3)
    for day in (11, 13, 15, 17):
        world.load(hired(6, day), as_of=date(2026, 8, day))
    came = analyse(world, [world.segment(kind="dynamic", everything=True)], [world.persona()]).result[
        "inflow"
    ]
    assert (came["versions"], [step["new"] for step in came["steps"]]) == ([3, 4, 5], [2, 2])


def test_another_workspace_sees_nothing_of_it(world: World, other_world: World) -> None:
    segment, persona = world.segment(), world.persona()
    made = analyse(world, [segment], [persona])
    with pytest.raises(requirements.NoSuchAnalysis):
        requirements.get(workspace=other_world.workspace, analysis_id=made.pk)
    assert requirements.list_(workspace=other_world.workspace).items == []
    with pytest.raises(NoSuchSegment):
        analyse(other_world, [segment], [other_world.persona()])
    with pytest.raises(NoSuchPersona):
        analyse(other_world, [other_world.segment()], [persona])


def test_an_analysis_moves_no_credit(world: World) -> None:
    before = balances.read(workspace=world.workspace, now=world.now)
    analyse(world, [world.segment()], [world.persona()])
    assert balances.read(workspace=world.workspace, now=world.now) == before
