"""How often the 80 % band of the forecast holds, and how long a forecast takes.

    python -m benchmarks.bench_forecast --histories 300

Method: for each kind of history, so many are made from seeds, each 8 to 60 weeks long, and 90 days more that the
forecast does not see. Held: the credits used in the next 7, 28 and 90 days lie within the band; and the day on which a
balance is used up lies within the band of that day (the balance is what was really used in 15 to 80 of the days). "Held
out" are kinds that were written after the method was chosen. "Width" is the band's over the true use, in the middle:
a band that always holds because it is wide would show here.
"""

import argparse
import random
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

from benchmarks import burn_histories, installation
from benchmarks.burn_histories import AHEAD, Kind

HORIZONS = (7, 28, 90)
WEEKS = (8, 10, 14, 20, 26, 39, 60)
BAR_MS = 50
PLENTY = 10**9
TODAY = date(2026, 9, 1)


@dataclass
class Held:
    """How often the band of one kind held, by horizon and for the day on which credits run out."""

    by_horizon: dict[int, list[bool]] = field(default_factory=lambda: {days: [] for days in HORIZONS})
    run_out: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    without: int = 0

    @property
    def all(self) -> list[bool]:
        return [held for found in self.by_horizon.values() for held in found]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--histories", type=int, default=300, help="of each kind")
    parser.add_argument("--seed", default="bench")
    wanted = parser.parse_args()
    with installation.fresh("sqlite"):
        for title, kinds in (("Kinds", burn_histories.KINDS), ("Held out", burn_histories.HELD_OUT)):
            show(title, backtest(kinds, histories=wanted.histories, seed=wanted.seed))
        clock()


def backtest(kinds: Mapping[str, Kind], *, histories: int, seed: str) -> dict[str, Held]:
    """Every kind with so many histories of its own."""
    found = {name: Held() for name in kinds}
    for name, kind in kinds.items():
        for number in range(histories):
            rng = random.Random(f"{seed}:{name}:{number}")
            days = 7 * WEEKS[number % len(WEEKS)] + rng.randint(0, 6)
            _try(kind(rng, days + AHEAD), days, rng, found[name])
    return found


def share(held: list[bool]) -> float:
    return sum(held) / len(held) if held else float("nan")


def together(found: Mapping[str, Held], horizon: int | None = None) -> float:
    """Over all kinds, for one horizon or all of them."""
    return share(
        [held for one in found.values() for held in (one.by_horizon[horizon] if horizon else one.all)]
    )


def run_outs(found: Mapping[str, Held]) -> float:
    return share([held for one in found.values() for held in one.run_out])


def _try(used: list[int], days: int, rng: random.Random, into: Held) -> None:
    from rollcall.credits import forecasts
    from rollcall.credits.burn import Burn
    from rollcall.credits.drains import Part

    history = Burn(TODAY, tuple(used[max(0, days - 364) : days]), 0)
    seen = forecasts.project(history=history, left=[Part(PLENTY)])
    if seen.band is None:
        into.without += 1
        return
    for horizon in HORIZONS:
        truth = sum(used[days : days + horizon])
        # The first day is today; the points begin with tomorrow.
        point = seen.points[horizon - 2]
        into.by_horizon[horizon].append(PLENTY - point.high <= truth <= PLENTY - point.low)
        if truth:
            into.widths.append((point.high - point.low) / truth)
    balance = sum(used[days : days + rng.randint(15, 80)])
    band = forecasts.project(history=history, left=[Part(balance)]).band
    if band is not None:
        day = TODAY + timedelta(days=_days_until(used[days:], balance))
        into.run_out.append((band.earliest or date.max) <= day <= (band.latest or date.max))


def _days_until(used: list[int], balance: int) -> int:
    """The number of the day on which the balance was used up; the first is 0."""
    return next(day for day, total in enumerate(accumulate(used)) if total >= balance)


def show(title: str, found: Mapping[str, Held]) -> None:
    print(
        f"\n{title:<18}{'7 days':>9}{'28 days':>9}{'90 days':>9}{'all':>9}{'runs out':>10}{'width':>8}{'no band':>9}"
    )
    for name, one in found.items():
        parts = "".join(f"{share(one.by_horizon[days]):>9.0%}" for days in HORIZONS)
        width = statistics.median(one.widths) if one.widths else float("nan")
        print(
            f"{name:<18}{parts}{share(one.all):>9.0%}{share(one.run_out):>10.0%}{width:>8.2f}{one.without:>9}"
        )
    parts = "".join(f"{together(found, days):>9.1%}" for days in HORIZONS)
    print(f"{'together':<18}{parts}{together(found):>9.1%}{run_outs(found):>10.1%}   (wanted: 75–85 %)")


def clock() -> None:
    """A year of entries, twenty a day, in a real ledger: cold, and again for the same page."""
    from rollcall.core import rows
    from rollcall.credits import forecasts, grants
    from rollcall.credits.models import Entry
    from rollcall.workspaces import access, members

    now, actor = datetime(2026, 9, 1, 12, tzinfo=UTC), access.system("benchmark")
    workspace = members.create_workspace(name="Benchmark", now=now)
    grants.add(workspace=workspace, amount=100_000, kind="package", name="P", key="g", actor=actor, now=now)
    at = [now - timedelta(minutes=72 * number) for number in range(1, 365 * 20)]
    table = {"key": [f"k{number}" for number in range(len(at))], "created_at": at, "amount": [7] * len(at)}
    same = {
        "workspace_id": workspace.pk,
        "kind": "charge",
        "balance_change": -7,
        "actor": "a",
        "actor_label": "a",
    }
    rows.insert(Entry, table, constants=same | {"context": "{}"})
    taken = []
    for number in range(6):
        started = time.process_time()
        # Another sum spent at once each time: nothing of the former answer can be used again.
        forecasts.outlook(workspace=workspace, now=now, spend=number)
        taken.append(1000 * (time.process_time() - started))
    started = time.process_time()
    forecasts.outlook(workspace=workspace, now=now, spend=5)
    again = 1000 * (time.process_time() - started)
    cold = statistics.median(taken)
    print(
        f"\n{len(at):,} entries in a year: {cold:.0f} ms of this processor, again {again:.0f} ms (bar {BAR_MS} ms)"
    )


if __name__ == "__main__":
    main()
