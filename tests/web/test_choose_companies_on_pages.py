"""Segments in the browser: make one with filter lines, see it, change it, refresh it, delete it; all without script."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rollcall.core import ids
from rollcall.segments import definitions
from rollcall.segments.models import Segment
from rollcall.workspaces.models import Workspace
from tests.personas.world import World
from tests.web.world import HOSTILE, HTMX, at, queries

FILLED = {
    "name": "Energy",
    "kind": "static",
    "where.join": "and",
    "where.0.field": "sector",
    "where.0.op": "is_any_of",
    "where.0.value": ["Energy"],
    "order_by": "name",
    "descending": "",
}
ENERGY = 2  # of the six companies


def form(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (FILLED | changes).items() if value is not None}


def of(world: World, path: str, segment: Segment) -> str:
    return at(world.workspace, f"segments/{ids.public('seg', segment.pk)}/{path}")


def test_it_works(world: World, page: Client) -> None:
    answer = page.post(at(world.workspace, "segments/new"), form(), follow=True)
    assert "“Energy” has 2 companies." in answer.text
    (segment,) = definitions.list_(workspace=world.workspace)
    assert (segment.name, segment.company_count) == ("Energy", ENERGY)
    shown = page.get(of(world, "companies", segment))
    assert "Company 0003" in shown.text and "Company 0001" not in shown.text


def test_a_second_one_of_the_same_name_is_refused_and_nothing_typed_is_lost(
    world: World, page: Client
) -> None:
    page.post(at(world.workspace, "segments/new"), form())
    again = page.post(at(world.workspace, "segments/new"), form(include_domains="company1.com"))
    assert again.status_code == 409
    assert "There already is a segment called" in again.text and "company1.com" in again.text
    assert len(definitions.list_(workspace=world.workspace)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"where.0.value": []}, "Write a value, or remove this line."),
        (
            {"where.0.field": "employees", "where.0.op": "gte", "where.0.value": "many"},
            "Employees needs a whole number",
        ),
        (
            {"where.0.field": "employees", "where.0.op": "between", "where.0.value": "9", "where.0.to": "3"},
            "9 is more than 3",
        ),
        ({"limit": "0"}, "greater than or equal to 1"),
        ({"exclude_segments": "seg_999"}, "not one of the available choices"),
        ({"order_by": "colour"}, "not one of the available choices"),
        ({"name": "x" * 200}, "at most 120 characters"),
    ],
)
def test_bad_input_keeps_what_was_typed(world: World, page: Client, changes: Any, said: str) -> None:
    answer = page.post(at(world.workspace, "segments/new"), form(**{"limit": "77"} | changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert ("Energy" in answer.text) and definitions.list_(workspace=world.workspace) == []


def test_buttons_without_script_add_and_remove_lines_and_groups(world: World, page: Client) -> None:
    new = at(world.workspace, "segments/new")
    one_more = page.post(new, form(act="add:where")).text
    assert 'name="where.1.field"' in one_more and 'name="where.2.field"' not in one_more
    grouped = page.post(new, form(act="group:where")).text
    assert 'name="where.1.1.field"' in grouped and 'name="where.1.join"' in grouped
    fewer = page.post(new, form(act="remove:where.0")).text
    assert 'name="where.0.field"' not in fewer
    assert definitions.list_(workspace=world.workspace) == []


def test_s1_groups_are_saved_as_they_were_written(world: World, page: Client) -> None:
    page.post(
        at(world.workspace, "segments/new"),
        form(**{
            "where.1.join": "or",
            "where.1.0.field": "employees", "where.1.0.op": "lte", "where.1.0.value": "300",
            "where.1.1.field": "name", "where.1.1.op": "contains", "where.1.1.value": "9999",
        }),
    )  # fmt: skip
    (segment,) = definitions.list_(workspace=world.workspace)
    where = definitions.get(workspace=world.workspace, segment_id=segment.pk).definition["where"]
    assert [item.get("op") for item in where["items"]] == ["is_any_of", "or"]
    assert segment.company_count == 1
    edited = page.get(of(world, "edit", segment)).text
    assert 'value="300"' in edited and 'name="where.1.0.op"' in edited


def test_a_fields_change_offers_its_operators(world: World, page: Client) -> None:
    answer = page.post(
        at(world.workspace, "segments/new"),
        form(**{"where.0.field": "employees", "act": "show"}),
        headers=HTMX,
    )
    assert "at least" in answer.text and "starts with" not in answer.text


def test_s2_the_preview_counts_after_each_line(world: World, page: Client) -> None:
    answer = page.post(
        at(world.workspace, "segments/new"),
        form(**{"where.1.field": "employees", "where.1.op": "gte", "where.1.value": "600", "name": ""}),
        headers=HTMX,
    )
    assert '<span class="after num" id="after-where-0" hx-swap-oob="true">2</span>' in answer.text
    assert '<span class="after num" id="after-where-1" hx-swap-oob="true">1</span>' in answer.text
    assert "Company 0006" in answer.text and "<html" not in answer.text


def test_s1_domains_are_pasted_and_unknown_ones_shown(world: World, page: Client) -> None:
    pasted = "https://www.company1.com/about\nnowhere.example, not_a_domain!!"
    answer = page.post(
        at(world.workspace, "segments/new"),
        form(**{"where.0.value": [], "include_domains": pasted}),
        headers=HTMX,
    )
    assert "Company 0001" in answer.text
    assert "not in the data" in answer.text and "nowhere.example" in answer.text
    assert "Not a domain" in answer.text and "not_a_domain!!" in answer.text


def test_a_contradiction_is_named(world: World, page: Client) -> None:
    answer = page.post(
        at(world.workspace, "segments/new"),
        form(**{"where.1.field": "sector", "where.1.op": "is", "where.1.value": "Utilities"}),
        headers=HTMX,
    )
    assert "No company fits" in answer.text and "banner warn" in answer.text


def test_other_segments_can_be_left_out(world: World, page: Client) -> None:
    energy = world.segment("Energy", include_domains=["company3.com"])
    page.post(
        at(world.workspace, "segments/new"),
        form(name="Rest", everything="on", exclude_segments=[ids.public("seg", energy.pk)]),
    )
    rest = definitions.list_(workspace=world.workspace)[0]
    assert (rest.name, rest.company_count) == ("Rest", 5)


def test_s6_a_circle_is_refused_by_name(world: World, page: Client) -> None:
    first = world.segment("First")
    second = world.segment("Second", everything=True, exclude_segments=[first.pk])
    answer = page.post(
        of(world, "edit", first),
        form(name="First", everything="on", exclude_segments=[ids.public("seg", second.pk)], revision="1"),
    )
    assert answer.status_code in (409, 422)
    assert "Second" in answer.text and "circle" in answer.text.lower()


def test_two_who_edit_at_once_do_not_overwrite_each_other(world: World, page: Client) -> None:
    segment = world.segment("Energy")
    assert page.post(of(world, "edit", segment), form(revision="1")).status_code == 302
    late = page.post(of(world, "edit", segment), form(revision="1", limit="1"))
    assert late.status_code == 409 and "edited by someone else" in late.text


def test_deleting_asks_first_and_keeps_contacts(world: World, page: Client) -> None:
    segment = world.segment("Energy")
    world.search(segment, world.persona(per_company=1))
    asked = page.get(of(world, "delete", segment))
    assert "stay yours" in asked.text
    assert page.post(of(world, "delete", segment)).status_code == 302
    assert page.get(of(world, "companies", segment)).status_code == 404
    assert "6 contacts" in page.get(at(world.workspace, "contacts")).text.replace("of 6 ", "6 ")


def test_s6_a_segment_that_another_names_is_not_deleted(world: World, page: Client) -> None:
    first = world.segment("First")
    world.segment("Second", everything=True, exclude_segments=[first.pk])
    answer = page.post(of(world, "delete", first))
    assert answer.status_code == 409 and "Second" in answer.text


def test_refreshing_by_hand(world: World, page: Client) -> None:
    segment = world.segment("Energy")
    answer = page.post(of(world, "refresh", segment), follow=True)
    assert "0 joined, 0 left, 6 in the segment" in answer.text


@pytest.mark.parametrize(
    "path",
    ["", "companies", "contacts", "personas", "activity", "settings", "edit", "delete", "contacts.csv"],
)
def test_segments_of_others_are_not_there(world: World, page: Client, stranger: Client, path: str) -> None:
    segment = world.segment("Secret plan")
    address = of(world, path, segment).rstrip("/")
    answer = stranger.get(address)
    assert answer.status_code == 404 and "Secret plan" not in answer.text
    theirs = stranger.get(address.replace(world.workspace.slug, "northwind"))
    assert theirs.status_code == 404 and "Secret plan" not in theirs.text


def test_a_viewer_may_look_and_not_change(world: World, viewer: Client) -> None:
    segment = world.segment("Energy")
    for path in ("companies", "contacts", "personas", "activity", "settings"):
        assert viewer.get(of(world, path, segment)).status_code == 200
    assert "Delete segment" not in viewer.get(of(world, "settings", segment)).text
    assert viewer.get(at(world.workspace, "segments/new")).status_code == 403
    assert viewer.post(at(world.workspace, "segments/new"), form()).status_code == 403
    for path in ("edit", "delete", "refresh"):
        assert viewer.post(of(world, path, segment), form()).status_code == 403
    assert viewer.get(of(world, "companies.csv", segment)).status_code == 403
    assert len(definitions.list_(workspace=world.workspace)) == 1


def test_a_stranger_signs_in_first(world: World) -> None:
    answer = Client().get(at(world.workspace, "segments"))
    assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))


def test_a_hostile_name_is_only_text(world: World, page: Client) -> None:
    segment = world.segment(HOSTILE)
    paths = ["companies", "contacts", "personas", "activity", "settings", "edit", "delete", "find"]
    for path in paths:
        answer = page.get(of(world, path, segment))
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text, path
    for address in ("segments", "runs", "companies", "contacts", "personas", ""):
        assert "<script>alert" not in page.get(at(world.workspace, address)).text


def test_companies_come_fifty_at_a_time(workspace: Workspace, world: World, page: Client) -> None:
    world.load([(number, number, "CEO") for number in range(1, 121)])
    segment = world.segment("Many")
    first = page.get(of(world, "companies", segment)).text
    assert "Showing 50 of 120" in first and first.count("c-name") == 51
    more = first.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    rows = page.get(of(world, "companies", segment) + more, headers=HTMX).text
    assert "<html" not in rows and rows.count("c-name") == 50 and "Showing 100 of 120" in rows
    whole = page.get(of(world, "companies", segment) + more).text
    assert "<html" in whole and "Company 0051" in whole and "Company 0050" not in whole


def test_lists_need_a_fixed_number_of_queries(world: World, page: Client) -> None:
    world.load([(number, number, "CEO") for number in range(1, 121)])
    few, many = world.segment("Few", include_domains=["company1.com"]), world.segment("Many")
    assert queries(page, of(world, "companies", few)) == queries(page, of(world, "companies", many)) <= 25
    before = queries(page, at(world.workspace, "segments"))
    for number in range(12):
        world.segment(f"More {number}", include_domains=["company1.com"])
    assert queries(page, at(world.workspace, "segments")) == before <= 25


def test_a_made_up_place_in_a_list_is_an_error_page(world: World, page: Client) -> None:
    segment = world.segment("Energy")
    assert page.get(of(world, "companies?after=xyz", segment)).status_code == 422
    assert page.get(at(world.workspace, "segments/seg_99999999999999999999")).status_code == 404
    assert page.get(at(world.workspace, "segments/per_1")).status_code == 404


def test_a_viewer_is_not_offered_what_they_may_not_do(world: World, page: Client, viewer: Client) -> None:
    """The menu leads a viewer to no page that would refuse them."""
    home, new = at(world.workspace, ""), at(world.workspace, "segments/new")
    assert f'href="{new}"' in page.get(home).content.decode()
    assert f'href="{new}"' not in viewer.get(home).content.decode()
    assert viewer.get(new).status_code == 403
