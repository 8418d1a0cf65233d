"""G5: who may spend how much, for what, in which period: held with the hold, used by charges, given back at the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.credits import budgets, holds, singles
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Budget, BudgetCounter, Hold
from rollcall.workspaces import access, api_keys
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, User, Workspace
from tests.credits import acts

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _credits(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10_000, now - 40 * DAY)


@pytest.fixture
def make(workspace: Workspace, actor: Actor, now: datetime) -> Any:
    """Makes a hard budget of the workspace a day, unless told otherwise."""

    def made(limit: int, **given: Any) -> Budget:
        kind = {"scope": "workspace", "subject": "", "period": "day", "is_hard": True, "now": now, **given}
        return budgets.create(workspace=workspace, limit=limit, actor=actor, **kind)

    return made


def _stand(budget: Budget, now: datetime) -> tuple[int, int, int]:
    (found,) = budgets.standings(workspace=budget.workspace, now=now, budget_id=budget.pk)
    return found.used, found.reserved, found.left


def test_g5_it_works(workspace: Workspace, make: Any, now: datetime) -> None:
    """Reserved with the hold, confirmed with the charge, released with the close."""
    budget = make(100)
    assert _stand(budget, now) == (0, 0, 100)
    held = acts.hold(workspace, 60, now)
    assert _stand(budget, now) == (0, 60, 40)
    acts.capture(workspace, held, acts.people(25), now)
    assert _stand(budget, now) == (25, 35, 40)
    acts.release(workspace, held, now)
    assert _stand(budget, now) == (25, 0, 75)
    acts.prove()


def test_g5_too_much_is_refused_and_the_error_names_the_budget(
    workspace: Workspace, make: Any, now: datetime
) -> None:
    budget = make(100)
    acts.charge(workspace, acts.people(70), now)
    acts.hold(workspace, 20, now)
    before = acts.state()
    with pytest.raises(budgets.BudgetExceeded) as refused:
        acts.hold(workspace, 11, now)
    assert refused.value.details == {
        "name": "Daily budget of the workspace", "budget": ids.public("bud", budget.pk), "subject": "",
        "limit": 100, "used": 70,
        "reserved": 20, "needed": 11, "left": 10,
    }  # fmt: skip
    assert acts.state() == before
    acts.hold(workspace, 10, now)
    assert _stand(budget, now) == (70, 30, 0)
    acts.prove()


def test_g5_0_means_0(workspace: Workspace, make: Any, now: datetime) -> None:
    make(0)
    with pytest.raises(budgets.BudgetExceeded, match="0 of its 0 credits left"):
        acts.hold(workspace, 1, now)


def test_g5_a_soft_budget_counts_and_never_refuses(workspace: Workspace, make: Any, now: datetime) -> None:
    budget = make(10, is_hard=False)
    acts.charge(workspace, acts.people(25), now)
    assert _stand(budget, now) == (25, 0, 0)
    acts.prove()


def test_g5_the_same_hold_and_charge_again_count_once(workspace: Workspace, make: Any, now: datetime) -> None:
    budget = make(100)
    for _ in range(2):
        held = acts.hold(workspace, 60, now, key="h")
        acts.capture(workspace, held, acts.people(25), now, key="c")
    assert _stand(budget, now) == (25, 35, 40)
    assert [acts.release(workspace, held, now, key="r") for _ in range(2)] == [35, 35]
    assert _stand(budget, now) == (25, 0, 75)


@pytest.mark.parametrize("scope", ["member", "key", "segment", "automation"])
def test_g5_each_scope_counts_its_own(
    scope: str, workspace: Workspace, make: Any, actor: Actor, bob: User, now: datetime
) -> None:
    """Of one subject, and of each one by itself; what is not for it passes by."""
    key, _ = api_keys.create(workspace=workspace, name="Zapier", role="editor", actor=actor, now=now)
    by_itself = access.system("automation")
    mine: dict[str, tuple[str, dict[str, Any]]] = {
        "member": (actor.ref, {"actor": actor}),
        "key": (ids.public("key", key.pk), {"actor": access.program(key)}),
        "segment": ("seg_4", {"purpose": Purpose(segment_id=4)}),
        "automation": ("aut_2", {"actor": by_itself, "purpose": Purpose(automation_id=2)}),
    }
    others = {
        "member": {"actor": access.member(workspace=workspace, user=bob)},
        "key": {"actor": Actor(ref="key_99999", label="another")},
        "segment": {"purpose": Purpose(segment_id=5)},
        "automation": {"actor": by_itself, "purpose": Purpose(automation_id=3)},
    }[scope]
    subject, given = mine[scope]
    one, each = make(10, scope=scope, subject=subject), make(20, scope=scope)
    acts.hold(workspace, 10, now, **given)
    with pytest.raises(budgets.BudgetExceeded):
        acts.hold(workspace, 1, now, **given)
    acts.hold(workspace, 15, now, **others)
    with pytest.raises(budgets.BudgetExceeded, match="has 5 of its 20"):
        acts.hold(workspace, 6, now, **others)
    acts.hold(workspace, 500, now)
    assert _stand(one, now) == (0, 10, 0)
    (standing,) = budgets.standings(workspace=workspace, now=now, budget_id=each.pk)
    assert [(use.reserved, use.left) for use in standing.uses] == [(15, 5), (10, 10)]
    acts.prove()


def test_g5_a_run_that_a_person_approved_is_not_the_automations(
    workspace: Workspace, make: Any, actor: Actor, now: datetime
) -> None:
    budget = make(0, scope="automation", subject="aut_2")
    acts.hold(workspace, 5, now, actor=actor, purpose=Purpose(automation_id=2))
    assert _stand(budget, now) == (0, 0, 0)


def test_g5_a_persona_counts_the_people_it_was_first_to_find(
    workspace: Workspace, make: Any, now: datetime
) -> None:
    cfos, each = make(5, scope="persona", subject="per_1"), make(9, scope="persona")
    purpose = Purpose(persona_credits={1: 4, 2: 9, 3: 0})
    held = acts.hold(workspace, 13, now, purpose=purpose)
    acts.capture(workspace, held, acts.people(5), now, persona_ids=[1, 1, 1, 2, 2])
    assert _stand(cfos, now) == (3, 1, 1)
    (standing,) = budgets.standings(workspace=workspace, now=now, budget_id=each.pk)
    assert [(u.subject, u.used, u.reserved) for u in standing.uses] == [("per_2", 2, 7), ("per_1", 3, 1)]
    with pytest.raises(budgets.BudgetExceeded, match="Daily budget of persona per_1 has 1 of its 5"):
        acts.hold(workspace, 2, now, purpose=Purpose(persona_credits={1: 2}))
    acts.release(workspace, held, now)
    assert _stand(cfos, now) == (3, 0, 2)
    acts.refund(workspace, now, profile_id=1, company_id=1, key="f", why="")
    assert _stand(cfos, now) == (2, 0, 3)
    acts.prove()


def test_g5_each_search_has_a_budget_of_its_own(workspace: Workspace, make: Any, now: datetime) -> None:
    budget = make(50, scope="run", period="run")
    for run_id in (1, 2, 3):
        acts.hold(workspace, 50, now, run_id=run_id)
    with pytest.raises(budgets.BudgetExceeded, match="Budget of each search has 50"):
        acts.hold(workspace, 51, now, run_id=4)
    (standing,) = budgets.standings(workspace=workspace, now=now, budget_id=budget.pk)
    assert [use.subject for use in standing.uses] == ["run_1", "run_2", "run_3"]
    assert standing.ends_at is None
    acts.prove()


def test_g5_all_that_apply_must_have_room(
    workspace: Workspace, make: Any, actor: Actor, now: datetime
) -> None:
    """Nothing stays reserved of those that had room when another has not."""
    wide, narrow = make(100), make(10, scope="segment", subject="seg_4", period="total")
    with pytest.raises(budgets.BudgetExceeded, match="Total budget of segment seg_4"):
        acts.hold(workspace, 11, now, purpose=Purpose(segment_id=4))
    assert _stand(wide, now) == (0, 0, 100) and _stand(narrow, now) == (0, 0, 10)
    room = budgets.room(
        workspace=workspace, actor=actor, segment_id=4, automation_id=None, persona_ids=[1], now=now
    )
    assert (room.total, room.of_persona) == (10, {})
    assert room.binding is not None and room.binding.budget == narrow


class TestPeriods:
    """In the workspace's time zone; what was held in a period is charged to it, whenever that happens."""

    def test_g5_a_new_day_counts_anew_where_the_workspace_is(self, workspace: Workspace, make: Any) -> None:
        _move_to(workspace, "America/New_York")
        evening = datetime(2026, 9, 2, 3, 59, tzinfo=UTC)  # 23:59 on the first of September
        budget = make(10, now=evening)
        acts.charge(workspace, acts.people(10), evening)
        with pytest.raises(budgets.BudgetExceeded):
            acts.hold(workspace, 1, evening)
        acts.hold(workspace, 10, evening + timedelta(minutes=1))
        keys = BudgetCounter.objects.filter(budget=budget).order_by("id").values_list("period_key", flat=True)
        assert list(keys) == ["2026-09-01", "2026-09-02"]
        acts.prove()

    def test_g5_a_charge_counts_in_the_period_of_its_hold(self, workspace: Workspace, make: Any) -> None:
        late = datetime(2026, 9, 1, 23, 0, tzinfo=UTC)
        budget = make(10, now=late)
        held = acts.hold(workspace, 10, late)
        acts.capture(workspace, held, acts.people(4), late + DAY)
        assert _stand(budget, late + DAY) == (0, 0, 10)
        assert _stand(budget, late) == (4, 6, 0)
        acts.release(workspace, held, late + DAY)
        assert _stand(budget, late) == (4, 0, 6)
        acts.prove()

    def test_g5_a_change_of_time_zone_moves_nothing(self, workspace: Workspace, make: Any) -> None:
        at = datetime(2026, 9, 1, 23, 0, tzinfo=UTC)
        budget = make(10, now=at)
        held = acts.hold(workspace, 10, at)
        _move_to(workspace, "Asia/Tokyo")
        acts.capture(workspace, held, acts.people(4), at)
        acts.release(workspace, held, at)
        assert _stand(budget, at) == (0, 0, 10)
        _move_to(workspace, "UTC")
        assert _stand(budget, at) == (4, 0, 6)
        acts.prove()


