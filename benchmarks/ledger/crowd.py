"""Many clients at once, in several processes, each on a connection of its own: what they get done in some seconds."""

import json
import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PROCESSES = 4
Act = Callable[[], object]


@dataclass(frozen=True)
class Done:
    """How many acts a second, and how long one of them took its client."""

    rate: float
    median_ms: float
    slowest_ms: float


def measure(*, clients: int, seconds: float, client: Callable[[int], Act]) -> Done:
    """Start `clients` clients and let them act for so long.

    Args:
        client: makes ready the client of this number (in its own thread) and gives back what it does over and over.
    """
    from django.db import connections

    connections.close_all()
    begin = time.monotonic() + 1.5
    share = [list(range(number, clients, PROCESSES)) for number in range(PROCESSES)]
    reads = [_fork(numbers, begin, begin + seconds, client) for numbers in share if numbers]
    taken: list[float] = []
    for pid, read in reads:
        with os.fdopen(read) as pipe:
            said = pipe.read()
        _, status = os.waitpid(pid, 0)
        if status or not said:
            raise AssertionError("a client failed; see above")
        taken += json.loads(said)
    return Done(len(taken) / seconds, statistics.median(taken) * 1000, max(taken) * 1000)


def _fork(numbers: list[int], begin: float, end: float, client: Callable[[int], Act]) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    try:
        os.close(read)
        taken = _threads(numbers, begin, end, client)
        with os.fdopen(write, "w") as pipe:
            pipe.write(json.dumps(taken))
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def _threads(numbers: list[int], begin: float, end: float, client: Callable[[int], Act]) -> list[float]:
    taken: list[float] = []
    failures: list[BaseException] = []

    def one(number: int) -> None:
        try:
            act, mine = client(number), []
            time.sleep(max(0.0, begin - time.monotonic()))
            while (start := time.monotonic()) < end:
                act()
                mine.append(time.monotonic() - start)
            taken.extend(mine)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return taken
