"""The persona search in the browser: personas, the price, starting once, watching, the receipt."""

import re
from typing import Any

import pytest
from django.test import Client

from rollcall.core import ids
from rollcall.credits import balances
from rollcall.personas import definitions, quotes, runs
from rollcall.personas.models import Persona, Run
from rollcall.segments.models import Segment
from tests.personas.world import World
from tests.web.world import HOSTILE, HTMX, at, queries


def find(world: World, segment: Segment, path: str = "") -> str:
    return at(world.workspace, f"segments/{ids.public('seg', segment.pk)}/find{path}")


def shown(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def start_form(html: str, *wanted: Persona, stop_at: str = "") -> dict[str, Any]:
    return {
        "quote": shown(html, "quote"),
        "key": shown(html, "key"),
        "persona": [ids.public("per", persona.pk) for persona in wanted],
        "stop_at": stop_at,
    }


def test_e1_the_price_is_shown_before_anything_starts(world: World, page: Client) -> None:
    chiefs = world.persona("Chiefs", titles=["chief"])
    world.search(world.segment("Two", include_domains=["company1.com", "company2.com"]), chiefs)
    answer = page.get(find(world, world.segment()))
    for words in (
        "Nothing is charged until you start",
        "Matches in 6 companies",
        "−4",
        "Never more than 8",
        "Start search, up to 8 credits",
        "988",
        "Chief Executive Officer",
    ):
        assert words in answer.text, words
    assert "Person 0" not in answer.text  # examples have no names


def test_p5_what_is_known_of_them_is_shown_beside_the_price(world: World, page: Client) -> None:
    """Asked for when the price is there; no names, and of the new people alone."""
    sales = world.persona("Sales", titles=["sales"])
    world.search(world.segment("One", include_domains=["company1.com"]), sales)
    html = page.get(find(world, world.segment())).text
    (url,) = re.findall(r'hx-get="([^"]+/coverage)"', html)
    part = page.get(url, headers=HTMX).text
    assert (
        "What is known of the 15 new people" in part
        and "Phone number, not verified" in part
        and "Not known here" not in part
    )
    assert re.search(r"Vice president</dt><dd>5 <span[^>]*>· 33 %", part)
    assert re.search(r"Sales</dt><dd>15 <span[^>]*>· 100 %", part) and "Sales manager" in part
    assert "<html" not in part and "Person 0" not in part
    assert "Back to the estimate" in page.get(url).text, "without script it is a page"


def test_p5_where_nobody_is_new_it_is_of_all_matches(world: World, page: Client) -> None:
    sales, segment = world.persona("Sales", titles=["sales"]), world.segment()
    world.search(segment, sales)
    (url,) = re.findall(r'hx-get="([^"]+/coverage)"', page.get(find(world, segment)).text)
    assert "What is known of the 18 matches" in page.get(url, headers=HTMX).text
    nobody = world.persona("Nobody", titles=["astronaut"])
    html = page.post(find(world, segment, "/estimate"), {"persona": ids.public("per", nobody.pk)}).text
    assert "Nobody matches" in html and "/coverage" not in html


def test_it_works_without_script(world: World, page: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    html = page.get(find(world, segment)).text
    started = page.post(find(world, segment, "/start"), start_form(html, chiefs))
    run = Run.objects.get()
    assert started.status_code == 302 and started["Location"].endswith(f"/runs/run_{run.pk}")
    assert "Waiting for a worker" in page.get(started["Location"]).text
    runs.carry_out(run_id=run.pk)
    receipt = page.get(started["Location"]).text
    assert "Finished: 12 new contacts for 12 credits" in receipt
    assert "Exactly what was estimated" in receipt and "Person 0" in receipt
    assert balances.quick(workspace=world.workspace)[0] == 988


def test_several_personas_count_a_person_once(world: World, page: Client) -> None:
    segment = world.segment()
    both = [world.persona("Chiefs", titles=["chief"]), world.persona("Money", titles=["CFO"])]
    asked = {"persona": [ids.public("per", persona.pk) for persona in both]}
    assert "up to 12 credits" in page.post(find(world, segment), asked).text


def test_e3_a_double_click_starts_once(world: World, page: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    form = start_form(page.get(find(world, segment)).text, chiefs)
    first = page.post(find(world, segment, "/start"), form)
    second = page.post(find(world, segment, "/start"), form)
    other_key = page.post(find(world, segment, "/start"), form | {"key": "another"})
    assert first["Location"] == second["Location"] == other_key["Location"]
    assert Run.objects.count() == 1


def test_e3_with_script_the_dialog_closes_and_a_notice_follows(world: World, page: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    html = page.get(find(world, segment), headers=HTMX).text
    assert "<dialog" in html and "<html" not in html
    answer = page.post(find(world, segment, "/start"), start_form(html, chiefs), headers=HTMX)
    assert answer.status_code == 200 and answer["HX-Retarget"] == "#toasts"
    assert 'hx-trigger="every 1s"' in answer.text
    run = Run.objects.get()
    runs.carry_out(run_id=run.pk)
    ended = page.get(at(world.workspace, f"runs/run_{run.pk}/toast"), headers=HTMX).text
    assert "Search finished." in ended and "every 1s" not in ended
    assert 'id="credits-now" hx-swap-oob="true">988<' in ended


def test_e3_a_form_that_changed_gets_a_fresh_estimate_in_place(world: World, page: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    html = page.get(find(world, segment), headers=HTMX).text
    form = start_form(html, chiefs, stop_at="3")
    answer = page.post(find(world, segment, "/start"), form, headers=HTMX)
    assert answer.status_code == 409 and "nothing was charged" in answer.text
    assert "up to 3 credits" in answer.text and shown(answer.text, "quote") != form["quote"]
    again = page.post(find(world, segment, "/start"), start_form(answer.text, chiefs, stop_at="3"))
    assert again.status_code == 302 and Run.objects.get().quote.credits_max == 3


def test_e3_a_persona_edited_meanwhile_gets_a_fresh_estimate(world: World, page: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    form = start_form(page.get(find(world, segment)).text, chiefs)
    definitions.update(
        workspace=world.workspace, persona_id=chiefs.pk, actor=world.actor, now=world.now,
        definition=definitions.parse({"titles": ["CFO"]}),
    )  # fmt: skip
    answer = page.post(find(world, segment, "/start"), form)
    assert answer.status_code == 409
    assert "the persona Chiefs was edited" in answer.text and "up to 6 credits" in answer.text
    assert not Run.objects.exists()


def test_e3_too_few_credits_offer_a_lower_stop_and_a_package(world: World, page: Client) -> None:
    world.load([(number, number, "CEO") for number in range(1, 1103)])
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    html = page.get(find(world, segment)).text
    assert "Missing" in html and re.search(r'id="start"[^>]*disabled', html)
    answer = page.post(find(world, segment, "/start"), start_form(html, chiefs))
    assert answer.status_code == 402 and not Run.objects.exists()
    assert "Set a lower stop: 1,000" in answer.text and "Request a package" in answer.text
    assert "Nothing was charged" in answer.text
    (lower,) = re.findall(r'href="([^"]*stop_at=1000[^"]*)"', answer.text)
    assert "up to 1,000 credits" in page.get(lower.replace("&amp;", "&")).text


@pytest.mark.parametrize("text", ["some", "-1", "1.5", "9" * 30, "<script>"])
def test_a_bad_stop_is_told_and_kept(world: World, page: Client, text: str) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    asked = {"persona": ids.public("per", chiefs.pk), "stop_at": text}
    answer = page.post(find(world, segment, "/estimate"), asked, headers=HTMX)
    assert answer.status_code == 200 and "is no number of credits" in answer.text
    assert "<script>" not in answer.text and 'name="quote"' not in answer.text
    assert page.post(find(world, segment, "/start"), asked).status_code == 422
    assert not Run.objects.exists()


def test_nothing_chosen_and_nothing_there_to_choose(world: World, page: Client) -> None:
    segment = world.segment()
    assert "No personas yet" in page.get(find(world, segment)).text
    world.persona("Chiefs", titles=["chief"])
    answer = page.post(find(world, segment, "/estimate"), {}, headers=HTMX)
    assert "Choose a persona to see what the search would cost" in answer.text
    assert page.post(find(world, segment, "/start"), {}).status_code == 422


def test_a_viewer_sees_the_price_and_no_button_that_spends(world: World, viewer: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    html = viewer.get(find(world, segment)).text
    assert "Never more than 12" in html and 'id="start"' not in html
    assert "Your role here is viewer" in html
    quote = quotes.make(
        workspace=world.workspace, segment_id=segment.pk, persona_ids=[chiefs.pk], actor=world.actor,
        now=world.now,
    )  # fmt: skip
    form = {"quote": f"quo_{quote.pk}", "key": "k", "persona": f"per_{chiefs.pk}"}
    assert viewer.post(find(world, segment, "/start"), form).status_code == 403
    run = world.start(quote)
    assert viewer.post(at(world.workspace, f"runs/run_{run.pk}/stop")).status_code == 403
    assert 'id="stop"' not in viewer.get(at(world.workspace, f"runs/run_{run.pk}")).text


def test_another_workspace_can_neither_see_nor_start_it(world: World, page: Client, stranger: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    form = start_form(page.get(find(world, segment)).text, chiefs)
    run = world.start(world.quote(segment, chiefs))
    for address in (find(world, segment), at(world.workspace, f"runs/run_{run.pk}")):
        assert stranger.get(address).status_code == 404
        assert stranger.get(address.replace("meridian", "northwind")).status_code == 404
    theirs = find(world, segment, "/start").replace("meridian", "northwind")
    assert stranger.post(theirs, form).status_code == 404
    assert stranger.post(at(world.workspace, f"runs/run_{run.pk}/stop")).status_code == 404
    assert runs.get(workspace=world.workspace, run_id=run.pk).stop_requested_at is None


def test_e5_stop_gives_the_rest_back(world: World, page: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    run = world.start(world.quote(segment, chiefs))
    assert balances.quick(workspace=world.workspace) == (988, 12)
    answer = page.post(at(world.workspace, f"runs/run_{run.pk}/stop"), follow=True)
    assert "Stopped: 0 new contacts for 0 credits" in answer.text and "Not reached" in answer.text
    assert balances.quick(workspace=world.workspace) == (1000, 0)


def test_e6_progress_asks_again_until_it_ends(world: World, page: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    run = world.start(world.quote(segment, chiefs))
    address = at(world.workspace, f"runs/run_{run.pk}/progress")
    assert 'hx-trigger="every 1s"' in page.get(address, headers=HTMX).text
    runs.carry_out(run_id=run.pk)
    ended = page.get(address, headers=HTMX).text
    assert "every 1s" not in ended and "12 new contacts for 12 credits" in ended


def test_c9_the_receipt_says_what_was_not_charged_and_why(world: World, page: Client) -> None:
    chiefs = world.persona("Chiefs", titles=["chief"])
    world.search(world.segment("Two", include_domains=["company1.com", "company2.com"]), chiefs)
    run = world.search(world.segment(), chiefs, stop_at=5)
    receipt = page.get(at(world.workspace, f"runs/run_{run.pk}")).text
    for words in ("bought before: free for ever", "you asked to stop before them", "Package, 5", "Ledger:"):
        assert words in receipt, words


def test_a_persona_is_made_edited_and_deleted(world: World, page: Client) -> None:
    segment = world.segment()
    filled = {"name": "Sellers", "titles": ["VP sales", "head of sales, sales director"], "per_company": "2",
              "seniorities": ["vp"], "order": "seniority"}  # fmt: skip
    new = at(world.workspace, f"personas/new?segment=seg_{segment.pk}")
    made = page.post(new, filled)
    (persona,) = definitions.list_(workspace=world.workspace)
    assert made["Location"].endswith(f"/find?persona=per_{persona.pk}")
    assert definitions.of(persona).titles == ["VP sales", "head of sales", "sales director"]
    edit = at(world.workspace, f"personas/per_{persona.pk}")
    assert 'value="head of sales"' in page.get(edit).text
    page.post(edit, filled | {"name": "Sales", "revision": "1"})
    listed = page.get(at(world.workspace, "personas")).text
    assert "Sales" in listed and "at most 2 per company" in listed
    page.post(f"{edit}/delete")
    assert definitions.list_(workspace=world.workspace) == [] and page.get(edit).status_code == 404


def test_a_wrong_persona_keeps_what_was_typed(world: World, page: Client) -> None:
    new = at(world.workspace, "personas/new")
    world.persona("Taken")
    taken = page.post(new, {"name": "Taken", "titles": ["kept title"], "order": "seniority"})
    assert taken.status_code == 409 and "kept title" in taken.text and "already a persona" in taken.text
    wrong = page.post(new, {"name": "X", "titles": ["&&&"], "order": "seniority", "per_company": "3"})
    assert wrong.status_code == 422 and "no word to look for" in wrong.text
    for field, value in (("per_company", "101"), ("seniorities", "boss"), ("order", "x"), ("name", " ")):
        bad = {"name": "X", "order": "seniority"} | {field: value}
        assert page.post(new, bad).status_code == 422, field
    assert len(definitions.list_(workspace=world.workspace)) == 1


def test_p5_matches_are_counted_and_known_while_a_persona_is_written(world: World, page: Client) -> None:
    segment = world.segment("Two", include_domains=["company1.com", "company2.com"])
    world.segment("All")
    asked = {"titles": ["chief"], "order": "seniority", "in_segment": f"seg_{segment.pk}"}
    answer = page.post(at(world.workspace, "personas/matches"), asked, headers=HTMX)
    assert "<b>4</b>" in answer.text and "in 2 companies" in answer.text
    assert "What is known of the 4 new people" in answer.text and "Email address, not verified" in answer.text
    assert "Chief executive officer" in answer.text
    nobody = page.post(
        at(world.workspace, "personas/matches"), asked | {"titles": ["astronaut"]}, headers=HTMX
    )
    assert "<b>0</b>" in nobody.text and "What is known" not in nobody.text


def test_personas_of_others_and_viewers(world: World, viewer: Client, stranger: Client) -> None:
    persona = world.persona(HOSTILE)
    address = at(world.workspace, f"personas/per_{persona.pk}")
    assert stranger.get(address).status_code == 404
    assert stranger.get(address.replace("meridian", "northwind")).status_code == 404
    assert viewer.get(address).status_code == 403
    assert viewer.post(at(world.workspace, "personas/new"), {"name": "X"}).status_code == 403
    listed = viewer.get(at(world.workspace, "personas"))
    assert listed.status_code == 200 and "<script>alert" not in listed.text


def test_run_lists_need_a_fixed_number_of_queries(world: World, page: Client) -> None:
    segment, chiefs = world.segment(), world.persona("Chiefs", titles=["chief"])
    world.search(segment, chiefs)
    addresses = [
        at(world.workspace, path) for path in ("runs", "personas", f"segments/seg_{segment.pk}/personas")
    ]
    before = [queries(page, address) for address in addresses]
    for number in range(8):
        world.search(segment, world.persona(f"P{number}", titles=["chief"]))
    assert [queries(page, address) for address in addresses] == before
    assert max(before) <= 25
