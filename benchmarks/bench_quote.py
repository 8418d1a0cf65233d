"""How long an estimate takes on the demo universe: 418 companies, three personas, 1,000 contacts owned.

    python -m benchmarks.bench_quote --database sqlite

Method: every month of the bundled data is loaded, a segment of all companies made, about 1,000 people bought through
a search that stops there, and the same estimate made over and over by `quotes.make` (saved) and `quotes.draft` (not
saved). Beside it stands the search alone (`search.people`), the part that no estimate can do without. "Busy" is
processor time of this process and its database session: the fairer number on a machine that does other work too.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import installation
from benchmarks.bench_run import processor

BAR_MS = 50
PERSONAS: dict[str, dict[str, Any]] = {
    "Chiefs": {"titles": ["CEO"], "per_company": 1},
    "Finance": {
        "titles": ["CFO", "controller", "treasurer"],
        "seniorities": ["c_suite", "director"],
        "per_company": 3,
    },
    "Vice presidents": {"seniorities": ["vp"], "titles_out": ["assistant"], "order": "tenure"},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=installation.DATABASES, default="sqlite")
    parser.add_argument("--owned", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=100)
    wanted = parser.parse_args()
    with installation.fresh(wanted.database):
        measure(wanted.owned, wanted.times, wanted.database)


def measure(owned: int, times: int, database: str) -> None:
    from rollcall.core import clock
    from rollcall.personas import definitions, quotes
    from rollcall.segments import membership
    from rollcall.universe import search, versions

    actor, segment, personas = _prepare(owned)
    about = {"workspace": segment.workspace, "segment_id": segment.pk}
    ids = [persona.pk for persona in personas]
    asked = search.PeopleQuery(
        company_ids=membership.company_ids(segment=segment),
        personas=tuple(definitions.of(persona).query for persona in personas),
    )
    version = versions.current()
    assert version is not None
    quote = quotes.make(**about, persona_ids=ids, actor=actor, now=clock.now())
    steps: dict[str, Callable[[], object]] = {
        "quotes.make": lambda: quotes.make(**about, persona_ids=ids, actor=actor, now=clock.now()),
        "quotes.draft": lambda: quotes.draft(
            **about, persona_ids=ids[:2], definition=definitions.of(personas[2])
        ),
        "quotes.sample": lambda: quotes.sample(quote),
        "search.people alone": lambda: search.people(version=version, query=asked),
    }
    print(
        f"\n{quote.companies} companies, {len(ids)} personas, {quote.matches:,} matches of which {quote.owned:,} owned,"
    )
    print(f"{owned:,} contacts owned in all, {database}, {times} times\n")
    print(f"{'step':<22}{'p50 ms':>9}{'p95 ms':>9}{'busy ms':>9}{'of the bar':>12}")
    for name, step in steps.items():
        p50, p95, busy = _often(step, times)
        print(f"{name:<22}{p50:>9.1f}{p95:>9.1f}{busy:>9.1f}{p50 / BAR_MS:>12.0%}")
    print(f"\nbar for quotes.make: {BAR_MS} ms p50")


def _often(step: Callable[[], object], times: int) -> tuple[float, float, float]:
    """(median, 95th percentile, processor time of one) in milliseconds."""
    step()
    busy, taken = processor(), []
    was_busy = busy()
    for _ in range(times):
        started = time.perf_counter()
        step()
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1], 1000 * (busy() - was_busy) / times


def _prepare(owned: int) -> Any:
    """Actor, segment of everything, and the three personas of the estimate; so many contacts are owned."""
    from rollcall.core import clock
    from rollcall.credits import grants
    from rollcall.personas import definitions, quotes, runs
    from rollcall.segments import definitions as segments
    from rollcall.universe import ingest
    from rollcall.universe.sources import us_public_companies
    from rollcall.workspaces import access, members

    for month in us_public_companies.months():
        source = us_public_companies.Source(month)
        ingest.load(
            source=source, now=datetime.combine(source.as_of, datetime.min.time(), UTC) + timedelta(days=1)
        )
    now, actor = clock.now(), access.system("benchmark")
    workspace = members.create_workspace(name="Benchmark", now=now)
    grants.add(workspace=workspace, amount=owned, kind="package", name="P", key="g", actor=actor, now=now)
    segment = segments.create(
        workspace=workspace, name="All", kind="static", definition={"everything": True}, actor=actor, now=now
    )
    made = [
        definitions.create(
            workspace=workspace, name=name, definition=definitions.parse(definition), actor=actor, now=now
        )
        for name, definition in {"Everybody": {}, **PERSONAS}.items()
    ]
    quote = quotes.make(
        workspace=workspace,
        segment_id=segment.pk,
        persona_ids=[made[0].pk],
        stop_at=owned,
        actor=actor,
        now=now,
    )
    run = runs.start(workspace=workspace, quote_id=quote.pk, key="run", actor=actor, now=now)
    done = runs.carry_out(run_id=run.pk)
    assert done.charged == owned, (done.charged, done.problem)
    return actor, segment, made[1:]


if __name__ == "__main__":
    main()
