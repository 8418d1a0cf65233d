"""How well and how fast people are told apart: python -m benchmarks.bench_person_identity [records]"""

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import person_sets
from rollcall.universe.identity import people
from rollcall.universe.identity.people import comparing, features, joining, keys

SEEDS = (1, 2)
RECORDS = 1_000_000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    print("records are one process's; load of the machine", [round(load, 1) for load in os.getloadavg()])
    accuracy()
    speed(count)


def accuracy() -> None:
    print(
        f"\n{'set':24} records   pairs: prec.  recall     F1   clusters: prec.  recall     F1  wrong  doubtful"
    )
    for name in person_sets.FILES:
        _report(name, person_sets.generated(name))
    for seed in SEEDS:
        _report(f"public people, seed {seed}", person_sets.public_people(seed=seed))


def _report(name: str, labelled: person_sets.Labelled) -> None:
    decisions = people.resolve(labelled.records)
    found = person_sets.score(decisions.clusters["cluster"].to_pylist(), labelled.person)
    doubtful = pc.sum(pc.equal(decisions.pairs["verdict"], "doubtful")).as_py() or 0
    pairs, clusters = (" ".join(f"{value:7.4f}" for value in part) for part in (found.pairs, found.clusters))
    count = labelled.records.num_rows
    print(f"{name:24} {count:7,}   {pairs:>28}   {clusters:>30}", end="")
    print(f"  {found.wrong_pairs:5} {doubtful:9,}")


def speed(count: int) -> None:
    """Steps of one call, wall clock and processor; the limit is to read each name once (as capitals)."""
    records = made_up(count, seed=5)
    people.resolve(records.slice(0, 2_000))
    print(f"\n{count:,} records made up")
    upper = _timed("capitals (limit)", count, lambda: pc.utf8_upper(records["full_name"]))
    del upper
    _timed("strong keys", count, lambda: keys.strong_keys(records=records))
    whole = features.records_of(records)
    told = _timed("one spelling", count, lambda: features.told(whole))
    known = _timed("joined by keys", count, lambda: joining.by_keys(told=told, apart=frozenset()))
    new = np.ones(count, bool)
    columns = _timed("blocks", count, lambda: features.compared(told=told, person=known.person, is_new=new))
    pairs = _timed("Splink", count, lambda: comparing.pairs(columns=columns))
    print(f"  {columns.num_rows:,} records share a block with another, in {pairs.num_rows:,} pairs")
    decisions = _timed("the whole way", count, lambda: people.resolve(records))
    print(f"  {decisions.pairs.num_rows:,} pairs decided, {decisions.apart.num_rows:,} kept apart")


def _timed(name: str, count: int, work: Callable[[], Any]) -> Any:
    wall, processor = time.perf_counter(), time.process_time()
    answer = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(
        f"  {name:18} {count / wall:12,.0f} records/s   {count / processor:12,.0f} a second of one processor"
    )
    return answer


def made_up(count: int, *, seed: int) -> pa.Table:
    """Two sources: three quarters are people of one, the rest some of them again, every second written otherwise."""
    draw = np.random.default_rng(seed)
    real = person_sets.public_people(seed=seed).records["full_name"].to_pylist()
    words = sorted(
        {word.strip(",.").title() for name in real for word in name.split() if word.strip(",.").isalpha()}
    )
    once = count * 3 // 4
    first, last = (np.array(words, object)[draw.integers(0, len(words), once)] for _ in range(2))
    company = draw.integers(0, count // 15, once)
    titles = np.array([f"{rank} {area}" for rank in _RANKS for area in _AREAS], object)
    title = titles[draw.integers(0, len(titles), once)]
    again = draw.permutation(once)[: count - once]
    names = first + " " + last
    second = names[again]
    odd = np.arange(len(again)) % 2 == 1
    second[odd] = [f"{name[0]}. {name.split()[1]}" for name in second[odd]]
    numbers = np.arange(count)
    return pa.table(
        {
            "record": numbers,
            "source": np.where(numbers < once, "one", "two"),
            "source_key": pc.cast(pa.array(numbers), pa.string()),
            "full_name": np.concatenate([names, second]),
            "company_id": np.concatenate([company, company[again]]),
            "title": np.concatenate([title, title[again]]),
            "profile_url": [
                f"https://www.linkedin.com/in/p-{n}" if n % 3 == 0 else None for n in range(count)
            ],
            "email": [f"p.{n}@company{n % 9_999}.com" if n % 3 == 1 else None for n in range(count)],
            "last_seen": pa.array([date(2026, 1, 1)] * count),
        }
    )


_RANKS = ("Chief", "VP", "Senior Director", "Director", "Manager", "Senior", "Junior", "Head of")
_AREAS = (
    "Finance",
    "Sales",
    "Marketing",
    "Engineering",
    "Legal Counsel",
    "Operations",
    "People",
    "Data Analyst",
)


if __name__ == "__main__":
    main()
