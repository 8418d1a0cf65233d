"""A file with all jobs of each person: a pass for each, by the mapping of the page on People Data Labs."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from rollcall.universe import records, versions
from rollcall.universe.sources import files

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "connect-people-data-labs.md"
BETA, ACME = ({"id": name, "name": f"{name} corp", "website": f"{name}.com"} for name in ("beta", "acme"))


def job(company: dict[str, str], title: str, start: str, end: str | None) -> dict[str, Any]:
    return {"company": company, "title": {"name": title}, "start_date": start, "end_date": end}


ANN = {
    "id": "p1", "full_name": "ann lee", "linkedin_url": "linkedin.com/in/annlee", "job_title": "cfo",
    "job_start_date": "2022-05", "job_last_verified": "2026-01-05", "job_company_id": "acme",
    "job_company_name": "acme corp", "job_company_website": "acme.com",
    "experience": [
        job(ACME, "cfo", "2022-05", None), job(BETA, "controller", "2018-01", "2022-04"),
        job(BETA, "accountant", "2014", "2017-12"),
    ],
}  # fmt: skip
BO = ANN | {"id": "p2", "full_name": "bo ray", "linkedin_url": None, "experience": ANN["experience"][:1]}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people_2026-01-10.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in (ANN, BO)), encoding="utf-8")
    return path


def numbered(number: int) -> files.Mapping:
    """The mapping of the page, for another job."""
    found = re.search(
        r"```toml\n(source = \"people_data_labs\".*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found
    return files.parse(found[1].replace("experience.1", f"experience.{number}"))


def jobs() -> list[tuple[str, date, date | None]]:
    number = versions.current()
    assert number is not None
    rows = records.read(versions.path(number), "positions").to_pylist()
    return sorted(
        (row["title"], row["started_on"], row["ended_on"]) for row in rows if row["profile_id"] == 1
    )


def test_f2_c4_all_jobs_of_a_person_come_with_their_days_in_any_order(
    db: None, people: Path, now: datetime
) -> None:
    shipped = files.read("people_data_labs", lawful_basis="legitimate interests")
    assert files.load(people, shipped, now=now)[1].accepted == 2
    for number in (2, 0, 1):
        report = files.load(people, numbered(number), now=now)[1]
        assert (report.accepted, report.rejected) == ((2, 0) if number == 0 else (1, 1))
    assert jobs() == [
        ("accountant", date(2014, 1, 1), date(2017, 12, 31)),
        ("cfo", date(2022, 5, 1), None),
        ("controller", date(2018, 1, 1), date(2022, 4, 30)),
    ]
