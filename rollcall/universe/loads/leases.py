"""Who may write for a load right now: a lease with a fence that every write checks; kept up while the work lasts."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from rollcall.core import clock, heartbeat, ids, transactions
from rollcall.core.errors import Conflict
from rollcall.universe.models import SourceLoad

LEASE = timedelta(seconds=60)
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


def kept(load: SourceLoad) -> AbstractContextManager[None]:
    """The lease is renewed while this lasts: some steps of a load take minutes and have no end in between."""
    return heartbeat.kept(lambda: write(load, lease_until=clock.now() + LEASE), lost=LeaseLost)


def _mine(load: SourceLoad) -> "QuerySet[SourceLoad]":
    return SourceLoad.objects.filter(pk=load.pk, fence=load.fence, state__in=SourceLoad.ACTIVE)
