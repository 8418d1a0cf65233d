"""Someone looks for a title: abbreviations, small words and word boundaries; how senior, which department."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.universe import titles


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("VP", "Vice President"),
        ("V.P.", "Vice-President"),
        ("VP, Fin", "Vice President of Finance"),
        ("SVP Mktg", "Senior Vice President, Marketing"),
        ("EVP & CFO", "Executive Vice President and Chief Financial Officer"),
        ("RevOps Mgr", "Revenue Operations Manager"),
        ("CHRO", "Chief Human Resources Officer"),
        ("Chief HR Officer", "Chief Human Resources Officer"),
        ("CTO", "Chief Technology Officer"),
        ("CIO", "Chief Information Officer"),
        ("CMO", "Chief Marketing Officer"),
        ("COO", "Chief Operating Officer"),
        ("Chief Ops Officer", "Chief Operating Officer"),
        ("CLO", "Chief Legal Officer"),
        ("GC", "Gen. Counsel"),
        ("Pres. & CEO", "President and Chief Executive Officer"),
        ("Sr Dir, R&D", "Senior Director of Research & Development"),
        ("Jr. IT Admin", "Junior Information Technology Administration"),
        ("Exec. VP, Int'l", "Executive Vice President, International"),
        ("Chf. Info. Off.", "Chief Information Officer"),
        ("ChiefLegalOfficer", "Chief Legal Officer"),
        ("ＣＥＯ", "ceo"),
    ],
)
def test_p1_abbreviations_expand_on_both_sides(short: str, long: str) -> None:
    assert titles.words(short) == titles.words(long) == titles.phrase(long)


def test_p1_words_are_whole() -> None:
    assert titles.phrase("city manager") not in titles.words("Publicity Manager")
    assert titles.phrase("city manager") in titles.words("Deputy City Manager")
    assert titles.phrase("president") not in titles.words("Senior Vice President")
    assert titles.phrase("president") in titles.words("SVP & President")


@given(st.text(max_size=80))
def test_p1_any_text_has_one_spelling(text: str) -> None:
    """One space before, between and after each word; reading it again changes nothing that matters."""
    words = titles.words(text)
    assert words == "" or (words == f" {' '.join(words.split())} ")
    assert titles.seniority(text) in titles.SENIORITIES
    assert titles.department(text) in titles.DEPARTMENTS


@pytest.mark.parametrize(
    ("title", "seniority", "department"),
    [
        ("President and CEO", "c_suite", "executive"),
        ("EVP & CFO", "c_suite", "finance"),
        ("General Counsel", "c_suite", "legal"),
        ("Director / non-officer insider", "board", "board"),
        ("Chairman", "board", "board"),
        ("SVP, Chief Accounting Officer", "c_suite", "finance"),
        ("Senior Vice President, Human Resources", "vp", "human_resources"),
        ("Deputy General Counsel", "vp", "legal"),
        ("Head of Procurement", "head", "supply_chain"),
        ("Director of Product Marketing", "director", "marketing"),
        ("Corporate Controller", "director", "finance"),
        ("Sales Manager", "manager", "sales"),
        ("Senior Software Engineer", "senior", "engineering"),
        ("Data Analyst", "staff", "data"),
        ("Marketing Intern", "entry", "marketing"),
        ("Executive Assistant to the CEO", "staff", "administration"),
        ("Chief of Staff", "director", "administration"),
        ("Group Finance Wizard", "staff", "finance"),
        ("", "unknown", "unknown"),
        ("—", "unknown", "unknown"),
    ],
)
def test_a_title_tells_level_and_department(title: str, seniority: str, department: str) -> None:
    assert (titles.seniority(title), titles.department(title)) == (seniority, department)


def test_levels_are_ordered_highest_first() -> None:
    assert list(titles.SENIORITIES)[:3] == ["c_suite", "board", "vp"]
    assert list(titles.SENIORITIES)[-1] == "unknown"
