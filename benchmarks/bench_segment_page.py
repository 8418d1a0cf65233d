"""Pages of a segment's contacts at any depth, and placing ten thousand contacts, on both databases.

Method: 4 segments hold SIZE, SIZE/4, SIZE/4 and SIZE/4 contacts that were added in chunks of 10,000, alternating
between segments as runs do. A page is what the product answers: `placements.page`, 50 contacts. The cursors come from
walking each order from its start; each depth is asked REPEATS times in an order that changes with every round. The
ratios are to one row by its primary key through the same driver, the cheapest thing that this database can do, and to
fifty contacts by their primary keys through the same object layer, the least that any page of them costs. Placing is
`membership.place` in a transaction of its own, commit included: ten thousand contacts that are new to the segment, with
all indexes in place; the people of 400 companies, in the companies' order, as a batch of a run has them.

    python -m benchmarks.bench_segment_page [--size 200000] [--repeats 200]
"""

import argparse
import random
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks import installation

CHUNK = 10_000
DEPTHS = (0.0, 0.01, 0.1, 0.5, 0.9, 0.999)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--size", type=int, default=200_000)
    asked.add_argument("--repeats", type=int, default=200)
    asked.add_argument("--database", choices=installation.DATABASES)
    options = asked.parse_args()
    if options.database:
        measure(options)
        return
    # Settings are read once a process, so each database has a process of its own.
    for database in installation.DATABASES:
        command = [sys.executable, "-m", "benchmarks.bench_segment_page", "--database", database]
        subprocess.run([*command, "--size", str(options.size), "--repeats", str(options.repeats)], check=True)


def measure(options: argparse.Namespace) -> None:
    with installation.fresh(options.database):
        print(f"\n{options.database}: {options.size:,} contacts in the segment, pages of 50")
        workspace, segment = fill(options.size)
        page_table(workspace, segment, options.repeats)
        place_table(workspace, segment)


