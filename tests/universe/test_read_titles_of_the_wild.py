"""Titles as people write them: former posts, offices, slips of the fingers, headlines, letters of other scripts."""

import pytest

from rollcall.universe import titles


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("Founder @ Stealth | ex-Google, ex-Meta", "Founder"),
        ("Ex-Google Software Engineer", "Software Engineer"),
        ("Investor, former CFO at Acme", "Investor"),
        ("President and former CEO", "President"),
        ("VP Sales (retired) / Board Member", "Board Member"),
        ("Directrice de maison de retraite", "Directrice de maison"),
        ("Ex Officio Board Member", "Board Member"),
        ("EX VP, Sales", "VP, Sales"),
        ("Nut Former", "Nut Former"),
        ("Past Due Collections Manager", "Collections Manager"),
    ],
)
def test_a_former_post_is_not_held(title: str, same: str) -> None:
    assert titles.read(title) == titles.read(same)


@pytest.mark.parametrize("title", ["ex-CTO", "Former VP Sales", "Retired CEO", "CEO (retired)", "ehem. Geschäftsführer",
                                   "Ancienne directrice financière", "Past President", "CFO, former"])  # fmt: skip
def test_who_only_was_something_is_nothing_known(title: str) -> None:
    assert titles.read(title).seniority == "unknown"
    assert titles.explain(title).reasons == ("No word of this title says what the person does now.",)


@pytest.mark.parametrize(
    ("title", "seniority", "department"),
    [
        ("Chief of Staff, Office of the CFO", "director", "administration"),
        ("Analyst, Office of the General Counsel", "staff", "legal"),
        ("Vice President's Office", "staff", "administration"),
        ("Director, Office of Procurement", "director", "supply_chain"),
        ("Back Office Manager", "manager", None),
        ("Office of", None, None),
    ],
)
def test_an_office_is_where_somebody_works(title: str, seniority: str | None, department: str | None) -> None:
    reading = titles.read(title)
    assert seniority in (None, reading.seniority) and department in (None, reading.department)


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("Driver to the Managing Director", "Driver"),
        ("Analyst reporting to the CEO", "Analyst"),
        ("Executive Coach for Founders and CEOs", "Executive Coach"),
        ("Consultant to the Chief Executive - VP Sales", "Consultant, VP Sales"),
        ("CEO Assistant", "Assistant to the CEO"),
        ("The Finance Director's Executive Assistant", "Executive Assistant"),
        ("CEO Office Intern", "Intern, executive"),
        ("Chief of Staff to the President", "Chief of Staff"),
        ("Deputy to the CEO", "Deputy CEO"),
    ],
)
def test_the_rank_of_whom_somebody_works_for_is_not_theirs(title: str, same: str) -> None:
    assert titles.read(title).seniority == titles.read(same).seniority


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("Vice Presdient of Sales", "Vice President of Sales"),
        ("Cheif Executive Officer", "Chief Executive Officer"),
        ("Marketing Manger", "Marketing Manager"),
        ("Directer of Operatons", "Director of Operations"),
        ("Senoir Acountant", "Senior Accountant"),
    ],
)
def test_a_slip_of_the_fingers_is_read_as_meant(wrong: str, meant: str) -> None:
    assert titles.read(wrong) == titles.read(meant)


@pytest.mark.parametrize("title", ["Señora", "Femme de ménage", "Secretaris-generaal"])
def test_words_of_their_own_are_no_slips(title: str) -> None:
    assert titles.read(title).seniority not in ("senior", "manager")


@pytest.mark.parametrize(
    ("title", "department"),
    [
        ("CRO", "sales"),
        ("CRO, Risk Management", "risk"),
        ("CPO", "product"),
        ("CPO | People & Culture", "human_resources"),
        ("CPO, Procurement", "supply_chain"),
        ("CCO & Head of Compliance", "risk"),
        ("CIO, Private Investments", "finance"),
        ("CMO", "marketing"),
        ("CMO, Clinical", "medical"),
    ],
)
def test_an_abbreviation_means_what_stands_beside_it(title: str, department: str) -> None:
    reading = titles.read(title)
    assert (reading.seniority, reading.department) == ("c_suite", department)


@pytest.mark.parametrize(
    ("title", "seniority", "department"),
    [
        ("Заместитель генерального директора", "vp", "executive"),
        ("Начальник отдела закупок", "head", "supply_chain"),
        ("Υπεύθυνος Μάρκετινγκ", "manager", "marketing"),
        ("İnsan Kaynakları Müdürü", "manager", "human_resources"),
        ("株式会社 営業部長", "director", "sales"),
        ("人力资源总监", "director", "human_resources"),
        ("Senior 软件工程师", "senior", "engineering"),
        ("마케팅 팀장 / Marketing Lead", "manager", "marketing"),
        ("مدير المبيعات", "manager", "sales"),
        ("מנהל מכירות", "manager", "sales"),
        ("מנכ״ל", "c_suite", "executive"),
        ("Trưởng phòng Kinh doanh", "head", "sales"),
        ("שלום", "unknown", "unknown"),
        ("ผู้จัดการ", "unknown", "unknown"),
    ],
)
def test_other_letters(title: str, seniority: str, department: str) -> None:
    """What no list knows is unknown, and not somebody's staff."""
    reading = titles.read(title)
    assert (reading.seniority, reading.department) == (seniority, department)


@pytest.mark.parametrize(
    "title",
    [
        "office of the " * 500,
        "ex-" * 3_000,
        "社長" * 3_000,
        "a b' office" * 900,
        "former " * 999,
        "a to " * 2_000,
        "x" + " " * 9_000 + "to the CEO",
        "a's assistant " * 900,
        "for the ceo " * 900,
    ],
)
def test_no_text_takes_long_or_breaks(title: str) -> None:
    assert titles.explain(title).reading.seniority in titles.SENIORITIES
