"""The main job in headless Chromium: from signing in to the charge record of a contact, in light and in dark."""

import re

import pytest
from playwright.sync_api import Page, expect

from rollcall.core import clock
from rollcall.credits import balances, grants
from rollcall.personas import sweeps
from rollcall.personas.models import Run
from rollcall.universe import ingest
from rollcall.universe.sources import us_public_companies
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.web.browsing import MARKS, look, press, sign_in

MONTH = "2025-12"
pytestmark = [pytest.mark.slow, *MARKS]


@pytest.fixture
def ready(workspace: Workspace, actor: Actor) -> Workspace:
    """Real companies of one month, and 40 credits."""
    ingest.load(source=us_public_companies.Source(MONTH), now=clock.now())
    grants.add(
        workspace=workspace,
        amount=40,
        kind="package",
        name="Pilot",
        key="pilot",
        actor=actor,
        now=clock.now(),
    )
    return workspace


def test_the_main_job(ready: Workspace, alice: User, tab: Page, complaints: list[str]) -> None:
    sign_in(tab, alice)
    look(tab)
    _choose_companies(tab)
    _say_whom(tab)
    _see_the_price_and_start(tab)
    _watch_and_read_the_receipt(tab)
    _look_at_a_contact(tab)
    assert balances.quick(workspace=ready) == (35, 0)
    assert complaints == []


def test_every_list_and_form_in_both_themes(
    ready: Workspace, alice: User, tab: Page, complaints: list[str]
) -> None:
    sign_in(tab, alice)
    _choose_companies(tab)
    here = re.sub(r"/companies$", "", tab.url)
    for tail in (
        "companies?view=left",
        "contacts",
        "personas",
        "activity",
        "settings",
        "edit",
        "delete",
        "find",
    ):
        tab.goto(f"{here}/{tail}")
        look(tab)
    home = here.split("/segments/")[0]
    for tail in (
        "segments",
        "personas",
        "personas/new",
        "runs",
        "contacts",
        "companies",
        "contacts/con_999999",
    ):
        tab.goto(f"{home}/{tail}")
        look(tab)
    assert [text for text in complaints if "404" not in text] == []


def _choose_companies(page: Page) -> None:
    page.get_by_role("link", name="New segment").first.click()
    page.get_by_label("Name", exact=True).fill("Energy, large")
    page.get_by_label("Values").fill("Energy")
    press(page, "Enter")
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_text("companies", exact=True)).to_be_visible()
    before = int(preview.locator(".est-n b").inner_text())
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_label("Field", exact=True).nth(1)).to_be_focused()
    page.get_by_label("Field", exact=True).nth(1).select_option("employees")
    expect(page.get_by_label("Operator", exact=True).nth(1)).to_contain_text("at least")
    page.get_by_label("Operator", exact=True).nth(1).select_option("gte")
    page.get_by_label("Value", exact=True).fill("5,000")
    expect(page.locator("#after-where-1")).not_to_be_empty()
    assert 0 < int(page.locator("#after-where-1").inner_text()) < before
    assert page.locator("#after-where-0").inner_text() == str(before)
    look(page)
    page.get_by_role("button", name="Create segment").click()
    expect(page.get_by_role("heading", name="Energy, large")).to_be_visible()
    look(page)


def _say_whom(page: Page) -> None:
    press(page, "p")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("No personas yet")).to_be_visible()
    dialog.get_by_role("link", name="New persona").click()
    page.get_by_label("Name", exact=True).fill("Finance leaders")
    page.get_by_label("Job titles").fill("CFO, controller, treasurer")
    press(page, "Tab")
    expect(page.get_by_text("people in")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Save persona").click()
    expect(page.get_by_role("heading", name="Estimated credit usage")).to_be_visible()


def _see_the_price_and_start(page: Page) -> None:
    page.get_by_role("link", name="Energy, large").last.click()
    expect(page.get_by_role("heading", name="Energy, large", exact=True)).to_be_visible()
    press(page, "p")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Nothing is charged until you start")).to_be_visible()
    expect(dialog.get_by_role("checkbox")).to_be_focused()
    dialog.get_by_label("Stop at").fill("5")
    start = dialog.get_by_role("button", name="Start search, up to 5 credits")
    expect(start).to_be_visible()
    expect(dialog.get_by_text("Stops at your limit.")).to_be_visible()
    look(page)
    start.dblclick()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    expect(dialog).to_have_count(0)


def _watch_and_read_the_receipt(page: Page) -> None:
    look(page)
    assert Run.objects.count() == 1
    assert sweeps.carry_on(now=clock.now()) == 1
    ended = page.get_by_text("Search finished.")
    expect(ended).to_be_visible()
    expect(page.locator("#credits-now")).to_have_text("35")
    look(page)
    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_role("heading", name="Finished: 5 new contacts for 5 credits")).to_be_visible()
    expect(page.get_by_text("Exactly what was estimated.")).to_be_visible()
    look(page)


def _look_at_a_contact(page: Page) -> None:
    page.get_by_role("link", name="Show them in the segment").click()
    expect(page.get_by_text("Showing 5 of 5 contacts")).to_be_visible()
    press(page, "j")
    press(page, "x")
    expect(page.get_by_role("form", name="Selected contacts").get_by_text("1 selected")).to_be_visible()
    look(page)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Charge record")).to_be_visible()
    expect(page.get_by_text("credit, once and never again")).to_be_visible()
    look(page)
