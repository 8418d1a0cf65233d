"""Files as strangers hand them in: ends of lines, titles over the table, zones, marks of direction."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rollcall.universe.sources import files
from rollcall.universe.sources.files import values
from tests.universe.files import ANN, BO, COLUMNS, CY, csv_bytes, mapping


def roster(path: Path, **told: Any) -> list[dict[str, Any]]:
    return files.Source(path, mapping(**told)).roster().sort_by("person_id").to_pylist()


@pytest.mark.parametrize(
    "ends", [("\r\n", "\n", "\r"), ("\r", "\r", "\r"), ("\n", "\r", "\r\n"), ("\r", "\n", "\n")]
)
def test_f2_lines_end_in_three_ways_in_one_file(tmp_path: Path, ends: tuple[str, ...]) -> None:
    lines = csv_bytes(ANN, BO, CY).decode().splitlines()
    path = tmp_path / "people.csv"
    path.write_bytes("".join(line + end for line, end in zip(lines, (*ends, ""), strict=True)).encode())
    assert [column.name for column in files.look(path).columns] == COLUMNS
    assert [row["full_name"] for row in roster(path)] == ["Ann Lee", "Bo Örr", "Cy Ng"]


def test_f2_a_quoted_cell_keeps_its_lines_whatever_they_end_with(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(["1", "Ann Lee", "CEO\r\nEMEA\rAsia", *ANN[3:]], BO).replace(b"\n2,", b"\r2,"))
    assert [row["title"] for row in roster(path)] == ["CEO EMEA Asia", "VP Sales"]


@pytest.mark.parametrize(
    ("header", "first", "is_odd"),
    [
        (b"Name", b'"Lee, Ann"', False),
        (b'"Name"', b'"Lee, Ann"', False),
        (b"Name", b'5" Ann', True),
        (b"Name", b'"Ann""s"', False),
    ],
)
def test_f2_quotation_marks_are_counted_once(
    tmp_path: Path, header: bytes, first: bytes, is_odd: bool
) -> None:
    """A file whose first row began with one was said to hold an odd number of them."""
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(ANN, BO).replace(b"Name", header).replace(b"1,Ann Lee", first + b",Ann Lee"))
    told = {warning.code for warning in files.check(path, mapping()).warnings}
    assert ("odd_quotes" in told) is is_odd


def book(path: Path, *rows: list[Any]) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    made.save(path)
    return path


@pytest.mark.parametrize(
    "above",
    [[["Export of contacts"], []], [[], [None, "Quarter 3"], ["by", "Olga"], []], [["Export"], ["", ""]]],
)
def test_f2_a_title_over_the_table_is_no_header(tmp_path: Path, above: list[list[Any]]) -> None:
    path = book(tmp_path / "people.xlsx", *above, COLUMNS, ANN, BO)
    assert [column.name for column in files.look(path).columns] == COLUMNS
    report = files.check(path, mapping())
    assert (report.accepted, report.rejected) == (2, 0)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([["Name", "Job"], ["Ann", "CEO"]], ["Name", "Job"]),
        ([["Name"], ["Ann"], ["Bo"]], ["Name"]),
        ([["Name", None, "Job"], ["Ann", "x", "CEO"]], ["Name", "column 2", "Job"]),
    ],
)
def test_f2_a_narrow_header_is_one(tmp_path: Path, rows: list[list[Any]], names: list[str]) -> None:
    assert [column.name for column in files.look(book(tmp_path / "people.xlsx", *rows)).columns] == names


def test_f2_days_that_a_spreadsheet_left_as_numbers(tmp_path: Path) -> None:
    path = book(tmp_path / "people.xlsx", COLUMNS, [*ANN[:5], 46053, 50])
    assert roster(path)[0]["last_seen"] == date(2026, 1, 31)
    assert values.day("43831.75", (), False) == date(2020, 1, 1)
    for other in ("999", "12345", "438310", "-43831", "٤٣٨٣١"):
        assert values.day(other, (), False) is None


def test_f2_points_in_time_with_a_zone_are_read_wherever_they_stand(tmp_path: Path) -> None:
    seen, zoned = datetime(2026, 1, 30, 23, 30, tzinfo=UTC), pa.timestamp("us", tz="America/New_York")
    people = pa.table(
        {
            "Contact Id": pa.array([1], pa.uint64()),
            "Name": pa.array(["Ann Lee"]).dictionary_encode(),
            "Job": pa.array(["CEO"], pa.large_string()),
            "Company": ["Acme"],
            "Website": ["acme.com"],
            "Seen": pa.array([seen], pa.timestamp("ns", tz="UTC")),
            "Staff": pa.array([50.0], pa.float32()),
            "nested": pa.array(
                [{"at": seen, "all": [seen]}], pa.struct([("at", zoned), ("all", pa.list_(zoned))])
            ),
        }
    )
    path = tmp_path / "people.parquet"
    pq.write_table(people, path)
    assert roster(path)[0]["last_seen"] == date(2026, 1, 30)
    nested = mapping(
        people={"person_id": "Contact Id", "full_name": "Name", "title": "Job", "last_seen": "nested.at"}
    )
    assert files.Source(path, nested).roster()["last_seen"].to_pylist() == [date(2026, 1, 30)]
    assert "2026-01-30" in str(files.look(path).rows[0]["nested.all.0"])


MARKS = ["\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u00ad", "\u2060"]


def test_f2_marks_that_turn_text_around_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    told = [[str(n), f"{m}Ann{m} Lee", f"CE{m}O", f"Acme{m}", *ANN[4:]] for n, m in enumerate(MARKS)]
    path.write_bytes(csv_bytes(*told))
    source = files.Source(path, mapping())
    assert {(row["full_name"], row["title"]) for row in source.roster().to_pylist()} == {("Ann Lee", "CEO")}
    assert source.companies()["name"].to_pylist() == ["Acme"]


def test_f2_joiners_are_parts_of_words_and_stay(tmp_path: Path) -> None:
    """Persian and Indian words are spelled with them."""
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(["1", "علی\u200cرضا احمدی", *ANN[2:]], ["2", "क्\u200dष Rao", *BO[2:]]))
    assert [row["full_name"] for row in roster(path)] == ["علی\u200cرضا احمدی", "क्\u200dष Rao"]
