"""How long others wait to write while a bulk run is under way: each of them charges one person in another workspace."""

import os
import statistics
import time

from benchmarks.ledger import bulk
from benchmarks.ledger.table import Row

TARGET_SECONDS = 0.5


def rows(*, people: int) -> list[Row]:
    """One other writer, all through a run; on SQLite there is one lock for all of them."""
    run = bulk.Run(people)
    from django.db import connection, connections

    connections.close_all()
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        _write_all_the_time(write)
    os.close(write)
    time.sleep(2)
    run.carry_out("waits", between=lambda: time.sleep(0))
    os.kill(pid, 15)
    os.waitpid(pid, 0)
    with os.fdopen(read) as pipe:
        taken = [float(line) for line in pipe if line.strip()]
    slowest = max(taken)
    return [
        Row(
            f"another writer during a bulk run, {connection.vendor}",
            f"slowest {slowest * 1000:,.0f} ms",
            f"≤ {TARGET_SECONDS * 1000:.0f} ms",
            slowest <= TARGET_SECONDS,
            f"median {statistics.median(taken) * 1000:.1f} ms of {len(taken):,} charges",
        )
    ]


def _write_all_the_time(write: int) -> None:
    """In a process of its own, until it is ended."""
    from rollcall.core import clock
    from rollcall.credits import grants, singles
    from rollcall.workspaces import access, members

    now, actor = clock.now(), access.system("benchmark")
    mine = members.create_workspace(name="Another writer", now=now)
    grants.add(workspace=mine, amount=10**9, kind="package", name="All", key="all", actor=actor, now=now)
    for person in range(10**9):
        start = time.perf_counter()
        singles.charge(
            workspace=mine, profile_id=person, company_id=1, key=f"one-{person}", actor=actor, now=clock.now()
        )
        os.write(write, f"{time.perf_counter() - start}\n".encode())
        time.sleep(0.005)
