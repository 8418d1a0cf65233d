"""Reads a file that nobody vouches for: sizes are counted while reading, and every failure is explained."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from rollcall.core.errors import Invalid, NotFound

FILE_MAX = 2 * 2**30
UNPACKED_MAX = 4 * 2**30
ROWS_MAX = 50_000_000
COLUMNS_MAX = 100
TEXT_MAX = 1_000
_BATCH_ROWS = 32_768
_BLOCK = 4 * 2**20
_PARQUET = b"PAR1"


class FileMissing(NotFound):
    """There is no file {path}. Check the path."""


class FileUnreadable(Invalid):
    """{path} cannot be read as {kind}: {reason}. Write it again as Parquet, or as CSV in UTF-8 with a header line."""


class FileTooLarge(Invalid):
    """{path} is too large: it has more than {limit}. Split it by company; a roster must be whole for each company."""


class EmptyFile(Invalid):
    """{path} has no rows, so it says nothing about anybody. A roster names everyone who is at its companies."""


class RepeatedColumn(Invalid):
    """{path} has the column {column!r} twice. Keep one of them."""


class UnevenRow(Invalid):
    """Row {row} of {path} has {actual} cells, but the header has {expected}. Put cells that hold commas in quotes."""


class CellTooLong(Invalid):
    """The column {column!r} of {path} has a cell of more than {most:,} characters.
    Shorten it; no name or title needs that."""


def read(path: Path) -> tuple[pa.Table, int]:
    """The file's table, and the number a reader of the file gives to its first row (2 below a CSV's header)."""
    if not path.is_file():
        raise FileMissing(path=str(path))
    if path.stat().st_size > FILE_MAX:
        raise FileTooLarge(path=path.name, limit=f"{FILE_MAX >> 30} GB")
    if path.stat().st_size == 0:
        raise EmptyFile(path=path.name)
    with path.open("rb") as file:
        is_parquet = file.read(4) == _PARQUET
    if path.suffix.lower() == ".parquet" and not is_parquet:
        raise FileUnreadable(path=path.name, kind="Parquet", reason="it does not begin like one")
    kind, batches = ("Parquet", _parquet(path)) if is_parquet else ("CSV", _csv(path))
    try:
        table = _counted(path, batches)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(path=path.name, kind=kind, reason=_short(error)) from None
    if not table.num_rows:
        raise EmptyFile(path=path.name)
    return table, 1 if is_parquet else 2


def _parquet(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as plain:
        schema, metadata = plain.schema_arrow, plain.metadata
        _check_columns(path, schema.names)
        chunks = (metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
        if metadata.num_rows > ROWS_MAX or sum(chunks) > UNPACKED_MAX:
            raise FileTooLarge(path=path.name, limit=_limits())
        texts = [
            field.name
            for field in schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
    # As dictionaries: a text of 1 MB repeated a million times stays 1 MB, until its length is checked.
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        yield from file.iter_batches(batch_size=_BATCH_ROWS)


def _csv(path: Path) -> Iterator[pa.RecordBatch]:
    """Every column as text: what is a date or a number is decided by its name, not guessed."""
    with path.open("rb") as file:
        header = file.readline(65_536)
    if b"\0" in header:
        raise FileUnreadable(path=path.name, kind="CSV", reason="it is a binary file")
    delimiter = max(",;\t", key=lambda mark: header.count(mark.encode()))
    uneven: list[UnevenRow] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        uneven.append(
            UnevenRow(
                row=row.number or "?",
                path=path.name,
                actual=row.actual_columns,
                expected=row.expected_columns,
            )
        )
        return "error"

    parse = pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse)
    options = {
        "parse_options": parse,
        "read_options": pa_csv.ReadOptions(block_size=_BLOCK, use_threads=False),
    }
    try:
        names = pa_csv.open_csv(path, **options).schema.names
        _check_columns(path, names)
        texts = dict.fromkeys(names, pa.string())
        convert = pa_csv.ConvertOptions(column_types=texts, strings_can_be_null=True, null_values=[""])
        yield from pa_csv.open_csv(path, convert_options=convert, **options)
    except pa.ArrowInvalid:
        if uneven:
            raise uneven[0] from None
        raise


def _counted(path: Path, batches: Iterator[pa.RecordBatch]) -> pa.Table:
    kept: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > ROWS_MAX or size > UNPACKED_MAX:
            raise FileTooLarge(path=path.name, limit=_limits())
        kept.append(_plain(path, batch))
    if not kept:
        raise EmptyFile(path=path.name)
    return pa.Table.from_batches(kept)


def _plain(path: Path, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Dictionaries as the text they stand for, once it is known that none of it is long."""
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        texts = column.dictionary if pa.types.is_dictionary(column.type) else column
        if pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type):
            # nbytes bounds every single text without looking at each.
            if texts.nbytes > TEXT_MAX and any(len(text or "") > TEXT_MAX for text in texts.to_pylist()):
                raise CellTooLong(path=path.name, column=name, most=TEXT_MAX)
            columns.append(column.cast(pa.string()))
        else:
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _check_columns(path: Path, names: list[str]) -> None:
    if len(names) > COLUMNS_MAX:
        raise FileTooLarge(path=path.name, limit=f"{COLUMNS_MAX} columns")
    for name in names:
        if names.count(name) > 1:
            raise RepeatedColumn(path=path.name, column=name)


def _limits() -> str:
    return f"{ROWS_MAX:,} rows or {UNPACKED_MAX >> 30} GB unpacked"


def _short(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")[:200]
