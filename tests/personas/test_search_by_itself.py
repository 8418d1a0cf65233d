"""Searches that start when companies join: for those companies, within the allowance, and asked about above it."""

from datetime import date
from typing import Any

import pytest

from rollcall.contacts.models import Contact
from rollcall.core import jobs
from rollcall.credits import budgets, explanations, holds
from rollcall.credits.models import Budget, Entry, Hold
from rollcall.notices.models import Letter
from rollcall.personas import approvals, automatic, automations, definitions, quotes, receipts, runs
from rollcall.personas.models import Approval, Automation, Run
from rollcall.segments import activity, register
from rollcall.segments import definitions as segments
from rollcall.segments.models import Segment
from tests.personas.automating import approve, automate, decline, refresh, waiting, work
from tests.personas.world import World, prove, staff


@pytest.fixture
def market(world: World) -> Segment:
    """Every company there is, whoever comes."""
    return world.segment("Market", kind="dynamic", everything=True)


def join(world: World, segment: Segment, companies: int, day: int = 20) -> None:
    """A new load of data brings companies, and the segment takes them in."""
    world.load(staff(companies), as_of=date(2026, 8, day))
    refresh(world, segment)


def told(world: World, segment: Segment) -> list[str]:
    return [line.kind for line in activity.page(workspace=world.workspace, segment_id=segment.pk).items]


def test_s5_companies_that_join_are_searched_end_to_end(world: World, market: Segment) -> None:
    """Load, refresh of the segment, look, search, contacts: nobody does anything, and only the new ones are bought."""
    automation = automate(world, market, world.persona(titles=["CEO"]), mode="allowance", credits_per_day=50)
    jobs.run_all()
    assert not Run.objects.exists(), "companies that are here already have not joined"
    world.load(staff(8), as_of=date(2026, 8, 20))
    jobs.run_all()
    run = Run.objects.get()
    assert (run.state, run.charged, run.automation_id) == ("done", 2, automation.pk)
    assert (run.actor, run.actor_label) == ("system:automation", "Automatic search, set up by Alice Moreau")
    assert {contact.company_name for contact in Contact.objects.all()} == {"Company 0007", "Company 0008"}
    assert register.get(workspace=world.workspace, segment_id=market.pk).contact_count == 2
    assert set(Entry.objects.filter(run_id=run.pk).values_list("automation_id", flat=True)) == {automation.pk}
    assert not waiting(world)
    prove(world)


def test_e7_it_asks_first_by_default(world: World, market: Segment) -> None:
    automation = automate(world, market, world.persona(titles=["CEO"]))
    assert (automation.mode, automation.credits_per_day, automation.trigger) == ("ask", 0, "joined")
    join(world, market, 8)
    assert work(world.now) == []
    (asked,) = waiting(world)
    assert (asked.credits, asked.why, asked.automation_id) == (2, "It asks first.", automation.pk)
    lines = [(line["label"], line["amount"]) for line in asked.estimate["lines"]]
    assert lines[0] == ("Matches", 2) and lines[-1] == ("New people, at most", 2)
    assert {person["company"] for person in asked.estimate["sample"]} == {"Company 0007", "Company 0008"}
    assert world.balance() == (1000, 0), "nothing spends unseen"


def test_e7_an_allowance_of_0_is_0(world: World, market: Segment) -> None:
    automate(world, market, world.persona(titles=["CEO"]), mode="allowance", credits_per_day=0)
    join(world, market, 8)
    assert work(world.now) == []
    assert (waiting(world)[0].credits, waiting(world)[0].why) == (2, "The allowance is 0 credits a day.")
    assert world.balance() == (1000, 0)


def test_e7_what_is_above_the_allowance_waits_and_says_what_it_would_have_cost(
    world: World, market: Segment
) -> None:
    automate(world, market, world.persona(), mode="allowance", credits_per_day=10)
    join(world, market, 9)
    (run,) = work(world.now)
    assert run.charged == 10
    rule = "within its allowance of 10 credits a day, of which 10 were left on 2026-09-01."
    for entry in receipts.of_run(workspace=world.workspace, run_id=run.pk).entries:
        facts = {fact.label: fact for fact in explanations.facts(entry=entry)}
        assert facts["Rule"].value.endswith(rule), "C9: which rule, which allowance"
        assert facts["Started by itself"].id == f"aut_{run.automation_id}"
    (asked,) = waiting(world)
    assert asked.credits == 14
    assert asked.why == "Above the allowance of 10 credits a day; 10 of them were left today."
    assert sum(line["amount"] for line in asked.estimate["lines"][:-1]) == 14
    bought = set(Contact.objects.values_list("title", "company_name"))
    assert not bought & {(one["title"], one["company"]) for one in asked.estimate["sample"]}
    again = approve(world, asked)
    assert again.run is not None and again.run.actor_label.endswith("approved by Alice Moreau")
    assert [run.charged for run in work(world.now)] == [14]
    assert Contact.objects.count() == 24
    prove(world)


