"""Titles from all over: filings, hospitals, schools, town halls, eleven languages; and texts that are no titles."""

import pytest

from rollcall.universe import titles


@pytest.mark.parametrize(
    "title", ["asdfgh", "QWERTY", "lkjh", "12345", "test test", "xxx", "Lorem ipsum", "фыва", "zzzzz"]
)
def test_p1_keys_struck_at_random_are_no_title(title: str) -> None:
    reading = titles.read(title)
    assert (reading.seniority, reading.department) == ("unknown", "unknown")
    assert titles.explain(title).reasons


@pytest.mark.parametrize(
    "title", ["Tester", "Bar Manager", "QC", "CFO", "Test Engineer", "PMP", "Poet", "SVP HR", "Lwtn"]
)
def test_p1_short_words_of_trades_are_titles(title: str) -> None:
    assert titles.read(title).seniority != "unknown"


@pytest.mark.parametrize(
    ("title", "seniority", "department"),
    [
        ("Lord Mayor", "c_suite", "public_service"),
        ("Deputy Mayor for Housing", "vp", "public_service"),
        ("Executive Assistant to the Mayor", "staff", "administration"),
        ("Secretary of the Treasury", "c_suite", "public_service"),
        ("Corporate Secretary", "director", "legal"),
        ("Youth Minister", "staff", "public_service"),
        ("Brand Ambassador", "staff", "marketing"),
        ("Police Sergeant", "manager", "public_service"),
        ("Oberbürgermeisterin", "c_suite", "public_service"),
        ("Maire adjointe", "vp", "public_service"),
        ("Alcaldesa", "c_suite", "public_service"),
        ("Wethouder", "vp", "public_service"),
        ("Chefärztin Chirurgie", "head", "medical"),
        ("MRI Technologist", "staff", "medical"),
        ("Owner / Operator", "c_suite", "executive"),
        ("Machine Operator", "staff", "operations"),
        ("Director of Development & Alumni Relations", "director", "marketing"),
        ("Summer Intern", "entry", "unknown"),
        ("Coordenadora de RH", "manager", "human_resources"),
    ],
)
def test_p1_posts_of_state_hospitals_and_the_like(title: str, seniority: str, department: str) -> None:
    reading = titles.read(title)
    assert (reading.seniority, reading.department) == (seniority, department)
