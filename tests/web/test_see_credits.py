"""Seeing credits: the balance, grants, the ledger, and why each credit moved (G1, G2, G4, C9)."""

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from rollcall.core import clock, ids
from rollcall.credits import grants, holds, ledger
from rollcall.credits.models import Entry
from rollcall.personas.models import Run
from rollcall.workspaces.models import Workspace
from tests.credits import acts
from tests.personas.world import World
from tests.web.world import HOSTILE, HTMX, at, queries

DAY = timedelta(days=1)


def text(client: Client, address: str, status: int = 200, **headers: str) -> str:
    """What a page says, without its tags."""
    answer = client.get(address, headers=headers)
    assert answer.status_code == status
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def bought(world: World) -> Run:
    """Three people bought one by one company, then five searched of whom three are owned already."""
    first = world.segment("First", include_domains=["company1.com"])
    leaders = world.persona("Leaders", titles=["Chief Executive Officer", "CFO", "VP Sales"])
    world.search(first, leaders)
    both = world.segment("Both", include_domains=["company1.com", "company2.com"])
    return world.search(both, leaders, stop_at=2)


def entry_of(workspace: Workspace, kind: str) -> Entry:
    return ledger.page(workspace=workspace, now=clock.now(), kind=kind).items[0].entry


def entry_page(entry: Entry) -> str:
    return at(entry.workspace, f"credits/entries/{ids.public('ent', entry.pk)}")


def test_it_works(world: World, page: Client) -> None:
    bought(world)
    said = text(page, at(world.workspace, "credits"))
    assert "Available now 995" in said and "Package 995" in said
    assert "The balance went from 0" in said and "with 1 grant added" in said
    assert "People added to Both" in said and "−2" in said and "Set aside for a search in Both" in said
    assert f"Used in this order: {grants.BURN_ORDER} (every priority is 0)" in said


def test_g4_the_number_is_in_the_menu_of_every_page_with_five_facts(world: World, page: Client) -> None:
    bought(world)
    world.start(world.quote(world.segment("Rest"), world.persona("All"), stop_at=7))
    for path in ("", "help", "credits", "settings", "segments", "personas", "runs", "contacts", "companies"):
        menu = page.get(at(world.workspace, path)).content.decode().partition('id="credits-menu"')[2]
        assert 'id="credits-now">988<' in menu, path
        said = " ".join(re.sub(r"<[^>]+>", " ", menu.partition("</nav>")[0]).split())
        for fact in (
            "Available now 988",
            "Held for running searches 7",
            "Used this month 5",
            "Next expiry None",
        ):
            assert fact in said, path
        assert "Runs out about Too early to say" in said


def test_c9_a_charge_says_why_so_many_from_where_and_who_is_behind_it(world: World, page: Client) -> None:
    run = bought(world)
    said = text(page, entry_page(entry_of(world.workspace, "charge")))
    assert "Why 2 credits 5 People chosen − 3 Already yours, free = 2 New people, 1 credit each" in said
    assert "The whole search 6 Matches, in 2 companies − 3 Already yours, free − 1 Over your limit" in said
    assert "= 2 Charged in all, 1 credit each" in said
    assert "1 not charged: over your limit" in said and "3 not charged: already yours" in said
    assert "Taken from Package 2" in said and "By Alice Moreau" in said
    assert "Estimate 6 matches, at most 2 credits (quo_" in said
    assert f"Search {ids.public('run', run.pk)} Segment Both Persona Leaders: 2" in said
    assert said.count("Person 0200") == 2 and "Company 0002" in said


