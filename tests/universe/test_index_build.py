"""The index holds exactly what the version's files say: every spell, its hash, and where everybody is now."""

import errno
import json
import os
from collections import defaultdict
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.universe import buckets, records, versions
from rollcall.universe.index import building, hashing, layout, numbering, parts, reuse, whereabouts
from rollcall.universe.index.columns import Files
from rollcall.universe.index.layout import Opened, Spells
from tests.universe.conftest import Load
from tests.universe.rosters import person

# A version is files: what reads them is the same on every database.
pytestmark = pytest.mark.no_database

DAY_ZERO = date(1970, 1, 1)
TEXTS = st.lists(st.none() | st.text(max_size=30), max_size=40)


@pytest.fixture(params=["one part", "many parts", "after another version"])
def opened(
    request: pytest.FixtureRequest, random_universe: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Opened]:
    folder, former = versions.path(random_universe), None
    if request.param != "one part":
        folder = _in_many_parts(folder, tmp_path, monkeypatch)
    if request.param == "after another version":
        folder, former = _after_another(folder, tmp_path)
    building.build(version=folder, folder=tmp_path / "index", former=former)
    return folder, layout.open_(tmp_path / "index")


def _in_many_parts(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same version in several files of several row groups; every part is one row group of seven rows."""
    for name, value in (
        ("ROW_GROUP", 7),
        ("SPLIT", {"positions": ("company_id", 9), "profiles": ("id", 50)}),
    ):
        monkeypatch.setattr(buckets, name, value)
    monkeypatch.setattr(parts, "ROWS", 1)
    (tmp_path / "split").mkdir()
    for name in records.TABLES:
        table = records.read(folder, name)
        buckets.write(tmp_path / "split", name, table, former=None, linked=None)
    assert len(buckets.files(tmp_path / "split", "positions")) == 7
    return tmp_path / "split"


def _after_another(folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The same version, most files of which are those of another that has an index; and that index.

    The other one has nobody at the companies 21 and 22, titles of its own at company 40, no people from 250 on, and
    other names from 200 on.
    """
    other, later, former = tmp_path / "other", tmp_path / "later", {}
    for path in (other, later):
        path.mkdir()
    for name, changed in {"positions": _other_positions, "profiles": _other_profiles}.items():
        former[name] = changed(records.read(folder, name))
    for name in records.TABLES:
        table = records.read(folder, name)
        buckets.write(other, name, former.get(name, table), former=None, linked=None)
        linked = buckets.write(later, name, table, former=former.get(name, table), linked=other)
        assert name not in former or len(linked) > 3
    building.build(version=other, folder=tmp_path / "other-index")
    return later, tmp_path / "other-index"


def _other_positions(table: pa.Table) -> pa.Table:
    company = table["company_id"].to_pylist()
    words = [
        " of old " if number == 40 else text
        for number, text in zip(company, table["title_words"].to_pylist(), strict=True)
    ]
    table = table.set_column(table.column_names.index("title_words"), "title_words", pa.array(words))
    return table.filter(pa.array([number not in (21, 22) for number in company]))


def _other_profiles(table: pa.Table) -> pa.Table:
    people = zip(table["id"].to_pylist(), table["first_name"].to_pylist(), strict=True)
    names = ["Else" if number >= 200 else name for number, name in people]
    table = table.set_column(table.column_names.index("first_name"), "first_name", pa.array(names))
    return table.slice(0, 250)


def test_it_works(opened: tuple[Path, Opened]) -> None:
    folder, index = opened
    stored = _stored(folder)
    for spells, rows in (
        (index.current, [row for row in stored if row["ended_on"] is None]),
        (index.ended, [row for row in stored if row["ended_on"] is not None]),
    ):
        assert len(rows) > 100
        assert _told(index, spells) == [_as_told(row, spells) for row in rows]
        company = np.repeat(np.arange(len(spells.starts) - 1), np.diff(spells.starts))
        assert company.tolist() == [row["company_id"] for row in rows]


def test_where_everybody_is_now(opened: tuple[Path, Opened]) -> None:
    _, index = opened
    wanted: dict[int, set[int]] = defaultdict(set)
    for row, profile in enumerate(index.columns["profile_id"].tolist()):
        wanted[profile].add(row)
    assert max(map(len, wanted.values())) > 1
    asked = np.arange(-2, 400)
    places, rows = whereabouts.rows_of(index, asked)
    found: dict[int, set[int]] = defaultdict(set)
    for place, row in zip(places.tolist(), rows.tolist(), strict=True):
        assert row not in found[asked[place]]
        found[int(asked[place])].add(row)
    assert {profile: rows for profile, rows in found.items() if rows} == wanted


def test_hashes_differ_where_a_contact_would_show_something_else(opened: tuple[Path, Opened]) -> None:
    folder, index = opened
    for spells, is_ended in ((index.current, False), (index.ended, True)):
        rows = [row for row in _stored(folder) if (row["ended_on"] is not None) is is_ended]
        shown = [tuple(row[name] for name in (*building._SHOWN, "started_on", "ended_on")) for row in rows]
        hashes = spells.columns["facts"].tolist()
        assert len(set(zip(shown, hashes, strict=True))) == len(set(shown)) == len(set(hashes))


def test_people_and_companies_have_a_hash_each(opened: tuple[Path, Opened]) -> None:
    folder, index = opened
    names = ("full_name", "first_name", "last_name", "profile_url")
    people = records.read(folder, "profiles").to_pylist()
    facts = index.facts["profile_facts"]
    assert facts[0] == 0 and len(facts) == max(row["id"] for row in people) + 1
    shown = [tuple(row[name] for name in names) for row in people]
    assert len(set(shown)) == len({int(facts[row["id"]]) for row in people})
    companies = records.read(folder, "companies").to_pylist()
    shown = [(row["name"], row["domain"]) for row in companies]
    hashes = [int(index.facts["company_facts"][row["id"]]) for row in companies]
    assert len(set(shown)) == len(set(hashes)) == len(set(zip(shown, hashes, strict=True)))


def test_what_another_version_has_is_not_read_again(opened: tuple[Path, Opened], tmp_path: Path) -> None:
    """The files of a version are all known to an index that was made after its own."""
    folder, index = opened
    known = reuse.of(index.folder)
    split = parts.split(buckets.files(folder, "positions"), known.positions)
    assert all(isinstance(part, reuse.Kept) for part in chain(*split.values()))
    building.build(version=folder, folder=tmp_path / "again", former=index.folder)
    for path in index.folder.rglob("*"):
        if path.is_file() and path.suffix != ".json":
            assert (tmp_path / "again" / path.relative_to(index.folder)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("refused", [None, errno.EXDEV, errno.ENOSPC])
def test_values_are_copied_by_whoever_can(
    refused: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*asked: Any) -> int:
        raise OSError(refused, "refused")

    if refused:
        monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)
    number = np.dtype("<i8")
    np.arange(10, dtype=number).tofile(tmp_path / "there")
    with Files(tmp_path / "here", {"column": number}) as files:
        if refused == errno.ENOSPC:
            with pytest.raises(OSError, match="refused"):
                files.copy("column", 2, tmp_path / "there", 3, 4)
            return
        files.copy("column", 2, tmp_path / "there", 3, 4)
        assert files.read("column", 2, 4).tolist() == [3, 4, 5, 6]
        with pytest.raises(AssertionError, match="ends before"):
            files.copy("column", 2, tmp_path / "there", 3, 8)


def test_an_index_full_of_titles_that_nobody_has_is_not_carried_on(opened: tuple[Path, Opened]) -> None:
    _, index = opened
    meta = json.loads((index.folder / "index.json").read_text())
    for titles, is_used in ((2 * meta["titles_at_first"], True), (2 * meta["titles_at_first"] + 1, False)):
        (index.folder / "index.json").write_text(json.dumps(meta | {"titles": titles}))
        assert bool(reuse.of(index.folder).positions) is is_used


@pytest.mark.parametrize("meta", ["", "{}", '{"format": 3}'])
def test_what_is_no_index_of_this_format_is_not_carried_on(tmp_path: Path, meta: str) -> None:
    assert reuse.of(tmp_path / "nowhere") is reuse.NOTHING
    (tmp_path / "index.json").write_text(meta)
    assert reuse.of(tmp_path) is reuse.NOTHING


def test_a_hash_is_the_same_in_every_version(load: Load, tmp_path: Path) -> None:
    """A second load of the same, with more people before and after: nobody's hash changes."""
    load(people=[person("ann", "c2", "CEO")])
    load(
        people=[
            person("ann", "c2", "CEO"),
            *(person(f"p{n}", f"c{n % 3 + 1}", f"Engineer {n}") for n in range(50)),
        ]
    )
    hashes = []
    for number in (1, 2):
        building.build(version=versions.path(number), folder=tmp_path / str(number))
        index = layout.open_(tmp_path / str(number))
        row = index.columns["profile_id"].tolist().index(1)
        hashes.append((int(index.columns["facts"][row]), int(index.facts["profile_facts"][1])))
    assert hashes[0] == hashes[1]


def test_a_version_without_anybody(load: Load, tmp_path: Path) -> None:
    for name, schema in records.TABLES.items():
        buckets.write(tmp_path, name, schema.empty_table(), former=None, linked=None)
    building.build(version=tmp_path, folder=tmp_path / "index")
    index = layout.open_(tmp_path / "index")
    assert not len(index.columns["profile_id"]) and index.starts.tolist() == [0, 0]
    assert [part.tolist() for part in whereabouts.rows_of(index, np.arange(3))] == [[], []]


def test_counts_do_not_need_the_statistics_of_the_file(random_universe: int, tmp_path: Path) -> None:
    table = records.read(versions.path(random_universe), "positions")
    pq.write_table(table, tmp_path / "positions.parquet", row_group_size=100, write_statistics=False)
    one, two = (
        list(chain(*parts.split(buckets.files(folder, "positions")).values()))
        for folder in (tmp_path, versions.path(random_universe))
    )
    assert [sum(getattr(part, name) for part in one) for name in ("current", "ended")] == [
        sum(getattr(part, name) for part in two) for name in ("current", "ended")
    ]


@settings(max_examples=100, deadline=None)
@given(parts_=st.lists(st.lists(st.text(max_size=6), unique=True, max_size=60), max_size=20))
def test_each_text_has_one_number_in_whatever_parts_they_come(parts_: list[list[str]]) -> None:
    titles, few = numbering.Many(size=2), numbering.Few()
    for part in parts_:
        for numbers in (titles.of(pa.array(part, pa.string())), few.of(pa.array(part, pa.string()))):
            assert len(numbers) == len(part) + 1
        numbers = titles.of(pa.array(part, pa.string()))
        assert titles.texts.take(pa.array(numbers)).to_pylist() == [*part, ""]
        assert few.texts.take(pa.array(few.of(pa.array(part, pa.string())))).to_pylist() == [*part, ""]
    assert sorted(titles.texts.to_pylist()) == sorted({"", *(text for part in parts_ for text in part)})


@settings(max_examples=300, deadline=None)
@given(texts=TEXTS)
def test_texts_hash_alike_if_and_only_if_they_are_the_same(texts: list[str | None]) -> None:
    hashes = hashing.texts(pa.array(texts, pa.string())).tolist()
    assert len(set(hashes)) == len(set(texts)) == len(set(zip(texts, hashes, strict=True)))
    for chunked in (
        pa.chunked_array([texts[:7], texts[7:]], pa.string()),
        pa.array([None, "x", *texts], pa.string())[2:],
    ):
        assert hashing.texts(chunked).tolist() == hashes


def test_a_hash_does_not_change_from_one_release_to_the_next() -> None:
    """Indexes of two versions are compared with each other: a changed hash needs another `layout.FORMAT`."""
    known = hashing.texts(pa.array(["", "CEO", "Chief Executive Officer", None]))
    assert [f"{value:x}" for value in known.tolist()] == [
        "a706dd2f4d197e6f",
        "45cce53ab7a8629a",
        "2dbba4a5a305e2c",
        "d1b54a32d192ed03",
    ]


def _stored(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = records.read(folder, "positions").to_pylist()
    return rows


def _told(index: Opened, spells: Spells) -> list[dict[str, Any]]:
    lists = {
        "title": "titles",
        "seniority": "seniorities",
        "department": "departments",
        "country": "countries",
    }
    told = {name: column.tolist() for name, column in spells.columns.items() if name != "facts"}
    for name, list_name in lists.items():
        if name in told:
            told[name] = [index.lists[list_name][number].as_py() for number in told[name]]
    return [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]


def _as_told(row: dict[str, Any], spells: Spells) -> dict[str, Any]:
    row = row | {"title": row["title_words"], "country": row["folded_country"] or ""}
    told = {name: row[name] for name in spells.columns if name != "facts"}
    for name in told:
        if name.endswith("_on"):
            told[name] = (told[name] - DAY_ZERO).days
    return told
