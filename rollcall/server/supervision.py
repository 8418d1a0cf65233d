"""Keeping a few programs running: started together, started again when one dies, stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from rollcall.core.errors import TryLater

PAUSE_SECONDS = 0.2
STOP_SECONDS = 15
_DEATHS_MAX, _DEATHS_WINDOW_SECONDS = 5, 60
_PR_SET_PDEATHSIG = 1


class KeepsDying(TryLater):
    """{name} ended {times} times within a minute (exit code {code}); its last lines are above.
    Everything was stopped."""


@dataclass
class Program:
    """One child process and the times at which it gave up."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor only, which stops its programs in order.
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - the supervisor has no threads
        )

    def end_leftovers(self) -> None:
        """End the children of a program that died without ending them: they would go on holding its port."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


@dataclass
class Supervisor:
    """Runs programs until it is asked to stop by Ctrl-C or SIGTERM."""

    programs: list[Program]
    tell: Callable[[str], None]
    stopping: bool = False

    def start(self) -> None:
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wanted, self._ask_to_stop)
        for program in self.programs:
            program.start()

    def watch(self) -> None:
        """Return when asked to stop.

        Raises:
            KeepsDying: one program does not stay up.
        """
        while not self.stopping:
            for program in self.programs:
                self._revive(program)
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """Ask every program to end, and end those that do not."""
        alive = [p.process for p in self.programs if p.process and p.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for program in self.programs:
            program.end_leftovers()

    def _revive(self, program: Program) -> None:
        code = program.process.poll() if program.process else None
        if code is None or self.stopping:
            return
        if code >= 0:  # it gave up by itself; one that was killed, however often, is simply started again
            self._count(program, code)
        program.end_leftovers()
        self.tell(f"{program.name} ended unexpectedly (exit code {code}); starting it again.")
        program.start()

    def _count(self, program: Program, code: int) -> None:
        now = time.monotonic()
        program.deaths = [at for at in program.deaths if now - at < _DEATHS_WINDOW_SECONDS] + [now]
        if len(program.deaths) >= _DEATHS_MAX:
            raise KeepsDying(name=program.name, times=len(program.deaths), code=code)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def python(*arguments: str) -> list[str]:
    """The command that runs this same Python."""
    return [sys.executable, *arguments]


def _die_with_parent() -> None:
    """On Linux a child ends when this process is killed, so that nothing is left holding the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
