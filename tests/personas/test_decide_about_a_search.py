"""Approving and declining what an automation asked: once, for at most what was shown, in the name of who decided."""

from datetime import date
from typing import Any

import pytest

from rollcall.contacts import suppression
from rollcall.contacts.models import Contact
from rollcall.core.errors import NotEnough
from rollcall.credits import budgets, grants, holds
from rollcall.credits.models import Entry
from rollcall.personas import approvals, automatic, automations, proof, receipts, runs
from rollcall.personas.models import Approval, Run
from rollcall.segments import activity
from rollcall.segments import definitions as segments
from rollcall.segments.models import Segment
from rollcall.workspaces import access, audit, members
from rollcall.workspaces.models import User
from tests.personas.automating import approve, automate, decline, refresh, waiting, work
from tests.personas.world import World, prove, staff


@pytest.fixture
def market(world: World) -> Segment:
    return world.segment("Market", kind="dynamic", everything=True)


@pytest.fixture
def asked(world: World, market: Segment) -> Approval:
    """Two companies of eight people joined; the search of all of them waits."""
    automate(world, market, world.persona())
    world.load(staff(8), as_of=date(2026, 8, 20))
    refresh(world, market)
    work(world.now)
    (found,) = waiting(world)
    assert found.credits == 16
    return found


def test_it_works(world: World, market: Segment, asked: Approval) -> None:
    """The person approved it, the automation asked for it: both are named, and the receipt leads to both."""
    approved = approve(world, asked)
    assert (approved.state, approved.decided_by, approved.decided_by_label) == (
        "approved",
        world.actor.ref,
        "Alice Moreau",
    )
    (run,) = work(world.now)
    assert (run.charged, run.automation_id, run.actor) == (16, asked.automation_id, world.actor.ref)
    assert run.actor_label == "Automatic search, approved by Alice Moreau"
    hold = Entry.objects.get(run_id=run.pk, kind="hold")
    assert hold.automation_id == asked.automation_id
    assert hold.context["rule"]["approval"] == f"app_{asked.pk}"
    assert hold.context["rule"]["approved_by"] == "Alice Moreau"
    receipt = receipts.of_run(workspace=world.workspace, run_id=run.pk)
    assert receipt.rule.endswith(
        f"approved by Alice Moreau as app_{asked.pk}: at most 16 of the 16 credits shown."
    )
    lines = activity.page(workspace=world.workspace, segment_id=market.pk).items
    assert [line.kind for line in lines][:2] == ["search_finished", "approval_approved"]
    actions = [line.action for line in audit.entries(workspace=world.workspace).items]
    assert actions[:2] == ["approval.approved", "run.started"]
    prove(world)


def test_invariant_9_the_same_key_is_the_same_approval(world: World, asked: Approval) -> None:
    first = approve(world, asked, "one")
    assert approve(world, asked, "one").run == first.run
    work(world.now)
    assert approve(world, asked, "one").run == first.run, "also late"
    with pytest.raises(approvals.AlreadyDecided, match="approved, by Alice Moreau"):
        approve(world, asked, "two")
    with pytest.raises(approvals.AlreadyDecided):
        decline(world, asked)
    assert Run.objects.count() == 1


def test_e2_never_more_than_was_shown(world: World, market: Segment, asked: Approval) -> None:
    """Newer data has more people in the same companies; the search stops at what the approver saw, and says so."""
    world.load(staff(8, per_company=10), as_of=date(2026, 8, 25))
    approved = approve(world, asked)
    assert approved.estimate["most"] == 16 and approved.estimate["left_out"] == 4
    (run,) = work(world.now)
    assert run.charged == 16
    prove(world)


def test_fewer_than_asked_take_the_best_and_the_rest_is_settled(world: World, asked: Approval) -> None:
    approve(world, asked, credits=3)
    assert [run.charged for run in work(world.now)] == [3]
    assert not waiting(world), "it was decided about all of them"
    with pytest.raises(approvals.BadAmount):
        approve(world, asked, credits=0)


def test_more_than_asked_is_what_was_asked(world: World, asked: Approval) -> None:
    approve(world, asked, credits=10_000)
    assert [run.charged for run in work(world.now)] == [16]


def test_companies_that_joined_since_are_not_what_was_shown(
    world: World, market: Segment, asked: Approval
) -> None:
    world.load(staff(9), as_of=date(2026, 8, 25))
    refresh(world, market)
    approve(world, asked)
    work(world.now)
    assert {contact.company_name for contact in Contact.objects.all()} == {"Company 0007", "Company 0008"}
    assert [found.credits for found in waiting(world)] == [8], "the ninth is asked about by itself"


