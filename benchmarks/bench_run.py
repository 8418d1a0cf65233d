"""How fast a persona search adds people, beside a bare bulk INSERT of the same rows into tables of the same shape.

    python -m benchmarks.bench_run --database sqlite --people 200000

Method: a made-up universe is loaded, a segment of all its companies searched for everybody. Timed is
`runs.carry_out` in this process: claims, charges, contacts, changes, placements and personas in batches of 10,000,
each one durable transaction. Then the same rows, already in memory, are written into empty copies of the same
tables (same columns, keys and indexes; no triggers, foreign keys or counting) in batches of the same size: by
executemany on SQLite, by COPY on PostgreSQL. The ratio says how far the product is from the least possible. "Busy" is
processor time of this process and its database session: the fairer number on a machine that does other work too.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import installation, people

TABLES = (
    "credits_acquisition", "contacts_contact", "contacts_change", "segments_segmentcontact",
    "personas_contactpersona",
)  # fmt: skip
STEPS = (
    ("read the universe", "search", "position_rows"),
    ("claim, charge, add", "acquisition", "add"),
    ("place in the segment", "membership", "place"),
    ("name the personas", "", "_name_personas"),
    ("count", "", "_count"),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=installation.DATABASES, default="sqlite")
    parser.add_argument("--people", type=int, default=200_000)
    wanted = parser.parse_args()
    with installation.fresh(wanted.database):
        measure(wanted.people, wanted.database)


def measure(count: int, database: str) -> None:
    from rollcall.personas import carrying

    run_id, quoted = _start(count)
    busy = processor()
    steps = _watch(carrying, busy)
    whole = _spend(busy, lambda: carrying.carry_out(run_id=run_id))
    _check(run_id, count)
    proved = _spend(busy, _prove)
    bare = _bare(database, carrying.CHUNK, busy)
    rest = (whole[0] - sum(s[0] for s in steps.values()), whole[1] - sum(s[1] for s in steps.values()))
    rows = [("quote", quoted), ("whole run", whole), *((f"  {name}", spent) for name, spent in steps.items())]
    rows += [("  lease, commit, the rest", rest), ("prove the books", proved), ("bare bulk INSERT", bare)]
    print(f"\n{count:,} people, {database}, batches of {carrying.CHUNK:,}\n")
    print(f"{'step':<28}{'seconds':>9}{'people/s':>12}{'busy s':>9}{'people/busy s':>15}")
    for name, (seconds, work) in rows:
        print(
            f"{name:<28}{seconds:>9.2f}{count / seconds:>12,.0f}{work:>9.2f}{count / max(work, 0.01):>15,.0f}"
        )
    print(
        f"\nthe run takes {whole[0] / bare[0]:.2f} times the bare INSERT, {whole[1] / bare[1]:.2f} times its processor"
    )


def _check(run_id: int, count: int) -> None:
    from rollcall.personas.models import Run

    run = Run.objects.get(pk=run_id)
    assert (run.state, run.charged) == ("done", count), (run.state, run.charged, run.problem)


def _spend(busy: Callable[[], float], work: Callable[[], object]) -> tuple[float, float]:
    """(seconds, processor seconds) that `work` takes."""
    started, was_busy = time.perf_counter(), busy()
    work()
    return time.perf_counter() - started, busy() - was_busy


def _start(count: int) -> tuple[int, tuple[float, float]]:
    """A universe, a workspace with enough credits, a segment of everything, a persona for everybody, a started run."""
    from rollcall.core import clock
    from rollcall.credits import grants
    from rollcall.personas import definitions, quotes, runs
    from rollcall.segments import definitions as segments
    from rollcall.universe import ingest
    from rollcall.workspaces import access, members

    now, actor = clock.now(), access.system("benchmark")
    ingest.load(source=people.MadeUp(count), now=now)
    workspace = members.create_workspace(name="Benchmark", now=now)
    grants.add(
        workspace=workspace, amount=count, kind="package", name="Package", key="g", actor=actor, now=now
    )
    segment = segments.create(
        workspace=workspace, name="All", kind="static", definition={"everything": True}, actor=actor, now=now
    )
    persona = definitions.create(
        workspace=workspace, name="Everybody", definition=definitions.parse({}), actor=actor, now=now
    )
    ids = {"segment_id": segment.pk, "persona_ids": [persona.pk]}
    made: list[Any] = []
    quoted = _spend(
        processor(), lambda: made.append(quotes.make(workspace=workspace, **ids, actor=actor, now=now))
    )
    run = runs.start(workspace=workspace, quote_id=made[0].pk, key="run", actor=actor, now=now)
    return run.pk, quoted


def processor() -> Callable[[], float]:
    """Seconds of processor time used so far by this process and, on PostgreSQL, by the backend that serves it."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return time.process_time
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")

    def busy() -> float:
        fields = stat.read_text().rpartition(") ")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    return busy


def _watch(carrying: Any, busy: Callable[[], float]) -> dict[str, tuple[float, float]]:
    """What each step takes, added up while the run goes on."""
    spent: dict[str, tuple[float, float]] = {name: (0.0, 0.0) for name, _, _ in STEPS}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            found: list[Any] = []
            more = _spend(busy, lambda: found.append(function(*args, **kwargs)))
            spent[name] = (spent[name][0] + more[0], spent[name][1] + more[1])
            return found[0]

        return call

    for name, module, function in STEPS:
        place = getattr(carrying, module) if module else carrying
        setattr(place, function, timed(name, getattr(place, function)))
    return spent


def _prove() -> None:
    from django.db import connection

    from rollcall.contacts import verify as contact_checks
    from rollcall.credits import verify
    from rollcall.personas import proof

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what autovacuum does by itself within a minute
    found = verify.verify(extra_checks=[contact_checks.checks, proof.checks])
    assert found.ok, [check for check in found.checks if not check.ok]


def _bare(database: str, batch: int, busy: Callable[[], float]) -> tuple[float, float]:
    """What it takes to insert all rows of the run again, into empty copies of their tables."""
    from django.db import connection

    write = _copy if database == "postgres" else _executemany
    with connection.cursor() as outer:
        # The driver's own cursor: no layer between the rows and the database.
        cursor = outer.cursor if database == "postgres" else connection.connection.cursor()
        tables = [_read(cursor, table, database) for table in TABLES]

        def insert() -> None:
            for step in range(max(-(-len(rows) // batch) for _, rows in tables)):
                cursor.execute("BEGIN")
                for table, rows in tables:
                    write(cursor, table, rows[step * batch : (step + 1) * batch])
                cursor.execute("COMMIT")

        return _spend(busy, insert)


def _read(cursor: Any, table: str, database: str) -> tuple[str, list[tuple[Any, ...]]]:
    """The rows of the table, and the name of an empty table of the same shape."""
    copy = f"bare_{table}"
    if database == "postgres":
        cursor.execute(f"CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)")
    else:
        cursor.execute("SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name = ?", [table])
        made = [sql for kind, sql in cursor.fetchall() if kind in ("table", "index")]
        for sql in made:
            cursor.execute(_without_references(sql.replace(table, copy).replace(' INDEX "', ' INDEX "bare_')))
    cursor.execute(f"SELECT * FROM {table}")
    return copy, cursor.fetchall()


def _without_references(sql: str) -> str:
    import re

    return re.sub(r'REFERENCES "\w+" \("\w+"\)( DEFERRABLE INITIALLY DEFERRED)?', "", sql)


def _executemany(cursor: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join(["?"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _copy(cursor: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    import json

    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row([json.dumps(value) if isinstance(value, dict) else value for value in row])


if __name__ == "__main__":
    main()
