"""A refresh that reads in full only who may have changed finds exactly what one that reads everybody finds."""

import random
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from rollcall.contacts import refresh, sifting
from rollcall.contacts.models import Change, Contact
from rollcall.universe import erasure, search, versions
from rollcall.universe.diff import sameness
from rollcall.workspaces import members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.contacts import world
from tests.universe.rosters import ACME, BOLT, CORE, person

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 31)
TITLES = ("CEO", "Chief Executive Officer", "CFO", "VP Sales", "Sales Director", "Accountant", "—", "– –")
PEOPLE = [f"p{n}" for n in range(30)]
WHERE = ("c1", "c2", "c3")


class History:
    """People who join, leave, return, move, have new titles, names and places, at companies that change names.

    `are_apart`: no two of them ever have the same name or page, for which they would be taken for one person.
    """

    def __init__(self, seed: int, *, are_apart: bool = False) -> None:
        self.are_apart = are_apart
        self.dice = random.Random(seed)
        self.day = FIRST
        self.facts = {facts["company_id"]: dict(facts) for facts in (ACME, BOLT, CORE)}
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        for who in PEOPLE:
            self._join(who)

    def load(self, now: datetime) -> int:
        people = [row | {"last_seen": self._seen()} for row in self.rows.values()]
        told = {row["company_id"] for row in people} if self.dice.random() < 0.7 else set(WHERE[:2])
        people = [row for row in people if row["company_id"] in told]
        facts = [self.facts[where] for where in sorted(told)]
        return world.load(people, now, as_of=self.day, facts=facts)

    def go_on(self) -> None:
        self.day += timedelta(days=30)
        for key in list(self.rows):
            fate = self.dice.random()
            if fate < 0.12:
                del self.rows[key]
            elif fate < 0.25:
                self.rows[key] = self.rows[key] | self._changed()
        for who in self.dice.sample(PEOPLE, 6):
            self._join(who)
        if self.dice.random() < 0.3:
            where = self.dice.choice(WHERE)
            self.facts[where]["name"] = f"{where} {self.day}"

    def _join(self, who: str) -> None:
        for where in self.dice.sample(WHERE, self.dice.choice([1, 1, 1, 2])):
            row = person(who, where, self.dice.choice(TITLES), since=self._seen(), country="France")
            self.rows.setdefault((who, where), row)

    def _changed(self) -> dict[str, Any]:
        return self.dice.choice(
            [{"title": self.dice.choice(TITLES), "since": self._seen()}, {"full_name": f"Di {self._name()}"},
             {"city": self.dice.choice(["Lyon", "Nice", None])}, {"profile_url": f"https://x.com/{self._name()}"}]
        )  # fmt: skip

    def _name(self) -> str:
        return f"{self.dice.getrandbits(60):x}" if self.are_apart else self.day.isoformat()

    def _seen(self) -> date:
        return self.day - timedelta(days=self.dice.choice([0, 0, 0, 1, 20]))


