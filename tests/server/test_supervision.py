"""Programs that run beside each other: started again when one dies, ended together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rollcall.server.supervision import KeepsDying, Program, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
ROOT = Path(__file__).parents[2]


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """A zombie that nobody waits for is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_program_starts_again() -> None:
    told: list[str] = []
    supervisor = Supervisor([Program("The worker", SLEEP)], tell=told.append)
    program = supervisor.programs[0]
    program.start()
    assert program.process is not None
    first = program.process
    first.kill()
    first.wait()
    supervisor._revive(program)
    try:
        assert program.process.pid != first.pid and is_alive(program.process.pid)
        assert told == ["The worker ended unexpectedly (exit code -9); starting it again."]
    finally:
        supervisor.stop()
    assert not is_alive(program.process.pid)


def test_one_killed_again_and_again_is_started_again_and_again() -> None:
    """Only a program that gives up by itself is given up: killing workers must not end the rest."""
    supervisor = Supervisor([Program("The worker", SLEEP)], tell=lambda text: None)
    program = supervisor.programs[0]
    program.start()
    try:
        for _ in range(12):
            assert program.process is not None
            program.process.kill()
            program.process.wait()
            supervisor._revive(program)
        assert program.process is not None and is_alive(program.process.pid)
    finally:
        supervisor.stop()


def test_one_that_never_stays_up_ends_everything() -> None:
    supervisor = Supervisor(
        [Program("It", [sys.executable, "-c", "raise SystemExit(3)"])], tell=lambda text: None
    )
    supervisor.programs[0].start()
    with pytest.raises(KeepsDying, match="exit code 3"):
        supervisor.watch()
    supervisor.stop()


def test_children_of_a_killed_program_do_not_outlive_it(tmp_path: Path) -> None:
    """A web server killed hard leaves workers that would go on holding the port."""
    told = tmp_path / "pid"
    code = (
        f"import subprocess, time\np = subprocess.Popen({SLEEP!r})\n"
        f"open({str(told)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    )
    supervisor = Supervisor([Program("Parent", [sys.executable, "-c", code])], tell=lambda text: None)
    program = supervisor.programs[0]
    program.start()
    wait_until(lambda: told.exists() and told.read_text() != "")
    child = int(told.read_text())
    assert program.process is not None and is_alive(child)
    program.process.kill()
    program.process.wait()
    program.end_leftovers()
    wait_until(lambda: not is_alive(child))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_programs_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = (
        "import time\nfrom rollcall.server.supervision import Program\n"
        f"p = Program('x', {SLEEP!r}); p.start(); open({str(told)!r}, 'w').write(str(p.process.pid)); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    wait_until(lambda: told.exists() and told.read_text() != "")
    child = int(told.read_text())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not is_alive(child))
