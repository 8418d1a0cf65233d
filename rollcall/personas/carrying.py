"""Carrying a run out: batch by batch, each one transaction, so that a person is paid for if and only if added (E4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import structlog

from rollcall.contacts import acquisition, bulk
from rollcall.contacts.acquisition import Added
from rollcall.core import clock, faults, rows, transactions
from rollcall.core.errors import RollcallError
from rollcall.personas import endings, estimates, leases, quotes
from rollcall.personas.models import ContactPersona, Run, RunChunk
from rollcall.segments import membership
from rollcall.universe import search

log = structlog.get_logger(__name__)
CHUNK = 10_000
ATTEMPTS_MAX = 5
BACK_OFF = timedelta(seconds=2)
TAKEN = faults.declare("personas.carry.taken", "a worker holds the lease of a run and has added nobody yet")
BEFORE_CHARGE = faults.declare(
    "personas.batch.before_charge", "a batch has renewed the lease, nothing charged"
)
CHARGED = faults.declare(
    "personas.batch.charged", "contacts and charge are written, the segment does not know them"
)
BEFORE_COMMIT = faults.declare(
    "personas.batch.before_commit", "the whole batch is written, nothing committed"
)
COMMITTED = faults.declare("personas.batch.committed", "a batch is committed, the next has not begun")


@dataclass(frozen=True)
class _Work:
    """What does not change from batch to batch: whom to add, as counted by the quote, in its order."""

    people: pa.Table
    version: int
    persona_ids: list[int]
    context: dict[str, Any]


def carry_out(*, run_id: int, now: datetime | None = None, seconds_max: float | None = None) -> Run:
    """Take the run's lease and add its people; safe to call twice, late, or after any crash.

    Does nothing when another worker holds the lease. A failure is kept in the run and tried again later; after five
    in a row without a batch done the run is parked as failed and its hold comes back.

    Args:
        now: a fixed instant instead of the clock.
        seconds_max: hand the lease back after about so long, so that other runs get their turn.
    """
    read_clock = clock.now if now is None else lambda: now
    run = leases.take(run_id=run_id, now=read_clock())
    if run is None:
        return Run.objects.get(pk=run_id)
    faults.point(TAKEN)
    try:
        _carry(run, read_clock, seconds_max)
    except leases.LeaseLost:
        log.warning("lease lost: stopped, or another worker goes on", run=run_id)
    except Exception as error:
        log.exception("run failed, will be tried again", run=run_id, attempt=run.attempts)
        _note_failure(run, error, read_clock())
    return Run.objects.get(pk=run_id)


def _carry(run: Run, read_clock: Callable[[], datetime], seconds_max: float | None) -> None:
    started_at = read_clock()
    if run.attempts > ATTEMPTS_MAX:
        problem = run.problem or "It ended without a word five times in a row."
        endings.end(run=run, state=Run.State.FAILED, now=started_at, problem=problem)
        return
    work = _work(run)
    while run.people_done < run.people:
        _carry_batch(run, work, read_clock)
        if seconds_max and (read_clock() - started_at).total_seconds() > seconds_max:
            leases.write(run, lease_until=read_clock())
            return
    endings.end(run=run, state=Run.State.DONE, now=read_clock())


def _work(run: Run) -> _Work:
    quote = run.quote
    people = estimates.in_states(quotes.people(quote), estimates.NEW, estimates.OWNED)
    context = {"run": f"run_{run.pk}", **quotes.named(quote)}
    return _Work(people, quote.universe_version, list(quote.persona_ids), context)


def _carry_batch(run: Run, work: _Work, read_clock: Callable[[], datetime]) -> None:
    """One batch: read the universe first, then one short transaction."""
    batch = work.people.slice(run.people_done, CHUNK)
    people = search.position_rows(version=work.version, pairs=batch.select(["company_id", "profile_id"]))
    firsts = pa.array(estimates.first_personas(batch, work.persona_ids), pa.int64())
    people = people.append_column("persona_id", firsts)

    def write() -> dict[str, int]:
        now = read_clock()
        leases.renew(run, now=now)
        faults.point(BEFORE_CHARGE)
        added = _add(run, work, people, now)
        faults.point(CHARGED)
        membership.place(
            segment=run.segment,
            contact_ids=list(added.contact_ids.values()),
            charged_ids=set(added.new_contact_ids),
            now=now,
        )
        _name_personas(work, batch, added)
        counts = _count(run, batch, added, now)
        faults.point(BEFORE_COMMIT)
        return counts

    for name, value in transactions.run(write).items():
        setattr(run, name, value)
    faults.point(COMMITTED)


def _add(run: Run, work: _Work, people: pa.Table, now: datetime) -> Added:
    first = run.people_done + 1
    return acquisition.add(
        workspace=run.workspace,
        people=people,
        hold_id=run.hold_id,
        key=f"run_{run.pk}:from:{first}",
        actor=endings.starter(run),
        now=now,
        run_id=run.pk,
        version=work.version,
        context=work.context | {"first": first, "matched": len(people)},
    )


def _name_personas(work: _Work, batch: pa.Table, added: Added) -> None:
    """P2: a contact carries the name of each persona that found it."""
    found = [
        (contact_id, mask)
        for pair, mask in zip(estimates.pairs(batch), batch["persona_mask"].to_pylist(), strict=True)
        if (contact_id := added.contact_ids.get(pair)) is not None
    ]
    named = sorted(
        (contact_id, persona_id)
        for bit, persona_id in enumerate(work.persona_ids)
        for contact_id, mask in found
        if mask >> bit & 1
    )
    new = set(added.new_contact_ids)
    bulk.write(ContactPersona, _columns([pair for pair in named if pair[0] in new]), constants={})
    rows.insert(
        ContactPersona, _columns([pair for pair in named if pair[0] not in new]), ignore_conflicts=True
    )


def _columns(named: list[tuple[int, int]]) -> dict[str, list[int]]:
    return {"contact_id": [contact for contact, _ in named], "persona_id": [persona for _, persona in named]}


def _count(run: Run, batch: pa.Table, added: Added, now: datetime) -> dict[str, int]:
    """Add the batch to the run's sums; who was new in the quote and was not charged is counted apart."""
    RunChunk.objects.create(
        run=run,
        number=run.chunks.count() + 1,
        fresh=len(added.charged),
        owned=added.owned,
        suppressed=added.suppressed,
        entry=added.entry,
        done_at=now,
    )
    new = estimates.pairs(estimates.in_states(batch, estimates.NEW))
    yours = sum(pair in added.contact_ids for pair in new)
    counts = {
        "people_done": run.people_done + len(batch),
        "charged": run.charged + len(added.charged),
        "owned": run.owned + added.owned,
        "suppressed": run.suppressed + added.suppressed,
        "owned_since": run.owned_since + yours - len(added.charged),
        "suppressed_since": run.suppressed_since + len(new) - yours,
        "attempts": 0,
    }
    leases.write(run, problem="", **counts)
    return counts


def _note_failure(run: Run, error: Exception, now: datetime) -> None:
    """Keep what went wrong where people see it; names and values of people are in no message of ours."""
    problem = (error.message if isinstance(error, RollcallError) else type(error).__name__)[:300]
    try:
        if run.attempts >= ATTEMPTS_MAX:
            endings.end(run=run, state=Run.State.FAILED, now=now, problem=problem)
        else:
            leases.write(run, problem=problem, lease_until=now + BACK_OFF * 2**run.attempts)
    except leases.LeaseLost:
        log.warning("lease lost: stopped, or another worker goes on", run=run.pk)
