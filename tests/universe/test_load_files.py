"""Someone loads a file of any make with a mapping: what is taken, what is refused row by row, and why."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest

from rollcall.core import cells
from rollcall.core.errors import RollcallError
from rollcall.universe import search, versions
from rollcall.universe.sources import files
from rollcall.universe.sources.files import staging
from rollcall.universe.sources.sandbox import refusals
from tests.universe.files import ANN, BO, COLUMNS, COMPANY, CY, PEOPLE, csv_bytes, mapping, write

KINDS = ["csv", "csv.gz", "jsonl", "jsonl.gz", "xlsx", "parquet"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def codes(report: files.Report) -> dict[str, int]:
    return {reason.code: reason.count for reason in report.reasons}


def warnings(report: files.Report) -> dict[str, int]:
    return {warning.code: warning.count for warning in report.warnings}


@pytest.mark.parametrize("kind", KINDS)
def test_it_works(db: None, tmp_path: Path, now: datetime, kind: str) -> None:
    """Every kind of file says the same, and becomes the same version."""
    file = write(tmp_path, kind, ANN, BO, CY)
    loaded, report = files.load(file, mapping(), now=now)
    assert (report.rows_read, report.accepted, report.rejected, report.people) == (3, 3, 0, 3)
    assert (loaded.version, loaded.source, loaded.companies, loaded.joined) == (1, "crm", 2, 3)
    acme = search.company_rows(version=1, ids=[1]).to_pylist()[0]
    assert (acme["name"], acme["domain"], acme["employees"]) == ("Acme", "acme.com", 50)
    assert not list(staging.home().iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_tables(tmp_path: Path, kind: str) -> None:
    source = files.Source(write(tmp_path, kind, ANN, BO, CY), mapping())
    usual = files.Source(write(tmp_path, "csv", ANN, BO, CY), mapping())
    assert source.roster().equals(usual.roster()) and source.companies().equals(usual.companies())
    assert source.roster()["full_name"].to_pylist() == ["Ann Lee", "Bo Örr", "Cy Ng"]
    assert source.roster()["last_seen"].to_pylist() == [date(2026, 1, day) for day in (31, 30, 29)]


def test_a_source_says_on_which_terms_it_is_held(path: Path) -> None:
    path.write_bytes(csv_bytes(ANN))
    source = files.Source(path, mapping(kind="records"))
    assert (source.licence, source.lawful_basis, source.is_complete) == (
        "own records",
        "legitimate interest",
        False,
    )
    assert files.Source(path, mapping()).is_complete


def test_a_bad_row_never_stops_the_load_and_is_named(path: Path) -> None:
    path.write_bytes(
        csv_bytes(
            ANN,
            ["2", "", "CFO", "Acme", "acme.com", "", ""],
            ["3", "Cy", " - ", "Acme", "acme.com", "", ""],
            ["4", "Di", "CFO", "", "", "", ""],
            ["5", "Ed", "CFO", "", "acme", "", ""],
            ["6", "Flo", "CFO", "Acme", "acme.com", "31/01/2026", ""],
            ["7", "Gil", "CFO", "Acme", "acme.com", "2026-02-01", ""],
            ["8", "x" * 1_001, "CFO", "Acme", "acme.com", "", ""],
            ["9", "Hal\0", "CFO", "Acme", "acme.com", "", ""],
            ["10", "Ina", "CFO", "Acme", "acme.com", "", "many"],
        )
        + b"11,Jo,CFO\n"
        + b"12,Ren\xe9 \xe9\xe9,CFO,Acme,acme.com,,\n"
        + f"13,Zoë {'é' * 40},CFO,Acme,acme.com,,\n".encode()
    )  # fmt: skip
    report = files.check(path, mapping())
    assert codes(report) == {
        "no_name": 1, "no_title": 1, "no_company": 1, "bad_domain": 1, "bad_date": 1, "dates_disagree": 1,
        "value_too_long": 1, "nul_character": 1, "uneven_row": 1, "broken_text": 1,
    }  # fmt: skip
    assert (report.rows_read, report.accepted, report.rejected) == (13, 3, 10)
    assert warnings(report) == {"left_out_number": 1, "roster_not_whole": 1}
    dated = next(one for one in report.examples if one.code == "bad_date")
    assert (dated.row, dated.column, dated.value) == (7, "Seen", "31/01/2026")
    assert "say the format in the mapping" in dated.remedy


def test_bad_values_can_be_made_to_refuse_the_row(path: Path) -> None:
    path.write_bytes(csv_bytes(ANN, ["2", "Bo", "CFO", "Acme", "no domain", "", "many"]))
    assert warnings(files.check(path, mapping())) == {"left_out_number": 1, "left_out_domain": 1}
    assert files.check(path, mapping(bad_values="reject")).rejected == 1


def test_rejected_rows_come_as_csv_and_can_be_loaded_when_corrected(tmp_path: Path, path: Path) -> None:
    """D1: no cell of it is a formula, and reading it again restores every value."""
    nasty = ["=1+1", "@cmd", "'quoted", "-5", 'a,b\n"c"', "\t=x"]
    path.write_bytes(
        csv_bytes(
            *[[str(n), text, "CFO", "Acme", "acme.com", "31/01/2026", text] for n, text in enumerate(nasty)],
            ANN,
        )
        + b"short,row\n"
    )
    out = tmp_path / "rejected.csv"
    report = files.check(path, mapping(), rejected_to=out)
    assert report.rejected == len(nasty) + 1
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rollcall_code"] for row in rows] == ["bad_date"] * len(nasty) + ["uneven_row"]
    assert rows[-1]["rollcall_raw"] == "short,row" and rows[0]["rollcall_row"] == "2"
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+@\t" and cell]
    assert [cells.restored(row["Name"]) for row in rows[:-1]] == nasty
    out.write_text(out.read_text(encoding="utf-8-sig").replace("31/01/2026", "2026-01-31"))
    again = files.Source(out, mapping())
    assert again.report.accepted == len(nasty) and again.report.blank == 1
    expected = ["=1+1", "@cmd", "'quoted", "-5", 'a,b "c"', "=x"]
    assert again.roster()["full_name"].to_pylist() == expected


def test_rejected_json_keeps_its_other_columns(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"id":1,"n":{"full":"Ann"},"t":"","co":{"site":"acme.com"},"extra":"kept"}\n{"id":\n')
    given = mapping(people={"full_name": "n.full", "title": "t"}, company={"domain": "co.site"})
    files.check(file, given, rejected_to=tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig") as out:
        first, second = list(csv.DictReader(out))
    assert (first["extra"], first["n.full"], first["rollcall_code"]) == ("kept", "Ann", "no_title")
    assert (second["rollcall_code"], second["rollcall_raw"]) == ("bad_json", '{"id":\n')


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", {}), ("utf-8-sig", {}), ("utf-16", {}), ("utf-16-le", {}), ("utf-16-be", {}), ("cp1252", {}),
     ("cp1251", {"encoding": "cp1251"}), ("shift_jis", {"encoding": "shift_jis"}),
     ("gb18030", {"encoding": "GB18030"})],
)  # fmt: skip
def test_encodings(path: Path, encoding: str, told: dict[str, str]) -> None:
    name = {"cp1251": "Иван Петров", "shift_jis": "山田 太郎", "gb18030": "王 小明"}.get(
        encoding, "Zoë Müller"
    )
    path.write_bytes(csv_bytes(["1", name, "CEO", "Acme", "acme.com", "", ""]).decode().encode(encoding))
    assert files.Source(path, mapping(file=told)).roster()["full_name"].to_pylist() == [name]


def test_an_encoding_that_cannot_be_known_is_asked_for(path: Path) -> None:
    path.write_bytes(
        csv_bytes(["1", "Иван Петров", "Директор", "Акме", "acme.com", "", ""]).decode().encode("cp1251")
    )
    with pytest.raises(refusals.EncodingUnclear, match="Say it in the mapping"):
        files.check(path, mapping())


def test_windows_text_is_read_with_a_warning(path: Path) -> None:
    path.write_bytes(csv_bytes(["1", "René", *ANN[2:]]).decode().encode("cp1252"))
    assert warnings(files.check(path, mapping())) == {"guessed_encoding": 1}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_out(path: Path, delimiter: str) -> None:
    path.write_bytes(csv_bytes(ANN, ["2", "Bo, the second; of | all\tLee", *BO[2:]], delimiter=delimiter))
    assert files.check(path, mapping()).accepted == 2


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("sep=;\n", {}),
        ("Export of 2026\n\n", {"header_row": 3}),
        ("\ufeff", {}),
        ("Export of 2026\n\n", {}),
        ("Contacts;;;;;;\nAs of 1 May, all teams\n", {}),
        ("sep=;\nContacts\n", {}),
    ],
)
def test_what_stands_before_the_header(path: Path, before: str, told: dict[str, Any]) -> None:
    path.write_bytes(before.encode() + csv_bytes(ANN, ["2", "", *BO[2:]], delimiter=";"))
    report = files.check(path, mapping(file=told))
    assert (report.accepted, report.examples[0].row) == (1, before.count("\n") + 3)


def test_a_list_under_one_name_has_no_title(path: Path) -> None:
    """Commas inside a column make no table of the rows below the header."""
    path.write_text('Site\nacme.com\n"Foo, Bar, Baz"\nx, y, z\n')
    assert [column.name for column in files.look(path).columns] == ["Site"]
    lists = csv_bytes(ANN, ["2", "a;b;c;d", *BO[2:]], ["3", "e;f;g;h", *BO[2:]])
    path.write_bytes(lists)
    assert len(files.look(path).columns) == 7


def test_lines_may_end_as_they_like_and_be_blank(path: Path) -> None:
    text = csv_bytes(ANN, BO).decode()
    path.write_bytes((text.replace("\n", "\r\n") + "\r\n,,,,,,\r\n").encode())
    report = files.check(path, mapping())
    assert (report.accepted, report.rejected, report.blank) == (2, 0, 2)


def test_headers_may_repeat_and_be_empty(path: Path) -> None:
    path.write_bytes(
        csv_bytes(["1", "Ann", "CEO", "acme.com", "x", "y"], header=["Id", "Name", "Name", "Site", "", "  "])
    )
    given = mapping(people={"full_name": "Name", "title": "Name (2)"}, company={"domain": "Site"})
    assert files.Source(path, given).roster()["title"].to_pylist() == ["CEO"]
    assert [column.name for column in files.look(path).columns][-2:] == ["column 5", "column 6"]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "more").mkdir(parents=True)
    for name, row in (("b.csv", CY), ("a.csv", ANN), ("more/c.csv.gz", BO)):
        made = write(tmp_path, "csv.gz" if name.endswith("gz") else "csv", row)
        made.rename(folder / name)
    for name in ("_SUCCESS", ".hidden.csv", "notes.pdf"):
        (folder / name).write_text("x")
    source = files.Source(folder, mapping())
    assert source.roster()["person_id"].to_pylist() == ["1", "3", "2"]
    assert [file["name"] for file in source.report.files] == ["a.csv", "b.csv", "more/c.csv.gz"]
    assert warnings(source.report) == {"skipped_file": 3}


def test_files_in_a_store(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/rollcall-test/in/a.csv", csv_bytes(ANN))
    store.pipe("/rollcall-test/in/b.csv", csv_bytes(BO))
    try:
        assert files.check("memory://rollcall-test/in/a.csv", mapping()).people == 1
        assert files.check("memory://rollcall-test/in", mapping()).people == 2
        assert files.look("memory://rollcall-test/in").files == 2
        with pytest.raises(refusals.FileMissing):
            files.check("memory://rollcall-test/none.csv", mapping())
    finally:
        store.rm("/rollcall-test", recursive=True)
    path = write(tmp_path, "parquet", ANN)
    assert files.check(f"file://{path}", mapping()).people == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/a.csv",
        "https://example.com/a.csv",
        "simplecache::memory://a",
        "github://a",
        "zip://a",
    ],
)
def test_nothing_is_fetched_from_the_web(address: str) -> None:
    """What speaks HTTP goes through the guarded door, not through a store."""
    with pytest.raises(files_error("StoreUnknown")):
        files.check(address, mapping())


def files_error(name: str) -> type[RollcallError]:
    from rollcall.universe.sources.files import places, staging

    found = getattr(places, name, None) or getattr(staging, name)
    assert issubclass(found, RollcallError)
    return found  # type: ignore[no-any-return]


def test_a_column_that_is_not_there_stops_the_file(path: Path) -> None:
    path.write_bytes(csv_bytes(ANN))
    with pytest.raises(files_error("ColumnsMissing"), match=r"'Titel'.*'Job'"):
        files.check(path, mapping(people={**PEOPLE, "title": "Titel"}))


@pytest.mark.parametrize(
    ("bad", "left"),
    [
        (["2", "Bo", "CFO", "Acme", "acme.com", "31/01/2026", ""], 1),
        (["2", "Bo", "CFO", "", "", "", ""], 0),
        (["", "", "", "Total", "", "", "2"], 2),
    ],
    ids=["at a company", "who knows where", "nobody"],
)
def test_nobody_leaves_because_their_row_was_refused(
    db: None, path: Path, now: datetime, bad: list[str], left: int
) -> None:
    """Bo of Acme and Di of Bolt are missing; Bo may be the one whose row could not be used."""
    path.write_bytes(csv_bytes(ANN, BO, CY, ["4", "Di", "CTO", *CY[3:]]))
    files.load(path, mapping(), now=now)
    path.write_bytes(csv_bytes(ANN, CY, bad))
    loaded, report = files.load(path, mapping(), now=now)
    assert (loaded.left, report.rejected) == (left, 1)
    assert warnings(report).get("roster_not_whole", 0) == 2 - left


def test_a_file_of_which_nothing_can_be_used_is_not_loaded(db: None, path: Path, now: datetime) -> None:
    path.write_bytes(csv_bytes(["1", "Ann", "", "Acme", "acme.com", "", ""]))
    with pytest.raises(files.NothingAccepted, match="no job title"):
        files.load(path, mapping(), now=now)
    assert versions.current() is None


def test_of_one_person_at_one_company_a_roster_keeps_the_row_seen_last(path: Path) -> None:
    """Two titles on one day: nobody can say which is right, so the first stays and the other is handed back."""
    path.write_bytes(
        csv_bytes(
            ["1", "Ann", "CFO", "Acme", "acme.com", "2026-01-01", ""],
            ["1", "Ann", "CEO", "Acme", "acme.com", "2026-01-31", ""],
            ["1", "Ann", "CEO", "Acme", "acme.com", "2026-01-31", ""],
            ["1", "Ann", "Chairwoman", "Acme", "acme.com", "2026-01-31", ""],
        )
    )
    source = files.Source(path, mapping())
    assert source.roster()["title"].to_pylist() == ["CEO"]
    assert (source.report.accepted, source.collapsed_duplicates, codes(source.report)) == (
        3,
        2,
        {"conflicting_rows": 1},
    )
    assert [one.row for one in source.report.examples] == [5]


def test_records_keep_every_position(path: Path) -> None:
    path.write_bytes(
        csv_bytes(["1", "Ann", "CFO", *ANN[3:]], ["1", "Ann", "CEO", *ANN[3:]], ["1", "Ann", "CEO", *ANN[3:]])
    )
    source = files.Source(path, mapping(kind="records"))
    assert source.roster()["title"].to_pylist() == ["CFO", "CEO"] and source.collapsed_duplicates == 1


def test_people_without_an_id_are_known_by_the_strongest_thing_they_have(path: Path) -> None:
    header = ["Name", "Job", "Site", "Mail", "Page"]
    path.write_bytes(
        csv_bytes(
            ["Ann", "CEO", "acme.com", "Ann@Acme.com", "https://www.LinkedIn.com/in/ann/?x=1"],
            ["Bo", "CFO", "acme.com", "BO@acme.com", ""],
            ["Cy", "CTO", "acme.com", "", ""],
            header=header,
        )
    )
    given = mapping(
        people={"full_name": "Name", "title": "Job", "email": "Mail", "profile_url": "Page"},
        company={"domain": "Site"},
    )
    source = files.Source(path, given)
    assert source.roster()["person_id"].to_pylist() == [
        "url:linkedin.com/in/ann",
        "email:bo@acme.com",
        "cy @ acme.com",
    ]
    assert warnings(source.report) == {"no_person_id": 2, "name_only": 1}


def test_what_is_no_domain_of_a_company_does_not_become_one(path: Path) -> None:
    path.write_bytes(
        csv_bytes(
            ["1", "Ann", "CEO", "", "ann@acme.com", "", ""],
            ["2", "Bo", "CEO", "Bolt", "bo@gmail.com", "", ""],
            ["3", "Cy", "CEO", "Core", "linkedin.com/company/core", "", ""],
            ["4", "Di", "CEO", "LinkedIn", "linkedin.com", "", ""],
        )
    )
    roster = files.Source(path, mapping()).roster()
    assert roster["company_id"].to_pylist() == ["acme.com", "name:bolt", "name:core", "linkedin.com"]


def test_companies_take_the_newest_of_each_fact(path: Path) -> None:
    header = [*COLUMNS, "Also"]
    path.write_bytes(
        csv_bytes(
            ["1", "Ann", "CEO", "Acme Old", "acme.com", "2025-01-01", "50", "Acme Holding; acme.org"],
            ["2", "Bo", "CFO", "Acme", "acme.com", "2026-01-01", "", "acme.org"],
            header=header,
        )
    )
    given = mapping(company={**COMPANY, "aliases": {"column": "Also", "split": ";"}})
    (acme,) = files.Source(path, given).companies().to_pylist()
    assert (acme["name"], acme["employees"], acme["observed_on"]) == ("Acme", 50, date(2026, 1, 1))
    assert acme["aliases"] == ["Acme Holding", "acme.org"]


def test_a_damaged_file_changes_nothing(db: None, path: Path, now: datetime) -> None:
    path.write_bytes(csv_bytes(ANN))
    files.load(path, mapping(), now=now)
    path.write_bytes(csv_bytes(ANN) + b'2,"' + b"x" * 5_000_000)
    with pytest.raises(refusals.RecordTooLong):
        files.load(path, mapping(), now=now)
    assert versions.current() == 1


def test_the_day_comes_from_the_mapping_the_name_or_whoever_loads(tmp_path: Path) -> None:
    file = tmp_path / "people_2026-02.csv"
    assert files.Source(file, mapping(as_of=None)).as_of == date(2026, 2, 28)
    assert files.Source(file, mapping()).as_of == date(2026, 1, 31)
    assert files.Source(file, mapping(), as_of=date(2026, 3, 1)).as_of == date(2026, 3, 1)
    with pytest.raises(files.DayUnknown):
        files.Source(tmp_path / "people.csv", mapping(as_of=None))
