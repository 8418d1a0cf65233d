"""How long something takes, by the clock on the wall."""

import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
