"""Has a file read by another process, and takes nothing from it on trust."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import pyarrow as pa

from rollcall.universe.sources.sandbox import program, refusals
from rollcall.universe.sources.sandbox.limits import Limits

_PROGRAM = Path(program.__file__).parent / "__main__.py"
# One memory arena and one thread: address space is what is limited.
_SURROUNDINGS = {
    "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
    "LC_ALL": "C.UTF-8", "OPENPYXL_LXML": "False", "OPENPYXL_DEFUSEDXML": "False", "TZ": "UTC",
}  # fmt: skip
_VERDICT_BYTES = 4_096
_MESSAGE_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Options:
    """What is known about a file beforehand; None is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class Batch:
    """Some rows as text, their numbers as a reader of the file counts them, and rows that could not be read."""

    rows: pa.Array
    table: pa.Table
    rejected: list[dict[str, Any]]


@dataclass
class Reading:
    """One file being read; use it in a `with`. `facts` are known from the beginning, `verdict` at the end."""

    name: str
    facts: dict[str, Any]
    limits: Limits
    _process: subprocess.Popen[bytes]
    _rows: "_Pipe"
    _verdict: "_Pipe"
    _stream: Any = None
    verdict: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        return list(self.facts["columns"])

    def batches(self) -> Iterator[Batch]:
        """Everything there is, in the order of the file.

        Raises:
            a refusal of `refusals`, also in the middle: what came before must not be used alone.
        """
        while True:
            try:
                self._rows.allow(self.limits.stall_seconds)
                batch, metadata = self._stream.read_next_batch_with_custom_metadata()
                batch.validate(full=True)
                rejected = json.loads(metadata["rejected"])
            except StopIteration:
                break
            except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
                raise self._refusal(error) from None
            table = pa.Table.from_batches([batch])
            yield Batch(batch.column(0), table.select(range(1, table.num_columns)), rejected)
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._rows.close()
        self._verdict.close()

    def _begin(self) -> None:
        try:
            self._rows.allow(self.limits.stall_seconds)
            self._stream = pa.ipc.open_stream(pa.PythonFile(self._rows, mode="r"))
            self.facts = json.loads(self._stream.schema.metadata[b"facts"])
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            raise self._refusal(error) from None

    def _end(self) -> None:
        said = self._said()
        if said is None or "code" in said:
            raise self._refusal(None, said)
        self.verdict = said

    def _refusal(self, error: Exception | None, said: dict[str, Any] | None = None) -> Exception:
        if isinstance(error, _Stalled) or isinstance(getattr(error, "__cause__", None), _Stalled):
            return refusals.of(self.name, "too_slow", {})
        said = said or self._said()
        if said and "code" in said:
            details = said.get("details")
            return refusals.of(self.name, str(said["code"]), details if isinstance(details, dict) else {})
        ending = {-signal.SIGXCPU: "too_slow", -signal.SIGABRT: "too_heavy"}
        code = ending.get(self._process.returncode, "unreadable")
        return refusals.of(self.name, code, {"reason": "it is damaged"})

    def _said(self) -> dict[str, Any] | None:
        """What the other process says at its end; None if it died before, or if it speaks nonsense."""
        self._verdict.allow(self.limits.stall_seconds)
        try:
            text = self._verdict.read(_VERDICT_BYTES)
            if not text:
                self._process.wait(self.limits.stall_seconds)
            said = json.loads(text)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None
        return said if isinstance(said, dict) else None


class _Pipe:
    """What the other process writes. It cannot keep us waiting, nor make us set aside more than a batch can hold."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._poll = pipe, select.poll()
        self._poll.register(pipe, select.POLLIN)
        self._deadline = 0.0
        self.closed = False

    def allow(self, seconds: float) -> None:
        """From now on so long."""
        self._deadline = time.monotonic() + seconds

    def read(self, size: int = -1) -> bytes:
        """All of it, or less at the end."""
        if not 0 <= size <= _MESSAGE_BYTES:
            raise OSError("a message of the reading process is too long")
        parts: list[bytes] = []
        while size > 0:
            remaining = self._deadline - time.monotonic()
            if remaining <= 0 or not self._poll.poll(remaining * 1_000):
                raise _Stalled
            part = os.read(self._pipe.fileno(), min(size, 2**20))
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self.closed = True
        self._pipe.close()


class _Stalled(OSError):
    """Nothing came for too long."""


def read(
    file: IO[bytes], *, name: str, options: Options | None = None, columns: list[str] | None = None, after_row: int = 0,
    rows_most: int | None = None, limits: Limits | None = None,
) -> Reading:  # fmt: skip
    """Begin to read an open file.

    Args:
        name: how the file is called when something is said about it; its ending helps to know text formats apart.
        columns: only these; all of them by default.
        after_row: leave out rows up to this number.
        rows_most: end after about so many rows.

    Raises:
        a refusal of `refusals`: the file cannot be read at all.
    """
    limits = limits or Limits()
    job = {
        **asdict(options or Options()), "columns": columns, "after_row": after_row,
        "rows_most": rows_most, "file_name": name,
        "file_bytes": os.fstat(file.fileno()).st_size, "limits": asdict(limits),
    }  # fmt: skip
    process, verdict = _start(file, job)
    assert process.stdout is not None
    reading = Reading(name, {}, limits, process, _Pipe(process.stdout), _Pipe(verdict))
    try:
        reading._begin()
    except BaseException:
        reading.__exit__(None, None, None)
        raise
    return reading


def _start(file: IO[bytes], job: dict[str, Any]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """The other process, and where it will say how it went."""
    file.seek(0)
    hear, speak = os.pipe()
    read_job, write_job = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program, by its path
            [sys.executable, "-I", "-B", str(_PROGRAM), str(read_job), str(speak)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_SURROUNDINGS,
            pass_fds=(read_job, speak),
            start_new_session=True,
            cwd="/",
        )
    except BaseException:
        os.close(hear)
        os.close(write_job)
        raise
    finally:
        os.close(read_job)
        os.close(speak)
    with suppress(BrokenPipeError), os.fdopen(write_job, "wb") as pipe:
        pipe.write(json.dumps(job).encode())
    return process, os.fdopen(hear, "rb")
