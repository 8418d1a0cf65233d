"""G5 on pages: budgets with their meters, the dialogs that make and change them, and what a search says of them."""

import re

import pytest
from django.test import Client

from rollcall.core import clock
from rollcall.credits import budgets, capped_keys
from rollcall.personas import budgeting
from rollcall.workspaces import access, api_keys
from rollcall.workspaces.models import Workspace
from tests.personas.world import World
from tests.web.world import HOSTILE, HTMX, at, queries

WANTED = {"target": "workspace:", "limit": "50", "period": "month", "kind": "hard"}


def _limit(world: World, credits: int) -> None:
    budgets.put(
        workspace=world.workspace, scope="workspace", subject="", period="month", limit=credits, is_hard=True,
        actor=world.actor, now=clock.now(),
    )  # fmt: skip


def test_it_works(world: World, page: Client) -> None:
    """Explained while there is none; made, listed with what is used, changed, ended."""
    address = at(world.workspace, "credits/budgets")
    assert "No budgets yet" in page.get(address).text
    said = page.post(f"{address}/new", WANTED, follow=True).text
    assert "Monthly budget of the workspace: 50 credits. It counts from the start of the period." in said
    world.search(world.segment(), world.persona("Chiefs", titles=["chief"]))
    world.start(world.quote(world.segment("More"), world.persona("VPs", titles=["vp"])))
    row = re.sub(r"<[^>]+>", " ", page.get(address).text.split("<tbody>")[1].split("</tr>")[0])
    assert row.split()[:8] == ["Monthly", "budget", "of", "the", "workspace", "50", "12", "12"]
    (one,) = budgeting.list_(workspace=world.workspace, now=clock.now())
    edit = f"{address}/bud_{one.standing.budget.pk}"
    assert 'value="50"' in page.get(edit).text
    said = page.post(edit, {"limit": "10"}, follow=True).text
    assert "Monthly budget of the workspace: 10 credits from now on." in said and "Used up" in said
    said = page.post(f"{edit}/end", follow=True).text
    assert "It limits nothing any more." in said and "No budgets yet" in said


def test_it_opens_over_the_page_and_leads_back_to_it(workspace: Workspace, page: Client) -> None:
    address = at(workspace, "credits/budgets/new")
    dialog = page.get(address, headers=HTMX).text
    assert dialog.lstrip().startswith("<dialog") and "<html" not in dialog
    sent = page.post(address, WANTED, headers=HTMX)
    assert (sent.status_code, sent["HX-Redirect"]) == (204, at(workspace, "credits/budgets"))


def test_whom_it_is_for_is_chosen_by_name(world: World, page: Client) -> None:
    segment, persona = world.segment("Energy & friends"), world.persona("Chiefs", titles=["chief"])
    key, _ = api_keys.create(
        workspace=world.workspace, name="Zapier", role="editor", actor=world.actor, now=clock.now()
    )
    address = at(world.workspace, "credits/budgets")
    form = page.get(f"{address}/new").text
    for words in ("Each member by themselves", "Alice Moreau", "Zapier", "Energy &amp; friends", "Chiefs"):
        assert words in form, words
    for target in (f"segment:seg_{segment.pk}", f"persona:per_{persona.pk}", f"key:key_{key.pk}", "member:"):
        assert page.post(f"{address}/new", WANTED | {"target": target}).status_code == 302, target
    assert page.post(f"{address}/new", WANTED | {"target": "run:", "period": "run"}).status_code == 302
    listed = page.get(address).text
    for words in (
        "segment Energy &amp; friends",
        "persona Chiefs",
        "API key Zapier",
        "each member",
        "each search",
    ):
        assert words in listed, words


@pytest.mark.parametrize("field, value", [
    ("limit", ""), ("limit", "-1"), ("limit", "many"), ("limit", "9" * 30), ("target", "segment:seg_999"),
    ("target", "team:"), ("period", "year"), ("kind", "softish"),
])  # fmt: skip
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_bad_input_is_refused_and_kept(
    workspace: Workspace, page: Client, field: str, value: str, headers: dict[str, str]
) -> None:
    answer = page.post(at(workspace, "credits/budgets/new"), WANTED | {field: value}, headers=headers)
    assert answer.status_code == 422 and "needs your attention" in answer.text
    assert field == "limit" or 'value="50"' in answer.text
    assert budgets.standings(workspace=workspace, now=clock.now()) == []


def test_the_same_twice_and_a_wrong_pair_are_told_in_the_form(workspace: Workspace, page: Client) -> None:
    address = at(workspace, "credits/budgets/new")
    page.post(address, WANTED)
    again = page.post(address, WANTED | {"limit": "70"})
    assert again.status_code == 422 and "caps this already, at 50 credits" in again.text
    wrong = page.post(address, WANTED | {"target": "run:", "period": "day"})
    assert wrong.status_code == 422 and "cannot count per day" in wrong.text


