"""G3, L13: every entry is sealed once into its workspace's chain; a checkpoint shows later that nothing changed."""

import importlib
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from rollcall.credits import chain, verify
from rollcall.credits.models import Acquisition, Entry, Seal, Wallet
from rollcall.workspaces.models import Workspace
from tests.credits import acts
from tests.credits.tampering import lifted

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "_whole", chain._Whole())


@pytest.fixture
def spent(workspace: Workspace, now: datetime) -> Workspace:
    acts.grant(workspace, 100, now)
    acts.charge(workspace, acts.people(10), now)
    return workspace


def red() -> list[str]:
    return [line for check in verify.verify().checks if check.code == "L13" for line in check.bad]


def test_it_works(spent: Workspace, other_workspace: Workspace, now: datetime) -> None:
    acts.grant(other_workspace, 5, now)
    assert chain.sweep(now=now) == 4
    assert chain.sweep(now=now) == 0
    numbers = Seal.objects.filter(workspace=spent).order_by("number").values_list("number", "entry_id")
    entries = Entry.objects.filter(workspace=spent).order_by("id").values_list("id", flat=True)
    assert list(numbers) == list(enumerate(entries, start=1))
    assert Seal.objects.get(workspace=other_workspace).number == 1
    acts.prove()


def test_a_checkpoint_is_found_again_whatever_follows(spent: Workspace, now: datetime) -> None:
    empty = chain.checkpoint(workspace=spent, now=now)
    assert (empty["number"], empty["entry"], empty["sealed"], empty["unsealed"]) == (0, None, 0, 3)
    chain.sweep(now=now)
    kept = chain.checkpoint(workspace=spent, now=now)
    newest = Entry.objects.latest("id")
    assert (kept["number"], kept["entry"], kept["sealed"], kept["unsealed"]) == (3, f"ent_{newest.pk}", 3, 0)
    acts.charge(spent, acts.people(5, first=50), now)
    chain.sweep(now=now + DAY)
    for given in (empty, kept, chain.checkpoint(workspace=spent, now=now)):
        assert chain.check(workspace=spent, checkpoint=given).ok


