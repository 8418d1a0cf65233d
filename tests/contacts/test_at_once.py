"""Many at the same moment: the same people through several runs, two refreshes of one workspace."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction

from rollcall.contacts import refresh, verify
from rollcall.contacts.models import Change, Contact
from rollcall.core import transactions
from rollcall.credits import balances
from rollcall.credits import verify as ledger
from rollcall.credits.models import Acquisition
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("runs", [2, 6])
def test_c3_the_same_people_through_several_runs_at_once(
    workspace: Workspace, actor: Actor, now: datetime, runs: int
) -> None:
    """C3, invariant 3: each person is charged by exactly one of them; half come from the other end."""
    hold_ids = [world.hold(workspace, 300, actor, now, f"run{n}") for n in range(runs)]
    added: list[Any] = []

    def buy(n: int) -> None:
        people = world.made_up(range(1, 301)[:: -1 if n % 2 else 1])

        def work() -> Any:
            return world.buy(workspace, actor, now, key=f"run{n}", people=people, hold_id=hold_ids[n])

        added.append(transactions.run(work))

    _at_once([lambda n=n: buy(n) for n in range(runs)])  # type: ignore[misc]
    assert sorted(pair for one in added for pair in one.charged) == [(n, n // 20 + 1) for n in range(1, 301)]
    assert all(len(one.contact_ids) == 300 and len(one.charged) + one.owned == 300 for one in added)
    assert Acquisition.objects.count() == Contact.objects.count() == Change.objects.count() == 300
    assert sum(balances.quick(workspace=workspace)) == 300 * (runs - 1)
    proof = ledger.verify(workspace=workspace, extra_checks=[verify.checks])
    assert proof.ok, proof


def test_two_refreshes_at_once_tell_each_change_once(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: Any
) -> None:
    people = [world.person(f"p{n}", "c1", "Engineer", **world.HERE) for n in range(60)]
    world.load(people, now)
    world.buy(workspace, actor, now)
    changed = [
        world.person(f"p{n}", "c1", "Head of Engineering", world.JULY, since=world.JULY) for n in range(60)
    ]
    version = world.load(changed, now, as_of=world.JULY)
    monkeypatch.setattr(refresh, "BATCH", 7)
    done: list[Any] = []
    _at_once([lambda: done.append(refresh.run(workspace=workspace, version=version, now=now))] * 3)
    assert sum(one.checked for one in done) == 60
    assert Change.objects.filter(kind="promoted").count() == 60
    assert set(Contact.objects.values_list("title", "universe_version")) == {("Head of Engineering", version)}


def test_f1_nobody_slips_in_behind_a_refresh(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """People of an old version, added but not committed yet while a refresh ends, are refreshed after all."""
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time, and readers of a database in memory are turned away")
    world.load([world.ann(), world.bea()], now)
    people = world.everyone(1)
    world.buy(workspace, actor, now, people=people.slice(0, 1))
    hold_id = world.hold(workspace, 1, actor, now, "late")
    version = world.load([world.person("zoe", "c1", "Engineer", world.JULY)], now, as_of=world.JULY)
    added = threading.Event()

    def buy() -> None:
        with transaction.atomic():
            world.buy(workspace, actor, now, key="late", people=people, hold_id=hold_id, version=1)
            added.set()
            time.sleep(0.5)

    def follow() -> None:
        assert added.wait(timeout=30)
        refresh.run(workspace=workspace, version=version, now=now)

    _at_once([buy, follow])
    for _ in range(10):
        if not refresh.sweep(now=now):
            break
    assert set(Contact.objects.values_list("universe_version", "is_former")) == {(version, True)}
    assert Change.objects.filter(kind="left").count() == 2


def _at_once(works: list[Callable[[], Any]]) -> None:
    """Each on a connection of its own, started together."""
    barrier, errors = threading.Barrier(len(works)), []

    def start(work: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=30)
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=start, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not errors, errors
