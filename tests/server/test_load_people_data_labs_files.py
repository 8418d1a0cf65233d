"""A file in the public schema of People Data Labs is loaded with the mapping that ships, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from rollcall.universe import search, versions
from rollcall.universe.sources import files
from tests.server.conftest import Program
from tests.universe import provider_samples

COUNT = 60


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Made-up people; one has no job, one no name."""
    records = provider_samples.records("people_data_labs", "people", COUNT, 4)
    for record in records:
        record["job_start_date"] = "2009"  # before they were last seen
    records[0] |= {
        "job_title": "Chief Financial Officer", "job_company_id": "zenith-co", "job_company_name": "Zenith",
        "job_company_website": "zenith.io", "job_start_date": "2021-05", "job_last_verified": "2026-08-30",
        "work_email": True, "linkedin_url": "linkedin.com/in/somebody-0", "location_country": "France",
    }  # fmt: skip
    records[1]["job_title"] = None
    records[2]["full_name"] = records[2]["first_name"] = records[2]["last_name"] = None
    path = tmp_path / "people.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def load(program: Program, file: Path, *more: str) -> Any:
    words = ("--mapping", "people_data_labs", "--as-of", "2026-09-01", *more)
    return program("sources", "load", str(file), *words, "--json")


def test_it_works(program: Program, file: Path) -> None:
    told = load(program, file, "--lawful-basis", "legitimate interests").json
    assert (told["report"]["accepted"], told["report"]["rejected"]) == (COUNT - 2, 2)
    assert {one["code"] for one in told["report"]["reasons"]} == {"no_title", "no_name"}
    assert versions.get(1).profiles == COUNT - 2
    terms = versions.get(1).manifest["terms"]["people_data_labs"]
    assert (terms["lawful_basis"], terms["is_complete"]) == ("legitimate interests", False)
    (first,) = [row for row in _rows() if row["profile_url"] and row["profile_url"].endswith("somebody-0")]
    assert (first["title"], first["company_name"], first["country"]) == (
        "Chief Financial Officer",
        "Zenith",
        "France",
    )
    assert (str(first["started_on"]), str(first["last_seen_on"])) == ("2021-05-01", "2026-08-30")
    assert first["email"] is None, "true is no address"


def test_on_which_basis_it_is_held_must_be_said(program: Program, file: Path) -> None:
    answer = load(program, file)
    assert answer.code == 2 and "lawful_basis" in answer.err and versions.current() is None


def test_a_file_of_that_name_goes_before_what_ships(
    program: Program, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = files.read("people_data_labs", lawful_basis="x")
    assert shipped.source == "people_data_labs"
    Path("people_data_labs").write_text("source = 5")
    with pytest.raises(files.MappingWrong):
        files.read("people_data_labs")
    mine = tmp_path / "mine.json"
    mine.write_text(shipped.model_dump_json(exclude_none=True))
    assert files.read(mine, lawful_basis="another").lawful_basis == "another"


def _rows() -> list[dict[str, Any]]:
    from rollcall.universe import records

    now = records.read(versions.path(1), "positions").select(["profile_id", "company_id"])
    found: list[dict[str, Any]] = search.position_rows(version=1, pairs=now).to_pylist()
    return found
