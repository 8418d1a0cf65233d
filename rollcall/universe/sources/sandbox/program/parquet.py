"""Parquet: every column as text, nested ones under dotted names, counted while it unpacks."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program import paths
from rollcall.universe.sources.sandbox.program.chunk import Chunk
from rollcall.universe.sources.sandbox.program.refused import Refused, unreadable

_BATCH_ROWS = 4_096
_PIECE_BYTES = 8 * 2**20
_BUFFER = 256 * 1024


class Parquet:
    """One file; `names` come from its schema."""

    def __init__(self, file: BinaryIO, limits: Limits, *, file_bytes: int) -> None:
        self._limits = limits
        # Not as dictionaries: of texts that are all different, those would grow with every batch. A long text that is
        # repeated without end meets the limit on memory instead.
        self._file = pq.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
        metadata, schema = self._file.metadata, self._file.schema_arrow
        if metadata.num_columns > limits.columns:
            raise Refused("too_much", limit=f"{limits.columns} columns")
        if metadata.num_rows > limits.rows_of(file_bytes):
            raise Refused("too_much", limit=f"{limits.rows_of(file_bytes):,} rows in so few bytes")
        self._tops = {field.name: field for field in schema}
        if len(self._tops) != len(schema):
            twice = next(name for name in schema.names if schema.names.count(name) > 1)
            raise Refused("repeated_column", column=twice)
        self.names = [name for field in schema for name in _leaves(field.name, field.type)][: limits.columns]
        self._most = limits.unpacked(file_bytes)

    def chunks(self, columns: list[str]) -> Iterator[Chunk]:
        row, size = 0, 0
        needed = {self._top(name) for name in columns}
        for batch in self._file.iter_batches(
            batch_size=_BATCH_ROWS, columns=sorted(needed), use_threads=False
        ):
            size += batch.nbytes
            for piece in _pieces(batch):
                made = [self._column(piece, name) for name in columns]
                size += sum(column.nbytes for column in made)
                if size > self._most:
                    raise Refused("too_much", limit=f"{self._most >> 20} MB unpacked")
                rows = pa.arange(row + 1, row + 1 + piece.num_rows)
                row += piece.num_rows
                yield Chunk(rows, made)

    def _top(self, name: str) -> str:
        parts = name.split(".")
        tries = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
        found = next((top for top in tries if top in self._tops), None)
        if found is None:
            raise unreadable("Parquet", f"it has no column {name!r}")
        return found

    def _column(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        top = self._top(name)
        column, rest = _in_no_zone(batch.column(top)), name[len(top) + 1 :]
        if not rest and not pa.types.is_nested(column.type):
            return _text(column)
        steps = rest.split(".") if rest else []
        return pa.array(
            [paths.text(paths.at(value, rest, steps)) for value in column.to_pylist()], pa.string()
        )


def _leaves(name: str, kind: Any) -> Iterator[str]:
    if pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(f"{name}.{field.name}", field.type)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _leaves(f"{name}.0", kind.value_type)
    else:
        yield name


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in parts that stay small when dictionaries are written out."""
    size = sum(_written_bytes(column) for column in batch.columns)
    count = max(1, min(batch.num_rows, -(-size // _PIECE_BYTES)))
    step = -(-batch.num_rows // count) or 1
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


def _written_bytes(column: pa.Array) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary)
    return int(pc.sum(lengths.take(column.indices).cast(pa.int64())).as_py() or 0)


def _in_no_zone(column: pa.Array) -> pa.Array:
    """Points in time as UTC has them: this process cannot open the table of time zones."""
    plain = _without_zone(column.type)
    return column if plain == column.type else column.cast(plain)


def _without_zone(kind: Any) -> Any:
    if pa.types.is_timestamp(kind):
        return pa.timestamp(kind.unit)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_without_zone(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_without_zone(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_without_zone(kind.value_type)))
    if pa.types.is_map(kind):
        return pa.map_(
            kind.key_field.with_type(_without_zone(kind.key_type)),
            kind.item_field.with_type(_without_zone(kind.item_type)),
        )
    return kind


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary).take(column.indices)
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64())
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2**53))
        number = pc.if_else(whole, column, None).cast(pa.int64()).cast(pa.string())
        return pc.coalesce(number, column.cast(pa.string()))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return column.cast(pa.binary()).view(pa.string())
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    try:
        text = column.cast(pa.string())
    except pa.ArrowNotImplementedError:
        text = pa.array([paths.text(value) for value in column.to_pylist()], pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
