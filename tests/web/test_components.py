"""The parts every page is made of: drawn whole, strict about what they may contain, and small."""

import gzip
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from rollcall import web
from rollcall.web import charts, formats, icons
from rollcall.web.templatetags import rollcall as tags
from tests.web import sample

HERE = Path(web.__file__).parent
STATIC = HERE / "static" / "rollcall"
PAGES = ["gallery", "gallery_grid", "gallery_dialog"]


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollcall.core.clock.now", lambda: sample.NOW)
    monkeypatch.setattr("django.utils.timezone.now", lambda: sample.NOW)


def draw(page: str, path: str = "/segments/0", **changes: Any) -> str:
    context = {**sample.gallery(), "layout": "components/dialog_page.html", **changes}
    return render_to_string(f"components/{page}.html", context, RequestFactory().get(path))


def write(source: str, **context: Any) -> str:
    return Template(source).render(Context(context)).strip()


@pytest.mark.parametrize("page", PAGES)
def test_it_is_drawn(page: str) -> None:
    html = draw(page)
    assert "<h1>UK fintech, tier 1</h1>" in html
    assert 'class="credits"' in html
    assert "15,143" in html


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_inline_so_the_strict_policy_holds(page: str) -> None:
    html = draw(page)
    assert not re.findall(r"<[^>]*\sstyle\s*=", html)
    assert not re.findall(r"<[^>]*\son[a-z]+\s*=", html)
    assert not re.findall(r"<style", html)
    assert not re.findall(r"hx-on|javascript:|js:", html)
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all(" src=" in script or 'type="application/json"' in script for script in scripts)
    assert not re.findall(r"""(?:src|href)="(?:https?:)?//""", html)


@pytest.mark.parametrize("page", PAGES)
def test_ids_are_unique_and_everything_pointed_at_exists(page: str) -> None:
    html = re.sub(r"<template.*?</template>", "", draw(page), flags=re.DOTALL)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
    for names in re.findall(r'\s(?:for|aria-labelledby|aria-describedby|aria-controls)="([^"]+)"', html):
        assert set(names.split()) <= set(ids)


def test_g4_credits_are_last_in_the_menu_with_their_number_and_five_facts() -> None:
    menu = draw("gallery").split('<nav class="side"')[1].split("</nav>")[0]
    credits = menu.split('id="credits-menu"')[1]
    assert "<li>" not in credits, "something comes after the credits"
    for words in (
        "Available now",
        "Held for running searches",
        "1,093",
        "7,254",
        "Expires 31 Dec",
        "1,760",
        "6 Jan 2027",
    ):
        assert words in credits


def test_without_a_forecast_the_menu_says_why() -> None:
    shell = sample.shell()
    shell["credits"] |= {"runs_out": None, "runs_out_reason": "Nothing spent yet"}
    html = draw("gallery", shell=shell)
    assert "Nothing spent yet" in html
    assert "days left" not in html


def test_the_segment_being_looked_at_is_marked() -> None:
    html = draw("gallery_grid", path="/segments/1/contacts")
    assert re.search(r'<a href="/segments/1" aria-current="page">', html)
    assert not re.search(r'<a href="/segments/0" aria-current="page">', html)


def test_names_and_values_are_escaped() -> None:
    evil = "<script>alert(1)</script>"
    html = draw("gallery", people=[{"name": evil, "title": evil, "seen": sample.TODAY}], title=evil)
    assert evil not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_sort_head_keeps_the_filters_turns_around_and_starts_over() -> None:
    request = RequestFactory().get("/contacts", {"seniority": "vp", "sort": "name", "after": "con_9"})
    up = Template('{% sort_head "Name" "name" %}').render(Context({"request": request}))
    assert 'aria-sort="ascending"' in up
    assert 'href="?seniority=vp&amp;sort=-name"' in up
    other = Template('{% sort_head "Title" "title" %}').render(Context({"request": request}))
    assert "aria-sort" not in other
    assert 'href="?seniority=vp&amp;sort=title"' in other


