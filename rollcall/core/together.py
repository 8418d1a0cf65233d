"""Work that is done for many at once: who comes while others are at it is done next, with all who wait by then."""

import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)
PATIENCE_SECONDS = 0.002
Asked = TypeVar("Asked")
Done = TypeVar("Done")


class _Place(Generic[Asked, Done]):
    """One who waits until it is over, or for the turn to lead."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.done: Done | None = None
        self.leads = False
        self.turn = threading.Lock()
        self.turn.acquire()


class Together(Generic[Asked, Done]):
    """Threads that ask for the same kind of work: one of them does it for all who wait, in its own connection.

    `work` gives an answer for each, or None for whoever had better see to it alone. If it fails, everybody in the
    group is left alone, the leader too: an error then meets only who is the reason for it. So doing it again must be
    harmless.
    """

    _is_led: bool

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Done | None]], *, most: int) -> None:
        self._work, self._most = work, most
        self._begin()
        # A process that is forked has none of the threads that its copy of the queue waits for.
        begin = weakref.WeakMethod(self._begin)
        os.register_at_fork(after_in_child=lambda: (again := begin()) and again())

    def do(self, asked: Asked) -> Done | None:
        """Have it done; None: the caller sees to it alone."""
        mine: _Place[Asked, Done] = _Place(asked)
        with self._door:
            self._waiting.append(mine)
            mine.leads = not self._is_led
            self._is_led = True
        try:
            if not mine.leads:
                mine.turn.acquire()
            if mine.leads:
                self._gather()
        except BaseException:
            self._leave(mine)
            raise
        if mine.leads:
            self._lead()
        return mine.done

    def _begin(self) -> None:
        self._door = threading.Lock()
        self._waiting: list[_Place[Asked, Done]] = []
        self._is_led = False
        self._last = 1

    def _gather(self) -> None:
        """A crowd that was just served is back in a moment, and one trip for all costs each of them less.

        Who comes alone, after one who came alone, waits for nobody.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self._waiting) < self._last and time.monotonic() < until:
            time.sleep(PATIENCE_SECONDS / 10)

    def _lead(self) -> None:
        with self._door:
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._last = len(group)
        done: Sequence[Done | None] = [None] * len(group)
        try:
            answers = self._work([place.asked for place in group])
            assert len(answers) == len(group)
            done = answers
        except Exception:
            log.warning("a group failed, each goes on alone", exc_info=True, group=len(group))
        finally:
            for place, answer in zip(group, done, strict=True):
                place.done = answer
            with self._door:
                self._pass_on()
            for place in group[1:]:
                place.turn.release()

    def _leave(self, mine: _Place[Asked, Done]) -> None:
        """Interrupted while waiting: if it was to lead, the next one does."""
        with self._door:
            if mine in self._waiting:
                self._waiting.remove(mine)
                if mine.leads:
                    self._pass_on()

    def _pass_on(self) -> None:
        self._is_led = bool(self._waiting)
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].turn.release()
