"""How fast titles are read, and how often as somebody labelled them: python -m benchmarks.bench_titles"""

import csv
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from rollcall.universe import titles
from rollcall.universe.sources import us_public_companies

LABELLED = Path(__file__).parent.parent / "tests" / "universe" / "labelled_titles.csv"
OBSERVED = Path(us_public_companies.__file__).parent / "data" / "observations.parquet"
COPIES = 15


def main() -> None:
    rows = list(csv.DictReader(LABELLED.open(encoding="utf-8")))
    speed([row["title"] for row in rows])
    accuracy(rows)


def speed(labelled: list[str]) -> None:
    """Distinct titles: the filings' and the labelled ones, each also with made-up endings. Splitting is the limit."""
    base = sorted({*labelled, *filter(None, pq.read_table(OBSERVED, columns=["title"])["title"].to_pylist())})
    every = [f"{title} {chr(97 + n)}{n}x" if n else title for n in range(COPIES) for title in base]
    titles.read("warm up"), titles.words("warm up")
    took = {}
    for name, work in (
        ("split", str.split),
        ("words", titles.words),
        ("read", titles.read),
        ("explain", titles.explain),
    ):
        started = time.process_time()
        for title in every:
            work(title)
        took[name] = time.process_time() - started
    print(f"{len(every):,} distinct titles, one core")
    for name, seconds in took.items():
        ratio = seconds / took["split"]
        print(
            f"  {name:8} {len(every) / seconds:12,.0f} titles/s   {ratio:7.1f} × the time of splitting at spaces"
        )


def accuracy(rows: list[dict[str, str]]) -> None:
    tried, ranks, departments = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        reading = titles.read(row["title"])
        for group in (row["language"], "all"):
            tried[group] += 1
            ranks[group] += reading.seniority == row["seniority"]
            departments[group] += reading.department == row["department"]
    print(f"\n{'labelled':10} titles  seniority  department")
    for group, count in tried.most_common():
        print(f"{group:10} {count:6}  {ranks[group] / count:9.1%}  {departments[group] / count:10.1%}")


if __name__ == "__main__":
    main()
