"""Contacts and companies in the browser: lists with filters, one contact with its story, suppressing, files."""

from collections.abc import Sequence
from datetime import date

import pytest
from django.test import Client

from rollcall.contacts import book, refresh, suppression
from rollcall.contacts.models import Contact
from rollcall.core import ids
from rollcall.personas.models import Run
from rollcall.universe import ingest
from tests.personas.world import World, staff
from tests.web.world import HOSTILE, HTMX, HostileRoster, at, queries


@pytest.fixture
def bought(world: World) -> Run:
    """Everybody at the six companies."""
    return world.search(world.segment("All"), world.persona("Everybody"))


def titled(world: World, title: str, company: int = 1) -> Contact:
    found = book.page(workspace=world.workspace, limit=500).items
    return next(c for c in found if c.title == title and c.company_name.endswith(f"{company:04d}"))


def of(world: World, contact: Contact, path: str = "") -> str:
    return at(world.workspace, f"contacts/{ids.public('con', contact.pk)}{path}")


def next_month(world: World, people: Sequence[tuple[int, int, str]]) -> None:
    """Later data, and the free refresh that follows it."""
    version = world.load(people, as_of=date(2026, 9, 1))
    refresh.run(workspace=world.workspace, version=version, now=world.now)


def test_it_works(world: World, page: Client, bought: Run) -> None:
    listed = page.get(at(world.workspace, "contacts")).text
    assert "Showing 48 of 48 contacts" in listed and "1 credit" in listed
    contact = titled(world, "Chief Financial Officer")
    shown = page.get(of(world, contact)).text
    for words in (
        contact.full_name, "Chief Financial Officer", "Company 0001", "credit, once and never again",
        f"runs/run_{bought.pk}", "Everybody", "Role history", "Added to your workspace", "from the title",
        f"credits/entries/ent_{contact.charge_id}",
    ):  # fmt: skip
        assert words in shown, words


def test_f2_f3_a_move_is_told_with_both_times_and_costs_nothing(
    world: World, page: Client, bought: Run
) -> None:
    mover = titled(world, "Chief Financial Officer")
    people = [
        (2, person, "Chief Executive Officer") if person == 1001 else (company, person, title)
        for company, person, title in staff(6)
    ]
    next_month(world, people)
    shown = page.get(of(world, mover)).text
    assert "Left Company 0001" in shown and "Moved to Company 0002, Chief Executive Officer" in shown
    assert "True since" in shown and "We learned it" in shown
    assert "Learning that was free" in shown
    moved = page.get(at(world.workspace, "contacts?status=moved")).text
    assert "Showing 1 of 1 contacts" in moved and mover.full_name in moved
    assert world.claims() == 48


def test_filters_narrow_and_say_so(world: World, page: Client, bought: Run) -> None:
    base = at(world.workspace, "contacts")
    assert "Showing 12 of 12" in page.get(f"{base}?seniority=c_suite").text
    both = page.get(f"{base}?seniority=c_suite&department=finance").text
    assert "Showing 6 of 6" in both and "Filter: Seniority is any of C-suite" in both
    assert "Showing 8 of 8" in page.get(f"{base}?q=company+0003").text
    nobody = page.get(f"{base}?q=nobody").text
    assert "Nobody matches these filters" in nobody and "Clear filters" in nobody
    unknown = page.get(f"{base}?seniority=boss&department=x&status=y&persona=per_999&sort=age")
    assert unknown.status_code == 200 and "Showing 48 of 48" in unknown.text


def test_the_persona_filter_and_the_segments_tab(world: World, page: Client, bought: Run) -> None:
    chiefs = world.persona("Chiefs", titles=["chief"])
    segment = world.segment("Few", include_domains=["company1.com", "company2.com"])
    world.search(segment, chiefs)
    tab = at(world.workspace, f"segments/seg_{segment.pk}/contacts")
    html = page.get(tab).text
    assert "Showing 4 of 4" in html and html.count("badge ok") >= 4  # all were owned: free here
    assert "Showing 4 of 4" in page.get(f"{at(world.workspace, 'contacts')}?persona=per_{chiefs.pk}").text
    narrowed = page.get(f"{tab}?department=finance").text
    assert "Showing 2 of 2" in narrowed and "filtered from 4" in narrowed


