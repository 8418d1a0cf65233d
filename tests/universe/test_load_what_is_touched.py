"""A load that reads only what it touches publishes what a load of everything does, to the row; the rest is not read."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rollcall.universe import buckets, erasure, ingest, publication, records, versions
from rollcall.universe.former import known
from rollcall.universe.identity import review
from rollcall.universe.models import ErasedKey, IdentityQuestion, UniverseVersion
from rollcall.workspaces.access import Actor
from tests.universe.conftest import Load
from tests.universe.rosters import DAY, Handmade, person

# What a load makes of people does not depend on the database, which only keeps that there was one.
pytestmark = pytest.mark.no_database

OLGA = Actor(ref="system:test", label="Olga", is_operator=True)
FIRST, NEXT = date(2025, 7, 31), date(2026, 2, 28)
LAST_NAMES = ("Doe", "Smith", "Müller", "O'Hara", "de la Cruz")
GIVEN_NAMES = ("Ann", "Bo", "Zoë", "Kim, Jr", "李")
TITLES = ("CEO", "CFO", "Chief Financial Officer", "VP Sales", "Engineer", "—")
# The order in which facts of one record were told last is no part of what is known.
UNORDERED = ("told",)


@dataclass
class Single(Handmade):
    is_complete: bool = False


class Slow(Handmade):
    """Something happens when the load has decided who is who."""

    def __getattribute__(self, name: str) -> Any:
        if name == "collapsed_duplicates":
            self.when_decided()
        return super().__getattribute__(name)

    def when_decided(self) -> None:
        """Set by the test."""


@dataclass
class World:
    """Who is where; a source tells a part of it, in its own spelling."""

    dice: random.Random
    day: date = FIRST
    jobs: dict[int, list[int]] = field(default_factory=dict)

    def source(self) -> Handmade:
        dice = self.dice
        for who in range(len(self.jobs), len(self.jobs) + dice.randrange(3, 12)):
            self.jobs[who] = [dice.randrange(14)]
        for who in dice.sample(sorted(self.jobs), len(self.jobs) // 4):
            self.jobs[who] = dice.sample(range(14), dice.choice([0, 1, 1, 2]))
        self.day += timedelta(days=dice.randrange(1, 40))
        name = dice.choice(["one", "two", "three"])
        told = dice.sample(range(14), dice.randrange(3, 9))
        people = [self._row(name, who, at) for who, jobs in self.jobs.items() for at in jobs if at in told]
        people = people or [self._row(name, 0, told[0])]
        facts = [self._company(name, at) for at in told]
        kind = Single if name == "three" else Handmade
        return kind(people=people, facts=facts, as_of=self.day, name=name)

    def _row(self, source: str, who: int, at: int) -> dict[str, Any]:
        dice = self.dice
        full = f"{GIVEN_NAMES[who % 5]} {LAST_NAMES[who // 5 % 5]}"
        more: dict[str, Any] = {"full_name": dice.choice([full, full.upper(), f"{full}-{who}", None])}
        if dice.random() < 0.5:
            more["profile_url"] = f"https://www.linkedin.com/in/person-{who}"
        if dice.random() < 0.4:
            more["email"] = f"p{who // dice.choice([1, 1, 1, 2])}@mail{at}.example"
        if dice.random() < 0.2:
            more["since"] = self.day - timedelta(days=400)
            more["until"] = self.day - timedelta(days=dice.randrange(300))
        number = who if dice.random() < 0.9 else who + 1000
        # Single records may come late.
        seen = self.day - timedelta(days=dice.randrange(150 if source == "three" else 3))
        return person(f"{source[0]}{number}", f"c{at}", dice.choice(TITLES), seen, **more)

    def _company(self, source: str, at: int) -> dict[str, Any]:
        dice = self.dice
        row: dict[str, Any] = {"company_id": f"c{at}", "name": f"Zorvex{at // 2} Quilm{at % 3} Ltd"}
        if dice.random() < 0.7:
            row["domain"] = f"zorvex{at if dice.random() < 0.9 else at // 2}.example"
        if dice.random() < 0.1:
            row["merged_into"] = f"c{dice.randrange(14)}"
        if dice.random() < 0.2:
            row["aliases"] = [f"Brand{at}", f"brand{at}.example"]
        return row | {"country": dice.choice(["France", None]), "ticker": dice.choice([None, f"T{at // 2}"])}


@pytest.fixture
def history(
    db: None, now: datetime, settings: Any, tmp_path: Path
) -> Callable[..., list[dict[str, pa.Table]]]:
    """What a universe of its own says after each of several loads, which are the same for one seed."""

    def of(
        name: str, seed: int, before_load: Callable[[int], None] = lambda step: None
    ) -> list[dict[str, pa.Table]]:
        settings.ROLLCALL_HOME = tmp_path / name
        for model in (UniverseVersion, ErasedKey, IdentityQuestion):
            model.objects.all().delete()
        world, found = World(random.Random(seed)), []
        for step in range(8):
            before_load(step)
            ingest.load(source=world.source(), now=now)
            found.append(_tables() | {"questions": _questions()})
            _somebody_speaks(world.dice, step, now)
        return found

    return of


def _somebody_speaks(dice: random.Random, step: int, now: datetime) -> None:
    """An operator decides about two people; one of them, or somebody by a name, asks to be forgotten."""
    people = sorted({row["key"]: row["id"] for row in _people()}.items())
    if step % 3 == 1:
        (left, one), (right, other) = dice.sample(people, 2)
        answer = "different" if one == other else "same"
        review.say(left=left, right=right, answer=answer, why="I know", actor=OLGA, now=now)
    if step % 4 == 2:
        erasure.forget(profile_id=dice.choice(people)[1], now=now)
    if step % 4 == 3:
        erasure.block(keys=[dice.choice(people)[0]], now=now)


def _people() -> list[dict[str, Any]]:
    keys = records.read(versions.path(versions.current() or 0), "keys").to_pylist()
    return [row for row in keys if row["kind"] == "profile"]


def _tables() -> dict[str, pa.Table]:
    folder = versions.path(versions.current() or 0)
    found = {name: records.read(folder, name).combine_chunks() for name in records.TABLES}
    # The keys of companies and those of people are each in the order in which they were learned.
    found["keys"] = found["keys"].take(pa.array(_by_kind(found["keys"])))
    return found | {name: found[name].sort_by("record") for name in UNORDERED}


def _by_kind(keys: pa.Table) -> list[int]:
    kinds = keys["kind"].to_pylist()
    return sorted(range(len(kinds)), key=lambda place: (kinds[place], place))


def _questions() -> pa.Table:
    told = IdentityQuestion.objects.order_by("left", "right").values("left", "right", "state", "version")
    return pa.Table.from_pylist([*told])


def _in_small_files(patched: pytest.MonkeyPatch, layout: int = 0) -> None:
    """Every version is a large one. A later release may split its tables otherwise."""
    patched.setattr(known, "WHOLE_MAX", -1 if layout < 3 else 1_000_000)
    patched.setattr(buckets, "ROW_GROUP", 5)
    patched.setattr(buckets, "RUN", 11 + 4 * layout)
    sizes = {"positions": 3, "shadows": 4, "profiles": 7, "companies": 5}
    split = {
        name: (("id", "company_id")[name in ("positions", "shadows")], size) for name, size in sizes.items()
    }
    if layout == 1:
        split = {}
    patched.setattr(
        buckets, "SPLIT", {name: (column, size + layout) for name, (column, size) in split.items()}
    )


def _are_the_same(whole: list[dict[str, pa.Table]], touched: list[dict[str, pa.Table]]) -> None:
    for step, (one, other) in enumerate(zip(whole, touched, strict=True)):
        for name, table in one.items():
            assert other[name].to_pylist() == table.to_pylist(), f"{name} after load {step + 1}"
    last = whole[-1]
    assert last["redirects"].num_rows and last["told"].num_rows and last["shadows"].num_rows, (
        "it was a hard one"
    )


def test_it_learns_the_same(history: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = history("whole", 1)
    _in_small_files(monkeypatch)
    touched = history("touched", 1)
    assert len(list(versions.path(versions.current() or 0).glob("positions*"))) > 2
    _are_the_same(whole, touched)


def test_it_follows_versions_of_other_layouts(history: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one file a table, in other buckets, and written by a load of everything."""
    whole = history("whole", 2)
    touched = history("touched", 2, lambda step: _in_small_files(monkeypatch, (step * 3 + step // 4) % 4))
    _are_the_same(whole, touched)


def test_other_files_are_second_names(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_small_files(monkeypatch)
    facts = [{"company_id": f"c{n}", "domain": f"c{n}.example", "name": f"Zorvex{n}"} for n in range(20)]
    load(people=[person(f"p{n}", f"c{n // 3}", "CEO") for n in range(60)], facts=facts)
    load(people=[person(f"p{n}", "c4", "Chair", NEXT) for n in (12, 13, 14)], facts=facts[4:5], as_of=NEXT)
    first, second = ({path.name: path.stat().st_ino for path in versions.path(n).iterdir()} for n in (1, 2))
    assert first.keys() == second.keys()
    changed = {name for name in first if first[name] != second[name]}
    # Company 5 is told anew, on another day; nothing was learned about who the people are.
    assert changed == {"positions-000001.parquet", "companies-000001.parquet", "manifest.json"}
    sums = versions.get(2).manifest["sha256"]
    assert sums == {path.name: publication._checksum(path) for path in versions.path(2).glob("*.parquet")}
    assert versions.get(2).manifest["rows"]["positions"] == 63


def test_a_missing_file_is_damage(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_small_files(monkeypatch)
    people = [person(f"p{n}", "c1", "CEO") for n in range(30)]
    load(people=people)
    (versions.path(1) / "keys-000001.parquet").unlink()
    with pytest.raises(versions.VersionDamaged):
        load(people=people)


def test_fingerprints_are_made_again_when_they_are_gone(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_small_files(monkeypatch)
    people = [person(f"p{n}", "c1", "CEO") for n in range(30)]
    load(people=people)
    made = sorted((versions.home() / "fingerprints").iterdir())
    assert made
    for path in made:
        path.unlink()
    report = load(people=[*people[1:], person("new", "c1", "CFO")])
    assert (report.joined, report.left, report.new_people) == (1, 1, 1)


def test_x2_an_erasure_while_a_load_is_under_way_counts_for_the_next(
    load: Load, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load makes one person of two, and does not know yet that one of the two is to be forgotten."""
    _in_small_files(monkeypatch)
    page = "https://www.linkedin.com/in/ann-doe"
    load(people=[person("bo", "c1", "CEO"), person("ann", "c2", "CFO", profile_url=page)])
    load(Handmade(people=[person("1", "c3", "Engineer", full_name="Ann Doe")], name="other", as_of=DAY))
    ids = {row["key"]: row["id"] for row in _people()}
    former = ids["other:1"]
    assert former != ids["handmade:ann"], "nothing joins them yet"
    source = Slow(
        people=[person("1", "c3", "Engineer", NEXT, full_name="Ann Doe", profile_url=page)],
        name="other",
        as_of=NEXT,
    )
    with monkeypatch.context() as patched:
        patched.setattr(Slow, "when_decided", lambda self: erasure.forget(profile_id=former, now=now))
        assert load(source).merged == 1
    load(people=[person("bo", "c1", "CEO", NEXT)], as_of=NEXT)
    assert {row["key"] for row in _people()} == {"handmade:bo"}
