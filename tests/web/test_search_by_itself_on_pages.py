"""Automatic searches and approvals on pages; and the settings of the workspace."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from rollcall.core import clock
from rollcall.credits import holds
from rollcall.personas import automations
from rollcall.personas.models import Approval, Automation, Run
from rollcall.segments.models import Segment
from rollcall.workspaces import audit, members
from rollcall.workspaces.models import User, Workspace
from tests.personas.automating import automate, refresh, work
from tests.web.world import HTMX, World, at, signed_in, staff


@pytest.fixture
def alices(alice: User, workspace: Workspace) -> Client:
    return signed_in(alice)


@pytest.fixture
def bobs(bob: User, workspace: Workspace) -> Client:
    return signed_in(bob)


@pytest.fixture
def market(world: World) -> Segment:
    return world.segment("Market", kind="dynamic", everything=True)


@pytest.fixture
def asked(world: World, market: Segment) -> Approval:
    """Two companies joined; the search of their chiefs waits."""
    automate(world, market, world.persona("Chiefs", titles=["CEO"]))
    world.load(staff(8), as_of=date(2026, 8, 20))
    refresh(world, market)
    work(world.now)
    return Approval.objects.get()


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def test_e7_set_up_from_the_segment_and_asks_first(world: World, market: Segment, alices: Client) -> None:
    persona = world.persona("Chiefs", titles=["CEO"])
    page = at(world.workspace, f"segments/seg_{market.pk}/automations")
    assert "Nothing starts by itself" in text(alices.get(page))
    dialog = text(alices.get(f"{page}/new", headers=HTMX))
    assert "Ask first: nothing is spent before somebody approves" in dialog and "<dialog" in dialog
    chosen = {"personas": f"per_{persona.pk}", "trigger": "joined", "mode": "ask", "credits_per_day": "50"}
    assert alices.post(f"{page}/new", chosen).status_code == 302
    made = Automation.objects.get()
    assert (made.mode, made.credits_per_day, made.persona_ids) == ("ask", 0, [persona.pk])
    shown = text(alices.get(page))
    assert "Nothing: it asks first" in shown and "Chiefs" in shown
    chosen["mode"] = "allowance"
    assert alices.post(at(world.workspace, f"automations/aut_{made.pk}"), chosen).status_code == 302
    assert "Up to 50 credits a day" in text(alices.get(page))
    act = at(world.workspace, f"automations/aut_{made.pk}/act")
    for name, state in (("pause", (False, None)), ("resume", (True, None))):
        alices.post(act, {name: "1"})
        made.refresh_from_db()
        assert (made.is_on, made.ended_at) == state
    alices.post(act, {"end": "1"})
    assert "Nothing starts by itself" in text(alices.get(page))
    activity = text(alices.get(at(world.workspace, f"segments/seg_{market.pk}/activity")))
    for words in (
        "set up for Chiefs: it asks before it spends",
        "up to 50 credits a day by itself",
        "ended.",
    ):
        assert words in activity


def test_what_is_missing_is_said_in_the_form(world: World, market: Segment, alices: Client) -> None:
    new = at(world.workspace, f"segments/seg_{market.pk}/automations/new")
    for wrong in (
        {"trigger": "joined", "mode": "ask"},
        {"personas": "per_99", "trigger": "joined", "mode": "ask"},
    ):
        assert alices.post(new, wrong).status_code == 422
    assert not Automation.objects.exists()


def test_e7_approve_from_the_queue(world: World, asked: Approval, alices: Client) -> None:
    queue = at(world.workspace, "approvals")
    shown = text(alices.get(queue))
    for words in ("Approve up to 2 credits", "It asks first.", "1 waiting", "2 credits at most"):
        assert words in shown
    decide = at(world.workspace, f"approvals/app_{asked.pk}")
    answer = alices.post(decide, {"key": "k", "credits": "2"})
    run = Run.objects.get()
    assert answer.headers["Location"].endswith(f"/runs/run_{run.pk}")
    again = alices.post(decide, {"key": "k", "credits": "2"})
    assert again.headers["Location"] == answer.headers["Location"], "a click twice is one click"
    other = alices.post(decide, {"key": "other", "credits": "2"}, follow=True)
    assert "was decided already: approved, by Alice Moreau" in text(other)
    assert Run.objects.count() == 1
    work(clock.now())
    shown = text(alices.get(queue))
    assert "Nothing waits" in shown and "Approved" in shown and "2 credits" in shown
    assert "waiting</span>" not in shown


def test_e7_decline_from_the_queue(world: World, asked: Approval, alices: Client) -> None:
    decide = at(world.workspace, f"approvals/app_{asked.pk}")
    shown = text(alices.post(decide, {"decline": "1"}, follow=True))
    assert "Declined; nothing was spent." in shown
    assert world.balance() == (1000, 0) and not Run.objects.exists()


def test_the_button_never_says_more_than_can_be_paid(world: World, asked: Approval, alices: Client) -> None:
    _set_aside(world, 999)
    assert "Approve up to 1 credit, all you have" in text(alices.get(at(world.workspace, "approvals")))
    _set_aside(world, 1)
    assert "Request a package" in text(alices.get(at(world.workspace, "approvals")))


@pytest.mark.parametrize("credits", ["", "-1", "two", "1.5", "9" * 30])
def test_an_amount_that_is_none_starts_nothing(
    world: World, asked: Approval, alices: Client, credits: str
) -> None:
    decide = at(world.workspace, f"approvals/app_{asked.pk}")
    assert "is no number of credits" in text(alices.post(decide, {"credits": credits}, follow=True))
    assert not Run.objects.exists()


def test_who_may_only_look_decides_nothing(world: World, asked: Approval, bobs: Client) -> None:
    segment = f"segments/seg_{asked.automation.segment_id}"
    assert "Approve up to" not in text(bobs.get(at(world.workspace, "approvals")))
    assert "Pause" not in text(bobs.get(at(world.workspace, f"{segment}/automations")))
    refused = [
        bobs.post(at(world.workspace, f"approvals/app_{asked.pk}"), {"credits": "2"}),
        bobs.get(at(world.workspace, f"{segment}/automations/new")),
        bobs.post(at(world.workspace, f"automations/aut_{asked.automation_id}/act"), {"end": "1"}),
        bobs.post(at(world.workspace, "settings/workspace"), {"name": "Mine", "time_zone": "UTC"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert not Run.objects.exists() and automations.list_(workspace=world.workspace)


def test_an_editor_decides_and_sets_up_nothing(
    world: World, asked: Approval, bob: User, bobs: Client
) -> None:
    members.add(workspace=world.workspace, user=bob, role="editor")
    assert "Approve up to 2" in text(bobs.get(at(world.workspace, "approvals")))
    assert bobs.get(at(world.workspace, f"automations/aut_{asked.automation_id}")).status_code == 403


def test_the_workspace_changes_its_name_and_clock(workspace: Workspace, alices: Client) -> None:
    page = at(workspace, "settings/workspace")
    assert "America/New York" in text(alices.get(page))
    answer = alices.post(page, {"name": " Meridian  West ", "time_zone": "America/New_York"}, follow=True)
    assert "Meridian West" in text(answer)
    workspace.refresh_from_db()
    assert (workspace.name, workspace.slug, workspace.time_zone) == (
        "Meridian West",
        "meridian",
        "America/New_York",
    )
    line = audit.entries(workspace=workspace).items[0]
    assert line.action == "workspace.updated" and line.detail["before"]["time_zone"] == "UTC"
    for wrong in ({"name": "", "time_zone": "UTC"}, {"name": "Meridian", "time_zone": "Mars/Olympus"}):
        assert alices.post(page, wrong).status_code == 422
    workspace.refresh_from_db()
    assert workspace.time_zone == "America/New_York"


def _set_aside(world: World, amount: int) -> None:
    holds.place(
        workspace=world.workspace, amount=amount, key=f"away-{amount}", actor=world.actor, now=world.now
    )
