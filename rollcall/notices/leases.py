"""Claiming notices that are due: one worker at a time has each, for as long as its lease; tried again ever later."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import F, QuerySet

from rollcall.notices.models import Call, Letter, State

N = TypeVar("N", Letter, Call)
LEASE = timedelta(minutes=5)
ATTEMPTS_MAX = 12
_FIRST_PAUSE, _PAUSE_MAX = timedelta(seconds=15), timedelta(hours=6)
_PROBLEM_MAX = 300


def claim(due: QuerySet[N], *, now: datetime, limit: int) -> list[N]:
    """Those of the due ones that this worker has now; the number of attempts is the fence.

    A worker that dies leaves its claims to whoever looks after the lease is over: then something may be sent twice,
    with the same id.
    """
    mine = []
    waiting = due.filter(state=State.WAITING, due_at__lte=now)
    for notice in waiting.order_by("due_at", "pk")[:limit]:
        seen = {"pk": notice.pk, "state": State.WAITING, "attempts": notice.attempts, "due_at": notice.due_at}
        free = type(notice)._default_manager.filter(**seen)
        if free.update(attempts=F("attempts") + 1, due_at=now + LEASE):
            notice.attempts += 1
            mine.append(notice)
    return mine


def sent(notice: Letter | Call, *, now: datetime, **columns: object) -> None:
    """It arrived."""
    _still_mine(notice).update(state=State.SENT, sent_at=now, problem="", **columns)


def not_sent(notice: Letter | Call, *, problem: str, now: datetime, **columns: object) -> None:
    """It did not: later again, or after the last attempt never, which operators and owners see."""
    columns |= {"problem": short(problem)}
    if notice.attempts >= ATTEMPTS_MAX:
        _still_mine(notice).update(state=State.FAILED, **columns)
    else:
        _still_mine(notice).update(due_at=now + pause(notice.attempts), **columns)


def short(problem: str) -> str:
    """One line of what went wrong."""
    return " ".join(problem.split())[:_PROBLEM_MAX]


def pause(attempts: int) -> timedelta:
    """15 s, 30 s, 1 min … 4 h: about nine hours in all before it is given up."""
    doubled: timedelta = _FIRST_PAUSE * 2 ** (attempts - 1)
    return min(doubled, _PAUSE_MAX)


def _still_mine(notice: Letter | Call) -> QuerySet[Letter] | QuerySet[Call]:
    return type(notice)._default_manager.filter(pk=notice.pk, state=State.WAITING, attempts=notice.attempts)
