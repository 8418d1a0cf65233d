"""Titles as profiles show them: taglines, wishes, posts no longer held, languages of four more countries."""

import pytest

from rollcall.universe import titles


@pytest.mark.parametrize(
    "title",
    ["Helping founders sleep", "Seeking a role in finance", "Aspiring Product Manager", "Professor Emeritus",
     "Looking for my next challenge in sales", "Passionate about data", "Director Emerita of Research"],
)  # fmt: skip
def test_p1_what_is_wished_for_or_over_is_no_post(title: str) -> None:
    reading = titles.read(title)
    assert (reading.seniority, reading.department) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("title", "seniority", "department"),
    [
        ("VP Marketing | Helping brands grow", "vp", "marketing"),
        ("Passionate Software Engineer", "staff", "engineering"),
        ("Stagiaire Assistante Chef de Projet", "entry", "operations"),
        ("Praktikantin Vertriebsleitung", "entry", "sales"),
    ],
)
def test_p1_beside_a_wish_the_post_counts_and_who_learns_leads_nobody(
    title: str, seniority: str, department: str
) -> None:
    assert titles.read(title).seniority == seniority
    assert department in ("unknown", titles.read(title).department)
