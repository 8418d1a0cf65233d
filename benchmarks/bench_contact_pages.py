"""Pages of a workspace's contacts at any depth and in each order, beside the cheapest read of the same database.

    python -m benchmarks.bench_contact_pages --database sqlite --contacts 200000

Method: a workspace owns CONTACTS made-up people bought in batches as runs do, another one a tenth as many. A page is
what the product answers: `book.page`, 50 contacts. The cursors at half and at the end come from walking each order
from its start. Each depth is asked REPEATS times, all depths in turn. The ratio is to a bare SELECT of 50 rows by
their primary keys through the same cursor of the driver, fetched and not made into objects.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks import installation, people
from benchmarks.bench_refresh import own

DEPTHS = ("start", "half", "end")
LIMIT, WALK = 50, 500


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=installation.DATABASES, default="sqlite")
    parser.add_argument("--contacts", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=200)
    wanted = parser.parse_args()
    with installation.fresh(wanted.database):
        measure(wanted.contacts, wanted.repeats, wanted.database)


def measure(count: int, repeats: int, database: str) -> None:
    from rollcall.contacts import book
    from rollcall.core import clock
    from rollcall.universe import ingest

    version = ingest.load(source=people.MadeUp(count), now=clock.now()).version
    workspace = own(version, count)
    own(version, count // 10, name="Neighbour")
    _analyse()
    asked: dict[str, Callable[[], Any]] = {"bare SELECT of 50 rows by key": _bare()}
    for sort in book.ORDERS:
        for depth, cursor in zip(DEPTHS, _cursors(workspace, sort, count), strict=True):
            asked[f"{sort}, {depth}"] = _page(workspace, sort, cursor)
    asked["count of all"] = lambda: book.count(workspace=workspace)
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(repeats):
        for name, ask in asked.items():
            started = time.perf_counter()
            ask()
            times[name].append(1000 * (time.perf_counter() - started))
    _show(times, count, database)


def _show(times: dict[str, list[float]], count: int, database: str) -> None:
    print(f"\n{count:,} contacts, {database}, pages of {LIMIT}\n")
    print(f"{'page':<34}{'p50 ms':>9}{'p95 ms':>9}{'times bare':>12}")
    least = statistics.median(next(iter(times.values())))
    for name, spent in times.items():
        p95 = statistics.quantiles(spent, n=20)[-1]
        median = statistics.median(spent)
        print(f"{name:<34}{median:>9.2f}{p95:>9.2f}{median / least:>12.2f}")


def _page(workspace: Any, sort: str, cursor: str | None) -> Callable[[], Any]:
    from rollcall.contacts import book

    def ask() -> Any:
        page = book.page(workspace=workspace, sort=sort, cursor=cursor, limit=LIMIT)
        assert len(page.items) == LIMIT
        return page

    return ask


def _cursors(workspace: Any, sort: str, count: int) -> list[str | None]:
    """None, the cursor at half, and the one before the last page."""
    from rollcall.contacts import book

    found: list[str | None] = [None]
    for _ in range(count // WALK - 1):
        found.append(book.page(workspace=workspace, sort=sort, cursor=found[-1], limit=WALK).next_cursor)
    return [None, found[len(found) // 2], found[-1]]


def _bare() -> Callable[[], Any]:
    from django.db import connection

    from rollcall.contacts.models import Contact

    ids = list(Contact.objects.order_by("name_key").values_list("pk", flat=True)[:LIMIT])
    keys = ", ".join(map(str, ids))

    def ask() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM contacts_contact WHERE id IN ({keys})")
            return cursor.fetchall()

    return ask


def _analyse() -> None:
    """What the database's own upkeep does sooner or later."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
