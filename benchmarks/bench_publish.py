"""How long a universe takes to publish, whole and after a load that touches a part of it.

    python -m benchmarks.bench_publish --positions 100000000 --folder /tmp/universes

Whole: the universe of `made_loads` is written from tables in memory, summed, synced, and gets its fingerprints and its
index; making the tables is not counted. Then the same source tells of the last 3 % of the companies a month later, and
of the last 0.1 % after that: each load is `ingest.load` from the roster in memory to the published version, in a
process of its own, whose memory is watched (what it holds itself, not the pages of files that the system keeps for it).
"Without the index" leaves out `index.opening.prepare`. For scale, in the same run: the bytes of the version written and
synced once more, and the positions read and written as Parquet by DuckDB. The load average is printed beside the times,
and the processor seconds.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import timing

SHARES = (0.03, 0.001)
_TICK = 0.02


def main() -> None:
    options = _options()
    if options.load is not None:
        _load(options.positions, options.load)
        return
    tempfile.tempdir = options.folder
    from benchmarks import installation

    with installation.fresh("sqlite") as home:
        _whole(options.positions)
        _scale(home / "universe" / "v000001", home)
        for share in SHARES:
            arguments = ["--positions", str(options.positions), "--load", str(share)]
            subprocess.run([sys.executable, "-m", "benchmarks.bench_publish", *arguments], check=True)


def _whole(positions: int) -> None:
    from benchmarks import made_loads

    begun = time.process_time()
    with _watched() as peak:
        made = made_loads.publish(positions)
    spent = made.seconds
    total = sum(spent.values())
    print(f"whole, {positions:,} positions: {made.files} files, {made.bytes / 1e9:.2f} GB; {_machine()}")
    print("  " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items()))
    print(f"  in all {total:.1f} s, without the index {total - spent['index']:.1f} s")
    print(
        f"  with making the tables: {time.process_time() - begun:.0f} processor s, {peak[0] / 1e9:.2f} GB",
        flush=True,
    )


def _scale(version: Path, scratch: Path) -> None:
    """What others take for as many bytes, or rows."""
    import duckdb  # noqa: TID251 a peer

    bare = sum(_bare(path, scratch / "bare") for path in version.iterdir())
    target = scratch / "copied.parquet"
    made = duckdb.connect(config={"threads": 2, "memory_limit": "2GB", "preserve_insertion_order": False})
    rows = f"FROM read_parquet('{version}/positions*.parquet')"
    seconds = timing.seconds(
        lambda: made.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    )
    made.close()
    target.unlink()
    print(
        f"  the same bytes once more: {bare:.1f} s; DuckDB's COPY of the positions alone: {seconds:.1f} s",
        flush=True,
    )


def _load(positions: int, share: float) -> None:
    import django

    django.setup()
    from benchmarks import made_loads
    from rollcall.universe import ingest, versions
    from rollcall.universe.index import opening

    source = made_loads.Delta(made_loads.universe(positions), share)
    index, prepare = [0.0], opening.prepare

    def timed(number: int) -> None:
        index[0] += timing.seconds(lambda: prepare(number))

    opening.prepare = timed
    begun, used = time.perf_counter(), time.process_time()
    with _watched() as peak:
        report = ingest.load(source=source, now=made_loads.NOW)
    took, used = time.perf_counter() - begun, time.process_time() - used
    after, before = versions.path(report.version), versions.path(report.version - 1)
    written = [path for path in after.glob("*.parquet") if not _is_linked(path, before)]
    size = sum(path.stat().st_size for path in written)
    bare = sum(_bare(path, versions.home() / "bare") for path in written)
    print(f"{100 * share:g} % of the companies, {report.roster_rows:,} rows; {_machine()}")
    print(f"  {took:.1f} s, without the index {took - index[0]:.1f} s; {used:.0f} processor s with it")
    print(f"  {report.joined:,} joined, {report.left:,} left, {report.title_changed:,} with another title")
    print(
        f"  {len(written)} of {len(list(after.glob('*.parquet')))} files written, {size / 1e9:.2f} GB: ",
        end="",
    )
    print(
        f"{bare:.1f} s bare; memory {peak[0] / 1e9:.2f} GB, the roster and the titles it is made of included",
        flush=True,
    )


def _is_linked(path: Path, former: Path) -> bool:
    other = former / path.name
    return other.exists() and path.samefile(other)


@contextmanager
def _watched() -> Iterator[list[int]]:
    """The largest number of bytes that this process held."""
    peak, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(_TICK):
            peak[0] = max(peak[0], _held())

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    yield peak
    ended.set()
    watching.join()


def _held() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def _machine() -> str:
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def _bare(path: Path, target: Path) -> float:
    """Seconds to write the bytes of a file once more."""
    data = path.read_bytes()
    seconds = timing.seconds(lambda: _write(target, data))
    target.unlink()
    return seconds


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        os.fsync(file.fileno())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--positions", type=int, default=10_000_000)
    parser.add_argument("--folder", help="where there is room; nothing is left there")
    parser.add_argument("--load", type=float, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
