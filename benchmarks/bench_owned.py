"""How long an estimate waits to learn who is owned already, where a workspace owns a million contacts.

    python -m benchmarks.bench_owned --database sqlite --contacts 1000000

Method: twenty contacts are bought as runs buy them, and the first one's row is copied by the database until there are
CONTACTS, fifty a company. Then `owned.flags` is asked about ASKED pairs of neighbouring companies, every second one
owned: the first time in a process, when the copy in memory is read; later; and with 1,000 contacts more than the copy
knows. Beside it `owned.which`, which asks the database each time. "Busy" is processor time of this process and its
database session.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import installation, people
from benchmarks.bench_refresh import own
from benchmarks.bench_run import processor

FIRST_ID, PER_COMPANY = 10_000, 50
MORE = 1_000
_SERIES = {
    "postgres": "generate_series({low}, {high}) AS one(n)",
    "sqlite": "(WITH RECURSIVE one(n) AS (SELECT {low} UNION ALL SELECT n + 1 FROM one WHERE n < {high})"
    " SELECT n FROM one) AS one",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=installation.DATABASES, default="sqlite")
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=10)
    wanted = parser.parse_args()
    with installation.fresh(wanted.database):
        measure(wanted)


def measure(wanted: argparse.Namespace) -> None:
    from rollcall.contacts import mirror, owned
    from rollcall.core import clock
    from rollcall.universe import ingest

    version = ingest.load(source=people.MadeUp(20), now=clock.now()).version
    workspace = own(version, 20)
    _copy(wanted.database, 0, wanted.contacts)
    pairs = _asked(wanted.asked)

    def ask() -> None:
        assert sum(owned.flags(workspace=workspace, pairs=pairs)) == wanted.asked // 2

    def first() -> None:
        mirror._kept.clear()
        ask()

    def database() -> None:
        assert len(owned.which(workspace=workspace, pairs=pairs)) == wanted.asked // 2

    print(f"\n{wanted.contacts:,} contacts owned, {wanted.asked:,} pairs asked for, {wanted.database}\n")
    print(f"{'question':<34}{'p50 ms':>9}{'busy ms':>9}")
    _say("first of a process", first, min(wanted.times, 3))
    ask()
    _say("later", ask, wanted.times)
    _copy(wanted.database, wanted.contacts, MORE)
    _say(f"later, {MORE:,} contacts came since", ask, wanted.times)
    _say("of the database each time", database, min(wanted.times, 3))


def _copy(database: str, low: int, count: int) -> None:
    """So many more contacts of people and companies that nobody else has: the second, fourth … of each company."""
    from django.db import connection

    from rollcall.contacts.models import Contact

    columns = [field.column for field in Contact._meta.fields if field.column != "id"]
    given = {"company_id": f"{FIRST_ID} + one.n / {PER_COMPANY}", "profile_id": f"{FIRST_ID} + one.n * 2"}
    values = ", ".join(given.get(name, f"contact.{name}") for name in columns)
    series = _SERIES[database].format(low=low, high=low + count - 1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO contacts_contact ({', '.join(columns)}) SELECT {values} FROM contacts_contact AS contact"
            f" CROSS JOIN {series} WHERE contact.id = (SELECT min(id) FROM contacts_contact)"
        )
        cursor.execute("ANALYZE")


def _asked(count: int) -> pa.Table:
    """Pairs of which every second one is owned."""
    numbers = np.arange(count)
    return pa.table(
        {"company_id": FIRST_ID + numbers // 2 // PER_COMPANY, "profile_id": FIRST_ID + numbers},
        schema=pa.schema([("company_id", pa.int64()), ("profile_id", pa.int64())]),
    )


def _say(what: str, ask: Callable[[], Any], times: int) -> None:
    busy, taken = processor(), []
    was = busy()
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begun)
    print(
        f"{what:<34}{1000 * statistics.median(taken):>9.0f}{1000 * (busy() - was) / times:>9.0f}", flush=True
    )


if __name__ == "__main__":
    main()
