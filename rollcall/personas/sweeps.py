"""What workers do for runs, over and over: carry on with the one that is due longest, and end holds left behind."""

from datetime import datetime

from rollcall.core import jobs
from rollcall.credits import holds
from rollcall.personas import carrying, quotes
from rollcall.personas.models import Run
from rollcall.workspaces import access

# Long runs hand the lease back after so long, so that a short one never waits for a long one to end.
SLICE_SECONDS = 5.0


@jobs.sweep("personas.runs")
def carry_on(*, now: datetime) -> int:
    """Work on the run that has been due longest: queued, handed back, or left by a worker whose lease is past."""
    due = Run.objects.filter(state__in=Run.ACTIVE, lease_until__lte=now).order_by("lease_until", "pk")
    run_id = due.values_list("pk", flat=True).first()
    if run_id is None:
        return 0
    carrying.carry_out(run_id=run_id, seconds_max=SLICE_SECONDS)
    return 1


@jobs.sweep("personas.holds")
def end_holds(*, now: datetime) -> int:
    """Invariant 4: an ended run has no open hold. Its end closes it; this finds one that was left all the same."""
    ended = Run.objects.exclude(state__in=Run.ACTIVE).filter(hold__is_open=True)
    left = list(ended.select_related("workspace", "quote").defer("quote__people")[:100])
    for run in left:
        assert run.hold_id is not None
        holds.release(
            workspace=run.workspace,
            hold_id=run.hold_id,
            key=f"run_{run.pk}:release",
            actor=access.system("personas.holds"),
            now=now,
            context={"run": f"run_{run.pk}", "why": "left open", **quotes.named(run.quote)},
        )
    return len(left)
