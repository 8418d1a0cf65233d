"""CSV and its relatives: every column as text, rows that do not fit the header apart."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program import headers
from rollcall.universe.sources.sandbox.program.chunk import Chunk, reject
from rollcall.universe.sources.sandbox.program.refused import Refused, unreadable
from rollcall.universe.sources.sandbox.program.streams import Text

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 60
# Over a table of fewer columns nobody can tell a title from a header.
_TABLE_MIN = 3
_END = re.compile(rb"\r\n|\n|\r")


class Delimited:
    """One file; `names` are known when it is opened."""

    def __init__(self, text: Text, limits: Limits, *, delimiter: str | None, header_row: int | None) -> None:
        self._text, self._limits = text, limits
        head = _head(text, limits.record_bytes)
        if not head.strip():
            raise Refused("empty")
        skipped, told = _preamble(head, header_row or 1)
        if header_row is None:
            over = _titles(head[skipped:], delimiter or told or _DELIMITERS)
            skipped, header_row = skipped + over[0], over[1] + 1
        head = head[skipped:]
        self.delimiter = delimiter or told or _delimiter(head)
        csv.field_size_limit(limits.record_bytes)
        cells, used, sample = _records(head, self.delimiter, limits)
        if sample and all(len(row) == len(cells) + 1 and not row[-1].strip() for row in sample):
            # Each line ends with a delimiter, only the header does not.
            cells = [*cells, ""]
        self.names, self.repeated = headers.tidy(cells, limits)
        self._first = (2 if told is None and header_row == 1 else header_row + 1 + (told is not None)) - 1
        text.put_back(head[used:])
        text.quotes = 0  # those of the header do not count

    @property
    def odd_quotes(self) -> bool:
        return self._text.quotes % 2 == 1

    def chunks(self, columns: list[str]) -> Iterator[Chunk]:
        broken: list[dict[str, Any]] = []
        numbers: list[int] = []
        last = 0

        def skip(row: pa_csv.InvalidRow) -> str:
            numbers.append(row.number)
            if row.text.strip():
                broken.append(self._uneven(row))
            if last == 0 and len(broken) > self._limits.broken_rows:
                return "error"
            return "skip"

        try:
            for batch in self._batches(columns, skip):
                rows = _numbers(last, batch.num_rows, numbers)
                last = rows[-1].as_py() if len(rows) else last
                # Of what was skipped, Arrow may be ahead: told in the order of the file.
                passed = [one for one in broken if one["row"] <= last + self._first]
                del broken[: len(passed)]
                yield Chunk(pc.add(rows, self._first), batch.columns, passed)
        except pa.ArrowInvalid as error:
            raise self._explained(error, broken) from None
        yield Chunk(pa.array([], pa.int64()), [pa.array([], pa.string()) for _ in columns], broken)

    def _batches(self, columns: list[str], skip: Any) -> Iterator[pa.RecordBatch]:
        start = self._text.read(1)
        if not start:
            return
        self._text.put_back(start)
        yield from pa_csv.open_csv(
            self._text,
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=self._limits.record_bytes, column_names=self.names
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=columns, column_types=dict.fromkeys(self.names, pa.string()), check_utf8=False,
                strings_can_be_null=True, null_values=[""],
            ),
        )  # fmt: skip

    def _uneven(self, row: pa_csv.InvalidRow) -> dict[str, Any]:
        cells = f"{row.actual_columns} cells, {row.expected_columns} expected"
        return reject(row.number + self._first, "uneven_row", value=cells, raw=row.text)

    def _explained(self, error: pa.ArrowInvalid, broken: list[dict[str, Any]]) -> Refused:
        if broken and len(broken) > self._limits.broken_rows:
            return Refused("no_row_fits", row=broken[0]["row"], cells=broken[0]["value"])
        if "straddling" in str(error):
            return Refused("record_too_long", most=self._limits.record_bytes)
        return unreadable("CSV", str(error))


def _head(text: Text, most: int) -> bytes:
    """The beginning, long enough to hold the header and some rows."""
    parts, size = [], 0
    while size < most and (data := text.read(most - size)):
        parts.append(data)
        size += len(data)
    return b"".join(parts)


def _preamble(head: bytes, header_row: int) -> tuple[int, str | None]:
    """How many bytes stand before the header, and the delimiter that spreadsheets write as `sep=;`."""
    lines = io.BytesIO(head)
    first = lines.readline(100).strip()
    told = None
    if len(first) in (4, 5) and first.lower().startswith(b"sep="):
        told = first[4:].decode("ascii", "replace") or "\t"
    else:
        lines.seek(0)
    for _ in range(header_row - 1):
        lines.readline()
    return lines.tell(), told


def _records(head: bytes, delimiter: str, limits: Limits) -> tuple[list[str], int, list[list[str]]]:
    """The header, how many bytes it takes, and some rows after it."""
    lines = _Lines(head)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        cells = next(reader, [])
        used = lines.at
        sample = list(islice(reader, _SAMPLE_ROWS))
    except csv.Error as error:
        raise unreadable("CSV", str(error)) from None
    if used >= len(head) >= limits.record_bytes:
        raise Refused("record_too_long", most=limits.record_bytes)
    if len(cells) > limits.columns:
        raise Refused("too_much", limit=f"{limits.columns} columns")
    return cells, used, [row for row in sample[:-1] if row]


def _titles(head: bytes, marks: str) -> tuple[int, int]:
    """How many bytes, and lines, of titles and notes stand over the table; none where no table is under them."""
    best, found = (False, _TABLE_MIN - 1), (0, 0)
    for mark in marks:
        over = _over(head, mark)
        worth = _worth(head[over[0] :], mark)
        if worth[0] and worth > best:
            best, found = worth, over
    return found


def _over(head: bytes, mark: str) -> tuple[int, int]:
    lines = _Lines(head)
    reader = csv.reader(lines, delimiter=mark)
    ends, rows = [(0, 0)], list[list[str]]()
    try:
        for row in islice(reader, headers.FIRST_ROWS):
            rows.append(row)
            ends.append((lines.at, reader.line_num))
    except csv.Error:
        return 0, 0
    at = headers.place(rows)
    # The table is longer than what stands over it; else these are uneven rows.
    return ends[at] if sum(map(bool, rows[at:])) > sum(map(bool, rows[:at])) else (0, 0)


class _Lines:
    """As Arrow does: a line ends with \\n, \\r\\n or \\r. `at` is where the next one begins."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def __iter__(self) -> Iterator[str]:
        while self.at < len(self._data):
            found = _END.search(self._data, self.at)
            start, self.at = self.at, found.end() if found else len(self._data)
            # What `csv` cannot bear, a zero, is looked at later.
            yield self._data[start : self.at].decode("utf-8", "replace").replace("\0", "")


def _delimiter(head: bytes) -> str:
    """The mark that cuts most rows into as many cells as the header, and into most of them."""
    return max(_DELIMITERS, key=lambda mark: _worth(head, mark))


def _worth(head: bytes, mark: str) -> tuple[bool, int]:
    csv.field_size_limit(2**24)
    try:
        rows = list(islice(csv.reader(_Lines(head), delimiter=mark), _SAMPLE_ROWS))
    except csv.Error:
        return False, 0
    rows = [row for row in rows[: max(1, len(rows) - 1)] if row]
    width = len(rows[0]) if rows else 0
    even = sum(len(row) in (width, width + 1) for row in rows)
    return even >= 0.8 * len(rows) and width > 1, width


def _numbers(last: int, count: int, skipped: list[int]) -> Any:
    """The next `count` numbers after `last` that were not skipped; forgets the skipped ones it has passed."""
    end = last + count
    passed = 0
    for number in skipped:
        if number > end:
            break
        passed, end = passed + 1, end + 1
    rows = pa.arange(last + 1, end + 1)
    if passed:
        rows = rows.filter(pc.invert(pc.is_in(rows, value_set=pa.array(skipped[:passed], pa.int64()))))
    del skipped[:passed]
    return rows
