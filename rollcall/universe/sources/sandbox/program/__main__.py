"""The disposable process: the file is its standard input, rows go to standard output, its verdict to a pipe."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

if __name__ == "__main__":
    # Started by path and isolated, so that nothing of the surroundings is picked up by accident.
    sys.path[0:0] = [str(Path(__file__).parents[5])]

import codecs

import pyarrow as pa

from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program import chunk as chunks
from rollcall.universe.sources.sandbox.program import (
    confinement,
    delimited,
    encodings,
    json_lines,
    kinds,
    parquet,
    workbook,
)
from rollcall.universe.sources.sandbox.program.refused import Refused

_READERS = (delimited, json_lines, parquet, workbook)


def main() -> None:
    source, verdict_to = (int(number) for number in sys.argv[1:3])
    with os.fdopen(source, "rb") as pipe:
        job = json.loads(pipe.read())
    limits = Limits(**job["limits"])
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    for name in encodings.KNOWN:
        # While files can still be opened: codecs are modules.
        codecs.lookup(name)
    confinement.confine(limits, file_bytes=job["file_bytes"])
    try:
        with os.fdopen(0, "rb", buffering=2**18) as file, os.fdopen(1, "wb", buffering=0) as out:
            verdict = _carry_out(file, out, job, limits)
    except Refused as refused:
        verdict = {"code": refused.code, "details": refused.details}
    except MemoryError:
        verdict = {"code": "too_heavy", "details": {}}
    except Exception as error:
        verdict = {"code": "unreadable", "details": {"kind": "", "reason": _short(error)}}
    os.write(verdict_to, json.dumps(verdict).encode()[:4_000])
    # Without tidying up: what a hostile file left in memory is not walked through again.
    os._exit(0)


def _carry_out(file: BinaryIO, out: BinaryIO, job: dict[str, Any], limits: Limits) -> dict[str, Any]:
    opened = kinds.open_(file, job, limits)
    names = opened.reader.names
    wanted = names if job["columns"] is None else [name for name in job["columns"] if name in names]
    facts = opened.facts | {"columns": names}
    schema = pa.schema([("", pa.int64()), *((name, pa.string()) for name in wanted)])
    with pa.ipc.new_stream(out, schema.with_metadata({"facts": json.dumps(facts)})) as writer:
        for chunk in _from(opened.reader.chunks(wanted), job["after_row"]):
            whole = chunks.sound(chunk, wanted, limits)
            batch = pa.record_batch([whole.rows, *whole.columns], schema=schema)
            writer.write_batch(batch, custom_metadata={"rejected": json.dumps(whole.rejected)})
            confinement.allow_time(limits, file_bytes=job["file_bytes"])
            if job["rows_most"] is not None and chunk.rows and chunk.rows[-1].as_py() > job["rows_most"]:
                break
    return {"odd_quotes": getattr(opened.reader, "odd_quotes", False)}


def _from(found: Iterator[chunks.Chunk], after_row: int) -> Iterator[chunks.Chunk]:
    """Without what was read already."""
    for chunk in found:
        if after_row and len(chunk.rows) and chunk.rows[0].as_py() <= after_row:
            keep = pa.compute.greater(chunk.rows, after_row)
            chunk.columns = [column.filter(keep) for column in chunk.columns]
            chunk.rows = chunk.rows.filter(keep)
        chunk.rejected = [one for one in chunk.rejected if one["row"] > after_row]
        if len(chunk.rows) or chunk.rejected:
            yield chunk


def _short(error: Exception) -> str:
    return (" ".join(str(error).split()).rstrip(".") or type(error).__name__)[:200]


if __name__ == "__main__":
    main()