def fill(size: int) -> tuple[Any, Any]:
    from django.db import connection

    from rollcall.core import clock
    from rollcall.segments.models import Segment
    from rollcall.workspaces import members

    now = clock.now()
    workspace = members.create_workspace(name="Bench", now=now)
    segments = [
        Segment.objects.create(
            workspace=workspace,
            name=f"Segment {i}",
            definition={"everything": True},
            created_by="Bench",
            created_at=now,
        )
        for i in range(4)
    ]
    first = 1
    for chunk in range(0, size, CHUNK):
        others = segments[1 + (chunk // CHUNK) % 3]
        for segment, count in ((segments[0], CHUNK), (others, CHUNK * 3 // 4)):
            place(segment, own(workspace, first, count))
            first += count
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return workspace, segments[0]


def own(workspace: Any, first: int, count: int) -> list[int]:
    """Contacts with names as alike as people's are, straight into the table: buying them is measured elsewhere."""
    from rollcall.contacts.models import Contact
    from rollcall.core import clock, rows

    chance = random.Random(first)
    words = ["anna", "bo", "chen", "dia", "elif", "femi", "gus", "hana", "ines", "jun"]
    names = [" ".join(chance.choices(words, k=3)) + f" {chance.randrange(10**6)}" for _ in range(count)]
    companies = [f"company {chance.randrange(10**6):06} {number}" for number in range(count // 25)]
    columns = {
        "profile_id": list(range(first, first + count)), "company_id": [1 + i // 50 for i in range(count)],
        "full_name": names, "name_key": names, "title": ["Director of Sales"] * count,
        "company_key": sorted(companies * 25),
        "is_former": [chance.random() < 0.1 for _ in range(count)],
    }  # fmt: skip
    now = clock.now()
    constants = {
        "workspace_id": workspace.pk, "charge_id": None, "run_id": None, "company_name": "Company", "source": "bench",
        "universe_version": 1, "added_at": now, "refreshed_at": now,
    }  # fmt: skip
    made = rows.insert(Contact, columns, constants=constants, returning=["id"])
    return [row[0] for row in made]


def place(segment: Any, contact_ids: list[int]) -> float:
    from django.db import transaction

    from rollcall.core import clock
    from rollcall.segments import membership

    started = time.perf_counter()
    with transaction.atomic():
        placed = membership.place(
            segment=segment, contact_ids=contact_ids, charged_ids=contact_ids, now=clock.now()
        )
    took = (time.perf_counter() - started) * 1000
    assert placed == len(contact_ids)
    return took


def page_table(workspace: Any, segment: Any, repeats: int) -> None:
    from rollcall.contacts.book import ContactFilters
    from rollcall.segments import placements

    bare, fifty = bare_reads(repeats)
    print(f"one row by its primary key: p50 {bare:.2f} ms; fifty contacts by theirs: p50 {fifty:.2f} ms\n")
    print("| order | filter | depth | p50 ms | p95 ms | / one row | / fifty contacts |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for sort in placements.ORDERS:
        starts = cursors(workspace, segment, sort)
        for said, filters in (("none", None), ("former only (1 in 10)", ContactFilters(is_former=True))):
            times: dict[float, list[float]] = {depth: [] for depth in DEPTHS}
            for _ in range(repeats):
                for depth in random.sample(DEPTHS, len(DEPTHS)):
                    started = time.perf_counter()
                    placements.page(
                        workspace=workspace,
                        segment_id=segment.pk,
                        sort=sort,
                        cursor=starts[depth],
                        filters=filters,
                    )
                    times[depth].append((time.perf_counter() - started) * 1000)
            for depth, found in times.items():
                p50, p95 = statistics.median(found), statistics.quantiles(found, n=20)[-1]
                print(
                    f"| {sort} | {said} | {depth:.1%} | {p50:.2f} | {p95:.2f} | {p50 / bare:.0f} | {p50 / fifty:.1f} |"
                )


def cursors(workspace: Any, segment: Any, sort: str) -> dict[float, str | None]:
    """The cursor of the page at each depth, found by walking."""
    from rollcall.core import paging
    from rollcall.segments import placements
    from rollcall.segments.models import SegmentContact

    segment.refresh_from_db()
    wanted = {depth: int(segment.contact_count * depth) // paging.LIMIT_MAX for depth in DEPTHS}
    found: dict[float, str | None] = dict.fromkeys(DEPTHS)
    rows = SegmentContact.objects.filter(segment=segment, removed_at__isnull=True)
    cursor: str | None = None
    for number in range(1, max(wanted.values()) + 1):
        page = paging.page(rows, order=placements.ORDERS[sort], cursor=cursor, limit=paging.LIMIT_MAX)
        cursor = page.next_cursor
        found |= {depth: cursor for depth, at in wanted.items() if at == number}
    return found


def bare_reads(repeats: int) -> tuple[float, float]:
    """p50 of one row by its primary key, and of fifty contacts by theirs."""
    from django.db import connection

    from rollcall.contacts.models import Contact

    newest = Contact.objects.latest("id").pk
    one, fifty = [], []
    with connection.cursor() as cursor:
        for _ in range(repeats * 5):
            started = time.perf_counter()
            cursor.execute("SELECT * FROM contacts_contact WHERE id = %s", [random.randrange(1, newest)])
            cursor.fetchone()
            one.append((time.perf_counter() - started) * 1000)
    for _ in range(repeats):
        wanted = random.sample(range(1, newest), 50)
        started = time.perf_counter()
        list(Contact.objects.filter(pk__in=wanted))
        fifty.append((time.perf_counter() - started) * 1000)
    return statistics.median(one), statistics.median(fifty)


def place_table(workspace: Any, segment: Any) -> None:
    times = []
    for number in range(12):
        times.append(place(segment, own(workspace, 10**9 + number * CHUNK, CHUNK)))
    print(
        f"\nplacing {CHUNK:,} contacts (commit included): p50 {statistics.median(times):.0f} ms, "
        f"most {max(times):.0f} ms, {CHUNK / statistics.median(times):.0f} contacts a millisecond"
    )


if __name__ == "__main__":
    main()
