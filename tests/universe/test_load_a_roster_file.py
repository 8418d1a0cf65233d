"""Someone loads a roster file: what is understood, and for every mistake the row, the column and what to do."""

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rollcall.core.errors import RollcallError
from rollcall.universe import search
from rollcall.universe.sources import roster_file, us_public_companies
from tests.universe.conftest import Load

HEADER = "person_id,full_name,title,domain,last_seen,employees\n"
ANN = "1,Ann Lee,CEO,acme.com,2026-01-31,50\n"
Write = Callable[..., roster_file.Source]


@pytest.fixture
def csv(tmp_path: Path) -> Write:
    def write(text: str | bytes, **kwargs: Any) -> roster_file.Source:
        path = tmp_path / "roster.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return roster_file.Source(path, **{"source": "mine", **kwargs})

    return write


def refusal(source: roster_file.Source) -> RollcallError:
    with pytest.raises(RollcallError) as refused:
        source.roster()
    return refused.value


def test_it_works(csv: Write, load: Load) -> None:
    report = load(
        csv(
            HEADER + "1,Ann Lee,CEO,https://www.Acme.com/team,2026-01-31,50\n2, Bo Orr ,VP Sales,acme.com,,\n"
        )
    )
    assert (report.source, report.as_of, report.companies, report.joined) == ("mine", date(2026, 1, 31), 1, 2)
    company = search.company_rows(version=1, ids=[1]).to_pylist()[0]
    assert (company["name"], company["domain"], company["employees"]) == ("acme.com", "acme.com", 50)
    people = search.position_rows(version=1, pairs=_pairs([1, 2])).to_pylist()
    assert [row["full_name"] for row in people] == ["Ann Lee", "Bo Orr"]


def test_a_month_written_elsewhere_continues_the_bundled_source(load: Load, tmp_path: Path) -> None:
    """Timestamps, large strings, the company's name and domain: as a data frame would write it."""
    load(us_public_companies.Source("2024-01"))
    month = us_public_companies.Source("2024-02")
    facts = {row["company_id"]: row for row in month.companies().to_pylist()}
    roster = month.roster()
    columns = {name: roster[name] for name in ("company_id", "person_id", "title", "full_name")}
    columns["last_seen"] = roster["last_seen"].cast(pa.timestamp("ms"))
    for name, fact in (("company", "name"), ("domain", "domain")):
        columns[name] = pa.array(
            [facts[key][fact] for key in roster["company_id"].to_pylist()], pa.large_string()
        )
    pq.write_table(pa.table(columns), tmp_path / "roster_2024-02.parquet")
    source = roster_file.Source(tmp_path / "roster_2024-02.parquet")
    assert (source.name, source.as_of) == ("us_public_companies", date(2024, 2, 29))
    report = load(source)
    assert (report.joined, report.left, report.title_changed + report.respelled) == (169, 60, 161)
    assert search.company_rows(version=2, ids=[1])["sector"].to_pylist() == ["Health Care"]


def test_separators_and_marks_of_spreadsheets_are_understood(csv: Write) -> None:
    source = csv(("\ufeff" + HEADER + ANN).replace(",", ";"))
    assert source.roster()["person_id"].to_pylist() == ["1"]
    assert source.companies()["employees"].to_pylist() == [50]


def test_blank_lines_are_nobody(csv: Write) -> None:
    assert csv(HEADER + "\n" + ANN + ",,,,,\n\n").roster().num_rows == 1


def test_identical_rows_are_put_together_and_counted(csv: Write, load: Load) -> None:
    report = load(csv(HEADER + ANN * 3 + ANN.replace("2026-01-31", "2026-01-30")))
    assert (report.collapsed_duplicates, report.joined) == (3, 1)
    assert search.position_rows(version=1, pairs=_pairs([1]))["last_seen_on"].to_pylist() == [
        date(2026, 1, 31)
    ]


