"""G5: budgets that begin in the middle of a period, get new limits and end; and what cannot be one."""

from datetime import datetime
from typing import Any

import pytest

from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.credits import budgets, singles
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Budget, BudgetCounter, Hold
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, User, Workspace
from tests.credits import acts
from tests.credits.budgeted import DAY, make, plenty, stand

__all__ = ["make", "plenty"]

pytestmark = pytest.mark.usefixtures("plenty")


class TestBeginning:
    """A budget that begins in the middle of a period is honest about what was spent in it."""

    def test_g5_what_was_spent_in_the_period_counts(
        self, workspace: Workspace, make: Any, actor: Actor, now: datetime
    ) -> None:
        acts.charge(workspace, acts.people(7, company=9), now - DAY)
        acts.charge(workspace, acts.people(5), now)
        acts.refund(workspace, now, profile_id=1, company_id=1, key="f", why="")
        for_search = {"actor": actor, "purpose": Purpose(segment_id=4, persona_credits={1: 6, 2: 4})}
        held = acts.hold(workspace, 10, now, **for_search)
        acts.capture(workspace, held, acts.people(3, company=2), now, persona_ids=[1, 1, 2])
        stands = {
            "day": make(100),
            "total": make(100, period="total"),
            "member": make(100, scope="member", subject=actor.ref),
            "segment": make(100, scope="segment"),
            "persona": make(100, scope="persona", subject="per_1"),
            "other": make(100, scope="persona", subject="per_3"),
            "run": make(100, scope="run", period="run"),
        }
        expected = {
            "day": (7, 7), "total": (14, 7), "member": (3, 7), "segment": (3, 7), "persona": (2, 4), "other": (0, 0),
            "run": (0, 0),
        }  # fmt: skip
        found = {name: stand(budget, now)[:2] for name, budget in stands.items()}
        assert found == expected
        acts.prove()
        acts.capture(workspace, held, acts.people(5, company=2), now, persona_ids=[1, 1, 2, 1, 2])
        acts.refund(workspace, now, profile_id=1, company_id=2, key="f2", why="")
        acts.refund(workspace, now, profile_id=2, company_id=1, key="f3", why="")
        acts.release(workspace, held, now)
        expected = {
            "day": (7, 0), "total": (14, 0), "member": (4, 0), "segment": (4, 0), "persona": (2, 0), "other": (0, 0),
            "run": (0, 0),
        }  # fmt: skip
        assert {name: stand(budget, now)[:2] for name, budget in stands.items()} == expected
        acts.prove()

    def test_g5_what_was_charged_without_a_hold_counts_too(
        self, workspace: Workspace, make: Any, actor: Actor, now: datetime
    ) -> None:
        for profile_id, at in ((1, now - DAY), (2, now), (3, now), (4, now)):
            purpose = Purpose(segment_id=4, persona_credits={1: 1})
            singles.charge(
                workspace=workspace, profile_id=profile_id, company_id=1, key=f"s{profile_id}", actor=actor, now=at,
                purpose=purpose,
            )  # fmt: skip
        assert not Hold.objects.exists()
        acts.refund(workspace, now, profile_id=2, company_id=1, key="f2", why="")
        daily = make(10, scope="persona", subject="per_1")
        total = make(10, scope="member", period="total")
        assert stand(daily, now)[0] == 2 and stand(total, now)[0] == 3
        for profile_id in (1, 3):
            acts.refund(workspace, now, profile_id=profile_id, company_id=1, key=f"f{profile_id}", why="")
        assert stand(daily, now)[0] == 1 and stand(total, now)[0] == 1
        acts.prove()

    def test_g5_a_limit_below_what_is_spent_refuses_everything_further(
        self, workspace: Workspace, make: Any, now: datetime
    ) -> None:
        held = acts.hold(workspace, 50, now)
        acts.capture(workspace, held, acts.people(20), now)
        budget = make(10)
        assert stand(budget, now) == (20, 30, 0)
        with pytest.raises(budgets.BudgetExceeded):
            acts.hold(workspace, 1, now)
        acts.capture(workspace, held, acts.people(50), now)
        assert stand(budget, now) == (50, 0, 0)
        acts.prove()


