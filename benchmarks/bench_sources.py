"""How fast files are read, mapped and checked: python -m benchmarks.bench_sources [rows]"""

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks import installation, timing
from rollcall.universe.sources.sandbox import reading

ROWS, XLSX_ROWS = 500_000, 20_000
GIVEN = {
    "source": "bench", "kind": "roster", "licence": "made up", "lawful_basis": "made up", "as_of": "2026-09-01",
    "people": {"person_id": "id", "full_name": "name", "title": "title", "email": "email", "last_seen": "seen",
               "city": "city"},
    "company": {"domain": "site", "employees": "staff"},
}  # fmt: skip


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with installation.fresh("sqlite") as folder:
        _compare(_make(folder, count))


def _compare(made: dict[str, tuple[Path, int, Callable[[], object]]]) -> None:
    from rollcall.universe.sources import files

    mapping = files.make(**GIVEN)
    print(
        f"{'file':10} {'rows':>9} {'MB':>6}   plain reader   in the sandbox   mapped and checked   rows/s   MB reader"
    )
    for name, (path, rows, plain) in made.items():
        limit, read = timing.seconds(plain), timing.seconds(lambda path=path: _read(path))
        check = timing.seconds(lambda path=path: files.check(path, mapping))
        print(
            f"{name:10} {rows:9,} {path.stat().st_size / 2**20:6.1f}   {limit:10.2f} s"
            f"   {read:10.2f} s ({read / limit:.1f}x)"
            f"   {check:10.2f} s ({check / limit:.1f}x)   {rows / check:8,.0f}"
        )


def _make(folder: Path, count: int) -> dict[str, tuple[Path, int, Callable[[], object]]]:
    rows = [
        {"id": f"p{n}", "name": f"Ann Lee {n}", "title": f"VP Sales {n % 900}", "email": f"ann{n}@c{n % 9_000}.com",
         "seen": f"2026-01-{n % 28 + 1:02}", "city": "Lyon", "site": f"c{n % 9_000}.com", "staff": str(n % 700)}
        for n in range(count)
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows)
    pa_csv.write_csv(table, folder / "x.csv")
    (folder / "x.csv.gz").write_bytes(gzip.compress((folder / "x.csv").read_bytes(), 3))
    (folder / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pq.write_table(table, folder / "x.parquet")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(rows[0]))
    for row in rows[:XLSX_ROWS]:
        sheet.append(list(row.values()))
    book.save(folder / "x.xlsx")

    def by_json() -> object:
        return [json.loads(line) for line in (folder / "x.jsonl").open()]

    def by_openpyxl() -> object:
        return list(
            openpyxl.load_workbook(folder / "x.xlsx", read_only=True)
            .worksheets[0]
            .iter_rows(values_only=True)
        )

    return {
        "CSV": (folder / "x.csv", count, lambda: pa_csv.read_csv(folder / "x.csv")),
        "CSV.gz": (folder / "x.csv.gz", count, lambda: pa_csv.read_csv(folder / "x.csv.gz")),
        "JSON Lines": (folder / "x.jsonl", count, by_json),
        "Parquet": (folder / "x.parquet", count, lambda: pq.read_table(folder / "x.parquet")),
        "XLSX": (folder / "x.xlsx", min(count, XLSX_ROWS), by_openpyxl),
    }


def _read(path: Path) -> None:
    with path.open("rb") as file, reading.read(file, name=path.name) as opened:
        for _ in opened.batches():
            pass


if __name__ == "__main__":
    main()