def test_optional_columns_are_read(csv: Write) -> None:
    source = csv(
        "person_id,full_name,title,company_id,company,since,last_seen,first_name,last_name,country,profile_url,sector,"
        "founded_year,company_country\n7,Ann Lee,CEO,A1,Acme,2020-01-02,2026-01-31,Ann,Lee,Italy,https://x.example/ann,"
        'Energy,"1,999",France\n'
    )
    (ann,), (acme,) = source.roster().to_pylist(), source.companies().to_pylist()
    assert (ann["since"], ann["country"], ann["profile_url"]) == (
        date(2020, 1, 2),
        "Italy",
        "https://x.example/ann",
    )
    assert (acme["name"], acme["sector"], acme["founded_year"], acme["country"]) == (
        "Acme",
        "Energy",
        1999,
        "France",
    )


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (HEADER, "empty_file", "no rows"),
        ("", "empty_file", "no rows"),
        ("person_id,title\n1,CEO\n", "missing_columns", "full_name, company_id or domain"),
        ("person_id,full_nam,title,domain\n1,A,B,acme.com\n", "unknown_columns", "did you mean 'full_name'?"),
        ("person_id,full_name,title,domain,seniority\n1,A,B,acme.com,vp\n", "ours_to_say", "'seniority'"),
        ("person_id,person_id,full_name,title,domain\n1,1,A,B,acme.com\n", "repeated_column", "'person_id' twice"),
        (HEADER + ANN + ANN.replace("CEO", "CFO"), "conflicting_rows", "rows 2 ('CEO') and 3 ('CFO')"),
        (HEADER + ANN + "2,Bo,CFO,acme.com,31/01/2026,5\n", "bad_cell", "Row 3, column 'last_seen': '31/01/2026'"),
        (HEADER + ANN + "2,Bo,CFO,acme.com,2026-01-31,many\n", "bad_cell", "Row 3, column 'employees': 'many'"),
        (HEADER + ANN + "2,Bo,CFO,acme.com,2026-01-31,-5\n", "bad_cell", "Row 3, column 'employees': '-5'"),
        (HEADER + ANN + "2,Bo,CFO,acme,2026-01-31,5\n", "bad_cell", "web domain"),
        (HEADER + ANN + "2,Bo,CFO,,2026-01-31,5\n", "no_company", "Row 3"),
        (HEADER + ANN + "2,Bo, ,acme.com,2026-01-31,5\n", "blank_cell", "first in row 3"),
        (HEADER + ANN + ",Bo,CFO,acme.com,2026-01-31,5\n", "blank_cell", "'person_id'"),
        (HEADER + ANN + "2,Bo,CFO,acme.com\n", "uneven_row", "Row 3 of roster.csv has 4 cells"),
        (HEADER + "1," + "x" * 1_001 + ",CEO,acme.com,2026-01-31,5\n", "cell_too_long", "'full_name'"),
        (HEADER.encode() + b"1,Ren\xe9,CEO,acme.com,2026-01-31,5\n", "file_unreadable", "UTF-8"),
        (b"\x00\x01\x02" * 40, "file_unreadable", "binary"),
        (HEADER + '1,"' + "x" * 9_000_000 + '",CEO,acme.com,2026-01-31,5\n', "record_too_long", "never closed"),
        ("person_id,full_name,title,domain\n1,A,CEO,acme.com\n", "date_unknown", "last_seen"),
        ("person_id,full_name,title,domain,since,last_seen\n1,A,C,acme.com,2026-02-01,2026-01-01\n", "dates_disagree",
         "Row 2: since is 2026-02-01"),
        ("person_id,full_name,title,domain,company_id\n1,A,B,acme.com,c1\n2,A,B,acme.org,c1\n", "two_domains",
         "acme.com and acme.org"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_with_what_to_do(csv: Write, text: str | bytes, code: str, says: str) -> None:
    refused = refusal(csv(text))
    assert refused.code == code
    assert says in refused.message


def test_somebody_seen_after_the_day_of_the_roster_is_refused(csv: Write) -> None:
    assert "the day of the roster (2026-01-01)" in refusal(csv(HEADER + ANN, as_of=date(2026, 1, 1))).message


def test_rows_of_a_parquet_file_count_from_1(tmp_path: Path) -> None:
    table = pa.table(
        {"person_id": [7, None], "full_name": ["A", "B"], "title": ["C", "D"], "domain": ["a.com", "b.com"]}
    )
    pq.write_table(table, tmp_path / "x.parquet")
    source = roster_file.Source(tmp_path / "x.parquet", source="mine", as_of=date(2026, 1, 1))
    assert "first in row 2" in refusal(source).message


def test_a_column_of_the_wrong_type_is_named(tmp_path: Path) -> None:
    table = pa.table({"person_id": ["1"], "full_name": [["A"]], "title": ["C"], "domain": ["a.com"]})
    pq.write_table(table, tmp_path / "x.parquet")
    source = roster_file.Source(tmp_path / "x.parquet", source="mine", as_of=date(2026, 1, 1))
    assert "'full_name.0' (did you mean 'full_name'?)" in refusal(source).message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(roster_file.Source(tmp_path / "no.csv", source="mine")).code == "file_missing"


def test_a_packed_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    """Less than 1 MB on disk, hundreds of GB as text."""
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["x" * 2_000_000]))
    table = pa.table({"person_id": long, "full_name": long, "title": long, "domain": long})
    pq.write_table(table, tmp_path / "bomb.parquet")
    assert (tmp_path / "bomb.parquet").stat().st_size < 1_000_000
    source = roster_file.Source(tmp_path / "bomb.parquet", source="mine", as_of=date(2026, 1, 1))
    assert refusal(source).code in ("cell_too_long", "file_too_large", "file_too_heavy")