def test_a_dialog_and_its_page_hold_the_same_form() -> None:
    dialog = draw("gallery_dialog", layout="components/dialog.html")
    page = draw("gallery_dialog")
    assert dialog.lstrip().startswith("<dialog")
    for name in ("titles", "seniorities", "per_company", "stop_at"):
        assert f'name="{name}"' in dialog
        assert f'name="{name}"' in page


def test_an_error_is_said_at_the_top_and_beside_its_field() -> None:
    html = draw("gallery")
    assert 'href="#id_name">Name: This field is required.' in html
    field = re.search(r'<input[^>]*name="name"[^>]*>', html)
    assert field
    assert 'aria-invalid="true"' in field[0]
    assert "id_name_error" in field[0]


def test_messages_of_the_last_request_are_shown_as_notices() -> None:
    class Message(str):
        level_tag = "success"

    html = draw("gallery", messages=[Message("12 people added")])
    assert re.search(r'data-seconds="6".*12 people added', html, re.DOTALL)


def test_an_unknown_icon_says_what_to_do() -> None:
    with pytest.raises(tags.UnknownIcon):
        write('{% icon "no-such-icon" %}')


def test_every_icon_named_in_a_template_exists() -> None:
    used = set()
    for path in HERE.rglob("*.html"):
        used |= set(re.findall(r"""(?:\{% icon |icon=)["']([^"']+)["']""", path.read_text()))
    assert used <= icons.NAMES


def test_the_sprite_is_up_to_date() -> None:
    assert icons.SPRITE.read_text() == icons.sprite(), "run python -m rollcall.web.icons"


def test_hashed_names_reach_the_font_the_pictures_and_the_sprite(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    stored = ManifestStaticFilesStorage(location=str(tmp_path), base_url="/static/")
    for sheet in STATIC.glob("css/*.css"):
        hashed = tmp_path / stored.stored_name(f"rollcall/css/{sheet.name}")
        for target in re.findall(r'url\("([^"]+)"\)', hashed.read_text()):
            assert re.search(r"\.[0-9a-f]{12}\.", target)
            assert (hashed.parent / target).resolve().exists()
    tags.icon.cache_clear()
    sprite = re.search(r'<use href="/static/([^"#]+)#check"', write('{% icon "check" %}'))
    assert sprite
    assert (tmp_path / sprite[1]).exists()
    tags.icon.cache_clear()


def test_styles_and_scripts_stay_small() -> None:
    def weight(pattern: str) -> int:
        return sum(len(gzip.compress(path.read_bytes(), 9)) for path in STATIC.glob(pattern))

    assert weight("css/*.css") <= 13 * 1024
    assert weight("js/*.js") <= 8 * 1024


def test_styles_use_no_colour_outside_the_tokens() -> None:
    for path in STATIC.glob("css/*.css"):
        if path.name != "tokens.css":
            assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", re.sub(r"url\([^)]*\)", "", path.read_text()))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ 1284|num }}", "1,284"),
        ("{{ n|num }}", "−146"),
        ("{{ none|num }}", "–"),
        ("{{ n|signed }}", "−146"),
        ("{{ 4|signed }}", "+4"),
        ("{{ 0|signed }}", "0"),
        ("{{ 30000|compact }} {{ 2500000|compact }} {{ 950|compact }}", "30k 2.5m 950"),
        ('{{ 1|count:"credit" }}, {{ 2|count:"company,companies" }}', "1 credit, 2 companies"),
        ("{{ day|day }}", "31 Dec 2026"),
        ("{{ day|short_day }}", "31 Dec"),
        ("{{ next|short_day }}", "6 Jan 2027"),
        ("{{ now|moment }}", "Today, 09:41"),
        ("{{ day|days_until }}", "39"),
        ("{{ none|day }}", "–"),
        ("{{ 'Nadia M. Fischer'|initials }} {{ 'Ivory'|initials }} {{ ''|initials }}", "NF I ?"),
    ],
)
def test_numbers_and_dates_read_well(source: str, shown: str) -> None:
    values = {"n": -146, "none": None, "day": date(2026, 12, 31), "next": date(2027, 1, 6), "now": sample.NOW}
    assert write(source, **values) == shown


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(seconds=20), "Just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(hours=20), "Yesterday"),
        (timedelta(days=4), "4 days ago"),
        (timedelta(days=20), "2 Nov"),
        (timedelta(days=-3), "25 Nov"),
    ],
)
def test_how_long_ago_is_said_in_words(before: timedelta, shown: str) -> None:
    assert formats.ago(sample.NOW - before, now=sample.NOW) == shown


