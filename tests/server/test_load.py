"""Loading data: bundled months and files, and what cannot be loaded."""

from pathlib import Path

import pytest

from rollcall.universe import versions
from tests.server.conftest import Program


def test_it_works(program: Program) -> None:
    report = program("load", "us_public_companies", "--month", "2023-07", "--json").json
    assert (report["version"], report["as_of"]) == (1, "2023-07-31")
    assert report["people"] > 6000 and report["companies"] > 390
    assert versions.current() == 1


def test_next_goes_month_by_month(program: Program) -> None:
    assert program("load", "us_public_companies", "--next", "--json").json["as_of"] == "2023-07-31"
    assert program("load", "us_public_companies", "--next", "--json").json["as_of"] == "2023-08-31"


def test_after_the_last_month_it_says_so(program: Program) -> None:
    program("load", "us_public_companies", "--month", "2026-08")
    answer = program("load", "us_public_companies", "--next")
    assert answer.code == 6 and "2026-08" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["us_public_companies"], 2, "--next"),
        (["us_public_companies", "--month", "2022-01"], 3, "from 2023-07 to 2026-08"),
        (["nowhere.parquet"], 3, "There is no file nowhere.parquet"),
    ],
)
def test_bad_input_is_told_and_nothing_is_loaded(
    program: Program, arguments: list[str], code: int, told: str
) -> None:
    answer = program("load", *arguments)
    assert (answer.code, versions.current()) == (code, None)
    assert told in answer.err


def test_a_file_that_is_no_parquet(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "roster.parquet"
    file.write_text("person_id,full_name\n1,Ada\n")
    answer = program("load", str(file), "--source", "crm", "--as-of", "2026-01-31")
    assert answer.code == 2 and "Parquet" in answer.err and versions.current() is None


def test_a_roster_of_ones_own(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("person_id,full_name,title,domain\n1,Ada Byron,Chief Financial Officer,acme.example\n")
    report = program("load", str(file), "--source", "crm", "--as-of", "2026-01-31", "--json").json
    assert (report["source"], report["people"], report["joined"]) == ("crm", 1, 1)


def test_an_older_month_is_refused(program: Program) -> None:
    program("load", "us_public_companies", "--month", "2023-09")
    answer = program("load", "us_public_companies", "--month", "2023-08")
    assert answer.code == 6 and versions.current() == 1
