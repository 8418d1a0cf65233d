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
    """End the run now; a worker that is at it finishes at most the batch it has begun, and its fence stops the next.

    Stopping a run that has ended changes nothing.

    Raises:
        NoSuchRun
    """
    get(workspace=workspace, run_id=run_id)

    def write() -> None:
        active = Run.objects.filter(pk=run_id, workspace=workspace, state__in=Run.ACTIVE)
        # Waits for the batch that is being written, if any, and takes the run away from its worker.
        if not active.update(stop_requested_at=now, fence=F("fence") + 1):
            return
        run = Run.objects.select_related("workspace", "segment", "quote").get(pk=run_id)
        whole = run.people_done >= run.people
        endings.end(run=run, state=Run.State.DONE if whole else Run.State.STOPPED, now=now)
        audit.write(workspace=workspace, actor=actor, action="run.stopped", target=f"run_{run_id}", now=now)

    transactions.run(write)
    return get(workspace=workspace, run_id=run_id)