class TestChanging:
    def test_g5_a_new_limit_keeps_what_is_used_and_reserved(
        self, workspace: Workspace, make: Any, actor: Actor, now: datetime
    ) -> None:
        budget = make(100)
        held = acts.hold(workspace, 60, now)

        def limit(credits: int) -> None:
            budgets.change(workspace=workspace, budget_id=budget.pk, limit=credits, actor=actor, now=now)

        limit(30)
        with pytest.raises(budgets.BudgetExceeded, match="has 0 of its 30"):
            acts.hold(workspace, 1, now)
        acts.capture(workspace, held, acts.people(20), now)
        acts.release(workspace, held, now)
        budget.refresh_from_db()
        assert stand(budget, now) == (20, 0, 10)
        with pytest.raises(budgets.BudgetExceeded):
            acts.hold(workspace, 11, now)
        limit(200)
        acts.hold(workspace, 180, now)
        acts.prove()
        lines = AuditEntry.objects.filter(action="budget.changed").order_by("id")
        assert [(line.detail["before"], line.detail["limit"]) for line in lines] == [(100, 30), (30, 200)]

    def test_g5_an_ended_budget_limits_nothing_and_settles_its_holds(
        self, workspace: Workspace, make: Any, actor: Actor, now: datetime
    ) -> None:
        budget = make(10)
        held = acts.hold(workspace, 10, now)
        for _ in range(2):
            budgets.end(workspace=workspace, budget_id=budget.pk, actor=actor, now=now)
        acts.charge(workspace, acts.people(20, company=3), now)
        acts.capture(workspace, held, acts.people(4), now)
        acts.release(workspace, held, now)
        counter = BudgetCounter.objects.get(budget=budget)
        assert (counter.used, counter.reserved) == (4, 0)
        assert budgets.standings(workspace=workspace, now=now) == []
        with pytest.raises(budgets.BudgetEnded):
            budgets.change(workspace=workspace, budget_id=budget.pk, limit=5, actor=actor, now=now)
        assert stand(make(100), now) == (24, 0, 76)
        assert AuditEntry.objects.filter(action="budget.ended").count() == 1
        acts.prove()

    def test_making_the_same_twice_is_refused_or_changes_it(
        self, workspace: Workspace, make: Any, actor: Actor, now: datetime
    ) -> None:
        budget = make(10)
        make(10, is_hard=False)
        with pytest.raises(budgets.BudgetExists):
            make(20)
        put = budgets.put(
            workspace=workspace, scope="workspace", subject="", period="day", limit=20, is_hard=True, actor=actor,
            now=now,
        )  # fmt: skip
        assert (put.pk, put.limit) == (budget.pk, 20)

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"limit": -1}, budgets.BadLimit),
            ({"limit": 10**15 + 1}, budgets.BadLimit),
            ({"limit": True}, budgets.BadLimit),
            ({"scope": "team"}, budgets.UnknownScope),
            ({"period": "year"}, budgets.UnknownPeriod),
            ({"scope": "run", "period": "day"}, budgets.UnknownPeriod),
            ({"subject": "seg_1"}, budgets.SubjectNotNeeded),
            ({"scope": "segment", "subject": "per_1"}, NotFound),
            ({"scope": "key", "subject": "key_1"}, NotFound),
        ],
    )
    def test_bad_input_says_what_is_wrong(self, make: Any, given: Any, error: type[Exception]) -> None:
        with pytest.raises(error):
            make(**{"limit": 10, **given})
        assert not Budget.objects.exists()

    def test_another_workspaces_budget_and_members_are_not_there(
        self, make: Any, other_workspace: Workspace, actor: Actor, charlie: User, now: datetime
    ) -> None:
        budget = make(10)
        assert budgets.standings(workspace=other_workspace, now=now) == []
        for act in (budgets.end, budgets.change):
            given = {"limit": 5} if act is budgets.change else {}
            with pytest.raises(NotFound):
                act(workspace=other_workspace, budget_id=budget.pk, actor=actor, now=now, **given)
        with pytest.raises(NotFound):
            make(10, scope="member", subject=ids.public("usr", charlie.pk))
        acts.grant(other_workspace, 50, now)
        acts.hold(other_workspace, 50, now)
