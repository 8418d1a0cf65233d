"""A made-up universe of any size as one source told it, published; and what that source tells of some companies next.

The staff of `made_versions`, but with profiles numbered by company, as loads do at first sight. Everybody has a key and
a page. The month after, of a thousand people 10 have another title, 10 have left, 5 have moved nearby, and two are new.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import made_versions
from benchmarks.made_versions import Universe
from rollcall.universe import buckets, publication, records, titles, versions
from rollcall.universe.former import fingerprints
from rollcall.universe.former.fingerprints import Version
from rollcall.universe.identity.companies import names
from rollcall.universe.index import opening
from rollcall.universe.sources.source import COMPANIES, ROSTER

SOURCE = "made_up"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
_DAY_ZERO = date(1970, 1, 1)
FIRST, SECOND = (
    _DAY_ZERO + timedelta(days=day) for day in (made_versions.FIRST_DAY, made_versions.SECOND_DAY)
)
_STEP = 1 << 20


@dataclass
class Published:
    """Seconds of each step, and what it made."""

    universe: Universe
    titles: pa.Array
    seconds: dict[str, float] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0

    def spend(self, what: str, work: Callable[[], Any]) -> None:
        begun = time.perf_counter()
        work()
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - begun


def universe(positions: int) -> Published:
    """What is to be published, or was."""
    titles_ = made_versions.titles(max(positions // made_versions.PER_TITLE, 50))
    return Published(Universe(Path(), positions, by_company=True), titles_)


def publish(positions: int) -> Published:
    """Version 1 of this installation. The seconds are those that publication takes with tables in memory."""
    made = universe(positions)
    folder = versions.path(1)
    folder.mkdir(parents=True)
    for name, tables in _tables(made):
        for number, table in enumerate(tables):
            path = folder / buckets.file_name(name, number)
            made.spend("writing", lambda: buckets.write_file(path, table))  # noqa: B023
    sums: dict[str, str] = {}
    made.spend(
        "checksums",
        lambda: sums.update({path.name: publication._checksum(path) for path in folder.iterdir()}),
    )
    made.spend("syncing", lambda: [publication._sync(path) for path in folder.iterdir()])
    made.files, made.bytes = len(sums), sum(path.stat().st_size for path in folder.iterdir())
    _register(folder, made.universe, sums)
    version = Version(folder, sums, publication._fingerprints())
    made.spend("fingerprints", lambda: fingerprints.prepare(version=version))
    made.spend("index", lambda: opening.prepare(1))
    return made


def _tables(made: Published) -> Iterator[tuple[str, Iterator[pa.Table]]]:
    universe = made.universe
    people, companies = universe.positions, universe.companies
    yield (
        "positions",
        (made_versions.staff(universe, bucket, made.titles)[0] for bucket in _buckets(universe)),
    )
    yield (
        "profiles",
        (made_versions.profiles(universe, n, 0) for n in range(people // made_versions.PROFILES + 1)),
    )
    size = buckets.SPLIT["companies"][1]
    yield (
        "companies",
        (
            _companies(np.arange(max(low, 1), min(low + size, companies + 1)))
            for low in range(0, companies + 1, size)
        ),
    )
    yield "keys", _in_runs("keys", _keys(companies, people))
    yield "evidence", _in_runs("evidence", (_evidence(ids) for ids in _steps(people)))
    yield "aliases", _in_runs("aliases", (_aliases(ids) for ids in _steps(companies)))
    for name in records.TABLES.keys() - {"positions", "profiles", "companies", "keys", "evidence", "aliases"}:
        yield name, iter([records.TABLES[name].empty_table()])


def _buckets(universe: Universe) -> range:
    return range(universe.companies // buckets.SPLIT["positions"][1] + 1)


def _in_runs(name: str, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """One file each; the source's tables are as long as a run."""
    for table in tables:
        yield table.cast(records.TABLES[name])


def _steps(count: int) -> Iterator[Any]:
    for low in range(1, count + 1, _STEP):
        yield np.arange(low, min(low + _STEP, count + 1))


def _keys(companies: int, people: int) -> Iterator[pa.Table]:
    for kind, prefix, suffix, count in (
        ("company", f"{SOURCE}:c", "", companies),
        ("company", "domain:zorvex", ".com", companies),
        ("profile", f"{SOURCE}:p", "", people),
    ):
        for ids in _steps(count):
            yield pa.table({"kind": _same(kind, ids), "key": _text(prefix, ids, suffix), "id": ids})