def test_bought_meanwhile_costs_nothing(world: World, market: Segment, asked: Approval) -> None:
    """Nothing starts that is not needed, and a retry gets the same answer."""
    world.search(market, world.persona("All"))
    for _ in range(2):
        decided = approve(world, asked)
        assert decided.state in ("gone", "approved") and (decided.run is None or decided.run.hold is None)
    work(world.now)
    assert world.claims() == 64
    prove(world)


def test_suppressed_meanwhile_is_gone(world: World, asked: Approval) -> None:
    """C7."""
    for company in (7, 8):
        suppression.add(
            workspace=world.workspace, kind="domain", value=f"company{company}.com", reason="", actor=world.actor,
            now=world.now,
        )  # fmt: skip
    assert approve(world, asked).state == "gone"
    assert approve(world, asked).state == "gone" and not Run.objects.exists()


def test_e3_too_few_credits_leave_it_waiting(world: World, asked: Approval) -> None:
    held = holds.place(workspace=world.workspace, amount=990, key="away", actor=world.actor, now=world.now)
    with pytest.raises(holds.NotEnoughCredits) as caught:
        approve(world, asked)
    assert caught.value.details["stop_at"] == 10
    assert waiting(world) == [asked] and not Run.objects.exists()
    holds.release(workspace=world.workspace, hold_id=held.pk, key="back", actor=world.actor, now=world.now)
    assert approve(world, asked).state == "approved"


def test_g5_the_budget_of_who_approves_counts(world: World, asked: Approval) -> None:
    budgets.create(
        workspace=world.workspace, scope="member", subject=world.actor.ref, period="day", limit=0, is_hard=True,
        actor=world.actor, now=world.now,
    )  # fmt: skip
    with pytest.raises(NotEnough):
        approve(world, asked)
    assert waiting(world) == [asked]


def test_an_edited_segment_is_not_what_was_shown(world: World, market: Segment, asked: Approval) -> None:
    segments.update(
        workspace=world.workspace, segment_id=market.pk, definition={"everything": True, "limit": 7},
        actor=world.actor, now=world.now,
    )  # fmt: skip
    with pytest.raises(approvals.AskedForSomethingElse):
        approve(world, asked)
    work(world.now)
    asked.refresh_from_db()
    assert (asked.state, asked.run) == ("gone", None)


def test_while_it_is_searching_nothing_more_is_started(world: World, market: Segment) -> None:
    """Two searches for the same people would both be held for, and one would find them bought."""
    automate(world, market, world.persona(), mode="allowance", credits_per_day=5)
    world.load(staff(8), as_of=date(2026, 8, 20))
    refresh(world, market)
    assert automatic.look(now=world.now) == 1
    (asked,) = waiting(world)
    with pytest.raises(approvals.StillSearching):
        approve(world, asked)
    runs.carry_out(run_id=Run.objects.get().pk, now=world.now)
    approve(world, asked)
    assert [run.charged for run in work(world.now)] == [11]


def test_an_ended_automation_asks_nothing(world: World, asked: Approval) -> None:
    automations.end(
        workspace=world.workspace, automation_id=asked.automation_id, actor=world.actor, now=world.now
    )
    for decide in (approve, decline):
        with pytest.raises(approvals.AlreadyDecided, match="no longer needed"):
            decide(world, asked)


@pytest.mark.parametrize("key", ["", "x" * 101, "a\0b"])
def test_a_key_is_needed(world: World, asked: Approval, key: str) -> None:
    with pytest.raises(approvals.BadApprovalKey):
        approve(world, asked, key)


def test_two_people_decide_one_after_the_other(world: World, asked: Approval, bob: User) -> None:
    members.add(workspace=world.workspace, user=bob, role="editor")
    bobs: Any = access.member(workspace=world.workspace, user=bob)
    approve(world, asked, "a")
    with pytest.raises(approvals.AlreadyDecided, match="Alice Moreau"):
        approve(world, asked, "b", actor=bobs)
    assert Run.objects.count() == 1


def test_credits_that_arrive_make_nothing_start(world: World, asked: Approval) -> None:
    """Nothing spends unseen: only a person answers the question."""
    grants.add(
        workspace=world.workspace, amount=5000, kind="top_up", name="More", key="more", actor=world.actor,
        now=world.now,
    )  # fmt: skip
    assert work(world.later(90_000)) == [] and waiting(world) == [asked]


def test_the_proof_tells_when_an_approval_was_exceeded(world: World, asked: Approval) -> None:
    approve(world, asked)
    (run,) = work(world.now)
    Approval.objects.filter(pk=asked.pk).update(credits=15)
    bad = {check.code: check.bad for check in proof.checks(world.workspace) if not check.ok}
    assert bad == {"R7": [f"run_{run.pk}"]}
