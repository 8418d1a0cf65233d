"""Says "still here" every few seconds while work lasts that has no end in between."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db import connection, connections

log = structlog.get_logger(__name__)
EVERY_SECONDS = 15.0


@contextmanager
def kept(
    renew: Callable[[], None], *, lost: type[Exception], every_seconds: float = EVERY_SECONDS
) -> Iterator[None]:
    """`renew` is called from a thread of its own while this lasts, until it raises `lost`: then somebody else goes on,
    and whoever works here finds out when they write. Any other trouble is logged, and it is tried again."""
    ended = threading.Event()
    thread = threading.Thread(
        target=_beat, args=(renew, lost, ended, every_seconds), name="heartbeat", daemon=True
    )
    # Inside a transaction another connection would see nothing of the row.
    if not connection.in_atomic_block:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if thread.is_alive():
            thread.join()


def _beat(
    renew: Callable[[], None], lost: type[Exception], ended: threading.Event, every_seconds: float
) -> None:
    try:
        while not ended.wait(every_seconds):
            try:
                renew()
            except lost:
                return
            except Exception:
                log.exception("a lease could not be renewed, will be tried again")
    finally:
        connections.close_all()
