"""G5 in a search: whom no budget is left for is shown before, costs nothing, and the receipt says why."""

import random
from typing import Any

import pytest

from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.credits import budgets
from rollcall.credits.models import Budget
from rollcall.personas import automations, budgeting, definitions, estimates, quotes, receipts, runs
from rollcall.personas.models import Quote, Run
from rollcall.workspaces import access, members
from rollcall.workspaces.models import User, Workspace
from tests.personas.world import World, prove


def _budget(world: World, limit: int, **given: Any) -> Budget:
    kind = {"scope": "workspace", "subject": "", "period": "month", "is_hard": True, **given}
    return budgeting.create(workspace=world.workspace, limit=limit, actor=world.actor, now=world.now, **kind)


def test_e1_who_is_over_budget_is_a_line_of_the_estimate(world: World) -> None:
    """6 CEOs, 4 credits left: the best 4 are new, and the budget that leaves out 2 is named."""
    budget = _budget(world, 4)
    quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
    assert (quote.matches, quote.over_budget, quote.credits_max) == (6, 2, 4)
    assert quotes.people(quote)["state"].to_pylist() == ["new"] * 4 + ["over_budget"] * 2
    assert quote.inputs["budgets"] == [
        {
            "budget": ids.public("bud", budget.pk),
            "name": "Monthly budget of the workspace",
            "left": 4,
            "people": 2,
        }
    ]
    run = runs.carry_out(run_id=world.start(quote).pk, now=world.now)
    assert (run.state, run.charged) == (Run.State.DONE, 4)
    receipt = receipts.of_run(workspace=world.workspace, run_id=run.pk)
    why = "Monthly budget of the workspace: 4 were left"
    assert ("Over budget", -2, why) in [(line.label, line.amount, line.note) for line in receipt.estimate]
    assert ("Over budget", 2, why) in [(line.label, line.amount, line.note) for line in receipt.not_charged]
    assert sum(line.amount for line in receipt.estimate[:-1]) == receipt.estimate[-1].amount
    again = world.quote(world.segment("Again"), world.persona("CEOs", titles=["CEO"]))
    assert (again.owned, again.over_budget, again.credits_max) == (4, 2, 0), "yours stay free at any budget"
    prove(world)


def test_g5_0_means_0(world: World) -> None:
    _budget(world, 0)
    quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
    assert (quote.over_budget, quote.credits_max) == (6, 0)
    run = runs.carry_out(run_id=world.start(quote).pk, now=world.now)
    assert (run.charged, run.hold) == (0, None)
    assert world.balance() == (1000, 0)


def test_e3_stop_at_counts_whom_the_budget_lets_pass(world: World) -> None:
    """Whichever is reached first binds; nobody is in both lines."""
    _budget(world, 4)
    segment, ceos = world.segment(), world.persona(titles=["CEO"])

    def lines(stop_at: int) -> tuple[int, int, int]:
        quote = world.quote(segment, ceos, stop_at=stop_at)
        return quote.credits_max, quote.over_limit, quote.over_budget

    assert [lines(stop_at) for stop_at in (3, 4, 5)] == [(3, 3, 0), (4, 2, 0), (4, 0, 2)]


def test_g5_a_personas_budget_leaves_out_only_its_own_people(world: World) -> None:
    """Who is found by several counts for the first of the search's personas."""
    sales, leaders = world.persona("Sales", titles=["Sales"]), world.persona("VPs", seniorities=["vp"])
    _budget(world, 10, scope="persona", subject=ids.public("per", sales.pk))
    segment = world.segment()
    quote = world.quote(segment, sales, leaders)
    assert (quote.matches, quote.over_budget, quote.credits_max) == (24, 8, 16)
    (refused,) = quote.inputs["budgets"]
    assert refused["name"] == "Monthly budget of persona Sales"
    assert (refused["left"], refused["people"]) == (10, 8)
    other_way = world.quote(segment, leaders, sales)
    assert (other_way.over_budget, other_way.credits_max) == (2, 22), "the VP Sales now count for the VPs"
    run = runs.carry_out(run_id=world.start(quote).pk, now=world.now)
    assert run.charged == 16
    (standing,) = budgeting.list_(workspace=world.workspace, now=world.now)
    assert (standing.name, standing.standing.used, standing.standing.reserved) == (refused["name"], 10, 0)
    prove(world)


def test_the_tightest_budget_binds_and_is_named(world: World) -> None:
    segment, everybody = world.segment(), world.persona()
    _budget(world, 30)
    _budget(world, 5, scope="segment", subject=ids.public("seg", segment.pk), period="day")
    _budget(world, 7, scope="run", period="run")
    _budget(world, 3, is_hard=False)
    quote = world.quote(segment, everybody)
    assert [refused["name"] for refused in quote.inputs["budgets"]] == ["Daily budget of segment All"]
    assert (quote.credits_max, quote.over_budget) == (5, 43)


def test_a_draft_is_counted_for_whoever_writes_it(world: World) -> None:
    _budget(world, 5)
    given: dict[str, Any] = {"segment_id": world.segment().pk, "definition": definitions.parse({})}
    draft = quotes.draft(workspace=world.workspace, actor=world.actor, now=world.now, **given)
    assert (draft.matches, draft.over_budget, draft.credits_max) == (48, 43, 5)
    assert quotes.draft(workspace=world.workspace, **given).over_budget == 0


