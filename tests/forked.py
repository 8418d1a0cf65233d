"""Programs that tests start by the hundred: processes of their own, forked from one that has imported the product.

Each has its own environment, settings and connections, and dies as any process does; only the second that Python
needs to import everything is spent once.
"""

import importlib
import io
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import connection, reduction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils.functional import empty

ROOT = Path(__file__).parents[1]
# A minute's work takes long on a busy computer; nothing waits for it but who has failed.
TIMEOUT_SECONDS = 600

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.forked_from"])


class Program:
    """What `subprocess.Popen` is for a program that begins with nothing; `args` are as Python's: `-m module …`."""

    def __init__(self, args: Sequence[str], *, env: Mapping[str, str]) -> None:
        self.args = args
        reading, out = os.pipe()
        self._out = io.FileIO(reading)
        self._err = tempfile.TemporaryFile()  # noqa: SIM115  closed by `communicate`
        given = (list(args), dict(env), _Handed(out), _Handed(self._err.fileno()))
        self._process = _context.Process(target=_carry_out, args=given, daemon=True)
        self._process.start()
        os.close(out)

    @property
    def returncode(self) -> int | None:
        """As of `subprocess`: the number of the signal that killed it, below zero; None while it runs."""
        return self._process.exitcode

    def line(self) -> str:
        """The next line that it prints."""
        return self._out.readline().decode()

    def send_signal(self, number: int) -> None:
        """Nothing happens to one that has ended."""
        with suppress(ProcessLookupError):
            if self.returncode is None:
                assert self._process.pid
                os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float = TIMEOUT_SECONDS) -> tuple[str, str]:
        """Wait for its end: what else it printed, and what it complained of."""
        said, until = b"", time.monotonic() + timeout
        while connection.wait([self._out], max(0, until - time.monotonic())):
            if not (more := os.read(self._out.fileno(), 65_536)):
                break
            said += more
        self._process.join(max(0, until - time.monotonic()))
        if self.returncode is None:
            self.kill()
            raise subprocess.TimeoutExpired(self.args, timeout, said)
        self._err.seek(0)
        with self._out, self._err:
            complained = self._err.read().decode(errors="replace")
        # Where pytest looks for what a failed test printed.
        sys.stderr.write(complained)
        return said.decode(), complained


def run(args: Sequence[str], *, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run`, with what it printed."""
    program = Program(args, env=env)
    out, err = program.communicate()
    assert program.returncode is not None
    return subprocess.CompletedProcess(args, program.returncode, out, err)


class _Handed:
    """A file descriptor that the program is given."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[Callable[[Any], int], tuple[Any]]:
        return _received, (reduction.DupFd(self._descriptor),)


def _received(handed: Any) -> int:
    return int(handed.detach())


def _carry_out(args: list[str], env: dict[str, str], out: int, err: int) -> None:
    """In the new process: as if Python had been started with these arguments, in this environment."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    for handed in (out, err):
        os.close(handed)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    _read_settings_again()
    how, what, *given = args
    try:
        if how == "-c":
            sys.argv = ["-c", *given]
            exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = [what, *given]
            runpy.run_module(what, run_name="__main__", alter_sys=True)
    finally:
        # As the end of Python would; multiprocessing skips it.
        connections.close_all()


def _read_settings_again() -> None:
    importlib.reload(importlib.import_module("rollcall.settings"))
    settings._wrapped = empty  # type: ignore[assignment]
    for known in connections.all(initialized_only=True):
        assert known.connection is None, "an open connection is inherited"
        del connections[known.alias]
    connections._settings = None
    connections.__dict__.pop("settings", None)
