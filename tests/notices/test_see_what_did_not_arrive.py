"""What was given up stays visible to the operator, who can send it again."""

from datetime import datetime
from typing import Any

from django.core import mail
from django.test import Client

from rollcall.notices import leases, letters, sending, undelivered
from rollcall.notices.models import Letter
from rollcall.workspaces.models import User, Workspace
from tests.web.world import signed_in


def _given_up(workspace: Workspace, now: datetime, settings: Any) -> Letter:
    letters.write(workspace=workspace, to="alice@example.com", subject="Low", body="b", key="k", now=now)
    settings.EMAIL_BACKEND = "tests.notices.test_send_letters.Refusing"
    Letter.objects.update(attempts=leases.ATTEMPTS_MAX - 1)
    sending.sweep_letters(now=now)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return Letter.objects.get()


def test_it_works(workspace: Workspace, now: datetime, settings: Any) -> None:
    letter = _given_up(workspace, now, settings)
    look = undelivered.look()
    assert (look.letters_waiting, look.letters_failed, look.calls_waiting, look.calls_failed) == (0, 1, 0, 0)
    assert (look.failed, look.failed[0].problem) == ([letter], "OSError: mailbox on fire")
    assert undelivered.send_letters_again(now=now) == 1
    assert sending.sweep_letters(now=now) == 1
    assert len(mail.outbox) == 1 and undelivered.look().letters_failed == 0


def test_the_operator_sees_it_and_sends_it_again(
    workspace: Workspace, now: datetime, settings: Any, operator: User, alice: User
) -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    desk = signed_in(operator)
    assert "did not arrive" not in desk.get("/operator").content.decode()
    _given_up(workspace, now, settings)
    assert "mailbox on fire" in desk.get("/operator").content.decode()
    assert signed_in(alice).post("/operator/letters").status_code == 403
    assert Client().post("/operator/letters").status_code == 302
    assert undelivered.look().letters_failed == 1
    assert "1 letter is tried again" in desk.post("/operator/letters", follow=True).content.decode()
    assert undelivered.look().letters_waiting == 1
