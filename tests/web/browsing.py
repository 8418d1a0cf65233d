"""Chromium for the tests that need one: a window, what it complains about, and a look at any page."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rollcall.workspaces.models import User
from tests.conftest import PASSWORD

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
MARKS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM HERE: this was not tested in a browser"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Started once for all tests of a file; each has a window with cookies and a cache of its own."""
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        # The browser is driven from an event loop in this thread; what Django calls here does not wait on it.
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser said: refused by the policy, failed to load, thrown by a script."""
    return []


@pytest.fixture
def tab(browser: Browser, live_server: Any, complaints: list[str]) -> Iterator[Page]:
    """A fresh window; while this thread works, the page's own requests wait. What fades in is there at once: half
    faded, it would have too little contrast."""
    context = browser.new_context(base_url=live_server.url, viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.on(
        "console", lambda said: complaints.extend([said.text] if said.type in ("error", "warning") else [])
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/*", lambda route: route.continue_())
    page.set_default_timeout(15_000)
    yield page
    context.close()


@pytest.fixture
def scriptless(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A window of somebody who lets no script run."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", lambda route: route.continue_())
    yield page
    context.close()


def look(page: Page) -> None:
    """No page may hold anything that axe objects to, in either theme, nor scroll sideways on a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert found == [], [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found]
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")


def press(page: Page, key: str) -> None:
    """Keys work from when the scripts have run, a moment after the page can be seen."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def sign_in(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
