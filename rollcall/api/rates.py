"""How many requests a key may make: a fixed window of one minute, counted in memory, told in every answer.

Counted per process, so an installation with N web processes lets through up to N times the rate. A row in the
database would be exact, but costs a synced write for every read, and on SQLite waits behind a running search.
"""

import threading
import time
from dataclasses import dataclass

from django.conf import settings

from rollcall.core.errors import TryLater

WINDOW_SECONDS = 60
PER_WINDOW = 600


class RateExceeded(TryLater):
    """This key has made its {limit} requests of this minute. Go on in {retry_after_seconds} seconds."""


@dataclass(frozen=True)
class Taken:
    """Where a key stands in its window."""

    limit: int
    left: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields of the IETF draft "RateLimit header fields for HTTP"."""
        return {
            "RateLimit-Policy": f'"key";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"key";r={self.left};t={self.reset_seconds}',
        }


class Window:
    """The counts of the present minute; those of earlier ones are dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._counts: dict[int, int] = {}

    def count(self, key_id: int, *, number: int) -> int:
        """How many requests the key has made in the window of this number, with this one."""
        with self._lock:
            if number != self._number:
                self._number = number
                self._counts.clear()
            self._counts[key_id] = self._counts.get(key_id, 0) + 1
            return self._counts[key_id]


_window = Window()


def take(key_id: int, *, seconds: float | None = None) -> tuple[Taken, bool]:
    """Count one request of the key; the second item is whether it may pass."""
    seconds = time.time() if seconds is None else seconds
    number, limit = int(seconds // WINDOW_SECONDS), _limit()
    count = _window.count(key_id, number=number)
    reset = max(1, int((number + 1) * WINDOW_SECONDS - seconds))
    return Taken(limit=limit, left=max(0, limit - count), reset_seconds=reset), count <= limit


def _limit() -> int:
    return int(getattr(settings, "ROLLCALL_API_REQUESTS_PER_MINUTE", PER_WINDOW))
