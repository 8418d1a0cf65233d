"""Stop means stop: within one batch, with or without a worker, and the rest of the hold comes back (E5)."""

from datetime import datetime

from django.db.models import F

from rollcall.core import transactions
from rollcall.personas import endings
from rollcall.personas.lists import get
from rollcall.personas.models import Run
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace


def stop(*, workspace: Workspace, run_id: int, actor: Actor, now: datetime) -> Run:
    """Ask the run to stop; a run that no worker holds ends at once. Stopping one that ended changes nothing.

    Raises:
        NoSuchRun
    """
    get(workspace=workspace, run_id=run_id)

    def write() -> None:
        active = Run.objects.filter(pk=run_id, workspace=workspace, state__in=Run.ACTIVE)
        if active.filter(stop_requested_at__isnull=True).update(stop_requested_at=now):
            audit.write(
                workspace=workspace, actor=actor, action="run.stopped", target=f"run_{run_id}", now=now
            )
        # The fence goes up, so that a worker which wakes late can write no more.
        if active.filter(lease_until__lte=now).update(fence=F("fence") + 1):
            run = Run.objects.get(pk=run_id)
            whole = run.people_done >= run.people
            endings.end(run=run, state=Run.State.DONE if whole else Run.State.STOPPED, now=now)

    transactions.run(write)
    return get(workspace=workspace, run_id=run_id)
