"""Who may write for a run right now: a lease with a fence that every write checks, never a worker's name."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from rollcall.core import transactions
from rollcall.core.errors import Conflict
from rollcall.personas.models import Run

LEASE = timedelta(seconds=30)


class LeaseLost(Conflict):
    """Another worker goes on with the search {run}, or it was stopped; this one wrote nothing."""


def take(*, run_id: int, now: datetime) -> Run | None:
    """The run, now ours for 30 seconds; None if it ended or another worker's lease still holds."""

    def write() -> Run | None:
        due = Run.objects.filter(pk=run_id, state__in=Run.ACTIVE, lease_until__lte=now)
        taken = due.update(
            state=Run.State.RUNNING,
            lease_until=now + LEASE,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            started_at=Coalesce(F("started_at"), now),
        )
        return Run.objects.get(pk=run_id) if taken else None

    return transactions.run(write)


def renew(run: Run, *, now: datetime) -> None:
    """First statement of each batch: locks the run's row, and proves that nobody took over, stopped or did this batch.

    Raises:
        LeaseLost
    """
    if not _mine(run).filter(people_done=run.people_done).update(lease_until=now + LEASE):
        raise LeaseLost(run=f"run_{run.pk}")


def write(run: Run, **changes: Any) -> None:
    """Change the run's row under its fence.

    Raises:
        LeaseLost
    """
    if not _mine(run).update(**changes):
        raise LeaseLost(run=f"run_{run.pk}")


def _mine(run: Run) -> Any:
    return Run.objects.filter(pk=run.pk, fence=run.fence, state__in=Run.ACTIVE)
