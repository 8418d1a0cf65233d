"""Reading: the balance, whatever the history; and the proof of a whole ledger."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.ledger import bulk
from benchmarks.ledger.table import Row


def rows(*, people: int) -> list[Row]:
    """Over one run of so many people."""
    from rollcall.core import clock
    from rollcall.credits import balances, chain, verify
    from rollcall.credits.models import Acquisition

    run = bulk.Run(people)
    run.carry_out("reads")
    chain.sweep(now=clock.now())
    quick = _median_ms(lambda: balances.quick(workspace=run.workspace), 500)
    whole = _median_ms(lambda: balances.read(workspace=run.workspace, now=clock.now()), 200)
    claims = Acquisition.objects.count()
    target = 5_000 * max(1.0, claims / 1_000_000)
    proof = _median_ms(lambda: _proven(verify), 3)
    return [
        Row("balance, available and held", f"{quick:.3f} ms", "< 1 ms", quick < 1, "median of 500"),
        Row("balance, all that the menu shows", f"{whole:.3f} ms", how="median of 200"),
        Row(f"proof over {claims:,} claims, sealed", f"{proof / 1000:.2f} s", f"≤ {target / 1000:.0f} s",
            proof <= target, "all rules; median of 3"),
    ]  # fmt: skip


def _proven(verify: Any) -> None:
    assert verify.verify().ok


def _median_ms(work: Callable[[], Any], number: int) -> float:
    taken = []
    for _ in range(number):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)
