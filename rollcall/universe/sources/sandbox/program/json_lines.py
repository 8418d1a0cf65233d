"""JSON, one object a line: a line that cannot be read costs that line only."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as pa

from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program import paths
from rollcall.universe.sources.sandbox.program.chunk import Chunk, reject
from rollcall.universe.sources.sandbox.program.refused import Refused

_SAMPLE_LINES = 500
_CHUNK_LINES = 5_000
_CHUNK_BYTES = 8 * 2**20
_LIST = "it is one long list; write one object a line (JSON Lines)"


class JsonLines:
    """One file; `names` are those of its first lines, and those that are asked for."""

    def __init__(self, text: BinaryIO, limits: Limits, *, wanted: list[str] | None) -> None:
        self._limits = limits
        self._lines = self._read(text)
        self._first = list(islice(self._lines, _SAMPLE_LINES))
        found: dict[str, None] = {}
        readable = 0
        for _, line in self._first:
            record = _record(line)
            if isinstance(record, dict):
                readable += 1
                found.update(dict.fromkeys(paths.leaves(record)))
        if self._first and not readable:
            reason = _LIST if self._first[0][1].lstrip()[:1] == b"[" else "no line holds an object"
            raise Refused("unreadable", kind="JSON Lines", reason=reason)
        named = list(dict.fromkeys([*(wanted or []), *found]))
        self.names = [name for name in named if "\0" not in name and len(name) <= 500][: limits.columns]

    def chunks(self, columns: list[str]) -> Iterator[Chunk]:
        kept: list[tuple[int, bytes]] = []
        size = good = bad = 0
        for source in (self._first, self._lines):
            for number, line in source:
                kept.append((number, line))
                size += len(line)
                if len(kept) >= _CHUNK_LINES or size >= _CHUNK_BYTES:
                    chunk = _chunk(kept, columns)
                    good, bad = good + len(chunk.rows), bad + len(chunk.rejected)
                    if not good and bad > self._limits.broken_rows:
                        raise Refused(
                            "unreadable", kind="JSON Lines", reason="hardly any line holds an object"
                        )
                    yield chunk
                    kept, size = [], 0
        yield _chunk(kept, columns)

    def _read(self, text: BinaryIO) -> Iterator[tuple[int, bytes]]:
        most, number = self._limits.record_bytes, 0
        while line := text.readline(most + 1):
            number += 1
            if len(line) > most:
                raise Refused("record_too_long", most=most)
            if line.strip():
                yield number, line


def _chunk(lines: list[tuple[int, bytes]], columns: list[str]) -> Chunk:
    rows: list[int] = []
    rejected: list[dict[str, Any]] = []
    cells: list[list[str | None]] = [[] for _ in columns]
    split = [(name, name.split(".")) for name in columns]
    for number, line in lines:
        record = _record(line)
        values = [paths.text(paths.at(record, *path)) for path in split] if isinstance(record, dict) else None
        if values is None or not _is_writable(values):
            shown = line[:500].decode("utf-8", "replace")
            rejected.append(reject(number, "bad_json", value=shown, raw=shown))
            continue
        rows.append(number)
        for column, value in zip(cells, values, strict=True):
            column.append(value)
    return Chunk(pa.array(rows, pa.int64()), [pa.array(column, pa.string()) for column in cells], rejected)


def _record(line: bytes) -> Any:
    """What the line says; None when it cannot be understood, however that comes about."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_writable(values: list[str | None]) -> bool:
    try:
        "".join(value for value in values if value).encode()
    except UnicodeEncodeError:
        return False
    return True