@pytest.mark.parametrize("seed", range(6))
def test_f1_f2_the_same_changes_as_when_everybody_is_read(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    history = History(seed)
    other = members.create_workspace(name="Other", now=now)
    read_in_full = 0
    monkeypatch.setattr(refresh, "BATCH", 17)
    for month in range(7):
        version = history.load(now)
        if month in (0, 1, 3):
            _buy_some(history, (workspace, other), version, month, actor, now)
        if month == 4:
            erasure.forget(profile_id=history.dice.randrange(1, 20), now=now)
        if history.dice.random() < 0.8:
            read_in_full += _both(workspace, other, version, now, monkeypatch)
        history.go_on()
    _both(workspace, other, history.load(now), now, monkeypatch)
    assert _news(workspace) == _news(other)
    assert {"left", "moved", "returned", "corrected"} & {change["kind"] for change in _news(workspace)}
    assert read_in_full > 0


def _both(
    mine: Workspace, other: Workspace, version: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> int:
    """Refresh one by the diff, the other without; returns how many contacts the first did not have to read in full."""
    saved, sift = [0], sifting.sift

    def counted(**asked: Any) -> sifting.Sifted:
        found = sift(**asked)
        saved[0] += len(found.ids) - len(found.doubtful)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(sifting, "sift", counted)
        done = refresh.run(workspace=mine, version=version, now=now)
    with monkeypatch.context() as patched:
        patched.setattr(sameness, "compare", lambda *, pairs, **_: sameness._nothing(pairs.num_rows))
        assert refresh.run(workspace=other, version=version, now=now) == done
    assert _contacts(mine) == _contacts(other)
    return saved[0]


def _buy_some(
    history: History,
    workspaces: tuple[Workspace, Workspace],
    version: int,
    month: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Also people who had left already when they were bought."""
    every = [(company, profile) for company in (1, 2, 3) for profile in range(1, len(PEOPLE) + 1)]
    chosen = sorted(history.dice.sample(every, 40))
    pairs = search.people(version=version, query=search.PeopleQuery([], ()))
    pairs = pairs.schema.empty_table()
    pairs = type(pairs).from_pylist(
        [{"company_id": c, "profile_id": p} for c, p in chosen], schema=pairs.schema
    )
    people = search.position_rows(version=version, pairs=pairs)
    for workspace in workspaces:
        world.buy(workspace, actor, now, key=f"m{month}", people=people, version=version)


def _contacts(workspace: Workspace) -> list[dict[str, Any]]:
    left_out = {"id", "workspace_id", "charge_id", "merged_into_id"}
    rows = Contact.objects.filter(workspace=workspace).order_by("profile_id", "company_id").values()
    return [{name: value for name, value in row.items() if name not in left_out} for row in rows]


def _news(workspace: Workspace) -> list[dict[str, Any]]:
    rows = Change.objects.filter(workspace=workspace).exclude(kind=Change.Kind.ADDED).order_by("id").values(
        "contact__profile_id", "contact__company_id", "kind", "before", "after", "happened_on", "source",
        "universe_version",
    )  # fmt: skip
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    for row in found:
        if row["kind"] == Change.Kind.MERGED:
            # It names a contact and a refund, which are others in another workspace.
            row["after"] = sorted(row["after"])
    return sorted(found, key=lambda row: (row["contact__profile_id"], row["contact__company_id"]))


def test_versions_that_the_operator_deleted_are_no_trouble(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    world.load([world.ann(), world.bea()], now)
    world.buy(workspace, actor, now)
    version = world.load(
        [world.ann("CEO", seen=world.JULY), world.bea(seen=world.JULY)], now, as_of=world.JULY
    )
    versions.path(1).rename(versions.home() / "gone")
    done = refresh.run(workspace=workspace, version=version, now=now)
    assert (done.checked, done.changed) == (2, 1)


def test_only_who_may_have_changed_is_read_in_full(workspace: Workspace, actor: Actor, now: datetime) -> None:
    people = [person(f"p{n}", "c1", "CFO", world.JUNE) for n in range(50)]
    world.load(people, now)
    world.buy(workspace, actor, now)
    later = [row | {"last_seen": world.JULY} for row in people]
    later[7]["title"] = "CEO"
    version = world.load(later, now, as_of=world.JULY)
    sifted = sifting.sift(rows=Contact.objects.filter(workspace=workspace).order_by("id"), version=version)
    changed = Contact.objects.get(workspace=workspace, full_name="P7 Doe")
    assert sifted.doubtful == [changed.pk]
    # Some of these names may be taken for one person.
    assert len(sifted.seen["id"]) == Contact.objects.filter(workspace=workspace).count() - 1 > 40
    assert set(sifted.seen["last_seen_on"]) == {world.JULY.isoformat()}
    assert np.isin(sifted.seen["id"], sifted.ids).all()
