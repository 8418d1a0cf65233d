"""How fast the owned contacts that changed between two versions are found, beside DuckDB joining the same files.

    python -m benchmarks.bench_diff --positions 10000000 --contacts 1000000 --folder /tmp/universes

Makes two versions of that size (kept with --folder), builds both indexes, and asks what became of contacts drawn at
random among those who are at a company in the first. In between, 3 % have changed and everybody was seen again. Ours is
timed from the pairs to the table of typed changes, with where to those who moved. DuckDB joins the pairs with both
versions' Parquet files on company and profile and keeps those of which a column differs: that is less than ours tells
(nothing of names, nor where to). Whoever DuckDB finds, ours must find: this is checked.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import timing

sys.path.insert(0, str(Path(__file__).parents[1]))
COLUMNS = (
    "title",
    "seniority",
    "department",
    "country",
    "region",
    "city",
    "started_on",
    "ended_on",
    "source",
)


def main() -> None:
    options = _options()
    os.environ.setdefault("ROLLCALL_SECRET_KEY", "only-for-benchmarks-0123456789-0123456789")
    os.environ["DJANGO_SETTINGS_MODULE"] = "rollcall.settings"
    import django

    django.setup()
    with tempfile.TemporaryDirectory() as temporary:
        _measure(Path(options.folder or temporary), options)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    from benchmarks import made_versions
    from rollcall.universe.diff import changes, sameness
    from rollcall.universe.diff.pairs import Pairs
    from rollcall.universe.index import building, layout

    made = made_versions.write(folder, positions=options.positions)
    indexes = []
    for version in made.versions:
        target = made.folder / f"index-{version.name}"
        if not target.exists():
            took = timing.seconds(partial(building.build, version=version, folder=target))
            print(f"index of {version.name} built in {took:.1f} s")
        indexes.append(layout.open_(target))
    company, profile = _owned(indexes[0], options.contacts)
    pairs = Pairs(company, profile)
    times, tables = [], []
    for _ in range(options.times):
        begun, busy = time.perf_counter(), time.process_time()
        tables.append(changes.of(*indexes, pairs))
        times.append(time.perf_counter() - begun)
        busy = time.process_time() - busy
    kinds = Counter(tables[-1]["kind"].to_pylist())
    print(
        f"{len(pairs):,} contacts, two versions of {options.positions:,} positions: {tables[-1].num_rows:,} changes"
    )
    print("  ".join(f"{kind} {number:,}" for kind, number in sorted(kinds.items())))
    only = [timing.seconds(lambda: sameness.between(*indexes, pairs)) for _ in range(options.times)]
    print(f"ours: first {times[0]:.2f} s, then p50 {statistics.median(times[1:] or times):.2f} s "
          f"(of it who may have changed {statistics.median(only):.2f} s); processor time {busy:.2f} s")  # fmt: skip
    if options.duckdb:
        _beside_duckdb(made, pairs, tables[-1], statistics.median(times[1:] or times), options.threads)


def _owned(index: Any, count: int) -> tuple[Any, Any]:
    rows = np.sort(np.random.default_rng(3).choice(len(index.columns["profile_id"]), count, replace=False))
    company = np.searchsorted(index.starts, rows, "right") - 1
    return company.astype(np.int64), np.asarray(index.columns["profile_id"])[rows]


def _beside_duckdb(made: Any, pairs: Any, ours: pa.Table, took: float, threads: int) -> None:
    import duckdb  # noqa: TID251 the peer

    from rollcall.universe import buckets

    database = duckdb.connect(":memory:", config={"threads": threads})
    database.register("owned", pa.table({"company_id": pairs.company, "profile_id": pairs.profile}))
    before, after = (
        "read_parquet([" + ", ".join(f"'{path}'" for path in buckets.files(version, "positions")) + "])"
        for version in made.versions
    )
    newest = "row_number() OVER (PARTITION BY p.company_id, p.profile_id ORDER BY p.ended_on IS NOT NULL, p.ended_on DESC, p.started_on DESC) = 1"  # noqa: E501
    names = ", ".join(f"p.{name}" for name in COLUMNS)
    said = "SELECT p.company_id, p.profile_id, {} FROM {} p SEMI JOIN owned USING (company_id, profile_id) QUALIFY {}"
    differ = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in COLUMNS)
    sql = (
        f"WITH a AS ({said.format(names, before, newest)}), b AS ({said.format(names, after, newest)})"
        f" SELECT company_id, profile_id FROM a JOIN b USING (company_id, profile_id) WHERE {differ}"
    )
    times = []
    for _ in range(2):
        begun = time.perf_counter()
        found = database.sql(sql).to_arrow_table()
        times.append(time.perf_counter() - begun)
    theirs = set(zip(found["company_id"].to_pylist(), found["profile_id"].to_pylist(), strict=True))
    mine = set(zip(ours["company_id"].to_pylist(), ours["profile_id"].to_pylist(), strict=True))
    assert theirs <= mine, "DuckDB found a change that ours did not"
    print(f"DuckDB, joining both versions' files: {min(times):.2f} s for {len(theirs):,} changed pairs "
          f"(names of people not compared): {min(times) / took:.1f} times ours")  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--positions", type=int, default=10_000_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of DuckDB")
    parser.add_argument("--folder", help="keep the files here, and use those that are there")
    parser.add_argument("--duckdb", action="store_true", help="ask DuckDB too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
