"""SQLite has one writer at a time: whoever else wants to write gets a turn between two batches of a large job."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from rollcall.core.sqlite import base

pytestmark = pytest.mark.django_db(transaction=True)


def connect(file: Path, *, timeout: float = 30) -> Any:
    options = {
        "transaction_mode": "IMMEDIATE", "timeout": timeout, "init_command": "PRAGMA journal_mode=WAL",
    }  # fmt: skip
    handler = ConnectionHandler(
        {"default": {"ENGINE": "rollcall.core.sqlite", "NAME": file, "OPTIONS": options}}
    )
    return handler["default"]


def begin(connection: Any) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def end(connection: Any) -> None:
    connection.commit()
    connection.set_autocommit(True)


def test_a_writer_asks_for_its_turn_every_few_milliseconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself would ask every 100 ms, and miss the moments between two batches of a search."""
    file, pauses, sleep = tmp_path / "turns.sqlite3", list[float](), time.sleep
    holder, waiting = connect(file), connect(file)
    begin(holder)
    holder.inc_thread_sharing()
    release = threading.Timer(0.2, lambda: end(holder))

    def paused(seconds: float) -> None:
        pauses.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(base.time, "sleep", paused)
    release.start()
    begin(waiting)
    release.join()
    assert len(pauses) >= 10 and max(pauses) <= 0.004
    end(waiting)
    for connection in (holder, waiting):
        connection.close()


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "turns.sqlite3"
    holder, waiting = connect(file), connect(file, timeout=0.2)
    begin(holder)
    start = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        begin(waiting)
    assert 0.15 < time.monotonic() - start < 5
    end(holder)
    holder.close()
    waiting.close()