@pytest.mark.parametrize("kind", ["grant", "hold", "charge", "release", "refund", "expiry"])
def test_c9_every_line_of_the_ledger_has_a_receipt_that_adds_up(
    world: World, page: Client, kind: str
) -> None:
    run = bought(world)
    assert run.hold is not None
    one = ledger.claims(workspace=world.workspace, entry_id=entry_of(world.workspace, "charge").pk).items[0]
    refund = {"profile_id": one.profile_id, "company_id": one.company_id, "why": "It bounced.", "key": "r"}
    acts.refund(world.workspace, world.now, **refund)
    held = acts.hold(world.workspace, 9, world.now)
    acts.release(world.workspace, held, world.now)
    world.credits(4, expires_at=world.now + DAY, key="short", name="Short")
    grants.expire_due(workspace=world.workspace, now=world.now + 2 * DAY)
    entry = entry_of(world.workspace, kind)
    markup = page.get(entry_page(entry)).content.decode()
    sums = [
        [
            ("=" if result else sign, int(number.replace(",", "")))
            for result, sign, number in re.findall(
                r'<li( class="res")?>(?:<i>(.)</i>)?<div><b>([\d,]+)</b>', equation
            )
        ]
        for equation in markup.split('<ul class="eq">')[1:]
    ]
    assert len(sums) == (2 if kind == "charge" else 1)
    for boxes in sums:
        result = [number for sign, number in boxes if sign == "="]
        rest = [(-number if sign == "−" else number) for sign, number in boxes if sign != "="]
        assert len(result) == 1 and (not rest or [sum(rest)] == result)
    assert [number for sign, number in sums[0] if sign == "="] == [entry.amount]
    assert "It bounced." in markup or kind != "refund"


def test_why_opens_below_its_line_and_the_link_works_without_script(world: World, page: Client) -> None:
    bought(world)
    listed = page.get(at(world.workspace, "credits")).content.decode()
    entry = entry_of(world.workspace, "charge")
    assert f'href="{entry_page(entry)}" hx-get="{entry_page(entry)}" hx-target="closest tr"' in listed
    row = page.get(entry_page(entry), headers=HTMX).content.decode().strip()
    assert row.startswith('<tr class="receipt">') and row.endswith("</tr>") and "<html" not in row
    assert "See the 2 people" in row


def test_hundreds_of_entries_are_walked_page_by_page_each_once(
    world: World, page: Client, workspace: Workspace
) -> None:
    for number in range(119):
        acts.grant(workspace, 1, world.now, name=f"Gift {number}")
    address, seen = at(workspace, "credits/ledger"), []
    for _ in range(5):
        markup = page.get(address, headers=HTMX if "after" in address else {}).content.decode()
        seen += re.findall(r'<th scope="row">([^<]+)<br>', markup)
        more = re.search(r'href="(\?[^"]*after=[^"]*)"', markup)
        if not more:
            break
        address = at(workspace, "credits/ledger") + unescape(more[1])
        assert "Load 50 more" in markup
    assert seen == [f"Gift {number}" for number in reversed(range(119))] + ["Package"]
    without_script = text(page, address)
    assert "Every movement of credits" in without_script and "Gift 18" in without_script


def test_one_kind_at_a_time(world: World, page: Client) -> None:
    bought(world)
    said = text(page, at(world.workspace, "credits/ledger?kind=release"))
    assert "Came back" not in said and "No entries like that." in said
    said = text(page, at(world.workspace, "credits/ledger?kind=charge"))
    assert "People added to Both" in said and "Set aside" not in said
    assert "There is no kind of entry everything" in text(
        page, at(world.workspace, "credits/ledger?kind=everything"), 404
    )


def test_a_new_workspace_has_words_instead_of_charts(workspace: Workspace, page: Client) -> None:
    said = text(page, at(workspace, "credits"))
    assert "Available now 0" in said and "No credits are available." in said
    assert "No credits were granted yet." in said and "Nothing has happened yet." in said
    assert "Show as table" not in said and "request a package" in said


def test_a_viewer_sees_all_numbers_but_is_told_whom_to_ask(workspace: Workspace, viewer: Client) -> None:
    said = text(viewer, at(workspace, "credits"))
    assert "Available now 0" in said and "ask someone who may request a package" in said
    assert "Request a package" not in said and "Export ledger" in said


def test_g1_an_open_hold_is_hatched_and_named(workspace: Workspace, page: Client) -> None:
    now = clock.now()
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 30, now)
    said = text(page, at(workspace, "credits"))
    assert "Available now 70" in said and "Held for running searches 30" in said and "30 held" in said
    assert 'id="grants-hatch"' in page.get(at(workspace, "credits")).content.decode()
    holds.release(workspace=workspace, hold_id=held.pk, key="r", actor=acts.ACTOR, now=now)
    assert "30 came back" in text(page, at(workspace, "credits"))