def test_the_same_name_always_has_the_same_colour() -> None:
    assert formats.hue("Ivory Bank") == formats.hue("ivory bank")
    assert {formats.hue(str(number)) for number in range(200)} == set(range(formats.HUES))


def test_a_balance_line_keeps_the_balance_on_days_without_an_entry() -> None:
    line = charts.balance_line(
        name="b", balances=[(date(2026, 1, 1), 100), (date(2026, 1, 4), 40)], today=date(2026, 1, 5)
    )
    assert [point["value"] for point in line.points] == [f"{n} credits" for n in (100, 100, 100, 40, 40)]
    assert line.sentence == "The balance went from 100 on 1 Jan 2026 to 40 on 5 Jan 2026."
    assert not line.band
    assert not line.middle


def test_a_balance_line_shows_grants_and_what_may_come() -> None:
    line = sample.balance()
    assert [mark.text for mark in line.grants] == ["+8,000", "+9,000"]
    assert line.band.endswith("Z")
    assert line.runs_out
    assert line.runs_out.text.startswith("Runs out")
    assert [tick.text for tick in line.y_ticks] == ["0", "10k", "20k", "30k"]
    assert {row.kind for row in line.rows} == {"Actual", "Forecast"}
    assert {"8,000 granted", "9,000 granted"} <= {row.note for row in line.rows}


@pytest.mark.parametrize("balance", [0, 1, 7, 15_143, 9_000_000_000])
def test_any_balance_fits_its_chart(balance: int) -> None:
    line = charts.balance_line(name="b", balances=[(date(2026, 1, 1), balance)], today=date(2026, 1, 1))
    assert 2 <= len(line.y_ticks) <= 5
    assert all(0 <= tick.y <= line.height for tick in line.y_ticks)
    assert line.today
    assert 0 <= line.today.y <= line.height


def test_a_chart_without_any_balance_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one balance"):
        charts.balance_line(name="b", balances=[], today=date(2026, 1, 1))


def test_a_bar_adds_up_and_hatches_what_is_held() -> None:
    bar = charts.bar(name="g", parts=[("First", 1, ""), ("Second", 3, "")], held=2)
    assert [(part.x, part.width, part.tone) for part in bar.parts] == [
        ("0.000", "25.000", "a"),
        ("25.000", "75.000", "b"),
    ]
    assert bar.held_width == "50.000"
    assert bar.sentence == "First 1, Second 3; 2 of it held"


def test_an_empty_bar_is_an_empty_track() -> None:
    bar = charts.bar(name="g", parts=[("First", 0, "")])
    html = render_to_string("components/balance_bar.html", {"bar": bar})
    assert html.count("<rect") == 1


def test_a_chart_is_also_a_sentence_and_a_table() -> None:
    html = draw("gallery")
    picture = re.search(r'<svg[^>]*role="img"[^>]*data-plot[^>]*>', html)
    assert picture
    assert 'aria-describedby="balance-words"' in picture[0]
    assert "you reach the 5,000 alert on 23 Dec" in html
    assert "Balance and forecast as table" in html
