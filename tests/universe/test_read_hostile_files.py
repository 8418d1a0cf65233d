"""Somebody hands in a file made to hurt: it is refused quickly and cheaply, and the service goes on."""

import gzip
import io
import json
import os
import random
import resource
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rollcall.core.errors import RollcallError
from rollcall.universe.sources import files
from rollcall.universe.sources.files import places
from rollcall.universe.sources.sandbox import reading, refusals
from rollcall.universe.sources.sandbox.limits import Limits
from tests.universe.files import ANN, BO, CY, csv_bytes, mapping, write
from tests.universe.hostile import HOSTILE, NAMESPACE, sheet

# The bars are 5 seconds and 256 MB; other work on the machine makes a clock, but not a processor, run slower.
CPU_SECONDS, MEMORY_MB = 5.0, 256

# Run in a process of its own, so that its children's memory and time are those of one reading only.
MEASURE = """
import json, resource, sys, time
from rollcall.universe.sources.sandbox import reading
from rollcall.core.errors import RollcallError
started, rows, said = time.monotonic(), 0, "read"
try:
    with open(sys.argv[1], "rb") as file, reading.read(file, name=sys.argv[1].rsplit("/", 1)[-1]) as opened:
        for batch in opened.batches():
            rows += batch.table.num_rows
except RollcallError as error:
    said = error.code
    assert error.message
child = resource.getrusage(resource.RUSAGE_CHILDREN)
# Not ru_maxrss: a new program inherits that of whoever started it.
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"said": said, "rows": rows, "seconds": time.monotonic() - started,
    "cpu": child.ru_utime + child.ru_stime, "child_mb": child.ru_maxrss / 1024, "own_mb": own / 1024}))
"""


