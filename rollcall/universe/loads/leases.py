"""Who may write for a load right now: a lease with a fence that every write checks; kept up while the work lasts."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, connections
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from rollcall.core import clock, ids, transactions
from rollcall.core.errors import Conflict
from rollcall.universe.models import SourceLoad

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)
BEAT_SECONDS = 15.0
_STATE_OF = {
    SourceLoad.Task.LOOK: SourceLoad.State.LOOKING,
    SourceLoad.Task.CHECK: SourceLoad.State.CHECKING,
    SourceLoad.Task.LOAD: SourceLoad.State.LOADING,
}


class LeaseLost(Conflict):
    """Another worker goes on with the load {load}, or it was cancelled; this one wrote nothing."""


def take(*, tasks: Sequence[str], now: datetime) -> SourceLoad | None:
    """The load of these tasks that has been due longest, now ours for a minute; None if there is none."""
    due = SourceLoad.objects.filter(state__in=SourceLoad.ACTIVE, task__in=tasks, lease_until__lte=now)
    found = due.order_by("lease_until", "pk").first()
    if found is None:
        return None
    load = found

    def write() -> SourceLoad | None:
        mine = due.filter(pk=load.pk, fence=load.fence).update(
            state=_STATE_OF[SourceLoad.Task(load.task)],
            phase="",
            lease_until=now + LEASE,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            started_at=Coalesce(F("started_at"), now),
        )
        return SourceLoad.objects.get(pk=load.pk) if mine else None

    return transactions.run(write)


def write(load: SourceLoad, **changes: Any) -> None:
    """Change the row under its fence.

    Raises:
        LeaseLost
    """

    def work() -> int:
        return _mine(load).update(**changes)

    if not transactions.run(work):
        raise LeaseLost(load=ids.public("lod", load.pk))


@contextmanager
def kept(load: SourceLoad) -> Iterator[None]:
    """The lease is renewed while this lasts: some steps of a load take minutes and have no end in between."""
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(load, ended), name="lease", daemon=True)
    # Inside a transaction another connection would see nothing of the row.
    if not connection.in_atomic_block:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if thread.is_alive():
            thread.join()


def _beat(load: SourceLoad, ended: threading.Event) -> None:
    try:
        while not ended.wait(BEAT_SECONDS):
            try:
                write(load, lease_until=clock.now() + LEASE)
            except LeaseLost:
                return
            except Exception:
                log.exception("a lease could not be renewed, will be tried again", load=load.pk)
    finally:
        connections.close_all()


def _mine(load: SourceLoad) -> "QuerySet[SourceLoad]":
    return SourceLoad.objects.filter(pk=load.pk, fence=load.fence, state__in=SourceLoad.ACTIVE)
