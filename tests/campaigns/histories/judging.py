"""What was loaded beside the truth: who was taken for whom, what was told of them, what it would have cost."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import pyarrow as pa

from rollcall.universe import records, titles, versions
from rollcall.universe.diff import changes
from rollcall.universe.identity import following
from rollcall.universe.identity.people import keys as people_keys
from tests.campaigns.histories.sources import Snapshot
from tests.campaigns.histories.world import Event

Pair = tuple[int, int]
# A source may tell an event so many months late, and another a month later what the first has told.
LATE_MAX = 4
_KINDS = {
    "title_changed": "retitled",
    "promoted": "retitled",
    "left": "left",
    "moved": "moved",
    "returned": "returned",
}


@dataclass
class Judge:
    """Looks at each version once it is loaded; `owned` is whatever was ever shown, bought at once."""

    whose: dict[str, int] = field(default_factory=dict)
    where: dict[str, int] = field(default_factory=dict)
    shared: dict[Hashable, set[str]] = field(default_factory=lambda: defaultdict(set))
    owned: set[Pair] = field(default_factory=set)
    bought: int = 0
    refunded: int = 0
    found: list[Event] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    true_pairs: set[Pair] = field(default_factory=set)
    last_month: int | None = None
    named: dict[str, int] = field(default_factory=dict)

    def look(self, snapshot: Snapshot, *, living: Callable[[int], int]) -> None:
        """After each load."""
        number = versions.current() or 0
        folder = versions.path(number)
        self.named = {
            row["key"]: row["id"]
            for row in records.read(folder, "keys").to_pylist()
            if row["kind"] == "company"
        }
        self._learn(snapshot)
        named = {
            row["key"]: row["id"]
            for row in records.read(folder, "keys").to_pylist()
            if row["kind"] == "profile"
        }
        self._check_ids(named)
        leads = following.redirects(number)
        before = len(self.owned)
        self.owned = {leads.pair(*pair) for pair in self.owned}
        self.refunded += before - len(self.owned)
        current = records.read(folder, "positions")
        shown = {
            (profile, company)
            for profile, company in zip(
                current["profile_id"].to_pylist(), current["company_id"].to_pylist(), strict=True
            )
        }
        self.bought += len(shown - self.owned)
        self.owned |= shown
        self.true_pairs |= {
            (snapshot.whose[row["person_id"]], snapshot.where[row["company_id"]]) for row in snapshot.people
        }
        self.true_pairs = {(person, living(company)) for person, company in self.true_pairs}
        self.where = {key: living(company) for key, company in self.where.items()}

    def look_at_month(self, month: int) -> None:
        """After the last load of a month: what an owner of everybody is told."""
        number = versions.current() or 0
        if self.last_month is not None:
            self.found += list(self._changes(self.last_month, number, month))
        self.last_month = number

    def _changes(self, before: int, after: int, month: int) -> Iterable[Event]:
        person, company = self._persons(), self._companies()
        pairs = sorted({(there, who) for who, there in self.owned})
        table = pa.table(
            {"company_id": [there for there, _ in pairs], "profile_id": [who for _, who in pairs]}
        )
        for row in changes.between(before=before, after=after, pairs=table).to_pylist():
            if row["kind"] in _KINDS:
                yield Event(_KINDS[row["kind"]], person[row["profile_id"]], company[row["company_id"]], month)

    def _persons(self) -> dict[int, int]:
        return _most(self.ids, self.whose)

    def _companies(self) -> dict[int, int]:
        return _most(self.company_ids(), self.where)

    def company_ids(self) -> dict[str, int]:
        keys = records.read(versions.path(versions.current() or 0), "keys").to_pylist()
        return {
            row["key"]: row["id"] for row in keys if row["kind"] == "company" and row["key"] in self.where
        }

    def company_now(self, snapshot: Snapshot, key: str) -> int:
        """The id of a company: people of one that was taken for two can only be told apart by their keys."""
        return self.named[f"{snapshot.name}:{key}"]

    def _learn(self, snapshot: Snapshot) -> None:
        self.where |= {f"{snapshot.name}:{key}": company for key, company in snapshot.where.items()}
        for key, person in snapshot.whose.items():
            self.whose[f"{snapshot.name}:{key}"] = person
        for row in snapshot.people:
            record = f"{snapshot.name}:{row['person_id']}"
            there = self.company_now(snapshot, row["company_id"])
            self.shared[self.whose[record], "at", there].add(record)
            rows = pa.table(
                {
                    "record": [0],
                    "profile_url": pa.array([row.get("profile_url")], pa.string()),
                    "email": pa.array([row.get("email")], pa.string()),
                }
            )
            if row.get("profile_url") or row.get("email"):
                for key in people_keys.strong_keys(records=rows)["key"].to_pylist():
                    self.shared[self.whose[record], key].add(record)

    def _check_ids(self, named: Mapping[str, int]) -> None:
        """No id ever means somebody else, and who had one is led to the one they have now."""
        leads = following.redirects()
        for record, former in self.ids.items():
            now = named.get(record)
            parts = leads.parts.get(leads.of("profile", former), []) + leads.parts.get(former, [])
            if now != leads.of("profile", former) and now not in parts:
                self.others.append(f"{record} was {former} and is {now}")
        self.ids = dict(named)

    def twice(self) -> int:
        """How many were paid for twice at one and the same company: as two people."""
        person = self._persons()
        return len(self.owned) - len({(person[who], there) for who, there in self.owned})

    def said(self) -> dict[tuple[str, str], tuple[str, str]]:
        """What was decided about pairs of records, and why."""
        matches = records.read(versions.path(versions.current() or 0), "matches").to_pylist()
        return {(row["left"], row["right"]): (row["verdict"], row["why"]) for row in matches}

    def expected(self) -> dict[str, int]:
        """For each record the group of those of one person that something told joins: a key, or a company."""
        group = {record: record for record in self.whose}

        def root(record: str) -> str:
            while group[record] != record:
                record = group[record]
            return record

        for together in self.shared.values():
            first, *rest = sorted(together)
            for record in rest:
                one, other = sorted((root(first), root(record)))
                group[other] = one
        numbers = {name: number for number, name in enumerate(sorted(group))}
        return {record: numbers[root(record)] for record in group}


def pairs_of(groups: Mapping[str, Any]) -> set[tuple[str, str]]:
    """All pairs of one group."""
    inside: dict[Any, list[str]] = defaultdict(list)
    for name in sorted(groups):
        inside[groups[name]].append(name)
    return {pair for names in inside.values() for pair in combinations(names, 2)}


def departures(found: list[Event]) -> list[Event]:
    """Who left, wherever they went."""
    return [replace(event, kind="departed") for event in found if event.kind in ("left", "moved")]


def events(found: list[Event], true: list[Event]) -> dict[str, tuple[int, int, int]]:
    """For each kind how many were found, how many of them are true, and how many there truly were."""
    table = {}
    found, true = found + departures(found), true + departures(true)
    for kind in sorted({event.kind for event in true}):
        waiting: dict[Pair, list[int]] = defaultdict(list)
        for event in true:
            if event.kind == kind:
                waiting[event.person, event.company].append(event.month)
        mine = [event for event in found if event.kind == kind]
        right = 0
        for event in mine:
            fitting = [
                month
                for month in waiting[event.person, event.company]
                if 0 <= event.month - month <= LATE_MAX
            ]
            if fitting:
                waiting[event.person, event.company].remove(fitting[0])
                right += 1
        table[kind] = (len(mine), right, sum(event.kind == kind for event in true))
    return table


def titles_agree(ways: Iterable[tuple[str, ...]]) -> list[str]:
    """Titles of which the ways to write them are not read as one: their changes would be no fault of identity."""
    return [name[0] for name in ways if len({titles.words(way) for way in name}) > 1]


def _most(ids: Mapping[str, int], truth: Mapping[str, int]) -> dict[int, int]:
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for record, number in ids.items():
        if record in truth:
            votes[number][truth[record]] += 1
    return {number: min(count, key=lambda who: (-count[who], who)) for number, count in votes.items()}