def test_e7_the_day_is_used_up_and_the_next_one_is_not(world: World, market: Segment) -> None:
    automation = automate(world, market, world.persona(), mode="allowance", credits_per_day=8)
    join(world, market, 7)
    assert [run.charged for run in work(world.now)] == [8]
    join(world, market, 8, day=21)
    assert work(world.now) == []
    assert waiting(world)[0].why == "The allowance of 8 credits is used up for today."
    tomorrow = world.later(86_400)
    join(world, market, 9, day=22)
    assert [run.charged for run in work(tomorrow)] == [8]
    assert waiting(world)[0].credits == 8, "of the sixteen that were waiting or joined, eight are left"
    used = budgets.find(
        workspace=world.workspace,
        scope="automation",
        subject=f"aut_{automation.pk}",
        period="day",
        is_hard=True,
    )
    assert used is not None and used.limit == 8
    prove(world)


def test_it_waits_with_the_shortfall_when_the_balance_is_too_small(world: World, market: Segment) -> None:
    automate(world, market, world.persona("CEOs", titles=["CEO"]), mode="allowance", credits_per_day=99)
    hold = _set_aside_all_but(world, 1)
    join(world, market, 9)
    done = work(world.now)
    assert [run.charged for run in done] == [1]
    (asked,) = waiting(world)
    assert (asked.credits, asked.why) == (2, "Too few credits: 3 needed, 1 available, 2 short.")
    holds.release(workspace=world.workspace, hold_id=hold.pk, key="back", actor=world.actor, now=world.now)
    prove(world)


def test_nobody_new_makes_no_noise(world: World, market: Segment) -> None:
    chief = world.persona(titles=["CEO"])
    automation = automate(world, market, world.persona("None", titles=["Astronaut"]))
    automate(world, market, chief, trigger="daily")
    world.search(market, chief)
    join(world, market, 7)
    before = told(world, market)
    assert work(world.now) == []
    automation.refresh_from_db()
    assert automation.note == "Nobody new." and automation.last_run_at == world.now
    assert not Approval.objects.exists() and not Letter.objects.exists()
    assert told(world, market) == before


def test_people_who_are_yours_already_join_the_segment_for_free(world: World, market: Segment) -> None:
    """Nothing to ask: it costs nothing."""
    chief = world.persona(titles=["CEO"])
    automate(world, market, chief)
    world.load(staff(7), as_of=date(2026, 8, 20))
    world.search(world.segment("Other", everything=True), chief)
    refresh(world, market)
    (run,) = work(world.now)
    assert (run.charged, run.owned, run.hold) == (0, 1, None)
    assert not waiting(world)


def test_one_question_at_a_time_and_always_the_newest(world: World, market: Segment) -> None:
    automate(world, market, world.persona(titles=["CEO"]))
    join(world, market, 8)
    work(world.now)
    join(world, market, 10, day=21)
    work(world.now)
    (asked,) = waiting(world)
    assert asked.credits == 4 and Approval.objects.count() == 1


def test_declined_stays_declined_until_companies_join_again(world: World, market: Segment) -> None:
    automate(world, market, world.persona(titles=["CEO"]))
    join(world, market, 8)
    work(world.now)
    declined = decline(world, waiting(world)[0])
    assert (declined.state, declined.decided_by_label) == ("declined", "Alice Moreau")
    assert decline(world, declined).decided_at == declined.decided_at, "twice is once"
    refresh(world, market)
    assert work(world.later(90_000)) == [] and not waiting(world)
    join(world, market, 9, day=21)
    work(world.now)
    assert waiting(world)[0].credits == 1, "only the company that joined since"


def test_editing_or_deleting_a_persona_pauses(world: World, market: Segment) -> None:
    """P3: editing never spends by itself, and whoever relied on it is told why nothing happens."""
    chief = world.persona("Chiefs", titles=["CEO"])
    automation = automate(world, market, chief, mode="allowance", credits_per_day=50)
    join(world, market, 7)
    definitions.update(
        workspace=world.workspace, persona_id=chief.pk, definition=definitions.parse({}),
        actor=world.actor, now=world.now,
    )  # fmt: skip
    assert work(world.now) == []
    automation.refresh_from_db()
    assert (automation.is_on, automation.note) == (False, "The persona Chiefs was edited.")
    assert told(world, market)[0] == "automation_paused"
    automations.resume(**_this(world, automation))
    assert [run.charged for run in work(world.now)] == [8], "companies that joined in the pause are searched"
    definitions.delete(workspace=world.workspace, persona_id=chief.pk, actor=world.actor, now=world.now)
    with pytest.raises(definitions.NoSuchPersona):
        automations.resume(**_this(world, automation))
    automation.refresh_from_db()
    assert automation.note == "The persona Chiefs was deleted."