class TestStarting:
    def test_e3_a_budget_that_shrank_is_named_and_a_fresh_quote_comes_along(self, world: World) -> None:
        budget = _budget(world, 100)
        quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
        budgets.change(
            workspace=world.workspace, budget_id=budget.pk, limit=2, actor=world.actor, now=world.now
        )
        with pytest.raises(budgets.BudgetExceeded) as refused:
            world.start(quote)
        error = refused.value
        assert error.message.startswith(
            "Monthly budget of the workspace has 2 of its 2 credits left, and this needs 6."
        )
        assert (error.details["needed"], error.details["left"]) == (6, 2)
        assert not Run.objects.exists() and world.balance() == (1000, 0)
        fresh = Quote.objects.get(pk=ids.parse("quo", error.details["fresh_quote"]))
        assert (fresh.credits_max, fresh.over_budget) == (2, 4)
        world.start(fresh)
        prove(world)

    def test_g5_what_another_search_reserved_is_not_there(self, world: World) -> None:
        """Two quotes for the same room: the second start is refused, and nothing of it stays."""
        _budget(world, 8)
        ceos, cfos = world.persona("A", titles=["CEO"]), world.persona("B", titles=["CFO"])
        segment = world.segment()
        first, second = world.quote(segment, ceos), world.quote(segment, cfos)
        world.start(first)
        with pytest.raises(budgets.BudgetExceeded, match="has 2 of its 8"):
            world.start(second)
        runs.stop(workspace=world.workspace, run_id=Run.objects.get().pk, actor=world.actor, now=world.now)
        assert world.start(second).hold is not None
        prove(world)

    def test_a_quote_that_somebody_else_made_is_checked_for_who_starts_it(
        self, world: World, bob: User
    ) -> None:
        members.add(workspace=world.workspace, user=bob, role="editor")
        his = access.member(workspace=world.workspace, user=bob)
        _budget(world, 1, scope="member", subject=his.ref)
        quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
        assert quote.credits_max == 6
        with pytest.raises(budgets.BudgetExceeded, match="member Bob Lind"):
            runs.start(workspace=world.workspace, quote_id=quote.pk, key="k", actor=his, now=world.now)

    def test_a_budget_that_grew_changes_nothing_of_a_quote(self, world: World) -> None:
        budget = _budget(world, 4)
        quote = world.quote(world.segment(), world.persona(titles=["CEO"]))
        budgets.change(
            workspace=world.workspace, budget_id=budget.pk, limit=50, actor=world.actor, now=world.now
        )
        run = runs.carry_out(run_id=world.start(quote).pk, now=world.now)
        assert run.charged == 4


def test_g5_the_purse_never_gives_more_than_any_budget_has(world: World) -> None:
    """Against a sum of its own, for many rooms: per persona and in all, no more; and nobody is left out needlessly."""
    dice = random.Random(7)
    segment = world.segment()
    one, two = world.persona("One", titles=["Sales"]), world.persona("Two")
    made: dict[str, Budget] = {}
    for scope, subject in (("workspace", ""), ("persona", f"per_{one.pk}"), ("persona", f"per_{two.pk}")):
        made[subject] = _budget(world, 0, scope=scope, subject=subject)
    for _ in range(25):
        limits = {subject: dice.choice([0, 1, 5, 12, 30, 60]) for subject in made}
        for subject, budget in made.items():
            budgets.change(
                workspace=world.workspace, budget_id=budget.pk, limit=limits[subject], actor=world.actor,
                now=world.now,
            )  # fmt: skip
        quote = world.quote(segment, one, two)
        people = quotes.people(quote)
        firsts = estimates.first_personas(people, [one.pk, two.pk])
        total, left = limits[""], {one.pk: limits[f"per_{one.pk}"], two.pk: limits[f"per_{two.pk}"]}
        for state, persona_id in zip(people["state"].to_pylist(), firsts, strict=True):
            fits = total > 0 and left[persona_id] > 0
            assert state == ("new" if fits else "over_budget")
            total -= fits
            left[persona_id] -= fits
        assert sum(refused["people"] for refused in quote.inputs["budgets"]) == quote.over_budget


def test_a_budget_is_only_for_what_is_here(world: World, other_workspace: Workspace) -> None:
    segment = world.segment()
    for scope, subject in (("segment", "seg_999"), ("persona", "per_999"), ("segment", "per_1")):
        with pytest.raises(NotFound):
            _budget(world, 5, scope=scope, subject=subject)
    with pytest.raises(NotFound):
        budgeting.create(
            workspace=other_workspace, scope="segment", subject=f"seg_{segment.pk}", period="day", limit=1,
            is_hard=True, actor=world.actor, now=world.now,
        )  # fmt: skip


def test_e7_an_allowance_is_changed_at_its_automation(world: World) -> None:
    """It is a budget, and listed as one; two places to set it would contradict each other."""
    made = automations.create(
        workspace=world.workspace, segment_id=world.segment().pk, persona_ids=[world.persona().pk], trigger="daily",
        mode="allowance", credits_per_day=10, actor=world.actor, now=world.now,
    )  # fmt: skip
    (allowance,) = budgeting.list_(workspace=world.workspace, now=world.now)
    assert (allowance.name, allowance.standing.left) == ("Daily budget of automation All", 10)
    told: dict[str, Any] = {"workspace": world.workspace, "actor": world.actor, "now": world.now}
    number = allowance.standing.budget.pk
    with pytest.raises(budgeting.SetAtTheAutomation, match=ids.public("aut", made.pk)):
        budgeting.change(budget_id=number, limit=99, **told)
    with pytest.raises(budgeting.SetAtTheAutomation):
        budgeting.end(budget_id=number, **told)
    with pytest.raises(budgeting.SetAtTheAutomation):
        _budget(world, 5, scope="automation", subject=ids.public("aut", made.pk))
