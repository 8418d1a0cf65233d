"""What workers do for runs, over and over: carry on with the one that is due longest, and end holds left behind."""

from datetime import datetime, timedelta

from rollcall.core import jobs
from rollcall.credits import holds
from rollcall.personas import carrying, quotes
from rollcall.personas.models import Quote, Run
from rollcall.workspaces import access

# Long runs hand the lease back after so long, so that a short one never waits for a long one to end.
SLICE_SECONDS = 5.0
# An estimate that nobody started says whom we counted; it is kept as long as someone may ask about it, then forgotten.
UNSTARTED_KEPT_FOR = timedelta(days=7)
FORGOTTEN_AT_ONCE = 200


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


@jobs.sweep("personas.quotes", rest_seconds=600)
def forget_quotes(*, now: datetime) -> int:
    """Delete estimates that ran out a week ago and were never started; started ones explain their run for ever."""
    over = Quote.objects.filter(expires_at__lt=now - UNSTARTED_KEPT_FOR, run__isnull=True)
    numbers = list(over.order_by("expires_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Quote.objects.filter(pk__in=numbers, run__isnull=True).delete()[0] if numbers else 0