def _evidence(ids: Any) -> pa.Table:
    return pa.table({
        "record": _text(f"{SOURCE}:p", ids), "key": _text("profile:linkedin.com/in/p", ids),
    })  # fmt: skip


def _aliases(ids: Any) -> pa.Table:
    key = _text("zorvex", ids)
    return pa.table({
        "company_id": ids, "source_key": _text(f"{SOURCE}:c", ids), "name": _text("Zorvex", ids, " Ltd"),
        "what": _same("name", ids), "exact": key, "words": key, "core": key,
        "because": _same("nobody like it was known", ids),
    })  # fmt: skip


def _companies(ids: Any) -> pa.Table:
    name, domain = _text("Zorvex", ids, " Ltd"), _text("zorvex", ids, ".com")
    columns = {
        "id": pa.array(ids), "name": name, "folded_name": pc.utf8_lower(name), "domain": domain,
        "folded_domain": domain, "source": _same(SOURCE, ids), "source_key": _text("c", ids),
        "country": _same("France", ids), "folded_country": _same("france", ids),
        "observed_on": pa.array([FIRST] * len(ids)),
    }  # fmt: skip
    return made_versions.conform("companies", columns)


def _text(prefix: str, ids: Any, suffix: str = "") -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(ids).cast(pa.string()), suffix, "")


def _same(text: str, ids: Any) -> pa.Array:
    return pa.array([text]).take(pa.array(np.zeros(len(ids), np.int8)))


def _register(folder: Path, universe: Universe, sums: dict[str, str]) -> None:
    from rollcall.universe.former import known

    manifest = {
        "number": 1, "as_of": FIRST.isoformat(), "source": SOURCE, "sources": [SOURCE], "terms": {},
        "schema_version": records.SCHEMA_VERSION, "titles_version": titles.RULES_VERSION,
        "names_version": names.RULES_VERSION, "next_company_id": universe.companies + 1,
        "next_profile_id": universe.positions + 1, "erased": {}, "rows": known.count(folder), "sha256": sums,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    publication._insert_row(1, manifest, as_of=FIRST, source=SOURCE, now=NOW)


class Delta:
    """What the source tells next of the last companies: of this share of all."""

    name, as_of, collapsed_duplicates = SOURCE, SECOND, 0

    def __init__(self, made: Published, share: float) -> None:
        universe = made.universe
        first = universe.companies + 1 - max(1, round(universe.companies * share))
        size = buckets.SPLIT["positions"][1]
        parts = [
            made_versions.staff(universe, bucket, made.titles)[1]
            for bucket in _buckets(universe)[first // size :]
        ]
        staff = pa.concat_tables(parts)
        staff = staff.filter(
            pc.and_(pc.greater_equal(staff["company_id"], first), pc.is_null(staff["ended_on"]))
        )
        self._roster = _roster(staff.combine_chunks(), universe.positions)
        self._companies = np.arange(first, universe.companies + 1)

    def companies(self) -> pa.Table:
        ids = self._companies
        told = {"company_id": _text("c", ids), "name": _text("Zorvex", ids, " Ltd")}
        told |= {"domain": _text("https://www.zorvex", ids, ".com"), "country": _same("France", ids)}
        return pa.table({one.name: told.get(one.name, pa.nulls(len(ids), one.type)) for one in COMPANIES})

    def roster(self) -> pa.Table:
        return self._roster


def _roster(staff: pa.Table, people: int) -> pa.Table:
    ids = np.asarray(staff["profile_id"]).copy()
    new = np.arange(len(ids)) % 500 == 499
    ids[new] = people + np.arange(1, new.sum() + 1)
    first, last = made_versions.names(ids)
    told = {
        "company_id": _text("c", np.asarray(staff["company_id"])), "person_id": _text("p", ids),
        "title": staff["title"], "last_seen": staff["last_seen_on"], "since": staff["started_on"],
        "first_seen": staff["first_seen_on"], "first_name": first, "last_name": last,
        "full_name": pc.binary_join_element_wise(first, last, " "), "country": staff["country"],
        "profile_url": _text("https://www.linkedin.com/in/p", ids), "region": staff["region"], "city": staff["city"],
    }  # fmt: skip
    return pa.table({one.name: told.get(one.name, pa.nulls(len(ids), one.type)) for one in ROSTER})
