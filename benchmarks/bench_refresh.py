"""How fast owned contacts follow a new universe version, beside the least that this takes on the same database.

    python -m benchmarks.bench_refresh --database sqlite --contacts 200000

Method: a made-up universe is loaded and everybody in it is bought. Then a second month is loaded in which 3 % have
changed (1 % a new title, 1 % left, 0.5 % moved to another company, 0.5 % a corrected name) and everybody else was
seen again, so that every row has something new to keep. Timed is `refresh.run` of the whole workspace in this
process. The least: one SELECT of the columns that are compared, fetched by the driver alone, and one UPDATE that
sets the version, the time and the day last seen of every row, in one transaction. A run with nothing new is timed
as well.
"""

import argparse
import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from benchmarks import installation, people

CHUNK = 10_000
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=installation.DATABASES, default="sqlite")
    parser.add_argument("--contacts", type=int, default=200_000)
    wanted = parser.parse_args()
    with installation.fresh(wanted.database):
        measure(wanted.contacts, wanted.database)


@dataclass(frozen=True)
class NextMonth:
    """The same people a month later; of each thousand 30 have changed."""

    before: people.MadeUp
    as_of: date = AUGUST
    name: str = "made_up"
    collapsed_duplicates: int = 0

    def companies(self) -> pa.Table:
        return self.before.companies()

    def roster(self) -> pa.Table:
        table = self.before.roster().to_pydict()
        rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
        return pa.Table.from_pylist(
            [
                _later(number, row, len(rows))
                for number, row in enumerate(rows)
                if not 10 <= number % 1000 < 20
            ]
        )


def _later(number: int, row: dict[str, Any], count: int) -> dict[str, Any]:
    row = row | {"last_seen": AUGUST}
    if number % 1000 < 10:
        return row | {"title": "Head of Growth", "since": AUGUST}
    if 20 <= number % 1000 < 25:
        return row | {
            "company_id": f"c{(number + count // 2) % count // people.PER_COMPANY}",
            "since": AUGUST,
        }
    if 25 <= number % 1000 < 30:
        return row | {"full_name": row["full_name"] + " Jr."}
    return row


def measure(count: int, database: str) -> None:
    from rollcall.contacts import refresh
    from rollcall.core import clock
    from rollcall.universe import ingest

    before = people.MadeUp(count, as_of=JULY)
    first = ingest.load(source=before, now=clock.now()).version
    workspace = own(first, count)
    version = ingest.load(source=NextMonth(before), now=clock.now()).version
    started, busy = time.perf_counter(), time.process_time()
    done = refresh.run(workspace=workspace, version=version, now=clock.now())
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    assert done.checked == count, done
    started = time.perf_counter()
    assert refresh.run(workspace=workspace, version=version, now=clock.now()).checked == 0
    nothing = time.perf_counter() - started
    reading, writing = _least(database)
    print(f"\n{count:,} contacts, {database}: {done.changed:,} changed ({100 * done.changed / count:.1f} %)")
    print("  ".join(f"{kind} {number:,}" for kind, number in sorted(done.by_kind.items())) + "\n")
    print(f"{'step':<40}{'seconds':>9}{'contacts/s':>12}")
    rows = [("refresh", seconds), ("  of it processor time of this process", busy)]
    rows += [("refresh again, nothing new", nothing), ("bare SELECT of what is compared", reading)]
    for name, spent in [*rows, ("bare UPDATE of every row", writing)]:
        print(f"{name:<40}{spent:>9.2f}{count / spent:>12,.0f}")
    print(f"\nthe refresh takes {seconds / (reading + writing):.2f} times the bare SELECT and UPDATE")


def own(version: int, count: int, *, name: str = "Benchmark") -> Any:
    """A workspace that owns everybody, bought in batches as runs do."""
    from django.db import transaction

    from rollcall.contacts import acquisition
    from rollcall.core import clock
    from rollcall.credits import grants, holds
    from rollcall.universe import search
    from rollcall.workspaces import access, members

    now, actor = clock.now(), access.system("benchmark")
    workspace = members.create_workspace(name=name, now=now)
    given: dict[str, Any] = {"workspace": workspace, "amount": count, "actor": actor, "now": now}
    grants.add(kind="package", name="Package", key="g", **given)
    hold = holds.place(key="h", **given)
    ids = search.companies(version=version, query=search.CompanyQuery())
    query = search.PeopleQuery(company_ids=ids, personas=(search.PersonaQuery(),))
    pairs = search.people(version=version, query=query).slice(0, count)
    for at in range(0, count, CHUNK):
        found = search.position_rows(version=version, pairs=pairs.slice(at, CHUNK))
        with transaction.atomic():
            acquisition.add(
                workspace=workspace, people=found, hold_id=hold.pk, key=f"from:{at}", actor=actor, now=now,
                run_id=None, version=version, context={},
            )  # fmt: skip
    return workspace


def _least(database: str) -> tuple[float, float]:
    """Seconds to fetch what is compared, and to set on every row what every row needs."""
    from django.db import connection

    from rollcall.contacts import comparing

    columns = ", ".join(("id", "profile_id", "company_id", *comparing.KEPT))
    started = time.perf_counter()
    with connection.cursor() as outer:
        cursor = outer.cursor if database == "postgres" else connection.connection.cursor()
        cursor.execute(f"SELECT {columns} FROM contacts_contact ORDER BY id")
        assert cursor.fetchall()
    reading, started = time.perf_counter() - started, time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_contact SET universe_version = 9, refreshed_at = %s, last_seen_on = %s",
            ["2026-09-01 00:00:00", "2026-09-01"],
        )
    return reading, time.perf_counter() - started


if __name__ == "__main__":
    main()
