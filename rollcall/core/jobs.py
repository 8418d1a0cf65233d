"""Background work: the rows of each domain are the queue, and every worker sweeps them over and over.

A domain registers a sweep: a function that finds due rows, takes a lease, does one step and returns how much it
did. Sweeps may run twice, late or never at any time, so each must be right by its own rows alone.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from django.db import close_old_connections, connection

from rollcall.core import clock

log = structlog.get_logger(__name__)
Sweep = Callable[..., int]
SWEEPS: dict[str, Sweep] = {}
RESTS_SECONDS: dict[str, float] = {}
LANES: dict[str, str] = {}
INSIDE, OUTSIDE, BUYING, LOOKS, LOADS = "inside", "outside", "buying", "looks", "loads"
PAUSE_SECONDS = 0.5
PAUSE_AFTER_FAILURE_SECONDS = 5.0


def sweep(name: str, *, rest_seconds: float = 0.0, lane: str = INSIDE) -> Callable[[Sweep], Sweep]:
    """Register a function `(*, now) -> int` (steps done) to be called over and over by every worker.

    A sweep that found nothing to do is left alone for `rest_seconds`: housekeeping need not look twice a second.
    What waits for other machines goes in the lane OUTSIDE, a loop of its own: a slow one holds up no search. Buying
    from providers and loading that (BUYING), first looks at files (LOOKS) and loads of them (LOADS) take minutes, and
    hold up no letter either.
    """

    def register(function: Sweep) -> Sweep:
        SWEEPS[name], RESTS_SECONDS[name], LANES[name] = function, rest_seconds, lane
        return function

    return register


@dataclass
class Worker:
    """One worker loop, over the sweeps of one lane or of all; run as many as wanted, in any number of processes."""

    lane: str | None = None
    stop_requested: threading.Event = field(default_factory=threading.Event)
    resting_until: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Sweep until asked to stop; sleep only when there was nothing to do."""
        while not self.stop_requested.is_set():
            if not self.run_once():
                self.stop_requested.wait(PAUSE_SECONDS)

    def run_once(self) -> int:
        """Call each sweep once; a failing one is logged, paused and tried again, and never stops the others."""
        done = 0
        for name, function in list(SWEEPS.items()):
            if self.stop_requested.is_set():
                break
            if self.lane not in (None, LANES[name]):
                continue
            done += self._call(name, function)
        return done

    def _call(self, name: str, function: Sweep) -> int:
        now = clock.now()
        if self.resting_until.get(name, 0) > now.timestamp():
            return 0
        if not connection.in_atomic_block:
            # Inside someone's transaction the connection is theirs: closing it would lose what they did.
            close_old_connections()
        try:
            done = function(now=now)
        except Exception:
            log.exception("sweep failed, will be tried again", sweep=name)
            self.resting_until[name] = now.timestamp() + PAUSE_AFTER_FAILURE_SECONDS
            return 0
        if not done:
            self.resting_until[name] = now.timestamp() + RESTS_SECONDS[name]
        return done


def run_all(*, limit: int = 1000) -> int:
    """Sweep until nothing is due: what `demo.py` and the tests use in place of a worker process."""
    worker = Worker()
    total = 0
    for _ in range(limit):
        done = worker.run_once()
        total += done
        if not done:
            break
    return total
