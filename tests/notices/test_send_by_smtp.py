"""Letters by SMTP: what a mail server on this computer receives, word for word; and the settings for it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes
from typing import Any

import pytest

from rollcall.core import configuration
from rollcall.notices import letters, sending
from rollcall.notices.models import Letter
from rollcall.workspaces.models import Workspace


@contextmanager
def mail_server(*, refuses: str = "") -> Iterator[tuple[int, list[bytes]]]:
    """A port, and the letters that arrived there; recipients named `refuses` are refused."""
    got: list[bytes] = []

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(lambda: self.rfile.readline(), b".\r\n")
                    got.append(b"".join(lines))
                refused = verb == "RCPT" and refuses and refuses in line
                self.wfile.write(b"550 nobody here\r\n" if refused else b"250 fine\r\n")
                if verb == "QUIT":
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = allow_reuse_address = True

    with Server(("127.0.0.1", 0), Conversation) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server.server_address[1], got
        server.shutdown()
        thread.join(5)


@pytest.fixture(autouse=True)
def _smtp(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "127.0.0.1", False
    settings.DEFAULT_FROM_EMAIL = "Rollcall <credits@rollcall.example>"


def test_it_works(workspace: Workspace, now: datetime, settings: Any) -> None:
    letters.write(
        workspace=workspace, to="alice@example.com", subject="Zürich: low", body="“Low”.", key="k", now=now
    )
    with mail_server() as (port, got):
        settings.EMAIL_PORT = port
        assert sending.sweep_letters(now=now) == 1
    letter = message_from_bytes(got[0])
    assert (letter["To"], letter["From"]) == ("alice@example.com", "Rollcall <credits@rollcall.example>")
    assert (
        letter["Message-ID"].endswith("@rollcall.example>") and letter["Auto-Submitted"] == "auto-generated"
    )
    assert letter.get_payload(decode=True).decode().strip() == "“Low”."
    assert Letter.objects.get().state == "sent"


def test_one_that_is_refused_keeps_no_other_back(workspace: Workspace, now: datetime, settings: Any) -> None:
    for name in ("gone", "alice", "bob"):
        letters.write(workspace=None, to=f"{name}@example.com", subject="s", body="b", key=name, now=now)
    with mail_server(refuses="gone@") as (port, got):
        settings.EMAIL_PORT = port
        assert sending.sweep_letters(now=now) == 3
    assert len(got) == 2
    assert [(row.key, row.state) for row in Letter.objects.order_by("key")] == [
        ("alice", "sent"), ("bob", "sent"), ("gone", "waiting"),
    ]  # fmt: skip
    assert "550" in Letter.objects.get(key="gone").problem


@pytest.mark.parametrize(
    "text, wanted", [("", (True, False)), ("tls", (False, True)), ("None", (False, False))]
)
def test_how_the_line_is_secured(
    monkeypatch: pytest.MonkeyPatch, text: str, wanted: tuple[bool, bool]
) -> None:
    monkeypatch.setenv("ROLLCALL_SMTP_TLS", text)
    assert configuration.smtp_tls() == wanted


def test_bad_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_SMTP_TLS", "ssl")
    with pytest.raises(configuration.BadSetting, match="ROLLCALL_SMTP_TLS"):
        configuration.smtp_tls()


def test_without_a_host_letters_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROLLCALL_EMAIL_BACKEND")
    assert configuration.email_backend(smtp_host="").endswith("console.EmailBackend")
    assert configuration.email_backend(smtp_host="mail.example").endswith("smtp.EmailBackend")