def test_who_may_not_change_sees_them_all_the_same(world: World, viewer: Client, stranger: Client) -> None:
    _limit(world, 5)
    address = at(world.workspace, "credits/budgets")
    listed = viewer.get(address).text
    assert (
        "Monthly budget of the workspace" in listed and "New budget" not in listed and "End it" not in listed
    )
    (one,) = budgeting.list_(workspace=world.workspace, now=clock.now())
    number = one.standing.budget.pk
    for path in ("new", f"bud_{number}", f"bud_{number}/end"):
        assert viewer.post(f"{address}/{path}", WANTED).status_code == 403, path
        assert stranger.post(f"{address}/{path}", WANTED).status_code == 404, path
        assert stranger.post(f"{address}/{path}".replace("meridian", "northwind"), {"limit": "1"}).status_code in (
            404, 422,
        )  # fmt: skip
    assert one.standing.budget.limit == 5


def test_hostile_names_stay_words(world: World, page: Client) -> None:
    world.segment(HOSTILE[:100])
    (segment,) = world.workspace.segment_set.all()
    budgeting.create(
        workspace=world.workspace, scope="segment", subject=f"seg_{segment.pk}", period="day", limit=1, is_hard=True,
        actor=world.actor, now=clock.now(),
    )  # fmt: skip
    for path in ("credits/budgets", "credits/budgets/new"):
        assert HOSTILE[:100] not in page.get(at(world.workspace, path)).text


def test_many_budgets_are_as_many_questions_as_few(world: World, page: Client) -> None:
    address = at(world.workspace, "credits/budgets")
    _limit(world, 5)
    few = queries(page, address)
    for number in range(12):
        segment = world.segment(f"Segment {number}")
        budgeting.create(
            workspace=world.workspace, scope="segment", subject=f"seg_{segment.pk}", period="day", limit=1,
            is_hard=True, actor=world.actor, now=clock.now(),
        )  # fmt: skip
    assert queries(page, address) <= few + 1


class TestSearching:
    def test_e1_the_estimate_shows_who_is_over_budget(self, world: World, page: Client) -> None:
        segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
        _limit(world, 5)
        shown = page.get(f"{_find(world, segment.pk)}?persona=per_{chiefs.pk}").text
        assert "As far as the budgets go." in shown and "12 new people match" in shown
        assert "Monthly budget of the workspace: 5 left" in shown and "−7" in shown
        _limit(world, 0)
        shown = page.get(f"{_find(world, segment.pk)}?persona=per_{chiefs.pk}").text
        assert "No budget is left for this search." in shown

    def test_e3_a_budget_that_shrank_is_named_beside_a_fresh_estimate(
        self, world: World, page: Client
    ) -> None:
        segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
        quote = world.quote(segment, chiefs)
        _limit(world, 5)
        form = {"quote": f"quo_{quote.pk}", "key": "k", "persona": f"per_{chiefs.pk}"}
        answer = page.post(f"{_find(world, segment.pk)}/start", form)
        assert answer.status_code == 402
        assert (
            "Monthly budget of the workspace has 5 of its 5 credits left, and this needs 12." in answer.text
        )
        assert "Start search, up to 5 credits" in answer.text

    def test_c9_the_receipt_says_which_budget(self, world: World, page: Client) -> None:
        _limit(world, 5)
        run = world.search(world.segment(), world.persona("Chiefs", titles=["chief"]))
        receipt = page.get(at(world.workspace, f"runs/run_{run.pk}")).text
        assert "Over budget" in receipt and "Monthly budget of the workspace: 5 were left" in receipt


class TestKeys:
    def test_i2_a_key_is_made_with_a_cap(self, world: World, page: Client) -> None:
        address = at(world.workspace, "settings/keys")
        given = {"name": "Sync", "role": "editor", "days": "90", "credits_per_month": "40"}
        assert "40 a month" in page.post(address, given).text
        (key,) = api_keys.of(workspace=world.workspace)
        (cap,) = budgeting.list_(workspace=world.workspace, now=clock.now())
        assert (cap.name, cap.standing.budget.limit) == ("Monthly budget of API key Sync", 40)
        room = budgets.room(
            workspace=world.workspace, actor=access.program(key), segment_id=None, automation_id=None,
            persona_ids=[], now=clock.now(),
        )  # fmt: skip
        assert room.total == 40
        page.post(address, given | {"name": "Open", "credits_per_month": ""})
        other = api_keys.of(workspace=world.workspace)[0]
        caps = capped_keys.caps(workspace=world.workspace, key_ids=[key.pk, other.pk])
        assert {key_id: budget.limit for key_id, budget in caps.items()} == {key.pk: 40}
        assert "Nothing: no cap" in page.get(address).text

    def test_a_bad_cap_makes_no_key(self, world: World, page: Client) -> None:
        given = {"name": "Sync", "role": "editor", "days": "90", "credits_per_month": "-1"}
        assert page.post(at(world.workspace, "settings/keys"), given).status_code == 422
        assert api_keys.of(workspace=world.workspace) == []


def _find(world: World, segment_id: int) -> str:
    return at(world.workspace, f"segments/seg_{segment_id}/find")
