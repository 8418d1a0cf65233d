"""Job titles on pages: paste one, see how it is read and why, read it otherwise, take files in and out."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rollcall.contacts import book, overrides, rereading, title_books
from rollcall.contacts.overrides import Given
from rollcall.core import clock
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.personas.world import World
from tests.web.world import HOSTILE, at, queries

PLACE = "settings/titles"


def say(workspace: Workspace, actor: Actor, title: str, *halves: str) -> None:
    overrides.save(workspace=workspace, given=Given(title, *halves), actor=actor, now=clock.now())


def test_it_works(workspace: Workspace, page: Client, viewer: Client) -> None:
    address = at(workspace, PLACE)
    read = page.get(address, {"title": "Deal Ninja"}).content.decode()
    assert "“Deal Ninja” is read as <b>Staff</b>" in read and "No word names a rank" in read
    given = {"title": "deal ninja", "seniority": "vp", "department": "sales", "why": "They run a region"}
    said = page.post(address, given, follow=True).content.decode()
    assert "is read your way from now on" in said and "They run a region" in said
    seen = viewer.get(address, {"title": "DEAL NINJA"}).content.decode()
    assert "<b>Vice president</b>, <b>Sales</b>" in seen and "By your workspace" in seen
    assert "Read it otherwise" not in seen and "Remove" not in seen and "Import a list" not in seen
    (row,) = overrides.page(workspace=workspace).items
    assert 'value="vp" selected' in page.get(address, {"title": "deal ninja"}).content.decode()
    assert (
        "The rules read that title again"
        in page.post(f"{address}/tov_{row.pk}/remove", follow=True).content.decode()
    )
    assert not title_books.now(workspace=workspace).overrides
    assert page.post(f"{address}/tov_{row.pk}/remove").status_code == 404


def test_from_a_contact_to_its_title(world: World, page: Client, viewer: Client) -> None:
    world.search(world.segment(), world.persona(titles=["publicity"]))
    (contact, *_) = book.page(workspace=world.workspace, sort="name", cursor=None, limit=1).items
    shown = page.get(at(world.workspace, f"contacts/con_{contact.pk}")).content.decode()
    assert "is read as <b>Manager</b>" in shown and "Change for our workspace" in shown
    assert "settings/titles?title=Publicity+Manager" in shown
    assert (
        "Change for our workspace"
        not in viewer.get(at(world.workspace, f"contacts/con_{contact.pk}")).content.decode()
    )
    say(world.workspace, world.actor, "Publicity Manager", "vp")
    shown = page.get(at(world.workspace, f"contacts/con_{contact.pk}")).content.decode()
    assert "is read as <b>Vice president</b>" in shown and "Contacts follow within a minute." in shown
    rereading.run(workspace=world.workspace, now=clock.now())
    shown = page.get(at(world.workspace, f"contacts/con_{contact.pk}")).content.decode()
    assert "Title read as Vice president" in shown and "was Manager" in shown
    assert "Contacts follow within a minute." not in shown and "title override" in shown


def test_files_go_in_and_out(workspace: Workspace, page: Client) -> None:
    address = at(workspace, f"{PLACE}/import")
    good = SimpleUploadedFile("t.csv", b"title,seniority\nDeal Ninja,Vice president\nGrowth Wizard,head\n")
    assert "2 titles read your way" in page.post(address, {"file": good}, follow=True).content.decode()
    text = page.get(at(workspace, f"{PLACE}.csv"))
    assert b"Deal Ninja,vp," in text.content and "attachment" in text["Content-Disposition"]
    bad = SimpleUploadedFile("t.csv", b"title,seniority\nMage,boss\n")
    refused = page.post(address, {"file": bad})
    assert refused.status_code == 422 and "There is no seniority" in refused.content.decode()
    assert page.post(address).status_code == 422
    assert overrides.count(workspace=workspace) == 2


@pytest.mark.parametrize("title", ["—", "x" * 201, "", "\0", " "])
def test_what_is_no_title_is_refused(workspace: Workspace, page: Client, title: str) -> None:
    assert page.get(at(workspace, PLACE), {"title": title}).status_code == 200
    assert page.post(at(workspace, PLACE), {"title": title, "seniority": "vp"}).status_code == 422
    assert page.post(at(workspace, PLACE), {"title": "Ninja", "seniority": "boss"}).status_code == 422
    assert page.post(at(workspace, PLACE), {"title": "Ninja"}).status_code == 422
    assert overrides.count(workspace=workspace) == 0


def test_strangers_and_viewers_change_nothing(
    workspace: Workspace, actor: Actor, viewer: Client, stranger: Client, page: Client
) -> None:
    say(workspace, actor, "Deal Ninja", "vp")
    (row,) = overrides.page(workspace=workspace).items
    for path in (PLACE, f"{PLACE}.csv"):
        assert stranger.get(at(workspace, path)).status_code == 404
        assert viewer.get(at(workspace, path)).status_code == 200
    for path, given in ((PLACE, {"title": "A", "seniority": "vp"}), (f"{PLACE}/tov_{row.pk}/remove", {})):
        assert stranger.post(at(workspace, path), given).status_code == 404
        assert viewer.post(at(workspace, path), given).status_code == 403
    assert overrides.count(workspace=workspace) == 1


def test_hostile_titles_stay_text(workspace: Workspace, page: Client) -> None:
    page.post(at(workspace, PLACE), {"title": HOSTILE, "seniority": "vp", "why": HOSTILE})
    for query in ({}, {"title": HOSTILE}):
        markup = page.get(at(workspace, PLACE), query).content.decode()
        assert "<script>alert" not in markup and "&lt;script&gt;alert" in markup


def test_a_long_list_is_paged_and_costs_no_more(workspace: Workspace, page: Client, actor: Actor) -> None:
    say(workspace, actor, "Ninja 0", "vp")
    few = queries(page, at(workspace, PLACE))
    given = [Given(f"Ninja {number}", "vp") for number in range(1, 70)]
    overrides.save_all(workspace=workspace, given=given, actor=actor, now=clock.now())
    assert queries(page, at(workspace, PLACE)) <= few + 1
    assert "after=" in page.get(at(workspace, PLACE)).content.decode()
