"""G5: who may spend how much, for what, in which period: held with the hold, used by charges, given back at the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from rollcall.core import ids
from rollcall.credits import budgets, holds, reservations
from rollcall.credits.holds import Purpose
from rollcall.credits.models import BudgetCounter, Hold
from rollcall.workspaces import access, api_keys
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.credits import acts
from tests.credits.budgeted import DAY, make, plenty, stand

__all__ = ["make", "plenty"]

pytestmark = pytest.mark.usefixtures("plenty")


def test_g5_it_works(workspace: Workspace, make: Any, now: datetime) -> None:
    """Reserved with the hold, confirmed with the charge, released with the close."""
    budget = make(100)
    assert stand(budget, now) == (0, 0, 100)
    held = acts.hold(workspace, 60, now)
    assert stand(budget, now) == (0, 60, 40)
    acts.capture(workspace, held, acts.people(25), now)
    assert stand(budget, now) == (25, 35, 40)
    acts.release(workspace, held, now)
    assert stand(budget, now) == (25, 0, 75)
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
    assert stand(budget, now) == (70, 30, 0)
    acts.prove()


def test_g5_0_means_0(workspace: Workspace, make: Any, now: datetime) -> None:
    make(0)
    with pytest.raises(budgets.BudgetExceeded, match="0 of its 0 credits left"):
        acts.hold(workspace, 1, now)


def test_g5_a_soft_budget_counts_and_never_refuses(workspace: Workspace, make: Any, now: datetime) -> None:
    budget = make(10, is_hard=False)
    acts.charge(workspace, acts.people(25), now)
    assert stand(budget, now) == (25, 0, 0)
    acts.prove()


def test_g5_the_same_hold_and_charge_again_count_once(workspace: Workspace, make: Any, now: datetime) -> None:
    budget = make(100)
    for _ in range(2):
        held = acts.hold(workspace, 60, now, key="h")
        acts.capture(workspace, held, acts.people(25), now, key="c")
    assert stand(budget, now) == (25, 35, 40)
    assert [acts.release(workspace, held, now, key="r") for _ in range(2)] == [35, 35]
    assert stand(budget, now) == (25, 0, 75)


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
    assert stand(one, now) == (0, 10, 0)
    (standing,) = budgets.standings(workspace=workspace, now=now, budget_id=each.pk)
    assert [(use.reserved, use.left) for use in standing.uses] == [(15, 5), (10, 10)]
    acts.prove()


@pytest.mark.parametrize(
    "more", [{}, {"is_hard": False}, {"scope": "workspace"}], ids=["none", "soft", "other"]
)
def test_i2_a_key_spends_nothing_without_a_cap(
    more: dict[str, Any], workspace: Workspace, make: Any, actor: Actor, now: datetime
) -> None:
    """I2: no budget, one that only warns, and one of somebody else are no cap; a hard one of each key is."""
    key, _ = api_keys.create(workspace=workspace, name="Zapier", role="editor", actor=actor, now=now)
    if more:
        make(100, **({"scope": "key"} | more))
    before = acts.state()
    with pytest.raises(reservations.CapMissing):
        acts.hold(workspace, 1, now, actor=access.program(key))
    assert acts.state() == before
    make(5, scope="key", subject=ids.public("key", key.pk))
    acts.hold(workspace, 5, now, actor=access.program(key))
    with pytest.raises(budgets.BudgetExceeded):
        acts.hold(workspace, 1, now, actor=access.program(key))
    acts.prove()


def test_g5_a_run_that_a_person_approved_is_not_the_automations(
    workspace: Workspace, make: Any, actor: Actor, now: datetime
) -> None:
    budget = make(0, scope="automation", subject="aut_2")
    acts.hold(workspace, 5, now, actor=actor, purpose=Purpose(automation_id=2))
    assert stand(budget, now) == (0, 0, 0)


def test_g5_a_persona_counts_the_people_it_was_first_to_find(
    workspace: Workspace, make: Any, now: datetime
) -> None:
    cfos, each = make(5, scope="persona", subject="per_1"), make(9, scope="persona")
    purpose = Purpose(persona_credits={1: 4, 2: 9, 3: 0})
    held = acts.hold(workspace, 13, now, purpose=purpose)
    acts.capture(workspace, held, acts.people(5), now, persona_ids=[1, 1, 1, 2, 2])
    assert stand(cfos, now) == (3, 1, 1)
    (standing,) = budgets.standings(workspace=workspace, now=now, budget_id=each.pk)
    assert [(u.subject, u.used, u.reserved) for u in standing.uses] == [("per_2", 2, 7), ("per_1", 3, 1)]
    with pytest.raises(budgets.BudgetExceeded, match="Daily budget of persona per_1 has 1 of its 5"):
        acts.hold(workspace, 2, now, purpose=Purpose(persona_credits={1: 2}))
    acts.release(workspace, held, now)
    assert stand(cfos, now) == (3, 0, 2)
    acts.refund(workspace, now, profile_id=1, company_id=1, key="f", why="")
    assert stand(cfos, now) == (2, 0, 3)
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
    assert stand(wide, now) == (0, 0, 100) and stand(narrow, now) == (0, 0, 10)
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
        assert stand(budget, late + DAY) == (0, 0, 10)
        assert stand(budget, late) == (4, 6, 0)
        acts.release(workspace, held, late + DAY)
        assert stand(budget, late) == (4, 0, 6)
        acts.prove()

    def test_g5_a_change_of_time_zone_moves_nothing(self, workspace: Workspace, make: Any) -> None:
        at = datetime(2026, 9, 1, 23, 0, tzinfo=UTC)
        budget = make(10, now=at)
        held = acts.hold(workspace, 10, at)
        _move_to(workspace, "Asia/Tokyo")
        acts.capture(workspace, held, acts.people(4), at)
        acts.release(workspace, held, at)
        assert stand(budget, at) == (0, 0, 10)
        _move_to(workspace, "UTC")
        assert stand(budget, at) == (4, 0, 6)
        acts.prove()


class TestRefunds:
    def test_g5_a_refund_in_the_same_period_gives_room_again(
        self, workspace: Workspace, make: Any, now: datetime
    ) -> None:
        daily, total = make(10), make(20, period="total")
        acts.charge(workspace, acts.people(10), now)
        acts.refund(workspace, now, profile_id=1, company_id=1, key="f", why="")
        acts.refund(workspace, now, profile_id=1, company_id=1, key="f", why="")
        assert stand(daily, now) == (9, 0, 1) and stand(total, now) == (9, 0, 11)
        acts.prove()

    def test_g5_a_refund_in_another_period_leaves_that_one_as_it_was(
        self, workspace: Workspace, make: Any, now: datetime
    ) -> None:
        daily, total = make(10), make(20, period="total")
        acts.charge(workspace, acts.people(10), now)
        acts.refund(workspace, now + DAY, profile_id=1, company_id=1, key="f", why="")
        assert stand(daily, now) == (10, 0, 0) and stand(daily, now + DAY) == (0, 0, 10)
        assert stand(total, now + DAY) == (9, 0, 11)
        acts.prove()


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
