"""How far a run is, from its own row and its last batch: survives reloads and restarts (E6)."""

from dataclasses import dataclass

from rollcall.personas.lists import get
from rollcall.personas.models import Run
from rollcall.workspaces.models import Workspace


@dataclass(frozen=True)
class Progress:
    """`seconds_left` and `rate_per_second` are None until a batch was done or once the run has ended."""

    state: str
    people: int
    done: int
    charged: int
    owned: int
    suppressed: int
    percent: int
    rate_per_second: int | None
    seconds_left: int | None
    problem: str

    @property
    def is_active(self) -> bool:
        return self.state in Run.ACTIVE


def progress(*, workspace: Workspace, run_id: int) -> Progress:
    """
    Raises:
        NoSuchRun
    """
    run = get(workspace=workspace, run_id=run_id)
    rate = _rate(run)
    active = run.state in Run.ACTIVE
    left = run.people - run.people_done
    return Progress(
        state=run.state,
        people=run.people,
        done=run.people_done,
        charged=run.charged,
        owned=run.owned,
        suppressed=run.suppressed,
        percent=100 * run.people_done // run.people if run.people else 0 if active else 100,
        rate_per_second=rate,
        seconds_left=-(-left // rate) if rate and active else None,
        problem=run.problem,
    )


def _rate(run: Run) -> int | None:
    """People a second over the batches done so far."""
    last = run.chunks.order_by("-number").values_list("done_at", flat=True).first()
    if last is None or run.started_at is None:
        return None
    seconds = (last - run.started_at).total_seconds()
    return max(1, round(run.people_done / seconds)) if seconds > 0 else None
