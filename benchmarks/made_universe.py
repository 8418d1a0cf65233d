"""A made-up universe of any size for measurements: current and ended positions, sorted by company.

Company n of a universe of p positions is one of p / 50; a title is one of p / 20, a few held by many, most by few.
The same size is the same file each time. Memory stays bounded: a million rows at once, and the list of titles.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PER_COMPANY = 50
PER_TITLE = 20
BATCH = 1_000_000
ROW_GROUP = 65_536
SENIORITIES = ["c_suite", "vp", "director", "manager", "senior", "staff", "entry", "unknown"]
DEPARTMENTS = [
    "sales", "marketing", "finance", "engineering", "operations", "human_resources", "legal", "unknown",
]  # fmt: skip
COUNTRIES = ["united states", "germany", "france", "india", "brazil", "japan", "spain", "italy"]
TELLING = ["sales director", "head sales", "vice-president sales", "marketing manager", "engineer"]
# Whom the benchmarks look for; about one in four hundred.
PERSONA: dict[str, Any] = {
    "titles": ("Sales Director", "Head of Sales", "VP Sales", "w17", "w4711"),
    "seniorities": ("c_suite", "vp", "director"),
    "departments": ("sales", "marketing"),
    "countries": ("Germany", "France", "United States"),
}
SCHEMA = pa.schema([
    ("company_id", pa.int64()), ("profile_id", pa.int64()), ("title_words", pa.string()),
    ("seniority", pa.string()), ("department", pa.string()), ("folded_country", pa.string()),
    ("first_seen_on", pa.date32()), ("last_seen_on", pa.date32()), ("ended_on", pa.date32()),
])  # fmt: skip


def companies(positions: int) -> int:
    """How many companies there are; their ids begin at 1."""
    return max(positions // PER_COMPANY, 1)


def write(folder: Path, *, positions: int) -> None:
    """`positions.parquet` and `manifest.json`, as far as searches read them; nothing if they are there."""
    if (folder / "manifest.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    dice = np.random.default_rng(42)
    titles = _titles(dice, max(positions // PER_TITLE, 50))
    with pq.ParquetWriter(folder / "positions.parquet", SCHEMA, compression="zstd") as writer:
        for start in range(0, positions, BATCH):
            batch = _batch(dice, start, min(BATCH, positions - start), positions, titles)
            writer.write_table(batch, row_group_size=ROW_GROUP)
    (folder / "manifest.json").write_text("{}")


def _titles(dice: Any, count: int) -> pa.Array:
    """One in ten says what our persona looks for, or nearly; the others are made of 20,000 words."""
    words = pa.array([f"w{n}" for n in range(20_000)])
    first, second = (words.take(pa.array(dice.integers(0, len(words), count))) for _ in range(2))
    places = np.arange(count)
    telling = pa.array(TELLING).take(pa.array(places % len(TELLING)))
    first = pc.if_else(pa.array(places % 50 < len(TELLING)), telling, first)
    return pc.binary_join_element_wise("", first, second, "", " ")


def _batch(dice: Any, start: int, size: int, positions: int, titles: pa.Array) -> pa.Table:
    last = companies(positions)
    among = (start * last // positions, max((start + size) * last // positions, 1))
    seen = 20_000 + dice.integers(0, 300, size, dtype=np.int32)
    held = (len(titles) * dice.random(size) ** 3).astype(np.int64)
    ended = pa.array(seen, pa.int32(), mask=dice.random(size) > 0.05).cast(pa.date32())

    def drawn(values: list[str]) -> pa.Array:
        return pa.array(values).take(pa.array(dice.integers(0, len(values), size)))

    return pa.table([
        pa.array(np.sort(dice.integers(*among, size)) + 1), pa.array(np.arange(start, start + size) + 1),
        titles.take(pa.array(held)), drawn(SENIORITIES), drawn(DEPARTMENTS), drawn(COUNTRIES),
        pa.array(seen - 200, pa.int32()).cast(pa.date32()), pa.array(seen, pa.int32()).cast(pa.date32()), ended,
    ], schema=SCHEMA)  # fmt: skip
