"""Titles as profiles show them: taglines, wishes, posts no longer held, languages of four more countries."""

import csv
from pathlib import Path

import pytest

from rollcall.universe import titles

# Two batches (174, 70), each labelled before it was first read: 87 % of the ranks and 90 % of the departments of the
# first were right. Of the second, 50 in languages known before, 90 and 94 %; the other 20 were what new lists were for.
PROFILES = list(
    csv.DictReader(
        (Path(__file__).parent / "labelled_titles_of_profiles.csv").read_text(encoding="utf-8").splitlines()
    )
)


def test_p1_titles_of_profiles_are_read_as_labelled() -> None:
    readings = [(row, titles.read(row["title"])) for row in PROFILES]
    ranks = sum(reading.seniority == row["seniority"] for row, reading in readings)
    departments = sum(reading.department == row["department"] for row, reading in readings)
    assert len(PROFILES) >= 240
    assert ranks / len(PROFILES) >= 0.91 and departments / len(PROFILES) >= 0.94


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
