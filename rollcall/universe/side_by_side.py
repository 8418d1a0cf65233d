"""Two things at once, in threads: Arrow and NumPy let another one run while they work."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pyarrow as pa

A = TypeVar("A")
B = TypeVar("B")
# What takes a few milliseconds takes no less in two threads.
_LONG = 1 << 16


def both(one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
    """What both answer. `other` may not ask the database: its connections belong to the threads that open them."""
    with ThreadPoolExecutor(1) as thread:
        second = thread.submit(other)
        return one(), second.result()


def halves(work: Callable[[Any], Any], column: Any) -> Any:
    """What `work` makes of each row of a column, where it looks at no other row for that."""
    if len(column) < _LONG:
        return work(column)
    middle = len(column) // 2
    return pa.concat_arrays(both(lambda: work(column.slice(0, middle)), lambda: work(column.slice(middle))))
