"""How a run ends: its state, the rest of its hold and the line in the segment, all in one transaction."""

from datetime import datetime

from rollcall.core import faults, transactions
from rollcall.credits import holds
from rollcall.personas import leases, quotes
from rollcall.personas.models import Run
from rollcall.segments import activity
from rollcall.workspaces.access import Actor

BEFORE_RELEASE = faults.declare(
    "personas.end.before_release", "the run is marked as ended, its hold is still open"
)
BEFORE_COMMIT = faults.declare(
    "personas.end.before_commit", "the rest of the hold is released, nothing committed"
)
COMMITTED = faults.declare("personas.end.committed", "the run has ended and its hold is closed")
_WHY = {Run.State.DONE: "finished", Run.State.STOPPED: "stopped", Run.State.FAILED: "failed"}


def end(*, run: Run, state: Run.State, now: datetime, problem: str = "") -> None:
    """End the run under its fence and give back what it did not use.

    Raises:
        LeaseLost: another worker has taken over, or it had ended.
    """

    def write() -> None:
        leases.write(run, state=state, finished_at=now, lease_until=now, problem=problem)
        faults.point(BEFORE_RELEASE)
        released = _release(run, state, now)
        _tell_segment(run, state, released, now)
        faults.point(BEFORE_COMMIT)

    transactions.run(write)
    faults.point(COMMITTED)


def starter(run: Run) -> Actor:
    """Who started the run: its charges and releases are theirs."""
    return Actor(ref=run.actor, label=run.actor_label)


def _release(run: Run, state: Run.State, now: datetime) -> int:
    if run.hold_id is None:
        return 0
    return holds.release(
        workspace=run.workspace,
        hold_id=run.hold_id,
        key=f"run_{run.pk}:release",
        actor=starter(run),
        now=now,
        context={"run": f"run_{run.pk}", "why": _WHY[state], **quotes.named(run.quote)},
    )


def _tell_segment(run: Run, state: Run.State, released: int, now: datetime) -> None:
    fresh = Run.objects.values("charged", "owned", "suppressed", "people", "people_done").get(pk=run.pk)
    activity.write(
        segment=run.segment,
        kind=f"search_{_WHY[state]}",
        actor=starter(run),
        now=now,
        detail={"run": f"run_{run.pk}", "released": released, **fresh, **quotes.named(run.quote)},
    )
