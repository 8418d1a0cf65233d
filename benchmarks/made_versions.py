"""Two versions of a made-up universe of any size, in all its columns, as loads publish them a month apart.

Fifty people a company; a title is one of a twentieth as many, a few held by many, most by few; profiles are in no order
of companies. In the month after, everybody is seen again, and of a thousand people 10 have another title, 10 have left,
5 have moved to another company and 5 have another name. Memory stays bounded: a bucket at once, and the list of titles.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import buckets, records

PER_COMPANY = 50
PER_TITLE = 20
SENIORITIES = ["c_suite", "vp", "director", "manager", "senior", "staff", "entry", "unknown"]
DEPARTMENTS = ["sales", "marketing", "finance", "engineering", "operations", "human_resources", "legal"]
COUNTRIES = ["United States", "Germany", "France", "India", "Brazil", "Japan", "Spain", "Italy"]
TELLING = ["Sales Director", "Head Sales", "Vice-President Sales", "Marketing Manager", "Engineer"]
_SYLLABLES = [consonant + vowel for consonant in "bdfghjklmnprstvwz" for vowel in "aeiou"]
FIRST_DAY, SECOND_DAY = 20_300, 20_331
_STRIDE = 1_000_003
PROFILES = 1 << 20


@dataclass(frozen=True)
class Universe:
    """Where its two versions are, and how large it is."""

    folder: Path
    positions: int
    # Profiles are numbered in the order of their companies, as loads do it, or in none.
    by_company: bool = False

    @property
    def versions(self) -> tuple[Path, Path]:
        return self.folder / "v000001", self.folder / "v000002"

    @property
    def companies(self) -> int:
        return max(self.positions // PER_COMPANY, 1)


def write(folder: Path, *, positions: int) -> Universe:
    """Write both versions, unless they are there."""
    made = Universe(folder / f"two{positions}", positions)
    if (made.folder / "whole").exists():
        return made
    for version in made.versions:
        version.mkdir(parents=True, exist_ok=True)
    drawn = titles(max(positions // PER_TITLE, 50))
    for bucket in range(-(-(made.companies + 1) // buckets.SPLIT["positions"][1])):
        for version, table in zip(made.versions, staff(made, bucket, drawn), strict=True):
            buckets.write_file(version / _name("positions", bucket), table)
    for version, month in zip(made.versions, (0, 1), strict=True):
        _write_companies(version, made)
        for bucket in range(-(-(positions + 1) // PROFILES)):
            buckets.write_file(version / _name("profiles", bucket), profiles(made, bucket, month))
    (made.folder / "whole").touch()
    return made


def staff(made: Universe, bucket: int, titles: pa.Array) -> tuple[pa.Table, pa.Table]:
    """The positions of one bucket of companies, in both months."""
    size = buckets.SPLIT["positions"][1]
    low, high = max(bucket * size, 1), min((bucket + 1) * size, made.companies + 1)
    dice = np.random.default_rng((42, bucket))
    rows = np.arange((low - 1) * PER_COMPANY, (high - 1) * PER_COMPANY)
    company = rows // PER_COMPANY + 1
    profile = rows + 1 if made.by_company else rows * _STRIDE % made.positions + 1
    order = np.lexsort((profile, company))
    first = _drawn(dice, company[order], profile[order], titles)
    return first, _later(dice, first, titles, low, high)


def titles(count: int) -> pa.Array:
    """One in ten says what our persona looks for, or nearly; the others are made of 20,000 words."""
    dice = np.random.default_rng(42)
    words = pa.array([f"W{n}" for n in range(20_000)])
    first, second = (words.take(pa.array(dice.integers(0, len(words), count))) for _ in range(2))
    places = np.arange(count)
    telling = pa.array(TELLING).take(pa.array(places % len(TELLING)))
    return pc.binary_join_element_wise(
        pc.if_else(pa.array(places % 50 < len(TELLING)), telling, first), second, " "
    )


def _drawn(dice: Any, company: Any, profile: Any, titles: pa.Array) -> pa.Table:
    size = len(company)
    seen = FIRST_DAY - dice.integers(0, 30, size, dtype=np.int32)
    ended = dice.random(size) < 0.05
    country = _some(dice, COUNTRIES, size)
    started = (seen - dice.integers(30, 3_000, size, dtype=np.int32)).astype(np.int32)
    return _table({
        "profile_id": profile, "company_id": company, **_titled(dice, titles, size),
        "seniority": _some(dice, SENIORITIES, size), "department": _some(dice, DEPARTMENTS, size),
        "country": country, "folded_country": pc.utf8_lower(country),
        "region": _some(dice, [f"Region {n}" for n in range(50)], size),
        "city": _some(dice, [f"City {n}" for n in range(2_000)], size),
        "started_on": _day(started), "first_seen_on": _day(started), "last_seen_on": _day(seen),
        "ended_on": _day(seen, ~ended), "noticed_on": _day(np.full(size, FIRST_DAY), ~ended),
        "source": pa.array(["made_up"]).take(pa.array(np.zeros(size, np.int8))),
        "source_key": pc.binary_join_element_wise("p", pa.array(profile).cast(pa.string()), ""),
    })  # fmt: skip


def _later(dice: Any, first: pa.Table, titles: pa.Array, low: int, high: int) -> pa.Table:
    """The same staff a month later; who moves goes to another company of this bucket."""
    current = pc.is_null(first["ended_on"])
    fate = np.where(np.asarray(current), dice.integers(0, 1000, first.num_rows), 1000)
    seen = np.asarray(first["last_seen_on"].cast(pa.int32()))
    stays = (fate >= 25) & (fate < 1000)
    seen_now = np.where(stays, seen + 31, seen)
    here = _with(first, last_seen_on=_day(seen_now))
    ends = fate < 25
    ended = pc.if_else(pa.array(ends), _day(seen), first["ended_on"])
    noticed = pc.if_else(pa.array(ends), _day(np.full(len(seen), SECOND_DAY)), first["noticed_on"])
    here = _with(here, ended_on=ended, noticed_on=noticed)
    changed = first.filter(pa.array(fate < 10))
    moved = first.filter(pa.array((fate >= 20) & (fate < 25)))
    elsewhere = low + (np.asarray(moved["company_id"]) - low + 7) % max(high - low, 1)
    new = [_begun(dice, changed, titles), _begun(dice, _with(moved, company_id=pa.array(elsewhere)), titles)]
    every = pa.concat_tables([here, *new])
    return every.sort_by([(name, "ascending") for name in ("company_id", "profile_id", "started_on")])


def _begun(dice: Any, rows: pa.Table, titles: pa.Array) -> pa.Table:
    day = _day(np.full(rows.num_rows, SECOND_DAY - 10))
    days = {"started_on": day, "last_seen_on": day, "first_seen_on": day}
    return _with(rows, **_titled(dice, titles, rows.num_rows), **days)


def _titled(dice: Any, titles: pa.Array, size: int) -> dict[str, Any]:
    held = titles.take(pa.array((len(titles) * dice.random(size) ** 3).astype(np.int64)))
    return {"title": held, "title_words": pc.binary_join_element_wise("", pc.utf8_lower(held), "", " ")}


def profiles(made: Universe, bucket: int, month: int) -> pa.Table:
    """In the second month one in two hundred has another name."""
    ids = np.arange(max(bucket * PROFILES, 1), min((bucket + 1) * PROFILES, made.positions + 1))
    first, last = names(ids)
    renamed = pa.array((ids % 200 == 7) & bool(month))
    last = pc.if_else(renamed, pc.binary_join_element_wise(last, "Smith", "-"), last)
    number = pa.array(ids).cast(pa.string())
    return conform("profiles", {
        "id": pa.array(ids), "first_name": first, "last_name": last,
        "full_name": pc.binary_join_element_wise(first, last, " "),
        "source": pa.array(["made_up"]).take(pa.array(np.zeros(len(ids), np.int8))),
        "source_key": pc.binary_join_element_wise("p", number, ""),
        "profile_url": pc.binary_join_element_wise("https://www.linkedin.com/in/p", number, ""),
    })  # fmt: skip


def names(ids: Any) -> tuple[pa.Array, pa.Array]:
    """First and last name by the number of a person: of any letters, as colleagues have them."""
    first = _words(5_000, 7_919).take(pa.array(ids % 4_999))
    return first, _words(50_000, 104_729).take(pa.array(ids % 49_999))


@cache
def _words(count: int, stride: int) -> pa.Array:
    """So many words of three syllables, no two alike."""
    size = len(_SYLLABLES)
    places = [n * stride % size**3 for n in range(1, count + 1)]
    return pa.array([
        "".join(_SYLLABLES[place // size**step % size] for step in range(3)).capitalize() for place in places
    ])  # fmt: skip


def _write_companies(version: Path, made: Universe) -> None:
    ids = pa.array(np.arange(1, made.companies + 1))
    number = ids.cast(pa.string())
    name = pc.binary_join_element_wise("Company ", number, "")
    domain = pc.binary_join_element_wise("company", pc.binary_join_element_wise(number, ".com", ""), "")
    columns = {
        "id": ids,
        "name": name,
        "folded_name": pc.utf8_lower(name),
        "domain": domain,
        "folded_domain": domain,
    }
    buckets.write_file(version / "companies.parquet", conform("companies", columns))
    for table in records.TABLES.keys() - {"companies", "positions", "profiles"}:
        buckets.write_file(version / f"{table}.parquet", records.TABLES[table].empty_table())
    (version / "manifest.json").write_text("{}")


def conform(table: str, columns: dict[str, Any]) -> pa.Table:
    size = len(next(iter(columns.values())))
    schema = records.TABLES[table]
    return pa.table(
        {field.name: columns.get(field.name, pa.nulls(size, field.type)) for field in schema}, schema=schema
    )


def _table(columns: dict[str, Any]) -> pa.Table:
    return conform("positions", columns)


def _with(table: pa.Table, **columns: Any) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
    return table


def _some(dice: Any, values: list[str], size: int) -> pa.Array:
    return pa.array(values).take(pa.array(dice.integers(0, len(values), size)))


def _day(days: Any, unknown: Any = None) -> pa.Array:
    return pa.array(np.asarray(days, np.int32), pa.int32(), mask=unknown).cast(pa.date32())


def _name(table: str, bucket: int) -> str:
    return f"{table}-{bucket:06d}.parquet" if bucket else f"{table}.parquet"
