"""How fast an estimate is over many positions: the index of people beside DuckDB on the same Parquet file.

    python -m benchmarks.bench_people_index --positions 10000000 --companies 200000

Makes a universe of that size in a folder (kept with --folder), builds the index, and asks for the people of a segment
of 10,000 random companies whom a persona on titles, seniority, department and country wants. With --duckdb, DuckDB
answers the same question through the same filter in the same run, and both answers are compared.
"""

import argparse
import dataclasses
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))
SEGMENT = 10_000
BATCH = 1 << 20
SENIORITIES = ["c_suite", "vp", "director", "manager", "senior", "staff", "entry", "unknown"]
DEPARTMENTS = [
    "sales",
    "marketing",
    "finance",
    "engineering",
    "operations",
    "human_resources",
    "legal",
    "unknown",
]
COUNTRIES = ["united states", "germany", "france", "india", "brazil", "japan", "spain", "italy"]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary) / f"p{options.positions}"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "positions.parquet").exists():
            took = _seconds(lambda: _generate(folder, options.positions, options.companies, options.titles))
            print(f"made {options.positions:,} positions at {options.companies:,} companies in {took:.0f} s")
        _measure(folder, options)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    from rollcall.universe.index import building, layout, people
    from rollcall.universe.queries import PeopleQuery, PersonaQuery

    target = folder / "index"
    if not target.exists():
        print(f"index built in {_seconds(lambda: building.build(version=folder, folder=target)):.1f} s")
    persona = PersonaQuery(
        titles=("Sales Director", "Head of Sales", "VP Sales", "w17", "w4711"),
        seniorities=("c_suite", "vp", "director"), departments=("sales", "marketing"),
        countries=("Germany", "France", "United States"),
    )  # fmt: skip
    dice = np.random.default_rng(7)

    def query(per_company: int | None = None) -> PeopleQuery:
        ids = dice.choice(options.companies, SEGMENT, replace=False) + 1
        return PeopleQuery(ids.tolist(), (dataclasses.replace(persona, per_company=per_company),))

    begun = time.perf_counter()
    index = layout.open_(target)
    found = people.people(index, query(), ())
    print(
        f"first call {time.perf_counter() - begun:.3f} s, {found.num_rows:,} people, {_resident():.0f} MB resident"
    )
    for name, limit in (("all", None), ("top 5 a company", 5)):
        queries = [query(limit) for _ in range(options.times)]
        times = [_seconds(partial(people.people, index, asked, ())) for asked in queries]
        print(f"index, {name}: p50 {1e3 * statistics.median(times):.1f} ms, "
              f"p99 {1e3 * sorted(times)[int(len(times) * 0.99)]:.1f} ms, {_resident():.0f} MB resident")  # fmt: skip
    if options.duckdb:
        _beside_duckdb(folder, query, index)


def _beside_duckdb(folder: Path, query: Callable[[], Any], index: Any) -> None:
    from rollcall.universe.engines import duckdb
    from rollcall.universe.index import people

    engine = duckdb.open_version(folder)
    asked = query()
    begun = time.perf_counter()
    theirs = engine.people(asked, ())
    first = time.perf_counter() - begun
    times = [_seconds(lambda: engine.people(query(), ())) for _ in range(5)]
    ours = people.people(index, asked, ())
    assert ours.equals(theirs.cast(ours.schema)), "the two engines disagree"
    print(f"DuckDB on the Parquet file: first {first:.2f} s, then p50 {statistics.median(times):.2f} s")


def _generate(folder: Path, positions: int, companies: int, titles: int) -> None:
    dice = np.random.default_rng(42)
    words = np.array([f"w{n}" for n in range(20_000)])
    telling = np.array(
        ["sales director", "head sales", "vice-president sales", "marketing manager", "engineer"]
    )
    parts = words[dice.integers(0, len(words), (titles, 2))]
    texts = [f" {telling[n % 5] if n % 50 < 5 else a} {b} " for n, (a, b) in enumerate(parts)]
    title_list = pa.array(texts, pa.string())
    company = np.sort(dice.integers(1, companies + 1, positions, dtype=np.int64))
    schema = pa.schema([
        ("company_id", pa.int64()), ("profile_id", pa.int64()), ("title_words", pa.string()),
        ("seniority", pa.string()), ("department", pa.string()), ("folded_country", pa.string()),
        ("first_seen_on", pa.date32()), ("last_seen_on", pa.date32()), ("ended_on", pa.date32()),
    ])  # fmt: skip
    with pq.ParquetWriter(folder / "positions.parquet", schema, compression="zstd") as writer:
        for start in range(0, positions, BATCH):
            writer.write_table(
                _batch(dice, company[start : start + BATCH], start, title_list, titles, schema)
            )
    (folder / "manifest.json").write_text(json.dumps({"rows": {"positions": positions}}))


def _batch(dice: Any, company: Any, start: int, title_list: Any, titles: int, schema: pa.Schema) -> pa.Table:
    size = len(company)
    seen = 20_000 + dice.integers(0, 300, size, dtype=np.int32)

    def drawn(values: list[str]) -> pa.Array:
        return pa.array(values).take(pa.array(dice.integers(0, len(values), size)))

    # A few titles are held by many, most by few.
    picks = np.minimum((titles * dice.random(size) ** 3).astype(np.int64), titles - 1)
    ended = pa.array(seen, pa.int32(), mask=dice.random(size) > 0.05).cast(pa.date32())
    return pa.table([
        pa.array(company), pa.array(np.arange(start, start + size) + 1), title_list.take(pa.array(picks)),
        drawn(SENIORITIES), drawn(DEPARTMENTS), drawn(COUNTRIES),
        pa.array(seen - 200, pa.int32()).cast(pa.date32()), pa.array(seen, pa.int32()).cast(pa.date32()), ended,
    ], schema=schema)  # fmt: skip


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--positions", type=int, default=10_000_000)
    parser.add_argument("--companies", type=int, default=200_000)
    parser.add_argument("--titles", type=int, default=500_000, help="how many different titles")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--folder", help="keep the files here, and use those that are there")
    parser.add_argument("--duckdb", action="store_true", help="ask DuckDB too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