def test_damaged_files_are_refused_never_a_crash(tmp_path: Path) -> None:
    source = us_public_companies.Source("2024-01")
    table = source.roster().append_column("company", pa.array(["Acme"] * source.roster().num_rows))
    pq.write_table(table, tmp_path / "x.parquet", compression="none")
    whole = (tmp_path / "x.parquet").read_bytes()
    dice, read = random.Random(11), 0
    for _ in range(60):
        damaged = bytearray(whole[: dice.choice([len(whole), len(whole) // 2, 6, 12])])
        for _ in range(dice.randrange(4)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        (tmp_path / "x.parquet").write_bytes(damaged)
        try:
            roster_file.Source(tmp_path / "x.parquet", source="mine", as_of=date(2026, 1, 1)).roster()
            read += 1
        except RollcallError as error:
            assert error.message
    assert read < 60


def test_the_source_to_continue_must_be_clear(csv: Write, load: Load, tmp_path: Path) -> None:
    assert csv(HEADER + ANN, source=None).name == "roster_file"
    load(csv(HEADER + ANN))
    assert csv(HEADER + ANN, source=None).name == "mine"
    load(csv(HEADER + ANN, source="other"))
    with pytest.raises(roster_file.SourceUnclear, match="mine, other"):
        csv(HEADER + ANN, source=None)


@pytest.mark.parametrize("name", ["", "My Source", "a:b", "domain", "x" * 101])
def test_names_that_would_not_do_for_a_source_are_refused(csv: Write, name: str) -> None:
    with pytest.raises(roster_file.BadSourceName):
        csv(HEADER + ANN, source=name)


def _pairs(profiles: list[int]) -> pa.Table:
    ids = pa.array(profiles, pa.int64())
    return pa.table({"company_id": pa.array([1] * len(profiles), pa.int64()), "profile_id": ids})


def test_c6_pages_on_a_shared_host_are_as_many_companies(csv: Write, load: Load) -> None:
    pages = "1,Ann Lee,CEO,linkedin.com/company/acme,2026-01-31,\n2,Bo Orr,CFO,https://www.linkedin.com/company/bolt,,\n"
    report = load(csv(HEADER + pages + "3,Cy Poe,COO,linkedin.com/company/acme,,\n"))
    assert report.companies == 2
    assert search.company_rows(version=1, ids=[1, 2])["domain"].to_pylist() == [None, None]
