"""Sets of records of which it is known who is who, in the shape that people are resolved from."""

import csv
import gzip
import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rollcall.universe.identity.people import nicknames
from rollcall.universe.sources import us_public_companies

DATA = Path(__file__).parent
REAL = Path(us_public_companies.__file__).parent / "data"
FILES = {
    "FEBRL 1": ("febrl_dataset1",),
    "FEBRL 2": ("febrl_dataset2",),
    "FEBRL 3": ("febrl_dataset3",),
    "FEBRL 4": ("febrl_dataset4a", "febrl_dataset4b"),
    "Splink fake 1000": ("splink_fake_1000",),
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Records, and for each the name of the person it truly is."""

    records: pa.Table
    person: list[str]


@dataclass(frozen=True, slots=True)
class Score:
    """How clusters compare with the truth: pairs of records put together, and whole clusters that are right."""

    pairs: tuple[float, float, float]
    clusters: tuple[float, float, float]
    wrong_pairs: int


def generated(name: str) -> Labelled:
    """One of `FILES`."""
    rows = [row | {"file": file} for file in FILES[name] for row in _read(file)]
    return _fake(rows) if "cluster" in rows[0] else _febrl(rows)


def score(clusters: Sequence[int], person: Sequence[str]) -> Score:
    """Precision, recall and F1 of `clusters` (one for each record)."""
    together, found, true = (_pairs(c) for c in (zip(clusters, person, strict=True), clusters, person))
    groups = [_groups(clusters), _groups(person)]
    right = len(groups[0] & groups[1])
    return Score(
        _three(together, found, true), _three(right, len(groups[0]), len(groups[1])), found - together
    )


def public_people(*, seed: int) -> Labelled:
    """The officers and directors of public companies as two sources tell them: one as filed, the other under names
    that are written differently. Directors have no title, so that little but the name is told of them. Somebody on two
    boards counts as two: without a key, nothing but the name would join them, and a name alone never does."""
    draw = random.Random(seed)
    people = {row["person_id"]: row for row in pq.read_table(REAL / "people.parquet").to_pylist()}
    spells: dict[tuple[str, str], list[tuple[date, str | None]]] = {}
    for row in pq.read_table(REAL / "observations.parquet").to_pylist():
        spells.setdefault((row["person_id"], row["company_id"]), []).append((row["date"], row["title"]))
    companies = {name: n for n, name in enumerate(sorted({company for _, company in spells}))}
    rows: list[dict[str, Any]] = []
    for (person, company), seen in sorted(spells.items()):
        seen.sort(key=lambda one: (one[0], one[1] or ""))
        told = {"company_id": companies[company], "since": seen[0][0], "last_seen": seen[-1][0]}
        told["person"] = f"{person} at {company}"
        who, title = people[person], next((title for _, title in reversed(seen) if title), None)
        rows.append(told | {"source": "filed", "full_name": who["sec_name"], "title": title})
        name = _written_otherwise(who, draw)
        late = told | {"since": min(seen[-1][0], seen[0][0] + timedelta(days=draw.randint(0, 60)))}
        rows.append(late | {"source": "web", "full_name": name, "title": title})
    draw.shuffle(rows)
    return _labelled(rows)


def _written_otherwise(who: dict[str, Any], draw: random.Random) -> str:
    first, middle, last, suffix = (who[n] or "" for n in ("first_name", "middle_name", "last_name", "suffix"))
    way = draw.random()
    if way < 0.15:
        shorter = [short for short in nicknames.short_for(first.lower()) if short.isalpha()]
        first = draw.choice(shorter).title() if shorter else first
    elif way < 0.25:
        first = first[:1] + "."
    elif way < 0.35 and len(last) > 5:
        place = draw.randrange(1, len(last) - 2)
        last = last[:place] + last[place + 1] + last[place] + last[place + 2 :]
    elif way < 0.45:
        return f"{last}, {first} {middle}".strip()
    elif way < 0.5:
        last = "".join(c for c in unicodedata.normalize("NFD", last) if not unicodedata.combining(c)).upper()
    return " ".join(part for part in (first, middle if draw.random() < 0.5 else "", last, suffix) if part)


def _labelled(rows: list[dict[str, Any]]) -> Labelled:
    """Each record under an id of its own, so that nothing but what it says tells whose it is."""
    names = [name for name in rows[0] if name not in ("person", "file")]
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in names}
    columns |= {"record": range(len(rows)), "source_key": [str(n) for n in range(len(rows))]}
    return Labelled(pa.table(columns), [row["person"] for row in rows])


def _febrl(rows: list[dict[str, str]]) -> Labelled:
    told: dict[str, Callable[[dict[str, str]], str]] = {
        "source": lambda row: row["file"],
        "first_name": lambda row: row["given_name"],
        "last_name": lambda row: row["surname"],
        "birth_date": lambda row: row["date_of_birth"],
        "street": lambda row: " ".join(
            filter(None, (row["street_number"], row["address_1"], row["address_2"]))
        ),
        "postcode": lambda row: row["postcode"],
        "city": lambda row: row["suburb"],
        "region": lambda row: row["state"],
        "person": lambda row: row["entity_id"],
    }
    return _labelled([{name: read(row) or None for name, read in told.items()} for row in rows])


def _fake(rows: list[dict[str, str]]) -> Labelled:
    names = {"first_name": "first_name", "last_name": "surname", "birth_date": "dob", "city": "city"}
    names |= {"email": "email", "person": "cluster", "source": "file"}
    return _labelled([{new: row[old].strip() or None for new, old in names.items()} for row in rows])


def _read(file: str) -> list[dict[str, str]]:
    with gzip.open(DATA / f"{file}.csv.gz", "rt", newline="") as text:
        return list(csv.DictReader(text))


def _pairs(groups: Any) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(groups).values())


def _groups(names: Sequence[Any]) -> set[frozenset[int]]:
    found: dict[Any, set[int]] = {}
    for number, name in enumerate(names):
        found.setdefault(name, set()).add(number)
    return {frozenset(group) for group in found.values()}


def _three(right: int, found: int, true: int) -> tuple[float, float, float]:
    precision, recall = right / found if found else 1.0, right / true if true else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0
