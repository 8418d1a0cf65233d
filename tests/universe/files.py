"""Files of all makes, written for tests, and a mapping that reads them."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from rollcall.universe.sources import files
from rollcall.universe.sources.files import Mapping

COLUMNS = ["Contact Id", "Name", "Job", "Company", "Website", "Seen", "Staff"]
ANN = ["1", "Ann Lee", "CEO", "Acme", "acme.com", "2026-01-31", "50"]
BO = ["2", "Bo Örr", "VP Sales", "Acme", "https://www.acme.com/", "2026-01-30", "50"]
CY = ["3", "Cy Ng", "Head of IT", "Bolt", "bolt.io", "2026-01-29", "7"]
PEOPLE = {"person_id": "Contact Id", "full_name": "Name", "title": "Job", "last_seen": "Seen"}
COMPANY = {"name": "Company", "domain": "Website", "employees": "Staff"}


def mapping(**changes: Any) -> Mapping:
    """The mapping of `COLUMNS`, with other entries where they are given."""
    given: dict[str, Any] = {
        "source": "crm", "kind": "roster", "licence": "own records", "lawful_basis": "legitimate interest",
        "as_of": "2026-01-31", "people": PEOPLE, "company": COMPANY,
    }  # fmt: skip
    return files.make(**{**given, **changes})


def csv_bytes(*rows: list[str], header: list[str] = COLUMNS, delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def write(folder: Path, kind: str, *rows: list[str]) -> Path:
    """The same rows in a file of any kind."""
    records = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    path = folder / f"people.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in (COLUMNS, *rows):
            book.worksheets[0].append(row)
        book.save(path)
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(records), path)
    else:
        lines = "".join(json.dumps(record) + "\n" for record in records).encode()
        data = lines if kind.startswith("jsonl") else csv_bytes(*rows)
        path.write_bytes(gzip.compress(data) if kind.endswith(".gz") else data)
    return path
