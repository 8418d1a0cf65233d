"""Exit codes and messages: usage, not found, not allowed, conflict, no server; as JSON where --json was typed."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rollcall.clients.cli import exits
from rollcall.clients.cli.main import main
from tests.clients.conftest import Rollcall

ENTRY = "from rollcall.clients.cli.main import run; run()"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_works(rollcall: Rollcall) -> None:
    ended = rollcall("segments", "show", "seg_99", "--json")
    assert (ended.code, ended.out) == (exits.NOT_FOUND, ""), ended.err
    assert (ended.problem["code"], ended.problem["exit_code"]) == ("no_such_segment", 3)
    assert rollcall("segments", "show", "seg_99").err.startswith("Error: There is no segment seg_99 here.")


WRONG = ["segments create A", "segments create A --where sectr", "segments create A --where 'x'", "runs start",
     "runs start quo_1 --segment a", "personas edit sales", "segments show nothing", "contacts export --json",
     "contacts list --segment a --run run_1", "packages request 0 --email a@b.example",
     "segments preview --where employees>many", "nope", "runs start --nope", "credits receipt"]  # fmt: skip


def test_what_cannot_be_used_is_said_at_once(rollcall: Rollcall) -> None:
    for line in WRONG:
        assert rollcall(*line.split()).code == exits.USAGE, line
        ended = rollcall(*line.split(), "--json")
        assert (ended.code, ended.out) == (exits.USAGE, ""), line
        assert ended.problem["detail"] and ended.problem["exit_code"] == exits.USAGE, line


def test_the_server_says_what_was_meant(rollcall: Rollcall) -> None:
    ended = rollcall("segments", "preview", "--where", "sectr is Energy")
    assert ended.code == exits.USAGE
    assert "Did you mean 'sector'?" in ended.err


def test_a_key_of_too_low_a_role_and_no_key(
    rollcall: Rollcall, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.api.calls import make_key

    viewer = make_key(world.workspace, world.actor, "viewer", world.now)
    ended = rollcall("personas", "create", "X", "--key", viewer.secret, "--json")
    assert (ended.code, ended.problem["code"]) == (exits.NOT_ALLOWED, "role_too_low")
    assert rollcall("whoami", "--key", "rc_live_wrong").code == exits.NOT_ALLOWED
    monkeypatch.delenv("ROLLCALL_KEY")
    assert rollcall("whoami").code == exits.USAGE


def test_a_name_that_is_taken(rollcall: Rollcall) -> None:
    rollcall("personas", "create", "Sales", "--title", "sales")
    assert rollcall("personas", "create", "Sales", "--title", "sales").code == exits.CONFLICT


def test_nothing_is_spent_that_nobody_agreed_to(rollcall: Rollcall) -> None:
    rollcall("segments", "create", "Energy", "--where", "sector is energy")
    rollcall("personas", "create", "Sales", "--title", "sales")
    quote = rollcall("quotes", "create", "energy", "sales", "--json").json["id"]
    ended = rollcall("runs", "start", quote)
    assert ended.code == exits.USAGE
    assert "Add --yes" in ended.err
    assert rollcall("runs", "list", "--json").json["items"] == []


def test_no_server(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("ROLLCALL_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ROLLCALL_KEY", "rc_live_x")
    assert main(["credits"]) == exits.UNREACHABLE
    said = capsys.readouterr().err
    assert "No Rollcall server answers" in said and "rollcall-server demo" in said


def test_the_profile_and_who_wins_over_it(
    rollcall: Rollcall, live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = os.environ["ROLLCALL_KEY"]
    monkeypatch.delenv("ROLLCALL_URL")
    monkeypatch.delenv("ROLLCALL_KEY")
    monkeypatch.delenv("ROLLCALL_PROFILE")
    monkeypatch.setenv("ROLLCALL_HOME", str(tmp_path))
    (tmp_path / "profile.toml").write_text(f'url = "{live_server.url}"\nkey = "{key}"\n')
    assert rollcall("whoami").code == 0
    monkeypatch.setenv("ROLLCALL_KEY", "rc_live_wrong")
    assert rollcall("whoami").code == exits.NOT_ALLOWED
    assert rollcall("whoami", "--key", key).code == 0
    (tmp_path / "profile.toml").write_text("url = ")
    assert rollcall("whoami").code == exits.USAGE


def test_the_program_needs_nothing_of_the_server(rollcall: Rollcall) -> None:
    """As a process of its own, without Django's settings, with its output in a pipe."""
    clean = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", ENTRY, "credits", "--json"],
        env=clean,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b'"available": 100' in done.stdout
    loaded = "import sys; import rollcall.clients.cli.main; print([m for m in sys.modules if m.startswith('django')])"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True).stdout == b"[]\n"