def test_entries_older_than_digests_are_told_of_and_not_accused(
    spent: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    """An installation from before digests, brought up to date: its sums prove it, and the proof says what does not."""
    acts.grant(other_workspace, 5, now)
    with lifted():
        Entry.objects.update(digest=None)
        Wallet.objects.update(epoch=0, epoch_available=0)
    acts.grant(spent, 7, now)
    step = importlib.import_module("rollcall.credits.migrations.0014_wallets_count_what_arrived")
    with connection.cursor() as cursor:
        cursor.execute(step.COUNT)
    acts.charge(spent, acts.people(5, first=50), now)
    assert chain.sweep(now=now) == 3
    acts.prove()
    said = {of: _note(of) for of in (None, spent, other_workspace)}
    assert [words.split(" ")[0] for words in said.values()] == ["4", "3", "1"]
    first, *_, newest = Entry.objects.filter(workspace=spent).order_by("id")
    with lifted():
        Seal.objects.filter(entry_id=newest.pk).delete()
        Entry.objects.filter(pk=newest.pk).update(digest=None)
    assert any(f"ent_{newest.pk}: " in line and "lost its digest" in line for line in red())
    assert not any(f"ent_{first.pk}:" in line for line in red())


def _note(workspace: Workspace | None) -> str:
    (note,) = (check.note for check in verify.verify(workspace=workspace).checks if check.code == "L13")
    return note


def test_an_entry_that_commits_late_is_sealed_by_its_id(spent: Workspace, now: datetime) -> None:
    """A smaller id than those sealed already: no high-water mark passes it over."""
    first = Entry.objects.earliest("id")
    with lifted():
        Entry.objects.filter(pk=first.pk).update(workspace=spent)
        chain.sweep(now=now)
        Seal.objects.filter(entry_id=first.pk).delete()
        Seal.objects.all().delete()
    later = [number for number in Entry.objects.values_list("id", flat=True) if number != first.pk]
    chain._seal(spent.pk, later, now)
    assert not Seal.objects.filter(entry_id=first.pk).exists()
    assert chain.sweep(now=now + DAY) == 1
    assert Seal.objects.get(entry_id=first.pk).number == Entry.objects.count()
    acts.prove()


def test_old_entries_are_looked_for_once_an_hour(
    spent: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "RECENT", 0)
    assert chain.sweep(now=now) == 3
    acts.grant(spent, 1, now)
    assert chain.sweep(now=now + timedelta(minutes=59)) == 0
    assert chain.sweep(now=now + timedelta(minutes=61)) == 1


def test_many_are_sealed_in_batches(
    workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)
    for _ in range(7):
        acts.grant(workspace, 1, now)
    assert chain.sweep(now=now) == 7
    assert list(chain.broken_links(workspace=workspace)) == []
    acts.prove()


def test_an_entry_that_no_longer_fits_is_named_and_not_sealed(spent: Workspace, now: datetime) -> None:
    charged = Entry.objects.get(kind="charge")
    with lifted():
        Acquisition.objects.filter(profile_id=3).update(profile_id=333)
        assert chain.sweep(now=now) == 2
        assert chain.sweep(now=now) == 0
    assert not Seal.objects.filter(entry_id=charged.pk).exists()
    assert [line.startswith(f"ent_{charged.pk}:") for line in red()] == [True]
    assert chain.checkpoint(workspace=spent, now=now)["unsealed"] == 1


def test_an_entry_changed_with_its_digest_is_named_by_its_seal(spent: Workspace, now: datetime) -> None:
    """Whoever also writes the digest anew is told by the chain; and whoever writes the chain anew, by a checkpoint."""
    chain.sweep(now=now)
    kept = chain.checkpoint(workspace=spent, now=now)
    entry = Entry.objects.get(kind="grant")
    from rollcall.credits import rereading

    with lifted():
        Entry.objects.filter(pk=entry.pk).update(actor_label="Nobody")
        (reread,) = rereading.every(workspace=None, among=[entry.pk])
        Entry.objects.filter(pk=entry.pk).update(digest=reread.now)
    assert red() == [f"ent_{entry.pk}: it, a leg of it or one of its people is not what was sealed"]
    with lifted():
        Seal.objects.all().delete()
        chain._whole.done_at = None
        chain.sweep(now=now)
    assert red() == []
    answer = chain.check(workspace=spent, checkpoint=kept)
    assert not answer.ok and f"ent_{kept['entry'][4:]}" in answer.words


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_link_is_named(spent: Workspace, now: datetime, lost: int) -> None:
    chain.sweep(now=now)
    kept = chain.checkpoint(workspace=spent, now=now)
    with lifted():
        Seal.objects.filter(number=lost).delete()
    answer = chain.check(workspace=spent, checkpoint=kept)
    assert not answer.ok and f"link {min(lost + 1, 3)}" in answer.bad[0]


def test_a_lost_entry_is_named(spent: Workspace, now: datetime) -> None:
    chain.sweep(now=now)
    kept = chain.checkpoint(workspace=spent, now=now)
    gone = (
        Entry.objects.get(kind="release")
        if Entry.objects.filter(kind="release")
        else Entry.objects.latest("id")
    )
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA defer_foreign_keys = ON")
    try:
        with lifted():
            gone.legs.all().delete()
            Acquisition.objects.filter(entry=gone)._raw_delete("default")
            Entry.objects.filter(pk=gone.pk)._raw_delete("default")
        assert any(f"ent_{gone.pk}" in line for line in red())
        answer = chain.check(workspace=spent, checkpoint=kept)
        assert not answer.ok and f"ent_{gone.pk}" in answer.bad[0]
    finally:
        connection.set_rollback(True)


@pytest.mark.parametrize(
    "wrong",
    [{"workspace": "ws_999"}, {"number": -1}, {"number": "3"}, {"number": True}, {"hash": "x"}, {"hash": None},
     {"number": 0}, {"number": 2**70}],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(spent: Workspace, now: datetime, wrong: dict[str, Any]) -> None:
    chain.sweep(now=now)
    with pytest.raises(chain.CheckpointWrong):
        chain.check(workspace=spent, checkpoint={**chain.checkpoint(workspace=spent, now=now), **wrong})


def test_a_checkpoint_of_the_future_is_not_contained(spent: Workspace, now: datetime) -> None:
    chain.sweep(now=now)
    kept = {**chain.checkpoint(workspace=spent, now=now), "number": 9}
    answer = chain.check(workspace=spent, checkpoint=kept)
    assert not answer.ok and "link 4" in answer.words


def test_the_database_refuses_to_change_a_link(spent: Workspace, now: datetime) -> None:
    chain.sweep(now=now)
    for verb in (lambda rows: rows.update(digest="0" * 64), lambda rows: rows._raw_delete(rows.db)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            verb(Seal.objects.filter(number=1))


@pytest.mark.django_db(transaction=True)
def test_sealers_at_the_same_moment_never_fork_the_chain(spent: Workspace, now: datetime) -> None:
    """Each entry has one link, each number one entry, and every link follows from the one before."""
    for i in range(40):
        acts.grant(spent, 1 + i, now)
    together = threading.Barrier(4)
    failed: list[BaseException] = []

    def seal() -> None:
        try:
            together.wait(20)
            for _ in range(3):
                chain._whole.done_at = None
                chain.sweep(now=now)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    crowd = [threading.Thread(target=seal) for _ in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert failed == []
    assert Seal.objects.count() == Entry.objects.count() == 43
    assert list(chain.broken_links(workspace=spent)) == []