def test_editing_the_segment_pauses_and_deleting_it_ends(world: World, market: Segment) -> None:
    automation = automate(world, market, world.persona(titles=["CEO"]), mode="allowance", credits_per_day=50)
    segments.update(
        workspace=world.workspace, segment_id=market.pk, definition={"everything": True, "limit": 3},
        actor=world.actor, now=world.now,
    )  # fmt: skip
    assert work(world.now) == []
    automation.refresh_from_db()
    assert not automation.is_on and automation.note.startswith("The segment was edited.")
    automations.resume(**_this(world, automation))
    segments.delete(workspace=world.workspace, segment_id=market.pk, actor=world.actor, now=world.now)
    assert work(world.now) == []
    automation.refresh_from_db()
    assert automation.ended_at is not None and automation.note == "The segment was deleted."
    with pytest.raises(automations.AutomationEnded):
        automations.resume(**_this(world, automation))


def test_paused_ended_and_changed(world: World, market: Segment) -> None:
    automation = automate(world, market, world.persona(titles=["CEO"]))
    automations.pause(**_this(world, automation))
    join(world, market, 7)
    assert work(world.now) == [] and not waiting(world)
    automations.resume(**_this(world, automation))
    work(world.now)
    assert waiting(world)[0].credits == 1
    changed = automations.change(**_this(world, automation), mode="allowance", credits_per_day=5)
    assert (changed.mode, changed.credits_per_day) == ("allowance", 5)
    assert Approval.objects.get().state == "gone"
    assert [run.charged for run in work(world.now)] == [1], "what nobody decided is looked at again"
    automations.end(**_this(world, automation))
    assert not Budget.objects.filter(scope="automation", ended_at=None).exists()
    join(world, market, 8, day=21)
    assert work(world.now) == [] and automations.list_(workspace=world.workspace) == []


def test_lowering_and_raising_the_allowance_does_not_forget_what_was_used(
    world: World, market: Segment
) -> None:
    automation = automate(world, market, world.persona(), mode="allowance", credits_per_day=8)
    join(world, market, 8)
    assert [run.charged for run in work(world.now)] == [8]
    for credits in (4, 0, 12):
        automations.change(**_this(world, automation), credits_per_day=credits)
    assert [run.charged for run in work(world.now)] == [4], "12 a day, of which 8 are used"
    automations.change(**_this(world, automation), mode="ask")
    automations.change(**_this(world, automation), mode="allowance", credits_per_day=13)
    assert [run.charged for run in work(world.now)] == [1]
    prove(world)


def test_an_allowance_taken_out_of_the_ledger_allows_nothing(world: World, market: Segment) -> None:
    """Fail closed: what is not written down is not allowed."""
    automate(world, market, world.persona(titles=["CEO"]), mode="allowance", credits_per_day=50)
    budget = Budget.objects.get(scope="automation")
    budgets.end(workspace=world.workspace, budget_id=budget.pk, actor=world.actor, now=world.now)
    join(world, market, 8)
    assert work(world.now) == [] and waiting(world)[0].credits == 2


def test_other_budgets_bind_too(world: World, market: Segment) -> None:
    """G5: the segment's budget leaves less than the allowance."""
    automate(world, market, world.persona(), mode="allowance", credits_per_day=50)
    budgets.create(
        workspace=world.workspace, scope="segment", subject=f"seg_{market.pk}", period="month", limit=5,
        is_hard=True, actor=world.actor, now=world.now,
    )  # fmt: skip
    join(world, market, 7)
    assert [run.charged for run in work(world.now)] == [5]
    assert (waiting(world)[0].credits, waiting(world)[0].why) == (
        3,
        "Budgets leave room for 5 of these 8 credits.",
    )
    prove(world)


