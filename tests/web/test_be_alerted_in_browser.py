"""Alerts and webhooks in a real browser, in light and dark: told, put away, a rule changed, a webhook tested."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from rollcall.core import clock
from rollcall.credits import alerts
from rollcall.workspaces.models import User
from tests.credits import acts
from tests.web.browsing import MARKS, look, sign_in
from tests.web.world import World, at

pytestmark = MARKS


def test_it_works(world: World, alice: User, tab: Page, complaints: list[str]) -> None:
    workspace, now = world.workspace, clock.now()
    alerts.create(workspace=workspace, kind="balance", threshold=900, actor=world.actor, now=now)
    acts.grant(workspace, 5, now, name="Spring", expires_at=now + timedelta(days=3))
    acts.hold(workspace, 200, now)
    sign_in(tab, alice)
    tab.goto(at(workspace, "contacts"))
    expect(tab.get_by_text("Available credits fell from 1,005 to 805, past 900.")).to_be_visible()
    look(tab)
    tab.get_by_role("button", name="Put away this alert").click()
    expect(tab.get_by_text("Available credits fell")).to_have_count(0)
    assert tab.url.endswith("/contacts")

    tab.goto(at(workspace, "credits/alerts"))
    tab.get_by_role("button", name="Add the usual rules").click()
    expect(tab.get_by_role("rowheader", name="A grant with credits left expires")).to_be_visible()
    look(tab)
    tab.get_by_role("button", name="Change Available credits fall to 900").click()
    tab.get_by_label("Threshold, in credits").fill("700")
    look(tab)
    tab.get_by_role("button", name="Change it").click()
    expect(tab.get_by_role("rowheader", name="Available credits fall to 700")).to_be_visible()

    tab.goto(at(workspace, "settings/webhooks"))
    look(tab)
    tab.get_by_label("Address").fill("https://hooks.example.com/rollcall")
    tab.get_by_role("button", name="Add webhook").click()
    expect(tab.get_by_text("Copy the secret now.")).to_be_visible()
    look(tab)
    tab.get_by_role("button", name="Send a test").click()
    expect(tab.get_by_text("Waiting", exact=True)).to_be_visible()
    tab.get_by_text("Show", exact=True).click()
    expect(tab.get_by_text("A test event, asked for by Alice Moreau.")).to_be_visible()
    look(tab)
    assert complaints == []
