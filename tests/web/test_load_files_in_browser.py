"""An operator loads a file in a browser, with a keyboard's care: every step is looked at, in both themes."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rollcall.universe import versions
from rollcall.workspaces.models import User
from tests.universe.files import ANN, BO, csv_bytes
from tests.web import browsing
from tests.web.browsing import look
from tests.web.loading import work

pytestmark = browsing.MARKS
BAD = ["3", "", "Head of IT", "Bolt", "bolt.io", "2026-01-29", "7"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people_2026-01.csv"
    path.write_bytes(csv_bytes(ANN, BO, BAD))
    return path


def sign_in(page: Page, operator: User) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(operator.email)
    page.get_by_label("Password", exact=True).fill(browsing.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/operator/sources")


def fill_in(page: Page) -> None:
    page.get_by_label("Source").fill("crm")
    page.get_by_label("Licence").fill("own records")
    page.get_by_label("Lawful basis").fill("legitimate interest")


def test_it_works(operator: User, tab: Page, file: Path, complaints: list[str]) -> None:
    """Each page turns into the next one by itself when the worker is done."""
    sign_in(tab, operator)
    look(tab)
    tab.get_by_role("link", name="Load a file").first.click()
    look(tab)
    tab.get_by_label("File").set_input_files(file)
    tab.get_by_role("button", name="Upload").click()
    expect(tab.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    look(tab)
    work()
    expect(tab.get_by_role("link", name="Say what the columns mean")).to_be_visible()
    look(tab)
    tab.get_by_role("link", name="Say what the columns mean").click()
    fill_in(tab)
    tab.get_by_label("Job title", exact=True).select_option(label="Not in the file")
    tab.get_by_role("button", name="Check all rows").click()
    expect(tab.locator("[data-errors]")).to_contain_text("Choose the column of the job title")
    look(tab)
    tab.get_by_label("Job title", exact=True).select_option(label="Job")
    tab.get_by_role("button", name="Check all rows").click()
    work()
    expect(tab.get_by_role("button", name="Load it")).to_be_visible()
    look(tab)
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Rejected rows").click()
    assert "no_name" in download.value.path().read_text(encoding="utf-8-sig")
    tab.get_by_role("button", name="Load it").click()
    work()
    expect(tab.get_by_text("Loaded as version 1.")).to_be_visible()
    look(tab)
    tab.goto("/operator/sources")
    look(tab)
    # The form that was wrong was answered with 422.
    assert [text for text in complaints if "422" not in text] == []


def test_nothing_here_needs_script(operator: User, scriptless: Page, file: Path) -> None:
    page = scriptless
    sign_in(page, operator)
    page.goto("/operator/sources/new")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    address = page.url
    work()
    page.goto(f"{address}/mapping")
    fill_in(page)
    page.get_by_role("button", name="Check all rows").click()
    work()
    page.goto(address)
    page.get_by_role("button", name="Load it").click()
    work()
    page.goto(address)
    expect(page.get_by_text("Loaded as version 1.")).to_be_visible()
    assert versions.current() == 1
