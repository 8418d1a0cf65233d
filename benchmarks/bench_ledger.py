"""How fast the ledger is, beside the machine's limit and a peer: charges, runs, replays, waits, the proof, the balance.

    python -m benchmarks.bench_ledger                                          SQLite in a temporary folder
    python -m benchmarks.bench_ledger --database postgres                      a PostgreSQL started for the occasion
    python -m benchmarks.bench_ledger --database postgres --pgledger CLONE     and pgledger beside ours in the same one
    python -m benchmarks.bench_ledger --big                                    20,000,000 claims; takes minutes

Everything is measured through the product's own functions, in one session on one machine; databases keep every commit
on disk before they answer. Targets that compare with the peer are judged only when a clone of it is given (or named by
ROLLCALL_PGLEDGER): its code is no part of this project.
"""

import argparse
import os

from benchmarks.installation import DATABASES, fresh
from benchmarks.ledger import bulk, reads, single, waits
from benchmarks.ledger.peer import Peer, found
from benchmarks.ledger.table import Row, show

PARTS = ("single", "bulk", "waits", "reads")


def main() -> None:
    given = _options()
    with fresh(given.database):
        files = found(given.pgledger)
        peer = Peer(files) if files and given.database == "postgres" else None
        print(f"{_about()}; {given.people:,} people a run; {os.cpu_count()} cores\n", flush=True)
        show(bulk.big() if given.big else _measured(given, peer))


def _measured(given: argparse.Namespace, peer: Peer | None) -> list[Row]:
    rows: list[Row] = []
    if "bulk" in given.only:
        rows += bulk.rows(people=given.people, peer=peer, seconds=given.seconds)
    if "single" in given.only:
        rows += single.rows(seconds=given.seconds, peer=peer)
    if "waits" in given.only:
        rows += waits.rows(people=min(given.people, 200_000))
    if "reads" in given.only:
        rows += reads.rows(people=given.people)
    return rows


def _about() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT version()" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        version = str(cursor.fetchone()[0]).split(" on ")[0]
    return f"{connection.vendor} {version.removeprefix('PostgreSQL ')}, every commit on disk"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--people", type=int, default=1_000_000, help="in a run; a multiple of 10,000")
    parser.add_argument("--seconds", type=float, default=8, help="for each crowd of clients")
    parser.add_argument(
        "--pgledger", metavar="CLONE", help="a clone of pgledger, to load beside ours (PostgreSQL)"
    )
    parser.add_argument("--big", action="store_true", help="only the table of 20,000,000 claims")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
