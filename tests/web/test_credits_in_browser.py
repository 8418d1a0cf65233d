"""Credits, settings and one's account in headless Chromium: what script adds, and that nothing needs it."""

import re

import pytest
from playwright.sync_api import Page, expect

from rollcall.core import clock
from rollcall.credits import months, packages
from rollcall.workspaces import access
from rollcall.workspaces.models import User, Workspace
from tests.conftest import PASSWORD
from tests.credits import acts
from tests.personas.world import World
from tests.web.browsing import MARKS, NARROW, look, press, sign_in
from tests.web.world import at

pytestmark = [pytest.mark.slow, *MARKS]


@pytest.fixture
def spent(world: World) -> World:
    """A search that found people of whom some were owned, an open hold, and grants of every state."""
    leaders = world.persona("Leaders", titles=["CEO", "CFO"])
    world.search(world.segment("First", include_domains=["company1.com"]), leaders)
    world.search(world.segment("All", everything=True), leaders)
    acts.hold(world.workspace, 20, world.now)
    acts.grant(world.workspace, 30, world.now, name="Short", expires_at=world.later(86_400))
    return world


def test_g4_the_balance_shows_on_hover_and_on_focus_and_leaves_with_esc(
    spent: World, alice: User, tab: Page, complaints: list[str]
) -> None:
    sign_in(tab, alice)
    link, pop = tab.locator("#credits-menu > a"), tab.get_by_role("tooltip", include_hidden=True)
    expect(tab.locator("#credits-now")).to_have_text("998")
    expect(pop).to_be_hidden()
    link.hover()
    expect(pop).to_be_visible()
    expect(pop).to_contain_text("Held for running searches")
    pop.hover()
    expect(pop).to_be_visible()
    press(tab, "Escape")
    expect(pop).to_be_hidden()
    tab.mouse.move(700, 300)
    press(tab, "Tab")
    link.focus()
    expect(pop).to_be_visible()
    look(tab)
    press(tab, "Escape")
    expect(pop).to_be_hidden()
    assert complaints == []


def test_why_opens_and_closes_and_more_entries_load(
    spent: World, alice: User, tab: Page, complaints: list[str]
) -> None:
    for _ in range(50):
        acts.grant(spent.workspace, 1, spent.now)
    sign_in(tab, alice)
    tab.goto(at(spent.workspace, "credits/ledger"))
    expect(tab.locator(".ledger tbody tr:not(.more)")).to_have_count(50)
    tab.get_by_role("link", name="Load 50 more").click()
    expect(tab.locator(".ledger tbody tr")).to_have_count(57)
    why = tab.get_by_role("link", name="Why? People added to All")
    why.click()
    receipt = tab.locator("tr.receipt")
    expect(receipt).to_contain_text("Already yours")
    expect(why).to_have_attribute("aria-expanded", "true")
    expect(tab.locator("#live")).to_have_text("Receipt shown")
    look(tab)
    why.click()
    expect(receipt).to_have_count(0)
    expect(why).to_have_attribute("aria-expanded", "false")
    why.click()
    receipt.get_by_role("link", name="See the 10 people").click()
    expect(tab.get_by_role("heading", name="The people behind it")).to_be_visible()
    look(tab)
    assert complaints == []


def test_the_chart_is_also_a_table(spent: World, alice: User, tab: Page, complaints: list[str]) -> None:
    sign_in(tab, alice)
    tab.goto(at(spent.workspace, "credits"))
    table = tab.get_by_role("table", name="Balance")
    expect(table).to_be_hidden()
    tab.get_by_text("Show as table").click()
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    expect(table).to_contain_text("1,018")
    look(tab)
    tab.get_by_role("link", name="30 days").click()
    expect(tab.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "true")
    assert complaints == []