def measured(path: Path) -> dict[str, float | str]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, float | str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_what_is_made_to_hurt_is_refused_quickly_and_cheaply(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    found = measured(make(tmp_path))
    assert found["said"] != "read" or not found["rows"], found
    assert float(found["cpu"]) < CPU_SECONDS, found
    assert float(found["child_mb"]) < MEMORY_MB and float(found["own_mb"]) < MEMORY_MB, found


def test_an_honest_file_of_a_million_rows_takes_no_more_memory(tmp_path: Path) -> None:
    with (tmp_path / "big.csv").open("w") as file:
        file.write("a,b,c\n")
        for start in range(0, 1_000_000, 1_000):
            file.writelines(f"{n},name {n},title {n % 77}\n" for n in range(start, start + 1_000))
    found = measured(tmp_path / "big.csv")
    assert (found["said"], found["rows"]) == ("read", 1_000_000)
    assert float(found["child_mb"]) < MEMORY_MB and float(found["own_mb"]) < MEMORY_MB, found


def test_an_honest_parquet_of_texts_that_all_differ_takes_no_more_memory(tmp_path: Path) -> None:
    texts = {f"c{at}": pa.array([f"text {at} {n}" for n in range(300_000)]) for at in range(6)}
    pq.write_table(pa.table(texts), tmp_path / "big.parquet", row_group_size=300_000)
    found = measured(tmp_path / "big.parquet")
    assert (found["said"], found["rows"]) == ("read", 300_000), found
    assert float(found["child_mb"]) < MEMORY_MB and float(found["own_mb"]) < MEMORY_MB, found


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl", "xlsx", "parquet"])
def test_damaged_files_are_read_or_refused_never_a_crash(tmp_path: Path, kind: str) -> None:
    """12 files of each kind with bytes changed, cut out, doubled or cut off."""
    rows = [[str(n), f"Ann {n}", "CEO", "Acme", "acme.com", "2026-01-31", "5"] for n in range(200)]
    path = write(tmp_path, kind, *rows)
    whole, dice = path.read_bytes(), random.Random(f"hostile {kind}")
    refused = 0
    for _ in range(12):
        damaged = bytearray(whole)
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(len(damaged))
            match dice.randrange(4):
                case 0:
                    damaged[at] = dice.randrange(256)
                case 1:
                    del damaged[at : at + dice.randrange(1, 50)]
                case 2:
                    damaged[at:at] = damaged[at : at + dice.randrange(1, 50)]
                case _:
                    damaged[at : at + 8] = dice.randbytes(8)
        path.write_bytes(damaged[: dice.choice([len(damaged), len(damaged), len(damaged) // 2 + 1])])
        try:
            report = files.check(path, mapping())
            assert report.rows_read == report.accepted + report.rejected + report.blank
        except RollcallError as error:
            assert error.message
            refused += 1
    assert kind in ("csv", "jsonl") or refused


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.csv", "no rows"),
        (b"%PDF-1.7", "a.csv", "it is a PDF"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xlsx", "old workbook"),
        (b"a,b\n", "a.xlsx", "does not begin like one"),
        (b"a,b\n", "a.parquet", "does not begin like one"),
        (b"\0\1\2" * 99, "a.csv", "binary"),
        (b"[{}]", "a.json", "one object a line"),
        (gzip.compress(b"PAR1", mtime=0), "a.gz", "packed twice"),
        (gzip.compress(b"a,b\n1,2\n" * 9, mtime=0)[:-6], "a.csv.gz", "cannot be read"),
        (b"PK\x03\x04" + b"\0" * 600, "a.xlsx", "cannot be read"),
        (b"a;b\n" + b"x\n" * 20_000, "a.csv", "hardly any row fits"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, data: bytes, name: str, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RollcallError) as refused:
        files.look(tmp_path / name)
    assert says in refused.value.message


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("people.csv", csv_bytes(ANN))
    with pytest.raises(refusals.FileUnreadable, match="unpack it first"):
        files.look(tmp_path / "a.zip")


def test_a_cell_that_is_too_long_costs_its_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(csv_bytes(ANN, ["2", "x" * 131_073, *BO[2:]], CY))
    report = files.check(tmp_path / "a.csv", mapping())
    assert (report.accepted, report.reasons[0].code, report.reasons[0].rows) == (2, "cell_too_long", [3])


def test_links_and_devices_in_folders_are_refused(tmp_path: Path) -> None:
    folder, secret = tmp_path / "in", tmp_path / "secret.csv"
    folder.mkdir()
    secret.write_bytes(csv_bytes(ANN))
    write(folder, "csv", ANN)
    tricks: list[Callable[[Path], object]] = [
        lambda path: path.symlink_to(secret),
        lambda path: path.symlink_to(tmp_path),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: os.mkfifo(path),
    ]
    for trick in tricks:
        trick(folder / "a.csv")
        with pytest.raises(places.NotAFile, match=r"a\.csv"):
            files.check(folder, mapping())
        (folder / "a.csv").unlink()
    (folder / "inner").symlink_to(tmp_path)
    with pytest.raises(places.NotAFile, match="inner"):
        files.check(folder, mapping())


def test_a_file_swapped_after_it_was_found_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path, "csv", ANN)
    (place,) = places.find(path).places
    (tmp_path / "other.csv").write_bytes(csv_bytes(BO))
    (tmp_path / "other.csv").replace(path)
    with pytest.raises(places.NotAFile), place.open():
        pass


def test_a_name_that_is_no_text_does_no_harm(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\n.csv"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(csv_bytes(ANN))
    assert files.check(tmp_path, mapping()).accepted == 1


def test_a_reader_that_says_nothing_is_ended(tmp_path: Path) -> None:
    """Whatever happens in the other process, we do not wait for it."""
    path = write(tmp_path, "csv", ANN)
    limits = replace(Limits(), stall_seconds=0.01)
    started = time.monotonic()
    with pytest.raises(refusals.FileTooSlow), path.open("rb") as file:
        reading.read(file, name="a.csv", limits=limits)
    assert time.monotonic() - started < 10


def test_a_reader_that_computes_for_ever_is_ended(tmp_path: Path) -> None:
    limits = replace(Limits(), cpu_seconds=1, unpacked_ratio=100_000, stall_seconds=60.0)
    path = sheet(
        tmp_path, b"<row/>" * 1_000, repeat=20_000, prefix=b"<worksheet " + NAMESPACE + b"><sheetData>"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(refusals.FileTooSlow), path.open("rb") as file:
        reading.read(file, name="x.xlsx", limits=limits)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3


CONFINED = """
import json, os, resource, socket, sys
from pathlib import Path
from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program import confinement
confinement.confine(Limits(), file_bytes=0)
def tried(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"
os.write(1, json.dumps([
    tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)),
    tried(lambda: open("/etc/passwd")),
    tried(lambda: open("/tmp/rollcall-escaped", "w")),
    tried(lambda: bytearray(400 * 2**20)),
]).encode())
"""


def test_the_reading_process_can_open_nothing_and_call_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = subprocess.run(
            [sys.executable, "-c", CONFINED, str(server.getsockname()[1])],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
            timeout=60,
        )
    assert json.loads(done.stdout) == ["OSError", "OSError", "OSError", "MemoryError"]


def test_no_process_and_no_file_stays_behind(tmp_path: Path) -> None:
    path = write(tmp_path, "parquet", ANN)
    before, children = len(os.listdir("/proc/self/fd")), _children()  # noqa: PTH208
    for damaged in (False, True):
        if damaged:
            path.write_bytes(path.read_bytes()[:-20])
        for _ in range(5):
            with pytest.raises(RollcallError) if damaged else io.BytesIO():
                files.check(path, mapping())
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert _children() == children


def _children() -> set[str]:
    """Processes whose parent this is, those that ended and were not waited for included."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.add(stat.parent.name)
    return found
