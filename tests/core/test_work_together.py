"""Threads that ask for the same kind of work: one does it for all who wait, and nobody is forgotten."""

import os
import signal
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from rollcall.core.together import Together

SECONDS = 30


class Works:
    """Doubles numbers; the first group waits for the door to be opened. 13 is bad luck for the whole group."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.door = threading.Event()
        self.together: Together[int, int] = Together(self, most=5)

    def __call__(self, numbers: Sequence[int]) -> list[int | None]:
        self.groups.append(list(numbers))
        assert self.door.wait(SECONDS)
        if 13 in numbers:
            raise ValueError("13")
        return [None if number == 7 else 2 * number for number in numbers]

    def crowd(self, numbers: Sequence[int]) -> dict[int, Any]:
        """What each thread was told; all but the first come while the first is at it."""
        told: dict[int, Any] = {}

        def one(number: int) -> None:
            told[number] = self.together.do(number)

        threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in numbers]
        threads[0].start()
        _until(lambda: bool(self.groups))
        for thread in threads[1:]:
            thread.start()
        _until(lambda: len(self.together._waiting) == len(numbers) - 1)
        self.door.set()
        for thread in threads:
            thread.join(SECONDS)
        return told


def _until(is_so: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_who_waits_is_done_in_one_go_and_told_its_own_answer() -> None:
    works = Works()
    assert works.crowd([1, 2, 3, 4]) == {1: 2, 2: 4, 3: 6, 4: 8}
    assert [sorted(group) for group in works.groups] == [[1], [2, 3, 4]]


def test_no_group_is_larger_than_allowed() -> None:
    works = Works()
    assert len(works.crowd(list(range(20, 33)))) == 13
    assert max(map(len, works.groups)) == 5 and sum(map(len, works.groups)) == 13


def test_who_is_not_simple_is_left_alone_and_nobody_else() -> None:
    assert Works().crowd([1, 7, 8]) == {1: 2, 7: None, 8: 16}


def test_if_the_work_fails_each_is_left_alone_and_later_ones_are_done() -> None:
    works = Works()
    assert works.crowd([1, 13, 2, 3]) == {1: 2, 13: None, 2: None, 3: None}
    assert works.together.do(5) == 10


def test_a_leader_that_is_stopped_leaves_the_others_alone() -> None:
    works = Works()

    def stopped(numbers: Sequence[int]) -> list[int | None]:
        raise SystemExit

    works.together = Together(stopped, most=5)
    for _ in range(2):
        with pytest.raises(SystemExit):
            works.together.do(1)


def test_who_comes_alone_waits_for_nobody() -> None:
    works = Works()
    works.door.set()
    assert [works.together.do(number) for number in (1, 2, 3)] == [2, 4, 6]
    assert works.groups == [[1], [2], [3]]


def test_a_process_that_is_forked_does_not_wait_for_threads_it_has_not() -> None:
    works = Works()
    waiting = threading.Thread(target=works.together.do, args=(1,), daemon=True)
    waiting.start()
    _until(lambda: bool(works.groups))
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        works.door = threading.Event()
        works.door.set()
        os._exit(0 if works.together.do(2) == 4 else 1)
    assert os.waitpid(child, 0)[1] == 0
    works.door.set()
    waiting.join(SECONDS)