def test_the_ledger_is_narrowed_from_its_menus(
    spent: World, alice: User, tab: Page, complaints: list[str]
) -> None:
    sign_in(tab, alice)
    tab.goto(at(spent.workspace, "credits/ledger"))
    tab.locator("summary").filter(has_text="All types").click()
    look(tab)
    tab.get_by_role("link", name="Charge", exact=True).click()
    expect(tab.locator(".ledger tbody tr")).to_have_count(2)
    tab.locator("summary").filter(has_text="All segments").click()
    tab.locator(".menu-list").get_by_role("link", name="First").click()
    expect(tab.locator(".ledger tbody tr")).to_have_count(1)
    tab.locator("summary").filter(has_text="Any time").click()
    tab.get_by_label("From").fill("2100-01-01")
    tab.get_by_role("button", name="Show these days").click()
    expect(tab.get_by_text("No entries like that.")).to_be_visible()
    tab.get_by_role("link", name="Show all").click()
    expect(tab.get_by_role("link", name="Why? People added to All")).to_be_visible()
    assert complaints == []


def test_usage_and_statements_in_both_themes_and_on_paper(
    spent: World, alice: User, tab: Page, complaints: list[str]
) -> None:
    month = months.written(months.of(workspace=spent.workspace, at=clock.now()))
    sign_in(tab, alice)
    for path in ("usage", "usage?by=month", "usage?by=persona", "statements", f"statements/{month}"):
        tab.goto(at(spent.workspace, f"credits/{path}"))
        look(tab)
    tab.goto(at(spent.workspace, "credits/usage"))
    tab.get_by_text("Show as table").click()
    expect(tab.get_by_role("table", name="Charged by month")).to_contain_text("All")
    tab.goto(at(spent.workspace, f"credits/statements/{month}"))
    tab.emulate_media(media="print")
    expect(tab.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(tab.get_by_role("button", name="Print")).to_be_hidden()
    expect(tab.get_by_role("heading", name="From the opening to the closing balance")).to_be_visible()
    for box in tab.locator(".card-x").all():
        assert box.evaluate("box => getComputedStyle(box).overflow") == "visible", "tables are whole on paper"
    assert complaints == []


def test_a_package_is_asked_for_in_a_dialog(
    workspace: Workspace, alice: User, tab: Page, complaints: list[str]
) -> None:
    sign_in(tab, alice)
    tab.goto(at(workspace, "credits"))
    look(tab)
    ask = tab.get_by_role("link", name="Request a package").first
    ask.click()
    dialog = tab.get_by_role("dialog", name="Request a package")
    expect(dialog.get_by_label("Credits")).to_be_focused()
    look(tab)
    press(tab, "Escape")
    expect(dialog).to_have_count(0)
    expect(ask).to_be_focused()
    ask.click()
    dialog.get_by_label("What are they for?").fill("Nordics")
    dialog.get_by_role("button", name="Send request").click()
    expect(dialog.get_by_role("alert")).to_be_focused()
    expect(dialog.get_by_label("What are they for?")).to_have_value("Nordics")
    dialog.get_by_label("Credits").fill("5000")
    dialog.get_by_role("button", name="Send request").click()
    expect(tab.get_by_text("Your request for 5,000 credits was sent.")).to_be_visible()
    expect(tab.get_by_text("Sent", exact=True)).to_be_visible()
    assert packages.of(workspace=workspace)[0].note == "Nordics"
    assert [text for text in complaints if "422" not in text] == []


def test_what_cannot_be_undone_asks_first(
    workspace: Workspace, alice: User, bob: User, tab: Page, complaints: list[str]
) -> None:
    sign_in(tab, alice)
    tab.goto(at(workspace, "settings"))
    tab.get_by_role("button", name="Remove Bob Lind").click()
    asked = tab.get_by_role("dialog", name="Remove Bob Lind")
    expect(asked).to_be_visible()
    look(tab)
    asked.get_by_role("button", name="Keep").click()
    expect(asked).to_be_hidden()
    tab.get_by_role("button", name="Remove Bob Lind").click()
    asked.get_by_role("button", name="Remove", exact=True).click()
    expect(tab.get_by_text("The member was removed.")).to_be_visible()
    expect(tab.get_by_text("bob@example.com")).to_have_count(0)
    assert complaints == []


def test_a_passkey_is_added_and_signs_in(
    workspace: Workspace, alice: User, tab: Page, complaints: list[str]
) -> None:
    device = tab.context.new_cdp_session(tab)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(tab, alice)
    tab.goto("/account/2fa/webauthn/add/")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Confirm").click()
    tab.get_by_label("Sign in with this key alone").check()
    look(tab)
    tab.get_by_role("button", name="Add").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look(tab)
    tab.goto("/account/2fa/webauthn/")
    expect(tab.get_by_text("Passkey", exact=True)).to_be_visible()
    look(tab)
    tab.goto("/account/logout/")
    tab.get_by_role("button", name="Sign out").click()
    look(tab)
    tab.get_by_role("button", name="Use a passkey").click()
    expect(tab.get_by_role("heading", name="Home")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("place", ["workspace", "account", "operator"])
def test_every_page_in_both_themes(
    spent: World, alice: User, operator: User, tab: Page, complaints: list[str], place: str
) -> None:
    made = packages.request(
        workspace=spent.workspace, credits_wanted=500, note="More", reply_email="alice@example.com",
        actor=access.member(workspace=spent.workspace, user=alice), now=clock.now(),
    )  # fmt: skip
    inside = (
        "",
        "help",
        "credits/request",
        "settings",
        "settings/keys",
        "settings/suppressions",
        "settings/titles?title=SVP+Growth",
        "settings/audit",
    )
    pages = {
        "workspace": [at(spent.workspace, path) for path in (*inside, "nothing")],
        "account": ["/you", "/account/password/change/", "/account/2fa/", "/account/reauthenticate/",
                    "/account/logout/", "/welcome/MQ/broken"],
        "operator": ["/operator", f"/operator/requests/req_{made.pk}", "/operator/grant/meridian",
                     "/operator/providers", "/operator/providers/people_data_labs",
                     "/operator/providers/people_data_labs/order"],
    }  # fmt: skip
    look_at_sign_in(tab)
    if place == "operator":
        alice.is_operator = True
        alice.save()
    sign_in(tab, alice)
    for address in pages[place]:
        tab.goto(address)
        look(tab)
    assert [text for text in complaints if "404" not in text and "403" not in text] == []


def look_at_sign_in(tab: Page) -> None:
    tab.goto("/")
    tab.get_by_label("Email").fill("alice@example.com")
    tab.get_by_label("Password", exact=True).fill("wrong")
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.locator("[data-errors]")).to_contain_text("do not belong together")
    look(tab)


def test_nothing_here_needs_script(spent: World, alice: User, scriptless: Page) -> None:
    page = scriptless
    sign_in(page, alice)
    page.goto(at(spent.workspace, "credits"))
    page.get_by_role("link", name="Why? People added to All").click()
    expect(page.get_by_role("heading", name="Why 10 credits")).to_be_visible()
    page.goto(at(spent.workspace, "credits"))
    page.get_by_role("link", name="Request a package").click()
    page.get_by_label("Credits").fill("77")
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_text("Your request for 77 credits was sent.")).to_be_visible()
    page.goto(at(spent.workspace, "settings"))
    page.get_by_role("button", name="Remove Bob Lind").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("The member was removed.")).to_be_visible()


def test_on_a_telephone_an_entry_is_read_without_scrolling_sideways(
    spent: World, alice: User, tab: Page
) -> None:
    sign_in(tab, alice)
    tab.set_viewport_size(NARROW)  # type: ignore[arg-type]
    tab.goto(at(spent.workspace, "credits/ledger"))
    box = tab.locator(".ledger").locator("xpath=..")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    row = tab.locator(".ledger tbody tr").filter(has_text="People added to All")
    row.get_by_role("link", name=re.compile("Why")).click()
    expect(tab.locator("tr.receipt")).to_contain_text("New people, 1 credit each")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
