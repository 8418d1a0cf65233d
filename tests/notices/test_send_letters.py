"""Letters go out once they are due, are tried again ever later, and are visibly given up in the end."""

from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from rollcall.core import faults
from rollcall.notices import leases, letters, sending
from rollcall.notices.models import Letter
from rollcall.workspaces.models import Workspace

MINUTE = timedelta(minutes=1)


class Refusing(BaseEmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, messages: Any) -> int:
        raise OSError("mailbox on\nfire")


class Down(BaseEmailBackend):
    """No mail server at all."""

    tried = 0

    def open(self) -> bool:
        type(self).tried += 1
        raise ConnectionRefusedError("nobody there")


def test_the_demo_keeps_letters_in_files_and_says_where(
    letter: Letter, now: datetime, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each among what the demo prints, and the whole letter to open; sent again it is the same file."""
    settings.ROLLCALL_HOME = tmp_path
    settings.EMAIL_BACKEND = "rollcall.notices.mailbox.EmailBackend"
    for _ in range(2):
        assert sending.sweep_letters(now=now) == 1
        Letter.objects.update(state="waiting", attempts=0, due_at=now)
    (file,) = (tmp_path / "letters").iterdir()
    kept = message_from_bytes(file.read_bytes())
    assert (kept["To"], kept["Subject"], str(kept.get_payload()).strip()) == (
        "alice@example.com", "Low", "Very low.",
    )  # fmt: skip
    said = capsys.readouterr().out
    assert said.count("✉ Letter to alice@example.com: Low") == 2 and str(file) in said and "MIME" not in said


@pytest.fixture
def letter(workspace: Workspace, now: datetime) -> Letter:
    letters.write(
        workspace=workspace, to="alice@example.com", subject="Low", body="Very low.", key="k", now=now
    )
    return Letter.objects.get()


def test_it_works(letter: Letter, now: datetime, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Rollcall <credits@rollcall.example>"
    assert sending.sweep_letters(now=now - MINUTE) == 0
    assert [sending.sweep_letters(now=now), sending.sweep_letters(now=now)] == [1, 0]
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["alice@example.com"], "Low", "Very low.")
    assert sent.from_email == "Rollcall <credits@rollcall.example>"
    assert sent.extra_headers["Message-ID"].endswith("@rollcall.example>")
    letter.refresh_from_db()
    assert (letter.state, letter.sent_at, letter.attempts) == ("sent", now, 1)


def test_a_refused_letter_is_tried_ever_later_and_given_up(
    letter: Letter, now: datetime, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "tests.notices.test_send_letters.Refusing"
    at, pauses = now, []
    for _ in range(leases.ATTEMPTS_MAX):
        assert sending.sweep_letters(now=at) == 1
        letter.refresh_from_db()
        if letter.state == "waiting":
            pauses.append(letter.due_at - at)
            assert sending.sweep_letters(now=letter.due_at - timedelta(seconds=1)) == 0
            at = letter.due_at
    assert pauses == sorted(pauses) and pauses[0] == timedelta(seconds=15) and pauses[-1] > timedelta(hours=3)
    assert (letter.state, letter.problem) == ("failed", "OSError: mailbox on fire")
    assert sending.sweep_letters(now=at + timedelta(days=9)) == 0


def test_no_mail_server_costs_one_time_out_for_all(
    workspace: Workspace, now: datetime, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "tests.notices.test_send_letters.Down"
    for i in range(5):
        letters.write(workspace=None, to="a@example.com", subject="s", body="b", key=f"k{i}", now=now)
    before = Down.tried
    assert sending.sweep_letters(now=now) == 5
    assert Down.tried == before + 1
    assert {row.problem for row in Letter.objects.all()} == {"ConnectionRefusedError: nobody there"}


def test_a_worker_that_died_leaves_its_letter_to_the_next(
    letter: Letter, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It went out and nobody wrote that down: it goes once more, with the same Message-ID."""
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{sending.LETTER_SENT}=raise")
    with pytest.raises(faults.FaultInjected):
        sending.sweep_letters(now=now)
    monkeypatch.delenv("ROLLCALL_FAULTS")
    assert sending.sweep_letters(now=now + MINUTE) == 0
    assert sending.sweep_letters(now=now + leases.LEASE) == 1
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 1
    assert len(mail.outbox) == 2


def test_two_workers_have_each_letter_once(workspace: Workspace, now: datetime) -> None:
    for i in range(30):
        letters.write(workspace=None, to="a@example.com", subject="s", body="b", key=f"k{i}", now=now)
    first = leases.claim(Letter.objects.all(), now=now, limit=20)
    second = leases.claim(Letter.objects.all(), now=now, limit=20)
    assert (len(first), len(second)) == (20, 10)
    assert not {row.pk for row in first} & {row.pk for row in second}


def test_a_worker_whose_lease_is_over_changes_nothing(letter: Letter, now: datetime) -> None:
    """The number of attempts is the fence: who was overtaken does not undo what the other did."""
    (slow,) = leases.claim(Letter.objects.all(), now=now, limit=1)
    later = now + leases.LEASE
    (other,) = leases.claim(Letter.objects.all(), now=later, limit=1)
    leases.sent(other, now=later)
    leases.not_sent(slow, problem="slow", now=later)
    letter.refresh_from_db()
    assert (letter.state, letter.problem) == ("sent", "")