def test_sorting_both_ways_and_the_next_rows_in_place(world: World, page: Client) -> None:
    world.load(staff(8))
    world.search(world.segment("All"), world.persona("Everybody"))
    base = at(world.workspace, "contacts")
    up, down = page.get(f"{base}?sort=name").text, page.get(f"{base}?sort=-name").text
    assert 'aria-sort="ascending"' in up and 'aria-sort="descending"' in down
    assert "Person 01000" in up and "Person 01000" not in down
    more = up.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    rows = page.get(base + more, headers=HTMX).text
    assert "<html" not in rows and "Showing 64 of 64 contacts" in rows and "Person 08007" in rows
    assert page.get(f"{base}?sort=-name&{more[1:].split('&', 1)[1]}").status_code == 422  # another order


def test_c7_suppressing_one_and_lifting_it(world: World, page: Client, bought: Run) -> None:
    contact = titled(world, "VP Sales")
    assert "Asked not to be contacted" in page.get(of(world, contact, "/suppress"), headers=HTMX).text
    page.post(of(world, contact, "/suppress"), {"reason": "asked us"})
    page.post(of(world, contact, "/suppress"), {"reason": "asked us"})
    (line,) = suppression.of(workspace=world.workspace).items
    assert (line.label, line.reason) == (f"pro_{contact.profile_id}", "asked us")
    assert "Lift suppression" in page.get(of(world, contact)).text
    assert "Suppressed" in page.get(at(world.workspace, "contacts?q=person+01002")).text
    page.post(of(world, contact, "/unsuppress"))
    page.post(of(world, contact, "/unsuppress"))
    assert not suppression.any_(workspace=world.workspace)


def test_a_reason_too_long_is_kept_and_told(world: World, page: Client, bought: Run) -> None:
    contact = titled(world, "VP Sales")
    answer = page.post(of(world, contact, "/suppress"), {"reason": "x" * 301})
    assert answer.status_code == 422 and "At most 300 characters" in answer.text and "x" * 301 in answer.text
    assert not suppression.any_(workspace=world.workspace)


def test_ticked_contacts_are_exported_or_suppressed(world: World, page: Client, bought: Run) -> None:
    bulk = at(world.workspace, "contacts/bulk")
    chosen = [f"con_{titled(world, title).pk}" for title in ("VP Sales", "Sales Manager")]
    file = page.post(bulk, {"action": "export", "id": chosen, "all": ""})
    assert file["Content-Type"].startswith("text/csv") and "attachment" in file["Content-Disposition"]
    lines = b"".join(file.streaming_content).decode().strip().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3
    back = at(world.workspace, "contacts?seniority=manager")
    assert page.post(bulk, {"action": "suppress", "id": chosen, "back": back})["Location"] == back
    assert len(suppression.of(workspace=world.workspace).items) == 2


def test_all_that_match_means_the_filters_of_the_page(world: World, page: Client, bought: Run) -> None:
    bulk = at(world.workspace, "contacts/bulk")
    back = at(world.workspace, "contacts?seniority=c_suite")
    one = f"con_{titled(world, 'VP Sales').pk}"
    file = page.post(bulk, {"action": "export", "id": one, "all": "1", "back": back})
    assert len(b"".join(file.streaming_content).decode().strip().splitlines()) == 13  # type: ignore[attr-defined]
    page.post(bulk, {"action": "suppress", "id": one, "all": "1", "back": back})
    assert len(suppression.of(workspace=world.workspace).items) == 12


def test_a_form_never_leads_elsewhere(world: World, page: Client, bought: Run) -> None:
    bulk = at(world.workspace, "contacts/bulk")
    for back in ("https://evil.example/", "//evil.example", "/w/northwind/contacts", "javascript:alert(1)"):
        answer = page.post(bulk, {"action": "suppress", "back": back})
        assert answer["Location"] == at(world.workspace, "contacts")


def test_files_of_everything_a_segment_and_its_companies(world: World, page: Client, bought: Run) -> None:
    segment = f"segments/seg_{bought.segment_id}"
    for path, rows in (
        ("contacts.csv", 48),
        (f"{segment}/contacts.csv", 48),
        (f"{segment}/companies.csv", 6),
    ):
        file = page.get(at(world.workspace, path))
        assert len(b"".join(file.streaming_content).decode().strip().splitlines()) == rows + 1  # type: ignore[attr-defined]


