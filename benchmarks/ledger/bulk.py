"""Whole runs: hold, captures of 10,000 people, close; again when all are owned; and on a table that is large."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.ledger.peer import Peer
from benchmarks.ledger.table import Row

BATCH, COMPANIES = 10_000, 997
TARGETS = {"postgresql": (60_000, 18.0), "sqlite": (50_000, 22.0)}


class Run:
    """A workspace that buys people, so many in one run."""

    def __init__(self, people: int) -> None:
        from rollcall.core import clock
        from rollcall.credits import grants
        from rollcall.workspaces import access, members

        self.people, self.actor, self.now = people, access.system("benchmark"), clock.now()
        self.workspace = members.create_workspace(name=f"Bulk {people} {time.time_ns()}", now=self.now)
        grants.add(
            workspace=self.workspace, amount=10**12, kind="package", name="All", key="all", actor=self.actor,
            now=self.now,
        )  # fmt: skip

    def carry_out(
        self, name: str, *, first: int = 0, between: Callable[[], None] = lambda: None
    ) -> tuple[float, list[float]]:
        """Seconds from before the hold to after its close, and those of each batch; replays when the name is known."""
        from rollcall.credits import holds

        begin, taken = time.perf_counter(), []
        common: dict[str, Any] = {"workspace": self.workspace, "actor": self.actor, "now": self.now}
        held = holds.place(amount=self.people, key=f"{name}-hold", run_id=1, **common)
        for batch in range(first, first + self.people, BATCH):
            start = time.perf_counter()
            self._capture(held.pk, f"{name}-{batch}", batch)
            taken.append(time.perf_counter() - start)
            between()
        holds.release(hold_id=held.pk, key=f"{name}-close", **common)
        return time.perf_counter() - begin, taken

    def _capture(self, hold_id: int, key: str, first: int) -> None:
        from django.db import transaction

        from rollcall.credits import ledger

        people = range(first, first + BATCH)
        with transaction.atomic():
            ledger.capture(
                workspace=self.workspace, hold_id=hold_id, profile_ids=people,
                company_ids=[person % COMPANIES for person in people], key=key, actor=self.actor, now=self.now,
                run_id=1, context={},
            )  # fmt: skip


def rows(*, people: int, peer: Peer | None, seconds: float) -> list[Row]:
    """The bare insert that is the limit, a run, the run's replay, and the same people wanted by another run."""
    from django.db import connection

    target, target_seconds = TARGETS[connection.vendor]
    target_seconds *= people / 1_000_000
    limit = _bare(min(people, 200_000))
    run = Run(people)
    whole, batches = run.carry_out("run")
    rate = BATCH / statistics.median(batches)
    again, _ = run.carry_out("run")
    owned, _ = run.carry_out("other")
    made = [
        Row("bare insert of the same rows, 10,000 a transaction", f"{limit:,.0f} /s", how="the machine's limit"),
        Row("bulk charge, batches of 10,000", f"{rate:,.0f} people/s", f"≥ {target:,} people/s", rate >= target,
            f"{rate / limit:.2f} of the limit; slowest batch {max(batches) * 1000:.0f} ms"),
        Row(f"run of {people:,} people, hold to close", f"{whole:.1f} s", f"≤ {target_seconds:.1f} s",
            whole <= target_seconds, f"{people / whole:,.0f} people/s"),
        Row("the same run again, with its keys", f"{again:.1f} s", "faster, no new charge", again < whole,
            "every batch answers what it did"),
        Row("the same people wanted by another run", f"{owned:.1f} s", "faster, no new charge", owned < whole,
            "every person is free"),
    ]  # fmt: skip
    _assert_charged(people)
    if peer:
        best, size = max(
            (peer.batches(size=size, seconds=seconds / 2), size) for size in (100, 1_000, 10_000)
        )
        made.append(
            Row(f"  pgledger: transfers, {size:,} a call (its best)", f"{best:,.0f} /s", "ours ≥ 40×",
                rate >= 40 * best, f"ours is {rate / best:,.0f}×")
        )  # fmt: skip
    return made


def big(people: int = 20_000_000) -> list[Row]:
    """Whether a table that is large already is slower than an empty one; takes minutes."""
    filling = Run(people)
    _, batches = filling.carry_out("fill", first=10**9)
    first, last = (BATCH / statistics.median(part) for part in (batches[:50], batches[-50:]))
    return [
        Row(f"bulk charge on a table of {people:,} claims", f"{last:,.0f} people/s", "no slower than an empty one",
            last >= 0.9 * first, f"empty: {first:,.0f} people/s; median of 50 batches each")
    ]  # fmt: skip


def _bare(number: int) -> float:
    """The same pairs into a table with the claim's columns and key, and nothing else: rows a second."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare (workspace_id bigint NOT NULL, profile_id bigint NOT NULL, company_id bigint NOT NULL, "
            "entry_id bigint NOT NULL, grant_id bigint NOT NULL, PRIMARY KEY (workspace_id, profile_id, company_id))"
        )
    taken = []
    for first in range(0, number, BATCH):
        batch = [(person, person % COMPANIES) for person in range(first, first + BATCH)]
        start = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                sql = "INSERT INTO bare SELECT 1, p, c, 1, 1 FROM unnest(%s::bigint[], %s::bigint[]) AS x (p, c)"
                cursor.execute(sql, ["{" + ",".join(str(pair[i]) for pair in batch) + "}" for i in (0, 1)])
            else:
                cursor.executemany("INSERT INTO bare VALUES (1, %s, %s, 1, 1)", batch)
        taken.append(time.perf_counter() - start)
    return BATCH / statistics.median(taken)


def _assert_charged(people: int) -> None:
    from django.db.models import Sum

    from rollcall.credits.models import Acquisition, Entry

    charged = Entry.objects.filter(kind="charge", run_id=1).aggregate(sum=Sum("amount"))["sum"]
    assert charged == people == Acquisition.objects.filter(entry__run_id=1).count(), charged
