"""Files made to hurt whoever reads them: little on disk, endless when unpacked, deep, wide, lying."""

import gzip
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.universe.files import ANN, write

MB = 2**20


def packed_csv(path: Path) -> Path:
    with gzip.open(path / "bomb.csv.gz", "wb") as file:
        file.write(b"a,b\n")
        for _ in range(600):
            file.write(b"1,2\n" * (MB // 4))
    return path / "bomb.csv.gz"


def packed_line(path: Path) -> Path:
    with gzip.open(path / "bomb.jsonl.gz", "wb") as file:
        file.write(b'{"a": "')
        for _ in range(600):
            file.write(b"x" * MB)
    return path / "bomb.jsonl.gz"


def long_line(path: Path) -> Path:
    """2 GB without an end of line; sparse, so that it takes no room."""
    with (path / "line.csv").open("wb") as file:
        file.write(b"a,b\n1,")
        file.write(b"x" * MB)
        file.truncate(2 * 1024 * MB)
    return path / "line.csv"


def long_header(path: Path) -> Path:
    (path / "header.csv").write_bytes(b"x" * 50 * MB)
    return path / "header.csv"


def long_json(path: Path) -> Path:
    with (path / "line.jsonl").open("wb") as file:
        file.write(b'{"a": 1}\n{"a": "' + b"x" * 5 * MB)
        file.truncate(2 * 1024 * MB)
    return path / "line.jsonl"


def wide(path: Path) -> Path:
    (path / "wide.csv").write_text(",".join(f"c{n}" for n in range(200_000)) + "\n1\n")
    return path / "wide.csv"


def deep_json(path: Path) -> Path:
    (path / "deep.jsonl").write_bytes((b"[" * 900_000 + b"\n") * 20)
    return path / "deep.jsonl"


def big_numbers(path: Path) -> Path:
    (path / "numbers.jsonl").write_bytes((b'{"a":' + b"9" * 1_000_000 + b"}\n") * 20)
    return path / "numbers.jsonl"


def dictionary_bomb(path: Path) -> Path:
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["x" * 2_000_000]))
    pq.write_table(pa.table({"a": long, "b": long}), path / "bomb.parquet")
    return path / "bomb.parquet"


def number_bomb(path: Path) -> Path:
    """A few KB that say the same number a hundred million times."""
    schema = pa.schema([(f"c{n}", pa.int64()) for n in range(5)])
    with pq.ParquetWriter(path / "numbers.parquet", schema, compression="zstd") as writer:
        same = pa.array([7] * MB, pa.int64())
        for _ in range(20):
            writer.write_table(pa.table([same] * 5, schema=schema))
    return path / "numbers.parquet"


def big_page(path: Path) -> Path:
    """One compressed page of 300 MB."""
    texts = pa.array(["x" * (3 * MB)] * 100, pa.large_string())
    pq.write_table(
        pa.table({"a": texts}), path / "page.parquet", compression="zstd", use_dictionary=False,
        data_page_size=2**30,
    )  # fmt: skip
    return path / "page.parquet"


def sheet(path: Path, xml: bytes, *, strings: bytes = b"", repeat: int = 1, prefix: bytes = b"") -> Path:
    """A workbook with a sheet of our own making."""
    plain = path / "plain.xlsx"
    write(path, "xlsx", ANN).rename(plain)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(path / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in source.namelist():
            if name not in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
                made.writestr(name, source.read(name))
        with made.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            file.write(prefix)
            for _ in range(repeat):
                file.write(xml)
        if strings:
            made.writestr("xl/sharedStrings.xml", strings)
    return path / "x.xlsx"


NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet_bomb(path: Path) -> Path:
    row = b"<row><c t='inlineStr'><is><t>" + b"x" * 60_000 + b"</t></is></c></row>"
    return sheet(path, row, repeat=15_000, prefix=b"<worksheet " + NAMESPACE + b"><sheetData>")


def entity_bomb(path: Path) -> Path:
    """A billion laughs."""
    entities = b"".join(b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1)) * 10) for n in range(1, 10))
    xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">' + entities + b"]><worksheet " + NAMESPACE
    return sheet(
        path,
        xml + b"><sheetData><row><c t='inlineStr'><is><t>&a9;</t></is></c></row></sheetData></worksheet>",
    )


def outside_entity(path: Path) -> Path:
    xml = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet ' + NAMESPACE
    )
    cell = b"<row><c t='inlineStr'><is><t>&a;</t></is></c></row>"
    return sheet(path, xml + b"><sheetData>" + cell + cell + b"</sheetData></worksheet>")


def deep_sheet(path: Path) -> Path:
    return sheet(path, b"<row>" * 2_000_000, prefix=b"<worksheet " + NAMESPACE + b"><sheetData>")


def far_cell(path: Path) -> Path:
    """The last cell there can be, with nothing before it, in row after row."""
    cells = b"".join(
        b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(1, 1_048_577, 1_000)
    )
    return sheet(path, cells, prefix=b"<worksheet " + NAMESPACE + b"><sheetData>")


def lying_zip(path: Path) -> Path:
    """The directory says 10 bytes where hundreds of MB come out."""
    whole = bytearray(sheet_bomb(path).read_bytes())
    at = 0
    while (at := whole.find(b"PK\x01\x02", at + 1)) >= 0:
        if struct.unpack("<I", whole[at + 24 : at + 28])[0] > MB:
            whole[at + 24 : at + 28] = struct.pack("<I", 10)
    (path / "x.xlsx").write_bytes(whole)
    return path / "x.xlsx"


HOSTILE: list[Callable[[Path], Path]] = [
    packed_csv, packed_line, long_line, long_header, long_json, wide, deep_json, big_numbers, dictionary_bomb,
    number_bomb, big_page, sheet_bomb, entity_bomb, outside_entity, deep_sheet, far_cell, lying_zip,
]  # fmt: skip
