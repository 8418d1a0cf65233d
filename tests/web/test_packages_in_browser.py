"""G7 in headless Chromium: both sides agree on a package; every page in both themes and on a telephone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from rollcall.credits import balances, packages
from rollcall.workspaces.models import User
from tests.conftest import PASSWORD
from tests.credits import acts
from tests.personas.world import World
from tests.web.browsing import MARKS, NARROW, WIDE, look, sign_in
from tests.web.world import at

pytestmark = MARKS


@pytest.fixture
def desk(browser: Browser, live_server: Any, operator: User, complaints: list[str]) -> Iterator[Page]:
    """The operator's window."""
    context = browser.new_context(base_url=live_server.url, viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", lambda said: complaints.extend([said.text] if said.type == "error" else []))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(15_000)
    page.goto("/")
    page.get_by_label("Email").fill(operator.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Operator")).to_be_visible()
    yield page
    context.close()


def test_g7_both_sides_agree(world: World, alice: User, tab: Page, desk: Page, complaints: list[str]) -> None:
    sign_in(tab, alice)
    tab.goto(at(world.workspace, "credits/request"))
    tab.get_by_label("Credits").fill("5000")
    tab.get_by_role("button", name="Send request").click()
    expect(tab.get_by_text("Your request for 5,000 credits was sent.")).to_be_visible()
    (asked,) = packages.of(workspace=world.workspace)
    desk.goto("/operator")
    desk.get_by_role("link", name="Answer Meridian").click()
    look(desk)
    grant, preview = (
        desk.locator("section").filter(has=desk.get_by_role("heading", name="Grant")),
        desk.locator("#preview"),
    )
    expect(preview).to_contain_text("6,000 available after, 1,000 now")
    grant.get_by_label("Credits").fill("700")
    expect(preview).to_contain_text("1,700 available after, 1,000 now")
    look(desk)
    offer = desk.locator("section").filter(has=desk.get_by_role("heading", name="Quote first"))
    offer.get_by_label("Price").fill("1,400")
    offer.get_by_role("button", name="Send quote").click()
    expect(desk.get_by_text("The quote was sent to alice@example.com.")).to_be_visible()
    tab.goto(at(world.workspace, f"credits/packages/req_{asked.pk}"))
    look(tab)
    tab.get_by_role("button", name="Decline").click()
    dialog = tab.get_by_role("dialog", name="Decline")
    expect(dialog).to_be_visible()
    look(tab)
    dialog.get_by_role("button", name="Keep").click()
    tab.get_by_label("Message").fill("Could it start in March?")
    tab.get_by_role("button", name="Send message").click()
    expect(tab.get_by_text("Could it start in March?")).to_be_visible()
    tab.get_by_role("button", name="Accept 5,000 credits for 1,400.00 EUR").click()
    expect(tab.get_by_text("The offer is accepted.")).to_be_visible()
    look(tab)
    desk.reload()
    expect(desk.get_by_text("Could it start in March?")).to_be_visible()
    look(desk)
    desk.get_by_role("button", name="Grant credits").click()
    expect(desk.get_by_text("5,000 credits were granted to Meridian.")).to_be_visible()
    assert balances.quick(workspace=world.workspace) == (6000, 0)
    tab.goto(at(world.workspace, "credits/packages"))
    expect(tab.get_by_text("Granted", exact=True)).to_be_visible()
    look(tab)
    tab.set_viewport_size(NARROW)  # type: ignore[arg-type]
    tab.reload()
    expect(tab.get_by_role("navigation", name="Credits").get_by_text("Packages")).to_be_in_viewport(ratio=1)
    assert complaints == []


def test_a_customer_is_looked_after(world: World, desk: Page, complaints: list[str]) -> None:
    acts.grant(world.workspace, 30, world.now, name="Short", price_minor=990, currency="EUR", priority=-1)
    desk.goto("/operator")
    desk.get_by_role("link", name="Meridian", exact=True).click()
    look(desk)
    desk.get_by_role("button", name="Take back what is left of Short").click()
    dialog = desk.get_by_role("dialog", name="Take back Short")
    dialog.get_by_label("Reason").fill("The order was cancelled")
    look(desk)
    dialog.get_by_role("button", name="Take back 30 credits").click()
    expect(desk.get_by_text("30 credits were taken back.")).to_be_visible()
    desk.get_by_label("Credits").fill("5000")
    desk.get_by_label("Reason").last.fill("A goodwill gesture")
    desk.get_by_role("button", name="Adjust").click()
    expect(desk.get_by_text("Needs a second operator")).to_be_visible()
    look(desk)
    desk.goto("/operator")
    look(desk)
    assert balances.quick(workspace=world.workspace) == (1000, 0)
    assert complaints == []