class TestRefunds:
    def test_g5_a_refund_in_the_same_period_gives_room_again(
        self, workspace: Workspace, make: Any, now: datetime
    ) -> None:
        daily, total = make(10), make(20, period="total")
        acts.charge(workspace, acts.people(10), now)
        acts.refund(workspace, now, profile_id=1, company_id=1, key="f", why="")
        acts.refund(workspace, now, profile_id=1, company_id=1, key="f", why="")
        assert _stand(daily, now) == (9, 0, 1) and _stand(total, now) == (9, 0, 11)
        acts.prove()

    def test_g5_a_refund_in_another_period_leaves_that_one_as_it_was(
        self, workspace: Workspace, make: Any, now: datetime
    ) -> None:
        daily, total = make(10), make(20, period="total")
        acts.charge(workspace, acts.people(10), now)
        acts.refund(workspace, now + DAY, profile_id=1, company_id=1, key="f", why="")
        assert _stand(daily, now) == (10, 0, 0) and _stand(daily, now + DAY) == (0, 0, 10)
        assert _stand(total, now + DAY) == (9, 0, 11)
        acts.prove()


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
        found = {name: _stand(budget, now)[:2] for name, budget in stands.items()}
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
        assert {name: _stand(budget, now)[:2] for name, budget in stands.items()} == expected
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
        assert _stand(daily, now)[0] == 2 and _stand(total, now)[0] == 3
        for profile_id in (1, 3):
            acts.refund(workspace, now, profile_id=profile_id, company_id=1, key=f"f{profile_id}", why="")
        assert _stand(daily, now)[0] == 1 and _stand(total, now)[0] == 1
        acts.prove()

    def test_g5_a_limit_below_what_is_spent_refuses_everything_further(
        self, workspace: Workspace, make: Any, now: datetime
    ) -> None:
        held = acts.hold(workspace, 50, now)
        acts.capture(workspace, held, acts.people(20), now)
        budget = make(10)
        assert _stand(budget, now) == (20, 30, 0)
        with pytest.raises(budgets.BudgetExceeded):
            acts.hold(workspace, 1, now)
        acts.capture(workspace, held, acts.people(50), now)
        assert _stand(budget, now) == (50, 0, 0)
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
        assert _stand(budget, now) == (20, 0, 10)
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
        assert _stand(make(100), now) == (24, 0, 76)
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


