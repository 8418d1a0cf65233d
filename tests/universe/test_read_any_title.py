"""Someone filters by rank and department, whatever language or form the title was written in, and asks why."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from rollcall.universe import titles
from rollcall.universe.titles.overrides import UnknownReading

LABELLED = list(
    csv.DictReader((Path(__file__).parent / "labelled_titles.csv").read_text(encoding="utf-8").splitlines())
)


def test_titles_labelled_by_hand_are_read_as_labelled() -> None:
    """Floors below what was measured (docs/explanation/job-titles.md), for all and for each larger group."""
    tried, ranks, departments = Counter[str](), Counter[str](), Counter[str]()
    for row in LABELLED:
        reading = titles.read(row["title"])
        for group in ("all", row["language"]):
            tried[group] += 1
            ranks[group] += reading.seniority == row["seniority"]
            departments[group] += reading.department == row["department"]
    assert len(LABELLED) >= 570 and len(tried) >= 15
    for group in (group for group, count in tried.items() if count >= 30):
        assert ranks[group] / tried[group] >= 0.97, group
        assert departments[group] / tried[group] >= 0.95, group


@pytest.mark.parametrize(
    ("title", "roles", "leading"),
    [
        ("EVP, CFO & Treasurer", ["vp", "c_suite", "director"], 1),
        ("SVP, GENERAL COUNSEL & SECRETA", ["vp", "c_suite", "staff"], 1),
        ("President, CEO and Chairman of the Board", ["c_suite", "c_suite", "board"], 1),
        ("Sales & Marketing Director", ["director"], 0),
        ("Chief Legal & Compliance Officer", ["c_suite"], 0),
        ("Geschäftsführer und Leiter Vertrieb", ["c_suite", "head"], 0),
    ],
)
def test_every_role_of_a_title_is_found(title: str, roles: list[str], leading: int) -> None:
    explained = titles.explain(title)
    assert [role.role_level for role in explained.roles] == roles
    assert explained.roles[explained.leading].seniority == explained.reading.seniority


@pytest.mark.parametrize(
    ("title", "reasons"),
    [
        (
            "EVP, CFO & Treasurer",
            ["3 roles are named", "“chief financial officer” says C-suite", "says Finance"],
        ),
        ("Vertriebsleiterin", ["“leiterin” says Head", "“vertriebs” says Sales"]),
        ("Zzyzx", ["No word names a rank, so it is read as Staff", "No word names a department"]),
        ("Kierownik sprzedaży", ["says Manager", "says Sales"]),
        ("—", ["No word of this title says what the person does"]),
        ("See remarks", ["No word of this title says what the person does"]),
    ],
)
def test_a_reading_says_why(title: str, reasons: list[str]) -> None:
    said = " ".join(titles.explain(title).reasons)
    for reason in reasons:
        assert reason in said


def test_occupation_lists_tell_what_no_list_of_ours_knows() -> None:
    explained = titles.explain("Upholsterer")
    assert explained.reading.department == "operations"
    assert "occupation lists" in " ".join(explained.reasons)


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Owner", "owner"),
        ("Gründer & CEO", "founder"),
        ("Chief Executive Officer", "c_suite"),
        ("Partner", "partner"),
        ("Werkstudentin Controlling", "intern"),
        ("Volunteer", "volunteer"),
        ("Product Owner", "staff"),
        ("HR Business Partner", "staff"),
    ],
)
def test_finer_ranks_keep_owners_partners_and_interns_apart(title: str, level: str) -> None:
    reading = titles.read(title)
    assert reading.role_level == level
    assert reading.seniority in titles.SENIORITIES


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("SVP, GENERAL COUNSEL & SECRETA", "SVP, General Counsel & Secretary"),
        ("EXEC VP, CHIEF FIN OFFICER AN", "Executive Vice President, Chief Financial Officer"),
        ("CHIEF HUMAN RESOURCES OFFICE", "Chief Human Resources Officer"),
        ("SENIOR VICE PRESIDENT & CONTRO", "Senior Vice President & Controller"),
        ("VICE PRESIDENT OF SALES & MARK", "Vice President of Sales & Marketing"),
    ],
)
def test_a_title_cut_by_a_form_reads_like_the_whole(short: str, whole: str) -> None:
    assert titles.read(short) == titles.read(whole)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vertriebsleiter (m/w/d)", "Vertriebsleiterin"),
        ("Geschäftsführer", "GESCHAEFTSFUEHRER"),
        ("Mitarbeiter*in Einkauf", "Einkaufsmitarbeiter"),
        ("Directeur/trice commercial(e)", "Directrice commerciale"),
        ("Director/a de Ventas", "Directora de ventas"),
        ("V.P., Finance", "Vice President - Finance"),
        ("Ingénieur", "ingenieur"),
    ],
)
def test_spelling_and_gender_make_no_difference(one: str, other: str) -> None:
    assert titles.read(one) == titles.read(other)


def test_a_workspace_reads_a_title_otherwise() -> None:
    """Keys are folded titles; either half may be left as read."""
    overrides = {"ninja": ("manager", "sales"), "growth wizard": (None, "product"), "boss": ("owner", None)}
    assert titles.read(" Ninja ", overrides=overrides) == titles.Reading("manager", "sales", "manager")
    assert titles.read("Growth Wizard", overrides=overrides).department == "product"
    assert titles.read("Growth Wizard").department == "marketing"
    assert titles.read("BOSS", overrides=overrides).seniority == "c_suite"
    assert titles.read("Sales Ninja", overrides=overrides) == titles.read("Sales Ninja")
    explained = titles.explain("Ninja", overrides=overrides)
    assert explained.reading == titles.read("Ninja", overrides=overrides)
    assert "reads the title otherwise: Manager, Sales." in explained.reasons[-1]


@pytest.mark.parametrize("wrong", [("boss", None), (None, "finanse")])
def test_an_override_must_name_what_there_is(wrong: tuple[str | None, str | None]) -> None:
    with pytest.raises(UnknownReading, match="Choose among"):
        titles.read("x", overrides={"x": wrong})


@pytest.mark.parametrize(
    "title",
    ["", " ", "&", "and", "/", "((((", "-" * 300, "chief", "to", "assistant to", "x" * 10_000, "a, " * 3_000, "\x00",
     "총괄 이사", "Chief & & Officer", "of the", "（CEO）", "𝕮𝕰𝕺", "Leiter/in/in/in", "m/w/d", "chief-of", "é" * 50],
)  # fmt: skip
def test_no_text_is_too_odd(title: str) -> None:
    explained = titles.explain(title)
    assert explained.reading.seniority in titles.SENIORITIES
    assert explained.reading.department in titles.DEPARTMENTS
    assert explained.reading == titles.read(title)
