"""What a position costs: bytes in Parquet, in the index and in a shuffle; positions a CPU second by each engine.

    python -m benchmarks.bench_engines --positions 1000000

One persona (titles, seniority, department, country) is looked for in the whole universe and in a hundredth of its
companies; the engines and the index must find the same people. docs/explanation/one-billion-positions.md is reckoned
from the figures that this prints. CPU seconds are those of this process and of Java, so that a busy computer tells
them as an idle one does. Spark is left out where there is no Java.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import timing

sys.path.insert(0, str(Path(__file__).parents[1]))
CORES = 2
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        _configure(temporary)
        from benchmarks import made_universe, made_versions
        from rollcall.universe.queries import PeopleQuery, PersonaQuery

        print(f"load of this computer: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        made = made_versions.write(Path(options.folder or temporary), positions=options.positions)
        index = _sizes(made, Path(temporary) / "index")
        persona = PersonaQuery(**made_universe.PERSONA)
        for name, share in (("whole universe", 1), ("a hundredth", 100)):
            ids = range(1, made.companies + 1, share)
            print(f"\n{name}: {len(ids):,} companies, {options.positions // share:,} positions")
            _compare(made, index, PeopleQuery(ids, (persona,)), options.positions, options.times)


def _configure(home: str) -> None:
    from django.conf import settings

    spark = {"MASTER": f"local[{CORES}]", "MEMORY": "1g", "TABLES": "", "SPILLS": ""}
    settings.configure(
        ROLLCALL_HOME=home, **{f"ROLLCALL_SPARK_{name}": value for name, value in spark.items()}
    )


def _sizes(made: Any, folder: Path) -> Any:
    from rollcall.universe.index import building, layout

    version = made.versions[0]
    for name, rows in (
        ("positions", made.positions),
        ("profiles", made.positions),
        ("companies", made.companies),
    ):
        size = sum(path.stat().st_size for path in version.glob(f"{name}*.parquet"))
        print(
            f"{name:10} {rows:>12,} rows  {size / 1e6:>9.1f} MB  {size / rows:>6.1f} bytes a row in Parquet"
        )
    took = timing.seconds(lambda: building.build(version=version, folder=folder))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(
        f"index      built in {took:.1f} s   {size / 1e6:>9.1f} MB  {size / made.positions:>6.1f} bytes a position"
    )
    return layout.open_(folder)


def _compare(made: Any, index: Any, query: Any, positions: int, times: int) -> None:
    from rollcall.universe import engines
    from rollcall.universe.index import people

    found = people.people(index, query, ())
    count = people.count(index, query, ())
    _tell("index", [_both(lambda: people.people(index, query, ())) for _ in range(times)], positions)
    _tell("  estimate", [_both(lambda: people.count(index, query, ())) for _ in range(times)], positions)
    for name in ("duckdb", "spark") if _java() else ("duckdb",):
        engine = engines.opener(name)(made.versions[0])
        for _ in range(2):
            _same(engine, query, found)
            assert engine.count_people(query, (), None) == count
        people_of, count_of = (
            partial(_same, engine, query, found),
            partial(engine.count_people, query, (), None),
        )
        _tell(name, [_both(people_of) for _ in range(times)], positions)
        _tell("  estimate", [_both(count_of) for _ in range(times)], positions)
    if _java():
        from rollcall.universe.engines.spark import session

        store = session.session().sparkContext._jsc.sc().statusStore()
        size = store.executorSummary("driver").totalShuffleWrite()
        print(f"people found {found.num_rows:,}; Spark has shuffled {size / 1e6:.2f} MB so far")


def _same(engine: Any, query: Any, found: Any) -> None:
    assert engine.people(query, ()).equals(found), "the engines disagree"


def _tell(name: str, spent: list[tuple[float, float]], positions: int) -> None:
    wall, cpu = (statistics.median(values) for values in zip(*spent, strict=True))
    print(
        f"{name:10} {wall:>7.3f} s, {cpu:>6.3f} CPU s: {positions / cpu / 1e6:>6.2f} M positions a CPU second"
    )


def _both(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the wall clock, and of processors."""
    before, wall = _cpu(), timing.seconds(work)
    return wall, max(_cpu() - before, 1e-3)


def _cpu() -> float:
    from rollcall.universe.engines.spark import session

    spent = time.process_time()
    if session.number():
        fields = Path(f"/proc/{session.java_pid()}/stat").read_text().rsplit(")", 1)[1].split()
        spent += (int(fields[11]) + int(fields[12])) / TICKS
    return spent


def _java() -> bool:
    from tests.universe import spark

    return not spark.absent()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--positions", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--folder", help="Keep the made-up universe here.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
