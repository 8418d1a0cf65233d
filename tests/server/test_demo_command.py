"""`make demo` as somebody types it: one start, a sign-in without typing, a killed worker, a second start, an end."""

import fcntl
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rollcall.server import profile
from rollcall.server.commands import demo as demo_command
from tests.server.conftest import Program
from tests.server.test_processes import wait_for
from tests.server.test_supervision import is_alive

# The demo has a SQLite file of its own, whatever database is set.
pytestmark = pytest.mark.no_database

ROOT = Path(__file__).parents[2]


class Demo:
    """A demo that runs, and what it has printed."""

    def __init__(self, home: Path, port: int) -> None:
        self.log = home.parent / f"demo-{time.monotonic_ns()}.log"
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("ROLLCALL_", "DJANGO_"))}
        ours = {"ROLLCALL_HOME": str(home), "ROLLCALL_PORT": str(port)}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rollcall.server", "demo", "--no-browser"],
                env=kept | ours, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def printed(self) -> str:
        return self.log.read_text()

    def children(self) -> dict[str, int]:
        """Process ids by the last word of their command."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in listed}
        return {"worker" if "work" in words else "web": int(pid) for pid, words in commands.items()}

    def link(self) -> str:
        """Where it says to sign in; the line must be whole."""

        def is_there() -> bool:
            assert self.process.poll() is None, self.printed()
            return "Ctrl-C" in self.printed()

        wait_for(is_there, seconds=170)
        found = re.search(r"http://127\.0\.0\.1:\d+/demo/enter\?token=\S+", self.printed())
        assert found, self.printed()
        return found[0]


@contextmanager
def running(home: Path, port: int) -> Iterator[Demo]:
    demo = Demo(home, port)
    try:
        yield demo
    finally:
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(timeout=30) == 0, demo.printed()


def enter(link: str) -> str:
    """The first page, by the link alone, as a browser with cookies follows it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(link, timeout=30) as response:
        assert response.status == 200
        return str(response.read().decode())


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_works(tmp_path: Path, port: int) -> None:
    home = tmp_path / "home"
    with running(home, port) as demo:
        link = demo.link()
        assert "Meridian" in enter(link)
        before = demo.children()
        os.kill(before["worker"], signal.SIGKILL)
        wait_for(lambda: demo.children().get("worker") not in {None, before["worker"]})
        second = Demo(home, port + 1)
        assert second.process.wait(timeout=60) == 6 and f"http://127.0.0.1:{port}" in second.printed()
        children = demo.children()
    assert not any(is_alive(pid) for pid in children.values())
    key = tomllib.loads((home / "profile.toml").read_text())
    assert (
        key["url"] == f"http://127.0.0.1:{port}" and (home / "profile.toml").stat().st_mode & 0o777 == 0o600
    )

    with running(home, port) as demo:
        assert "Meridian" in enter(demo.link())
        assert "loaded" not in demo.printed(), "the story was told twice"


def test_a_second_demo_on_the_same_folder_is_told_where_the_first_is(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLCALL_HOME", str(tmp_path))
    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        json.dump({"address": "http://127.0.0.1:8321", "pid": 4711}, lock)
        lock.flush()
        answer = program("demo", "--no-browser")
    assert answer.code == 6 and "http://127.0.0.1:8321" in answer.err and "4711" in answer.err


def test_a_taken_port_is_told_before_anything_is_built(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    monkeypatch.setenv("ROLLCALL_HOME", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen(1)
        answer = program("demo", "--no-browser", "--port", str(port))
    assert answer.code == 6 and str(port) in answer.err and "ROLLCALL_PORT" in answer.err
    assert not (tmp_path / "rollcall.sqlite3").exists()


def test_settings_of_another_installation_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs production from the same shell must not get the story told into it."""
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", "postgresql://production/rollcall")
    monkeypatch.setenv("ROLLCALL_HTTPS", "1")
    environment = demo_command._environment(tmp_path, "http://127.0.0.1:8321")
    assert {name: value for name, value in environment.items() if name.startswith("ROLLCALL_")} == {
        "ROLLCALL_DEMO": "1",
        "ROLLCALL_HOME": str(tmp_path),
        "ROLLCALL_URL": "http://127.0.0.1:8321",
        "ROLLCALL_EMAIL_BACKEND": "rollcall.notices.mailbox.EmailBackend",
        "ROLLCALL_ALLOW_PRIVATE_WEBHOOKS": "1",
    }


def test_the_profile_follows_the_port_and_keeps_its_key(tmp_path: Path) -> None:
    profile.write(tmp_path, address="http://127.0.0.1:8321", key='rc_live_"odd\\')
    profile.move(tmp_path, address="http://127.0.0.1:9000")
    assert tomllib.loads((tmp_path / "profile.toml").read_text()) == {
        "url": "http://127.0.0.1:9000",
        "key": 'rc_live_"odd\\',
    }