def test_the_database_refuses_a_counter_past_its_limit(
    workspace: Workspace, make: Any, now: datetime
) -> None:
    budget = make(10)
    acts.hold(workspace, 10, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetCounter.objects.filter(budget=budget).update(reserved=11)


def test_g5_a_batch_with_budgets_is_a_fixed_number_of_statements(
    workspace: Workspace, make: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    """Without budgets it asks nothing more (test_charging); each counter adds one UPDATE."""
    make(10_000), make(10_000, scope="segment"), make(10_000, scope="persona")
    held = acts.hold(
        workspace, 10_000, now, purpose=Purpose(segment_id=4, persona_credits={1: 5000, 2: 5000})
    )
    people = acts.people(8000)
    with django_assert_max_num_queries(11 + 2 + 4):
        acts.capture(workspace, held, people, now, persona_ids=[1 + n % 2 for n in range(8000)])
    acts.prove()


def test_g5_fails_closed_when_the_time_zone_is_unknown(
    workspace: Workspace, make: Any, now: datetime
) -> None:
    """Whatever goes wrong while budgets are asked, no hold is placed."""
    make(1000)
    _move_to(workspace, "Mars/Olympus")
    with pytest.raises(Exception, match="Mars"):
        holds.place(workspace=workspace, amount=1, key="k", actor=acts.ACTOR, now=now)
    assert not Hold.objects.exists()


def _move_to(workspace: Workspace, zone: str) -> None:
    workspace.time_zone = zone
    workspace.save()