def test_a_monthly_budget_of_the_automation_binds_too(world: World, market: Segment) -> None:
    """G5: beside the allowance of the day; it waits instead of trying for ever."""
    automation = automate(world, market, world.persona(), mode="allowance", credits_per_day=50)
    budgets.create(
        workspace=world.workspace, scope="automation", subject=f"aut_{automation.pk}", period="month", limit=3,
        is_hard=True, actor=world.actor, now=world.now,
    )  # fmt: skip
    join(world, market, 7)
    assert [run.charged for run in work(world.now)] == [3]
    assert (waiting(world)[0].credits, waiting(world)[0].why) == (
        5,
        "Budgets leave room for 3 of these 8 credits.",
    )
    prove(world)


def test_a_search_of_a_person_does_not_use_the_allowance(world: World, market: Segment) -> None:
    automation = automate(world, market, world.persona(), mode="allowance", credits_per_day=8)
    join(world, market, 8)
    work(world.now)
    approve(world, waiting(world)[0])
    work(world.now)
    automations.change(**_this(world, automation), credits_per_day=9)
    join(world, market, 9, day=21)
    assert [run.charged for run in work(world.now)] == [1]


def test_one_letter_a_day_to_each_who_may_decide(world: World, market: Segment) -> None:
    """Alice owns the workspace; bob only looks."""
    automate(world, market, world.persona(titles=["CEO"]))
    join(world, market, 8)
    work(world.now)
    join(world, market, 9, day=21)
    work(world.now)
    letter = Letter.objects.get()
    assert letter.to == "alice@example.com"
    assert "Market: up to 2 credits. It asks first." in letter.body
    join(world, market, 10, day=22)
    work(world.later(86_400))
    assert Letter.objects.count() == 2


def test_it_never_starts_while_its_own_search_is_under_way(world: World, market: Segment) -> None:
    automate(world, market, world.persona(titles=["CEO"]), mode="allowance", credits_per_day=50)
    join(world, market, 7)
    assert automatic.look(now=world.now) == 1
    join(world, market, 8, day=21)
    assert automatic.look(now=world.now) == 0
    runs.carry_out(run_id=Run.objects.get().pk, now=world.now)
    assert automatic.look(now=world.now) == 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"trigger": "hourly"}, automations.UnknownTrigger),
        ({"mode": "freely"}, automations.UnknownMode),
        ({"mode": "allowance", "credits_per_day": -1}, automations.BadAllowance),
        ({"mode": "allowance", "credits_per_day": True}, automations.BadAllowance),
        ({"credits_per_day": 5}, automations.AskingSpendsNothing),
        ({"persona_ids": []}, quotes.PersonasNeeded),
        ({"persona_ids": [987]}, definitions.NoSuchPersona),
        ({"segment_id": 987}, register.NoSuchSegment),
    ],
)
def test_what_cannot_be_is_refused(world: World, market: Segment, wrong: dict[str, Any], error: type) -> None:
    wanted: dict[str, Any] = {"segment_id": market.pk, "persona_ids": [world.persona().pk]} | wrong
    with pytest.raises(error):
        automations.create(workspace=world.workspace, actor=world.actor, now=world.now, **wanted)
    assert not Automation.objects.exists()


def test_others_see_and_touch_nothing(world: World, other_world: World, market: Segment) -> None:
    """Invariant 8: every verb."""
    automation = automate(world, market, world.persona(titles=["CEO"]))
    join(world, market, 7)
    work(world.now)
    (asked,) = waiting(world)
    theirs = {**_this(other_world, automation)}
    for verb in (automations.change, automations.pause, automations.resume, automations.end):
        with pytest.raises(automations.NoSuchAutomation):
            verb(**theirs)
    for decide in (approve, decline):
        with pytest.raises(approvals.NoSuchApproval):
            decide(other_world, asked)
    assert automations.list_(workspace=other_world.workspace) == [] and waiting(other_world) == []
    assert waiting(world) == [asked]


def test_commitments_are_what_may_be_spent_a_day(world: World, market: Segment) -> None:
    chief = world.persona(titles=["CEO"])
    for trigger, credits in (("joined", 10), ("weekly", 70), ("daily", 0)):
        automate(world, market, chief, trigger=trigger, mode="allowance", credits_per_day=credits)
    automate(world, market, chief)
    found = automations.commitments(workspace=world.workspace)
    assert [(one.label, one.credits_per_day) for one in found] == [
        ("When companies join: Market", 10.0),
        ("Every week: Market", 10.0),
    ]


def _this(world: World, automation: Automation) -> dict[str, Any]:
    return {
        "workspace": world.workspace, "automation_id": automation.pk, "actor": world.actor, "now": world.now,
    }  # fmt: skip


def _set_aside_all_but(world: World, amount: int) -> Hold:
    available, _ = world.balance()
    return holds.place(
        workspace=world.workspace, amount=available - amount, key="away", actor=world.actor, now=world.now
    )
