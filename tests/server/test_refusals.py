"""What the program refuses before it touches anything: unsafe settings, taken ports, newer states, bad folders."""

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from rollcall.core.errors import RollcallError
from rollcall.server import console, ports, safety
from tests.server.conftest import Program

SAFE = {
    "DEMO": False,
    "DEBUG": False,
    "HTTPS": True,
    "SECRET_KEY": "v8Jq2LkX0wRz5TnYb7Hc3PdFs9GmAe1U",
    "ALLOWED_HOSTS": ["rollcall.acme.example"],
}


def configure(settings: Any, **changed: Any) -> None:
    for name, value in {**SAFE, **changed}.items():
        setattr(settings, name, value)


def test_safe_settings_may_serve_the_world(settings: Any) -> None:
    configure(settings)
    safety.refuse_unsafe(host="0.0.0.0")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DEMO": True}, "ROLLCALL_DEMO"),
        ({"DEBUG": True}, "ROLLCALL_DEBUG"),
        ({"HTTPS": False}, "ROLLCALL_HTTPS"),
        ({"SECRET_KEY": "abababababababababababababababababab"}, "ROLLCALL_SECRET_KEY"),
        ({"ALLOWED_HOSTS": ["*"]}, "ROLLCALL_ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["localhost", "127.0.0.1"]}, "ROLLCALL_ALLOWED_HOSTS"),
    ],
)
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "rollcall.acme.example"])
def test_unsafe_settings_are_named(settings: Any, changed: dict[str, Any], named: str, host: str) -> None:
    configure(settings, **changed)
    with pytest.raises(safety.UnsafeSettings, match=named):
        safety.refuse_unsafe(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_loopback_may_be_lax(settings: Any, host: str) -> None:
    configure(settings, DEMO=True, DEBUG=True, HTTPS=False)
    safety.refuse_unsafe(host=host)


def test_fault_points_are_not_for_the_world(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(settings)
    monkeypatch.setenv("ROLLCALL_FAULTS", "x=kill")
    with pytest.raises(safety.UnsafeSettings, match="ROLLCALL_FAULTS"):
        safety.refuse_unsafe(host="0.0.0.0")


def test_a_taken_port_is_named_with_its_variable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(ports.PortTaken, match=rf"Port {port} .*ROLLCALL_PORT="):
            ports.refuse_taken(host="127.0.0.1", port=port)
    ports.refuse_taken(host="127.0.0.1", port=port)


@pytest.mark.parametrize("given", ["0", "65536", "eight", "-1", "80 80"])
def test_a_port_that_is_none(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("ROLLCALL_PORT", given)
    with pytest.raises(ports.BadPort, match="ROLLCALL_PORT"):
        ports.wanted()


def test_a_host_that_is_not_here() -> None:
    with pytest.raises(ports.BadHost):
        ports.refuse_taken(host="192.0.2.7", port=8321)


def test_a_newer_state_is_refused_unchanged(program: Program) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('credits', '9999_later', CURRENT_TIMESTAMP)"
        )
    answer = program("migrate")
    assert answer.code == 6 and "credits.9999_later" in answer.err and "newer" in answer.err


def test_a_folder_that_cannot_be_used(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ROLLCALL_HOME", str(tmp_path / "file" / "home"))
    answer = program("migrate")
    assert answer.code == 2 and "ROLLCALL_HOME" in answer.err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "universe/x"), 7, "universe/x is full"),
        (PermissionError(errno.EACCES, "Permission denied", "secret.key"), 2, "secret.key cannot be used"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), None, ""),
    ],
)
def test_errors_of_the_system_are_told_in_words(
    capsys: pytest.CaptureFixture[str], error: OSError, code: int | None, told: str
) -> None:
    """What nobody expected keeps its traceback: it is a fault of ours."""
    with pytest.raises(SystemExit if code else OSError) as end, console.clear_errors():
        raise error
    if code:
        assert isinstance(end.value, SystemExit) and end.value.code == code
    assert told in " ".join(capsys.readouterr().err.split())


def test_errors_of_the_database_are_told_in_words() -> None:
    from django.db import OperationalError

    for text, code in [
        ("database or disk is full", 7),
        ("no such table: workspaces_user", 6),
        ("connection failed: Connection refused", 7),
        ("attempt to write a readonly database", 2),
    ]:
        with pytest.raises(SystemExit) as end, console.clear_errors():
            raise OperationalError(text)
        assert end.value.code == code, text


def test_each_kind_of_error_has_an_exit_code() -> None:
    assert set(console.EXIT_CODES) == set(RollcallError.__subclasses__()) - {
        cls for cls in RollcallError.__subclasses__() if cls.__module__ != "rollcall.core.errors"
    }