def test_g2_grants_say_their_state_and_whether_they_will_be_used(workspace: Workspace, page: Client) -> None:
    now = clock.now()
    acts.grant(workspace, 40, now - 30 * DAY, name="Old", expires_at=now - DAY)
    acts.grant(workspace, 28, now - 29 * DAY, name="Spent", kind="promotional")
    acts.charge(workspace, acts.people(28), now - 28 * DAY + timedelta(hours=1))
    acts.grant(workspace, 500, now, name="Annual", expires_at=now + 20 * DAY, reference="INV-7")
    acts.grant(workspace, 5, now, name="Next year", effective_at=now + 40 * DAY)
    grants.expire_due(workspace=workspace, now=now)
    said = text(page, at(workspace, "credits"))
    for badge in ("Annual In use", "Next year From", "Old Expired", "Old expired"):
        assert badge in said, badge
    assert "likely 479 unused" in said and "20 days" in said and "INV-7" in said


def test_c9_a_receipt_prints_everybody(workspace: Workspace, page: Client) -> None:
    """On the page are the first fifty; on paper nobody may be missing without a word."""
    acts.grant(workspace, 60, clock.now())
    acts.charge(workspace, acts.people(60), clock.now())
    address = at(workspace, f"credits/entries/{ids.public('ent', Entry.objects.latest('pk').pk)}")
    first, whole = (page.get(f"{address}{query}").content.decode() for query in ("", "?people=all"))
    assert first.count("Erased on request") == 50 and "50 of 60" in first and "?people=all" in first
    assert whole.count("Erased on request") == 60 and "of 60" not in whole and workspace.name in whole


def test_dates_and_times_are_those_of_the_workspace(workspace: Workspace, page: Client) -> None:
    workspace.time_zone = "Pacific/Auckland"
    workspace.save()
    acts.grant(workspace, 5, acts_at := clock.now())
    there = acts_at + timedelta(hours=12)
    said = text(page, entry_page(entry_of(workspace, "grant")))
    assert "Pacific/Auckland" in said
    assert f"{there:%H:%M}" in said or f"{there + timedelta(hours=1):%H:%M}" in said


def test_the_ledger_leaves_as_csv_without_formulas(workspace: Workspace, page: Client) -> None:
    acts.grant(workspace, 5, clock.now(), name='=HYPERLINK("http://evil")')
    answer = page.get(at(workspace, "credits/ledger.csv"))
    assert answer["Content-Disposition"] == 'attachment; filename="ledger-meridian.csv"'
    body = b"".join(answer).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(body))
    assert header[:4] == ["entry", "at", "kind", "credits"]
    assert row[3] == "5" and row[6] == '\'=HYPERLINK("http://evil")'


def test_hostile_names_stay_text(world: World, page: Client) -> None:
    segment = world.segment(HOSTILE, include_domains=["company1.com"])
    world.search(segment, world.persona(HOSTILE))
    world.credits(7, name=HOSTILE, key="bad")
    entry = entry_page(entry_of(world.workspace, "charge"))
    for address in (at(world.workspace, ""), at(world.workspace, "credits"), entry):
        markup = page.get(address).content.decode()
        assert "<script>alert" not in markup and "<img src=x" not in markup
        assert "&lt;script&gt;alert" in markup


def test_strangers_get_the_same_answer_as_for_what_does_not_exist(
    world: World, stranger: Client, page: Client, other_workspace: Workspace
) -> None:
    acts.grant(other_workspace, 9, clock.now(), name="Theirs")
    theirs = ids.public("ent", entry_of(other_workspace, "grant").pk)
    hidden = text(page, at(world.workspace, f"credits/entries/{theirs}"), 404)
    missing = text(page, at(world.workspace, "credits/entries/ent_999999"), 404)
    assert hidden.replace(theirs, "ent_999999") == missing and "Theirs" not in hidden
    for path in ("credits", "credits/ledger.csv", f"credits/entries/{theirs}"):
        assert stranger.get(at(world.workspace, path)).status_code == 404


def test_a_place_in_the_list_that_was_made_up_is_refused(world: World, page: Client) -> None:
    assert "cursor" in text(page, at(world.workspace, "credits/ledger?after=nonsense"), 422).lower()


def test_a_page_needs_as_many_statements_with_fifty_rows_as_with_two(world: World, page: Client) -> None:
    acts.grant(world.workspace, 1, world.now)
    addresses = [
        at(world.workspace, path) for path in ("credits/ledger", "credits/statements", "credits/usage")
    ]
    few = [queries(page, address) for address in addresses]
    for _ in range(60):
        acts.grant(world.workspace, 1, world.now)
    assert [queries(page, address) for address in addresses] == few
    assert max(few) <= 26
    assert queries(page, at(world.workspace, "help")) <= 13
