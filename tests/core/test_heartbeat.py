"""Work that takes long says that it is still alive, until it ends or somebody else has taken it over."""

import threading

from rollcall.core import heartbeat

LONG = 30.0


class Lost(Exception):
    """Somebody else has it."""


def test_it_is_renewed_while_work_lasts_and_not_after() -> None:
    twice, count = threading.Event(), 0

    def renew() -> None:
        nonlocal count
        count += 1
        if count == 2:
            twice.set()

    with heartbeat.kept(renew, lost=Lost, every_seconds=0.001):
        assert twice.wait(LONG)
    ended = count
    assert not any(thread.name == "heartbeat" for thread in threading.enumerate())
    assert count == ended


def test_trouble_is_tried_again_and_a_loss_is_the_end() -> None:
    """A database that is away for a moment costs nobody the lease."""
    lost = threading.Event()
    told: list[int] = []

    def renew() -> None:
        told.append(len(told))
        if len(told) == 1:
            raise OSError("the database is away")
        lost.set()
        raise Lost()

    with heartbeat.kept(renew, lost=Lost, every_seconds=0.001):
        assert lost.wait(LONG)
        threads = [thread for thread in threading.enumerate() if thread.name == "heartbeat"]
        for thread in threads:
            thread.join(LONG)
        assert told == [0, 1]


def test_what_goes_wrong_in_the_work_itself_is_told() -> None:
    try:
        with heartbeat.kept(lambda: None, lost=Lost, every_seconds=LONG):
            raise ValueError("it")
    except ValueError as error:
        assert str(error) == "it"
    else:
        raise AssertionError("nothing was raised")
