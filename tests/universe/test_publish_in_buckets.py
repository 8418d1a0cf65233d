"""A load writes again only the files that it changes; readers see one table whatever its files are."""

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rollcall.universe import buckets, engines, erasure, publication, records, search, versions
from tests.universe.conftest import Load
from tests.universe.rosters import DAY, person

# What a load makes of people does not depend on the database, which only keeps that there was one.
pytestmark = pytest.mark.no_database

NEXT = date(2026, 2, 28)
FACTS = [{"company_id": f"c{n}", "domain": f"c{n}.example", "name": f"Company {n}"} for n in range(10)]


@pytest.fixture(autouse=True)
def _small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "SPLIT", {"positions": ("company_id", 3), "profiles": ("id", 4)})


@pytest.fixture
def two(load: Load) -> None:
    """Two people at each of ten companies; then a roster of company 4 alone, whose CEO has a new title."""
    people = [person(f"p{n}", f"c{n // 2}", "CEO" if n % 2 else "CFO") for n in range(20)]
    load(people=people, facts=FACTS)
    later = [person("p8", "c4", "CFO", NEXT), person("p9", "c4", "Chair", NEXT)]
    load(people=later, facts=[FACTS[4]], as_of=NEXT)


def test_it_works(two: None) -> None:
    first, second = (
        {path.name: path.stat().st_ino for path in versions.path(n).glob("*.parquet")} for n in (1, 2)
    )
    assert first.keys() == second.keys()
    positions = [name for name in first if name.startswith("positions")]
    assert len(positions) == 4 and len([name for name in first if name.startswith("profiles")]) == 6
    changed = {name for name in first if first[name] != second[name]}
    # Company 5 (its id here) is in the bucket of ids 3 to 5; the two people were seen again under the same names.
    assert changed == {"positions-000001.parquet", "companies.parquet"}


def test_the_manifest_has_the_checksum_of_every_file(two: None) -> None:
    for number in (1, 2):
        manifest = versions.get(number).manifest
        folder = versions.path(number)
        assert manifest["sha256"] == {
            path.name: publication._checksum(path) for path in folder.glob("*.parquet")
        }


def test_every_engine_reads_all_the_files(two: None) -> None:
    pairs = pa.table({"company_id": list(range(1, 11)), "profile_id": [2 * n for n in range(1, 11)]})
    memory, duckdb = (engines.opener(name)(versions.path(2)) for name in ("memory", "duckdb"))
    rows = memory.position_rows(pairs)
    assert duckdb.position_rows(pairs).equals(rows)
    assert rows["title"].to_pylist() == ["CEO"] * 4 + ["Chair"] + ["CEO"] * 5
    assert rows["full_name"].null_count == 0
    query = search.PeopleQuery(list(range(1, 11)), (search.PersonaQuery(titles=["CEO"]),))
    assert search.people(version=2, query=query).num_rows == 9


def test_a_version_of_one_file_is_read_and_followed(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Published before there were buckets."""
    people = [person(f"p{n}", f"c{n}", "CEO") for n in range(10)]
    with monkeypatch.context() as patched:
        patched.setattr(buckets, "SPLIT", {})
        load(people=people, facts=FACTS)
    assert len(list(versions.path(1).glob("*.parquet"))) == len(records.TABLES)
    load(people=[person("p0", "c0", "CFO", NEXT)], facts=FACTS[:1], as_of=NEXT)
    assert len(buckets.files(versions.path(2), "positions")) == 4
    stored = records.read(versions.path(2), "positions")
    assert stored.num_rows == 11 and stored["company_id"].to_pylist() == sorted(
        stored["company_id"].to_pylist()
    )


def test_where_files_cannot_be_linked_they_are_written(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [person(f"p{n}", f"c{n}", "CEO") for n in range(10)]
    load(people=people, facts=FACTS)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    load(people=people, facts=FACTS)
    for name in ("positions", "profiles"):
        one, two = (buckets.files(versions.path(n), name) for n in (1, 2))
        assert [pq.read_table(path) for path in one] == [pq.read_table(path) for path in two]
        assert not {path.stat().st_ino for path in one} & {path.stat().st_ino for path in two}


def test_x2_an_erased_person_is_in_no_file_that_is_used_again(two: None, load: Load, now: object) -> None:
    erasure.forget(profile_id=20, now=now)  # type: ignore[arg-type]
    later = [person("p0", "c0", "CFO", NEXT), person("p1", "c0", "CEO", NEXT)]
    number = load(people=later, facts=FACTS[:1], as_of=NEXT).version
    for path in versions.path(number).glob("p*.parquet"):
        column = "id" if path.name.startswith("profiles") else "profile_id"
        assert 20 not in pq.read_table(path)[column].to_pylist()
    linked = [path for path in versions.path(number).glob("positions*") if _is_in(path, versions.path(2))]
    assert linked, "the buckets without that person are used again"


def _is_in(path: Path, folder: Path) -> bool:
    return any(path.samefile(other) for other in folder.iterdir())


def test_a_missing_file_is_damage(two: None, load: Load) -> None:
    (versions.path(2) / "profiles.parquet").unlink()
    with pytest.raises(versions.VersionDamaged):
        load(people=[person("p0", "c0", "CFO", DAY)], facts=FACTS[:1], as_of=NEXT)