def test_others_and_viewers(
    world: World, page: Client, viewer: Client, stranger: Client, bought: Run
) -> None:
    contact = titled(world, "VP Sales")
    for path in ("", "/suppress"):
        assert stranger.get(of(world, contact, path)).status_code == 404
        assert stranger.get(of(world, contact, path).replace("meridian", "northwind")).status_code == 404
    assert stranger.post(of(world, contact, "/suppress").replace("meridian", "northwind")).status_code == 404
    theirs = {"action": "export", "id": f"con_{contact.pk}"}
    file = stranger.post("/w/northwind/contacts/bulk", theirs)
    assert len(b"".join(file.streaming_content).decode().strip().splitlines()) == 1  # type: ignore[attr-defined]
    shown = viewer.get(of(world, contact)).text
    assert "credit, once and never again" in shown and "/suppress" not in shown
    assert viewer.post(of(world, contact, "/suppress")).status_code == 403
    assert viewer.post(of(world, contact, "/unsuppress")).status_code == 403
    assert viewer.get(at(world.workspace, "contacts.csv")).status_code == 403
    for action in ("export", "suppress"):
        assert viewer.post(at(world.workspace, "contacts/bulk"), {"action": action}).status_code == 403
    assert not suppression.any_(workspace=world.workspace)


def test_companies_of_all_segments_once_each(world: World, page: Client, bought: Run) -> None:
    world.segment("Few", include_domains=["company1.com"])
    listed = page.get(at(world.workspace, "companies")).text
    assert "Showing 6 of 6 companies" in listed
    by_size = page.get(at(world.workspace, "companies?sort=-employees")).text
    assert by_size.index("Company 0006") < by_size.index("Company 0001")
    found = page.get(at(world.workspace, "companies?q=company3.com")).text
    assert "Showing 1 of 1" in found and "Company 0003" in found
    assert "No company matches" in page.get(at(world.workspace, "companies?q=zzz")).text
    for odd in ("?sort=x", "?after=x", "?after=99", "?q=%00"):
        assert page.get(at(world.workspace, f"companies{odd}")).status_code == 200


def test_a_company_with_its_people_and_segments(
    world: World, page: Client, stranger: Client, bought: Run
) -> None:
    contact = titled(world, "VP Sales", company=3)
    address = at(world.workspace, f"companies/com_{contact.company_id}")
    shown = page.get(address).text
    for words in ("Company 0003", "8 contacts", "Energy", "company3.com", "Source: test", "All"):
        assert words in shown, words
    theirs = stranger.get(address.replace("meridian", "northwind")).text
    assert (
        "Nobody here yet" in theirs and contact.full_name not in theirs
    )  # the universe is shared, people are not
    assert page.get(at(world.workspace, "companies/com_999999")).status_code == 404


def test_nothing_there_yet(world: World, page: Client) -> None:
    assert "No contacts yet" in page.get(at(world.workspace, "contacts")).text
    assert "No companies yet" in page.get(at(world.workspace, "companies")).text
    assert "No searches yet" in page.get(at(world.workspace, "runs")).text
    assert "No personas yet" in page.get(at(world.workspace, "personas")).text
    assert "No segments yet" in page.get(at(world.workspace, "segments")).text


def test_hostile_names_from_the_data_are_only_text(world: World, page: Client) -> None:
    ingest.load(source=HostileRoster(staff(2), date(2026, 9, 1), "hostile"), now=world.now)
    segment = world.segment("Hostile", where={"op": "and", "items": [
        {"field": "source", "op": "is", "value": "hostile"}]})  # fmt: skip
    run = world.search(segment, world.persona("Everybody"))
    contact = book.page(workspace=world.workspace).items[0]
    assert HOSTILE in contact.full_name and HOSTILE in contact.company_name
    for path in (
        "contacts", f"contacts/con_{contact.pk}", f"contacts/con_{contact.pk}/suppress", "companies",
        f"companies/com_{contact.company_id}", f"runs/run_{run.pk}", f"segments/seg_{segment.pk}/contacts",
        f"segments/seg_{segment.pk}/companies", f"segments/seg_{segment.pk}/edit", "segments/new",
        f"segments/seg_{segment.pk}/find", "",
    ):  # fmt: skip
        answer = page.get(at(world.workspace, path))
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text, path


def test_lists_of_fifty_need_a_fixed_number_of_queries(world: World, page: Client) -> None:
    segment = world.segment("Few", include_domains=["company1.com"])
    world.search(segment, world.persona("Everybody"))
    suppression.add(
        workspace=world.workspace, kind="domain", value="x.com", reason="", actor=world.actor, now=world.now
    )
    tab = f"segments/seg_{segment.pk}/contacts"
    before = [queries(page, at(world.workspace, path)) for path in ("contacts", "companies", tab)]
    world.load(staff(60))
    many = world.segment("Many")
    world.search(many, world.persona("One or two", per_company=2))
    tab = f"segments/seg_{many.pk}/contacts"
    assert [queries(page, at(world.workspace, path)) for path in ("contacts", "companies", tab)] == before
    assert max(before) <= 32
