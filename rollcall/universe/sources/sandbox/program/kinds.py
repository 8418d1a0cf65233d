"""What a file is, by its first bytes; its name only helps with text."""

import io
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program import encodings
from rollcall.universe.sources.sandbox.program.refused import Refused, unreadable
from rollcall.universe.sources.sandbox.program.streams import Text, Unpacked

_PARQUET, _ZIP, _GZIP, _OLD_OFFICE = b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
_JSON_NAMES = (".jsonl", ".ndjson", ".json")
_OTHERS = {
    b"%PDF": "a PDF", b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7z archive", b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz", b"\x28\xb5\x2f\xfd": "packed with zstd", b"\x89PNG": "a picture",
    b"SQLite format": "a database", b"ARROW1": "an Arrow file", b"Obj\x01": "an Avro file", b"ORC": "an ORC file",
}  # fmt: skip


class Reader(Protocol):
    """What each kind offers."""

    names: list[str]

    def chunks(self, columns: list[str]) -> Any: ...


@dataclass
class Opened:
    """A reader, and what was found out on the way to it."""

    reader: Reader
    facts: dict[str, Any] = field(default_factory=dict)


def open_(file: BinaryIO, job: dict[str, Any], limits: Limits) -> Opened:
    """The reader that fits the file; `job` holds what is known beforehand."""
    file_bytes, name = job["file_bytes"], job["file_name"].lower()
    start = _start(file)
    if not start:
        raise Refused("empty")
    packed = start.startswith(_GZIP)
    if packed:
        most = limits.unpacked(file_bytes)
        file, name = io.BufferedReader(Unpacked(file, most=most), 2**18), name.removesuffix(".gz")
        file_bytes, start = most, _start(file)
    for mark, what in _OTHERS.items():
        if start.startswith(mark):
            raise unreadable("anything", f"it is {what}")
    if start.startswith(_OLD_OFFICE):
        raise unreadable("XLSX", "it is an old workbook (.xls) or protected by a password")
    if start.startswith((_PARQUET, _ZIP)) and packed:
        raise unreadable("anything", "it is packed twice; unpack it first")
    found = _binary(file, start, name, job, limits) or _text(file, start, name, job, limits)
    found.facts["packed"] = packed
    return found


def _binary(file: BinaryIO, start: bytes, name: str, job: dict[str, Any], limits: Limits) -> Opened | None:
    if start.startswith(_PARQUET):
        from rollcall.universe.sources.sandbox.program.parquet import Parquet

        return Opened(Parquet(file, limits, file_bytes=job["file_bytes"]), {"kind": "Parquet"})
    if start.startswith(_ZIP):
        from rollcall.universe.sources.sandbox.program.workbook import Workbook

        book = Workbook(
            file, limits, file_bytes=job["file_bytes"], sheet=job["sheet"], header_row=job["header_row"]
        )
        told = {"sheet": book.sheet, "sheets": book.sheets, "repeated": book.repeated}
        return Opened(book, {"kind": "XLSX", **told})
    for suffix, kind in ((".parquet", "Parquet"), (".xlsx", "XLSX"), (".xlsm", "XLSX")):
        if name.endswith(suffix):
            raise unreadable(kind, "it does not begin like one")
    return None


def _text(file: BinaryIO, start: bytes, name: str, job: dict[str, Any], limits: Limits) -> Opened:
    if name.endswith(_JSON_NAMES) or (
        start.lstrip()[:1] == b"{" and not name.endswith((".csv", ".tsv", ".txt"))
    ):
        from rollcall.universe.sources.sandbox.program.json_lines import JsonLines

        if start.startswith(b"\xef\xbb\xbf"):
            file.read(3)
        lines = JsonLines(file, limits, wanted=job["columns"])
        return Opened(lines, {"kind": "JSON Lines"})
    from rollcall.universe.sources.sandbox.program.delimited import Delimited

    if job["encoding"] is None:
        encoding, why = encodings.detect(file)
    else:
        encoding, why = job["encoding"], "it was told"
        if encoding not in encodings.KNOWN:
            raise Refused("encoding_unknown", encoding=encoding, known=", ".join(sorted(encodings.KNOWN)))
    rows = Delimited(Text(file, encoding), limits, delimiter=job["delimiter"], header_row=job["header_row"])
    told = {"encoding": encoding, "encoding_why": why, "delimiter": rows.delimiter, "repeated": rows.repeated}
    return Opened(rows, {"kind": "CSV", **told})


def _start(file: BinaryIO) -> bytes:
    start = file.read(512)
    file.seek(0)
    return start
