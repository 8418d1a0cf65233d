"""How fast an estimate is over many positions: our index beside DuckDB, Polars and PostgreSQL, in one run.

    python -m benchmarks.bench_universe --positions 1000000 10000000
    python -m benchmarks.bench_universe --positions 100000000 --without postgres --folder /somewhere

The question: of a segment of 10,000 random companies (and then of all companies), how many people does a persona on
titles, seniority, department and country find, and how many of them are among a million owned pairs? Each contestant
answers in a process of its own, two threads at most; all must give the same counts. "First" is the first question of a
fresh process, with the files out of the memory of the operating system (where it lets go of them); resident memory
counts the parts of mapped files that were touched. "Busy" is processor time of the contestant's process (not of a
PostgreSQL server): the fairer number on a machine that does other work too. Ratios are to our median of the same size.
The five best, titles read otherwise, facets, coverage and pages are asked of us alone. At last, how much longer our
count takes than in the smallest of the universes.

100,000,000 positions take about 12 GB of disk, 4 GB of memory and some minutes to make; keep them with --folder.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks import made_universe

SEGMENT = 10_000
LABELS = {
    "ours": "Rollcall, count",
    "ours-top5": "Rollcall, five best a company",
    "ours-otherwise": "Rollcall, count, 1,000 titles read otherwise",
    "ours-facets": "Rollcall, facets",
    "ours-coverage": "Rollcall, coverage",
    "ours-page": "Rollcall, first page of 50",
    "duckdb-table": "DuckDB, own sorted file, title numbers",
    "duckdb-parquet": "DuckDB on Parquet, words",
    "polars": "Polars on Parquet, words",
    "postgres": "PostgreSQL, index by company, title numbers",
}
# What one machine bears in some minutes; more is left out, and the table says so.
POSITIONS_MAX = {"postgres": 10_000_000, "polars": 100_000_000}
_PATIENCE_SECONDS = 900


def main() -> None:
    options = _options()
    if options.contestant:
        folder = Path(options.folder) / f"p{options.positions[0]}"
        print(json.dumps(_measure(folder, options)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(options.folder or temporary)
        print(f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} of others\n")
        measured = {}
        for positions in options.positions:
            _make(home, positions)
            measured[positions] = {name: _run(name, home, positions, options) for name in _invited(options)}
            _show(positions, measured[positions])
        _show_growth(measured)


def _make(home: Path, positions: int) -> None:
    """The universe and its index, in a process of its own: it leaves no memory behind."""
    folder = home / f"p{positions}"
    made = f"from benchmarks import made_universe as m; m.write(f, positions={positions})"
    built = "from rollcall.universe.index import building as b; b.build(version=f, folder=f / 'index')"
    for code, done in ((made, folder / "manifest.json"), (built, folder / "index" / "index.json")):
        if not done.exists():
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", f"from pathlib import Path; f = Path({str(folder)!r}); {code}"],
                check=True,
            )
            print(f"{positions:,} positions: {done.parent.name} made in {time.perf_counter() - begun:.1f} s")


def _invited(options: argparse.Namespace) -> list[str]:
    return [name for name in LABELS if name not in options.without]


def _run(name: str, home: Path, positions: int, options: argparse.Namespace) -> Any:
    """What the contestant's process measured; a sentence if it did not finish."""
    if positions > POSITIONS_MAX.get(name, positions):
        return f"left out: takes too long to fill beyond {POSITIONS_MAX[name]:,} positions"
    command = [sys.executable, "-m", "benchmarks.bench_universe", "--contestant", name, "--folder", str(home)]
    command += ["--positions", str(positions), "--times", str(options.times)]
    command += ["--peer-times", str(options.peer_times)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        return f"not done in {_PATIENCE_SECONDS} s"
    except subprocess.CalledProcessError as failed:
        return failed.stderr.strip().splitlines()[-1][:100]
    return json.loads(done.stdout)


def _measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    from benchmarks import universe_contestants as contestants

    times = options.times if options.contestant.startswith("ours") else options.peer_times
    dice = np.random.default_rng(7)
    companies = made_universe.companies(options.positions[0])
    segments = [
        (dice.choice(companies, min(SEGMENT, companies), replace=False) + 1).tolist()
        for _ in range(times + 1)
    ]
    mine = contestants.make_owned(folder)
    with ExitStack() as rest:
        ask = contestants.CONTESTANTS[options.contestant](folder, mine, rest)
        _let_go(folder)
        before = _resident()
        first, answer = _timed(ask, segments[0])
        resident = _resident() - before
        busy = time.process_time()
        taken = sorted(_timed(ask, segment)[0] for segment in segments[1:])
        busy = (time.process_time() - busy) / times
        whole = [_timed(ask, None) for _ in range(3 if times > 10 else 1)]
    return {
        "first": first,
        "p50": statistics.median(taken),
        "p99": taken[min(int(len(taken) * 0.99), len(taken) - 1)],
        "busy": busy,
        "whole": statistics.median(seconds for seconds, _ in whole),
        "answers": [answer, whole[0][1]],
        "times": times,
        "first_mb": resident,
        "resident_mb": _resident(),
    }


def _timed(ask: Any, ids: Any) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = ask(ids)
    return time.perf_counter() - begun, answer


def _let_go(folder: Path) -> None:
    """Ask the operating system to forget the files, so that the first question reads the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            file = os.open(path, os.O_RDONLY)
            os.fsync(file)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)


def _show(positions: int, measured: dict[str, Any]) -> None:
    done = {name: one for name, one in measured.items() if isinstance(one, dict)}
    counts = {name: one["answers"] for name, one in done.items() if not name.startswith("ours-")}
    assert len({json.dumps(answer) for answer in counts.values()}) <= 1, f"they disagree: {counts}"
    print(f"\n{positions:,} positions at {made_universe.companies(positions):,} companies; "
          f"segment of {SEGMENT:,}: (people, owned) = {next(iter(counts.values()))[0]}\n")  # fmt: skip
    heads = ("first s", "p50 ms", "p99 ms", "busy ms", "ratio", "all, s", "ratio", "first MB", "MB")
    print(" " * 44 + "".join(f"{head:>10}" for head in heads))
    best = done.get("ours")
    for name, one in measured.items():
        if not isinstance(one, dict):
            print(f"{LABELS[name]:<44}  {one}")
            continue
        ratio = [one[key] / best[key] if best else 1.0 for key in ("p50", "whole")]
        print(
            f"{LABELS[name]:<44}{one['first']:>10.3f}{1e3 * one['p50']:>10.1f}{1e3 * one['p99']:>10.1f}"
            f"{1e3 * one['busy']:>10.1f}{ratio[0]:>10.1f}{one['whole']:>10.3f}{ratio[1]:>10.1f}"
            f"{one['first_mb']:>10.0f}{one['resident_mb']:>10.0f}"
        )


def _show_growth(measured: dict[int, dict[str, Any]]) -> None:
    """How much longer our count takes than in the smallest universe: by the clock, and in processor time."""
    ours = {size: one["ours"] for size, one in measured.items() if isinstance(one.get("ours"), dict)}
    least = ours[min(ours)] if ours else {}
    for size in sorted(ours)[1:]:
        p50, busy = (ours[size][key] / least[key] for key in ("p50", "busy"))
        print(
            f"\n{size:,} positions take {p50:.2f} times as long as {min(ours):,} (processor time: {busy:.2f} times)"
        )


def _resident() -> float:
    """The most memory that this process and its children that ended had."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(one).ru_maxrss for one in whose) / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--positions", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--folder", help="keep the files here, and use those that are there")
    parser.add_argument("--without", nargs="*", default=[], choices=LABELS, help="whom not to ask")
    parser.add_argument("--times", type=int, default=200, help="how often we are asked")
    parser.add_argument("--peer-times", type=int, default=5, help="how often the others are asked")
    parser.add_argument("--contestant", choices=LABELS, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
