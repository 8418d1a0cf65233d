"""The operator looks at a file, maps, checks and loads it."""

import csv
from pathlib import Path

import pytest

from rollcall.universe import versions
from tests.server.conftest import Program

ROWS = """Name,Job Title,Company,Website,Employees
Ann Lee,CEO,Acme,acme.com,51-200
Bo Orr,,Acme,acme.com,5
=x,CFO,Bolt,,7
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "people_2026-01.csv"
    path.write_text(ROWS)
    return str(path)


@pytest.fixture
def mapping(program: Program, file: str, tmp_path: Path) -> str:
    """The suggested mapping, completed."""
    text = program("sources", "mapping", file).out
    for name in ("licence", "lawful_basis"):
        text = text.replace(f'{name} = ""', f'{name} = "own"')
    path = tmp_path / "mapping.toml"
    path.write_text(
        text.replace('source = ""', 'source = "crm"').replace('kind = "records"', 'kind = "roster"')
    )
    return str(path)


def test_it_works(program: Program, file: str, mapping: str, tmp_path: Path) -> None:
    """Look, map, check, load: as the how-to says."""
    looked = program("sources", "look", file)
    assert looked.code == 0 and "people.full_name" in looked.out and "company.domain" in looked.out
    rejected = tmp_path / "rejected.csv"
    checked = program("sources", "check", file, "--mapping", mapping, "--rejected", str(rejected))
    assert checked.code == 0 and "no_title" in checked.out and versions.current() is None
    with rejected.open(encoding="utf-8-sig") as out:
        assert [row["Name"] for row in csv.DictReader(out)] == ["Bo Orr"]
    loaded = program("sources", "load", file, "--mapping", mapping)
    assert loaded.code == 0 and "2026-01-31" in loaded.out and versions.current() == 1


def test_everything_comes_as_json_too(program: Program, file: str, mapping: str) -> None:
    assert program("sources", "look", file, "--json").json["suggestion"]["people"]["full_name"] == "Name"
    assert program("sources", "check", file, "--mapping", mapping, "--json").json["rejected"] == 1
    told = program("sources", "load", file, "--mapping", mapping, "--as-of", "2026-01-30", "--json").json
    assert (told["load"]["as_of"], told["load"]["joined"], told["report"]["accepted"]) == ("2026-01-30", 2, 2)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["look", "none.csv"], 3, "There is no file none.csv"),
        (["look", "https://example.com/a.csv"], 2, "Files cannot be read from 'https'"),
        (["check", "none.csv", "--mapping", "none.toml"], 3, "There is no mapping file none.toml"),
    ],
)
def test_mistakes_are_told(program: Program, arguments: list[str], code: int, says: str) -> None:
    answer = program("sources", *arguments)
    assert answer.code == code and says in answer.err


def test_a_wrong_option_is_told(program: Program, file: str) -> None:
    answer = program("sources", "look", file, "--delimiter", ";;")
    assert answer.code == 2 and "delimiter" in answer.err
