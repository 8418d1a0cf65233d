"""How long others wait to write while a persona search is carried out: each charges one person in another workspace."""

import os
import statistics
import time
from pathlib import Path

from benchmarks import bench_run
from benchmarks.ledger.table import Row

TARGET_SECONDS = 0.5


def rows(*, people: int) -> list[Row]:
    """One other writer from before the search's first batch to after its last; on SQLite there is one lock for all."""
    from django.db import connection, connections

    from rollcall.personas import carrying

    run_id, _ = bench_run._start(people)
    connections.close_all()
    stop, read = Path(os.environ["ROLLCALL_HOME"], "stop"), _another_writer()
    time.sleep(1)
    begin = time.time()
    assert carrying.carry_out(run_id=run_id).charged == people
    end = time.time()
    stop.touch()
    with os.fdopen(read) as pipe:
        listed = [[float(part) for part in line.split()] for line in pipe if line.strip()]
    os.wait()
    taken = [seconds for started, seconds in listed if begin <= started + seconds and started <= end]
    slowest = max(taken)
    return [
        Row(
            f"another writer during a search of {people:,}, {connection.vendor}",
            f"slowest {slowest * 1000:,.0f} ms",
            f"≤ {TARGET_SECONDS * 1000:.0f} ms",
            slowest <= TARGET_SECONDS,
            f"median {statistics.median(taken) * 1000:.1f} ms of {len(taken):,} charges",
        )
    ]


def _another_writer() -> int:
    """A process that charges people one by one until the file `stop` is there; tells when each began and took."""
    read, write = os.pipe()
    if os.fork():
        os.close(write)
        return read
    from rollcall.core import clock
    from rollcall.credits import grants, singles
    from rollcall.workspaces import access, members

    now, actor = clock.now(), access.system("benchmark")
    mine = members.create_workspace(name="Another writer", now=now)
    grants.add(workspace=mine, amount=10**9, kind="package", name="All", key="all", actor=actor, now=now)
    stop = Path(os.environ["ROLLCALL_HOME"], "stop")
    person = 0
    while not stop.exists():
        person, at, start = person + 1, time.time(), time.perf_counter()
        singles.charge(
            workspace=mine, profile_id=person, company_id=1, key=f"one-{person}", actor=actor, now=clock.now()
        )
        os.write(write, f"{at} {time.perf_counter() - start}\n".encode())
        time.sleep(0.005)
    os._exit(0)
