"""Planning credits on pages: the forecast with its band, an analysis with its arithmetic, the request (G8)."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from rollcall.core import clock, ids
from rollcall.credits import balances
from rollcall.personas import outlooks
from rollcall.personas.models import Analysis
from rollcall.web import formats
from tests.credits import acts
from tests.personas.world import World
from tests.web.world import HOSTILE, HTMX, at, queries


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def chosen(world: World, **more: Any) -> dict[str, Any]:
    """What the form sends for one segment and one persona."""
    segment, persona = world.segment("Everyone"), world.persona("Chiefs", titles=["CEO", "CFO"])
    return {
        "segments": [ids.public("seg", segment.pk)],
        "personas": [ids.public("per", persona.pk)],
        "months": "3",
        **more,
    }


def made(page: Client, world: World, **more: Any) -> Analysis:
    answer = page.post(at(world.workspace, "credits/planner"), chosen(world, **more))
    assert answer.status_code == 302
    return Analysis.objects.latest("pk")


def used(world: World, monkeypatch: pytest.MonkeyPatch, days: int = 60) -> None:
    """Thirty people each three days, and the clock at the end of it."""
    start = world.now
    for number in range(days // 3):
        acts.charge(world.workspace, acts.people(30, company=number), start + timedelta(days=3 * number))
    world.now = start + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: world.now)


def test_it_works(world: World, page: Client) -> None:
    found = made(page, world, name="Autumn")
    said = text(page.get(at(world.workspace, f"credits/planner/ana_{found.pk}")))
    assert "Autumn" in said and "New contacts today 12" in said
    assert "Available now Spendable credits of all grants" in said and "−1,000" in said
    assert "Recommended, in steps of 100 0" in said
    assert "Request this package" not in said, "nothing is missing"
    listed = text(page.get(at(world.workspace, "credits/planner")))
    assert "Autumn" in listed and "12 new contacts" in listed


def test_the_package_leads_to_its_request(world: World, page: Client) -> None:
    world.search(world.segment("Before"), world.persona("Everybody", titles_out=["chief"]))
    found = made(page, world)
    Analysis.objects.filter(pk=found.pk).update(
        result=found.result | {"package": found.result["package"] | {"recommended": 300}}
    )
    answer = page.get(at(world.workspace, f"credits/planner/ana_{found.pk}"))
    link = at(world.workspace, f"credits/request?analysis=ana_{found.pk}")
    assert link in answer.content.decode()
    assert 'value="300"' in page.get(link).content.decode()


def test_drafts_are_worked_out_and_not_saved(world: World, page: Client) -> None:
    sent = {
        "months": "1",
        "where.join": "and", "where.0.field": "employees", "where.0.op": "gte", "where.0.value": "400",
        "titles": ["CFO"], "per_company": "1",
    }  # fmt: skip
    assert page.post(at(world.workspace, "credits/planner"), sent).status_code == 302
    found = Analysis.objects.get()
    assert (found.result["today"]["new"], found.name) == (3, "Drafted companies, CFO")
    said = text(page.get(at(world.workspace, f"credits/planner/ana_{found.pk}")))
    assert "Drafted companies Draft" in said and "CFO Draft" in said


def test_the_filter_of_a_draft_grows_with_and_without_script(world: World, page: Client) -> None:
    address = at(world.workspace, "credits/planner")
    sent = chosen(world, act="add:where")
    whole = page.post(address, sent)
    assert 'name="where.0.field"' in whole.content.decode() and "Work it out" in text(whole)
    part = page.post(address, sent, headers=HTMX).content.decode()
    assert 'name="where.0.field"' in part and "Work it out" not in part
    assert not Analysis.objects.exists()


def test_what_is_wrong_is_said_beside_the_form(world: World, page: Client) -> None:
    address = at(world.workspace, "credits/planner")
    assert "needs at least one segment and one persona" in text(page.post(address, {"months": "3"}), 422)
    assert "less than or equal to 36" in text(page.post(address, chosen(world) | {"months": "99"}), 422)
    broken = {"where.join": "and", "where.0.field": "employees", "where.0.op": "gte", "where.0.value": "many"}
    assert page.post(address, broken | {"months": "3", "titles": "CEO"}).status_code == 422


def test_g8_no_band_without_history_and_the_page_says_so(world: World, page: Client) -> None:
    for address in ("credits", "credits/planner"):
        answer = page.get(at(world.workspace, address))
        assert "Too early to say: there are fewer than 7 days of history." in text(answer)
        assert "ch-band" not in answer.content.decode() and "ch-mid" not in answer.content.decode()


def test_g8_average_alone_has_a_line_and_no_band(
    world: World, page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    used(world, monkeypatch, days=24)
    answer = page.get(at(world.workspace, "credits/planner"))
    assert "Not enough history for a range" in text(answer)
    assert 'class="ch-mid"' in answer.content.decode() and 'class="ch-band"' not in answer.content.decode()


def test_g8_the_band_is_drawn_and_told(world: World, page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    used(world, monkeypatch)
    for address in ("credits", "credits/planner"):
        answer = page.get(at(world.workspace, address))
        said = text(answer)
        assert 'class="ch-band"' in answer.content.decode() and 'class="ch-mid"' in answer.content.decode()
        assert re.search(r"in eight of ten cases from \d+ \w+ \d{4} to", said), "the chart in words"
        assert "80% range" in said and "Eight in ten futures made of the last 8 weeks" in said
        assert re.search(r"Forecast [\d,]+ [\d,]+ to [\d,]+", said), "the chart as a table"


def test_g4_every_page_names_the_day_on_which_credits_run_out_as_the_planner_does(
    world: World, page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plain average of four weeks would say another day than the forecast; nobody is told two days."""
    start = world.now
    for number in range(90):
        acts.charge(
            world.workspace, acts.people(1 + number // 30, company=number), start + timedelta(days=number)
        )
    world.now = start + timedelta(days=90)
    monkeypatch.setattr(clock, "now", lambda: world.now)
    ahead = outlooks.read(workspace=world.workspace, now=world.now)
    average = balances.read(workspace=world.workspace, now=world.now).runs_out_on
    assert ahead.runs_out_on is not None and ahead.runs_out_on != average
    for address in ("", "credits", "credits/planner"):
        assert f"Runs out about {formats.day(ahead.runs_out_on)}" in text(
            page.get(at(world.workspace, address))
        )
    acts.grant(world.workspace, 1_000, world.now)
    later = outlooks.read(workspace=world.workspace, now=world.now).runs_out_on
    assert later != ahead.runs_out_on
    told = "Runs out about " + (formats.day(later) if later else "")
    assert told in text(page.get(at(world.workspace, "")))


def test_the_numbers_as_files(world: World, page: Client) -> None:
    found = made(page, world)
    address = at(world.workspace, f"credits/planner/ana_{found.pk}")
    answer = page.get(f"{address}.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert ["today", "new", "12", ""] in rows
    kept = json.loads(page.get(f"{address}.json").content)
    assert (kept["today"]["new"], kept["inputs"]["months"]) == (12, 3)


def test_viewers_look_and_do_not_make(world: World, page: Client, viewer: Client, stranger: Client) -> None:
    found = made(page, world)
    address = at(world.workspace, "credits/planner")
    assert "What will you need?" not in text(viewer.get(address))
    assert viewer.get(f"{address}/ana_{found.pk}").status_code == 200
    assert viewer.post(address, {"months": "3"}).status_code == 403
    for path in (address, f"{address}/ana_{found.pk}", f"{address}/ana_{found.pk}.csv"):
        assert stranger.get(path).status_code == 404
    assert page.get(f"{address}/ana_{found.pk + 1}").status_code == 404


def test_names_cannot_break_the_page(world: World, page: Client) -> None:
    segment, persona = world.segment(HOSTILE[:100]), world.persona(HOSTILE[:100])
    sent = {
        "segments": f"seg_{segment.pk}",
        "personas": f"per_{persona.pk}",
        "months": "3",
        "name": HOSTILE[:100],
    }
    address = at(world.workspace, "credits/planner")
    assert page.post(address, sent).status_code == 302
    for path in (address, f"{address}/ana_{Analysis.objects.get().pk}"):
        html = page.get(path).content.decode()
        assert "<script>alert" not in html and "<img src=x" not in html


def test_the_page_needs_as_many_statements_for_many_analyses(world: World, page: Client) -> None:
    address = at(world.workspace, "credits/planner")
    sent = chosen(world)
    page.post(address, sent)
    once = queries(page, address)
    for _ in range(5):
        page.post(address, sent)
    assert queries(page, address) == once
