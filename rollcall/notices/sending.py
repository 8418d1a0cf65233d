"""Sending what is due: letters by email, calls by HTTP; outside of any transaction, at least once, with stable ids."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from standardwebhooks.webhooks import Webhook

from rollcall.core import clock, faults, http, ids, jobs
from rollcall.core.errors import RollcallError
from rollcall.notices import endpoints, leases
from rollcall.notices.models import Call, Letter, State

LETTERS_AT_ONCE, CALLS_AT_ONCE = 20, 16
TRIES_KEPT = 2 * leases.ATTEMPTS_MAX  # all of a call, and all of it once more when somebody sent it again
REST_OF_SILENT = timedelta(minutes=1)
_MAIL_TROUBLE = (OSError, SMTPException, ValueError)
LETTER_SENT = faults.declare("notices.letter.sent", "a letter went out, and is not yet marked as sent")
CALL_SENT = faults.declare("notices.call.sent", "calls were answered, which is not yet written down")


@dataclass(frozen=True)
class _Outcome:
    """What became of one call, made at an instant; `is_silent`: nobody answered at all."""

    at: datetime
    took_ms: int
    status: int | None = None
    problem: str = ""
    is_silent: bool = False


@jobs.sweep("notices.letters", lane=jobs.OUTSIDE)
def sweep_letters(*, now: datetime) -> int:
    """Send letters that are due; how many were tried."""
    mine = leases.claim(Letter.objects.all(), now=now, limit=LETTERS_AT_ONCE)
    if not mine:
        return 0
    connection = get_connection()
    try:
        connection.open()
    except _MAIL_TROUBLE as error:
        for letter in mine:  # none of them can go: one time-out is enough
            leases.not_sent(letter, problem=_words(error), now=now)
        return len(mine)
    for letter in mine:
        try:
            _email(letter, connection).send()
        except _MAIL_TROUBLE as error:
            leases.not_sent(letter, problem=_words(error), now=now)
        else:
            faults.point(LETTER_SENT)
            leases.sent(letter, now=now)
    connection.close()
    return len(mine)


@jobs.sweep("notices.calls", lane=jobs.OUTSIDE)
def sweep_calls(*, now: datetime) -> int:
    """Make calls that are due, some at a time; how many were tried."""
    due = Call.objects.filter(endpoint__ended_at__isnull=True)
    mine = leases.claim(due.select_related("endpoint"), now=now, limit=CALLS_AT_ONCE)
    if not mine:
        return 0
    # The threads only speak HTTP: the database is this thread's.
    with ThreadPoolExecutor(len(mine)) as pool:
        outcomes = list(pool.map(_call, mine))
    faults.point(CALL_SENT)
    for call, outcome in zip(mine, outcomes, strict=True):
        told = {"status_code": outcome.status, "tries": _tries(call, outcome)}
        if not outcome.problem:
            leases.sent(call, now=now, **told)
            continue
        leases.not_sent(call, problem=outcome.problem, now=now, **told)
    answered = {call.endpoint_id for call, told in zip(mine, outcomes, strict=True) if not told.is_silent}
    for endpoint_id in sorted({call.endpoint_id for call in mine} - answered):
        _let_rest(endpoint_id, now)
    return len(mine)


def signed(call: Call, content: str, *, at: datetime) -> dict[str, str]:
    """The headers of a call, as the Standard Webhooks specification has them; the id is the same in every attempt."""
    number = ids.public("cal", call.pk)
    at = at.astimezone(UTC)  # the library takes the digits of any other zone for UTC
    return {
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(endpoints.secret_of(call.endpoint)).sign(number, at, content),
        "content-type": "application/json",
        "user-agent": "Rollcall",
    }


def _call(call: Call) -> _Outcome:
    content = json.dumps(call.body, ensure_ascii=False, separators=(",", ":"))
    at, began = clock.now(), time.monotonic()

    def became(**told: Any) -> _Outcome:
        return _Outcome(at, round(1000 * (time.monotonic() - began)), **told)

    try:
        # Signed when it is sent: receivers refuse what is minutes old.
        headers = signed(call, content, at=at)
        answer = http.post(url=call.endpoint.url, content=content.encode(), headers=headers)
    except http.NoAnswer as error:
        return became(problem=error.message, is_silent=True)
    except RollcallError as error:
        return became(problem=error.message)
    is_fine = 200 <= answer.status < 300
    return became(status=answer.status, problem="" if is_fine else f"It answered {answer.status}.")


def _tries(call: Call, outcome: _Outcome) -> list[dict[str, Any]]:
    """The newest attempts with this one; whoever has the lease is alone in writing them."""
    this = {
        "number": call.attempts,
        "at": outcome.at.isoformat(),
        "took_ms": outcome.took_ms,
        "status_code": outcome.status,
        "problem": leases.short(outcome.problem),
    }
    return [*call.tries, this][-TRIES_KEPT:]


def _let_rest(endpoint_id: int, now: datetime) -> None:
    """An endpoint that answered none of these calls holds them up for a time-out each: its others wait a while."""
    soon = now + REST_OF_SILENT
    Call.objects.filter(endpoint=endpoint_id, state=State.WAITING, due_at__lt=soon).update(due_at=soon)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _email(letter: Letter, connection: object) -> EmailMessage:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    number = hashlib.sha256(f"{letter.pk}:{letter.key}".encode()).hexdigest()[:32]
    return EmailMessage(
        subject=letter.subject,
        body=letter.body,
        to=[letter.to],
        # The same in every attempt, so that mail programs show one letter.
        headers={"Message-ID": f"<{number}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=connection,  # type: ignore[arg-type]
    )
