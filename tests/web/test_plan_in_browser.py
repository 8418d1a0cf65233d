"""Planning in headless Chromium: a draft, the analysis and the forecast, in both themes and on a phone."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from rollcall.workspaces.models import User
from tests.credits import acts
from tests.personas.world import World
from tests.web.browsing import MARKS, look, sign_in
from tests.web.world import at

pytestmark = MARKS


def test_it_works(world: World, alice: User, tab: Page, complaints: list[str]) -> None:
    """Ten weeks of use, so that there is a band; a segment described on the page, a saved persona."""
    acts.grant(world.workspace, 2000, world.now - timedelta(days=70))
    for day in range(70, 0, -2):
        acts.charge(world.workspace, acts.people(20, company=1000 + day), world.now - timedelta(days=day))
    world.persona("Chiefs", titles=["chief"])
    sign_in(tab, alice)
    tab.goto(at(world.workspace, "credits/planner"))
    expect(tab.get_by_text("80% range: from")).to_be_visible()
    expect(tab.locator("svg .ch-band").first).to_be_attached()
    look(tab)
    tab.get_by_text("Companies of no segment yet").click()
    tab.get_by_role("button", name="Filter", exact=True).click()
    expect(tab.get_by_label("Field")).to_be_focused()
    tab.get_by_label("Field").select_option("employees")
    expect(tab.get_by_label("Operator")).to_contain_text("at least")
    tab.get_by_label("Operator").select_option("gte")
    tab.get_by_label("Value").fill("400")
    tab.get_by_label("Chiefs", exact=True).check()
    look(tab)
    tab.get_by_role("button", name="Work it out").last.click()
    expect(tab.get_by_role("heading", name="The package, line by line")).to_be_visible()
    expect(tab.get_by_text("Draft", exact=True)).to_be_visible()
    look(tab)
    assert complaints == []
