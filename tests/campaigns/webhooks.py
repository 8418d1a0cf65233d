"""Webhooks to receivers that fail, by the thousand: each event is delivered, or has visibly failed.

    python -m tests.campaigns.webhooks --events 10000
    python -m tests.campaigns.webhooks --events 10000 --database postgres

Four endpoints get a quarter of the events each. Three of them fail three calls in ten, in their own ways: an error, an
error or an answer that is lost after the work was done; the fourth always answers 500. The official verifier of
Standard Webhooks looks at each request as it comes. Pauses between attempts are not waited for: the clock goes to when
the next call is due.
"""

import json
import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from tests.campaigns import places

KINDS: dict[str, dict[str, Any]] = {
    "fails": {"failing": 0.3},
    "fails or loses its answer": {"failing": 0.2, "cutting": 0.125},
    "loses its answer": {"cutting": 0.3},
    "is broken": {"answer": 500},
}


def main() -> None:
    parser = places.options(__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    given = parser.parse_args()
    os.environ["ROLLCALL_ALLOW_PRIVATE_WEBHOOKS"] = "1"
    with places.place(given.database):
        report = carry_out(given.events, given.seed)
        print(json.dumps(report, indent=2))
        sys.exit(1 if report["bad"] else 0)


def carry_out(events: int, seed: int) -> dict[str, Any]:
    """Write all events, send until nothing waits any more, and count."""
    from rollcall.core import clock
    from rollcall.notices import calls, endpoints
    from rollcall.notices.models import Call
    from rollcall.workspaces import access, members

    now, actor = clock.now(), access.system("campaign")
    began, refused = time.monotonic(), []
    with ExitStack() as stack:
        told = {}
        for place, (name, kind) in enumerate(KINDS.items()):
            # A workspace each: an event of one goes to one endpoint.
            workspace = members.create_workspace(name=f"Receiver {place}", now=now)
            receiver = _listening(stack, kind, seed + place)
            endpoint, secret = endpoints.create(workspace=workspace, url=receiver.url, actor=actor, now=now)
            receiver.look = _verifier(secret, refused)
            told[name] = (endpoint, receiver)
            for number in range(place, events, len(KINDS)):
                body = {"number": number, "says": f"“event” {number} → Zürich"}
                calls.write(workspace=workspace, kind="campaign", body=body, key=f"e{number}", now=now)
        last = _send_all(now)
    bad = [f"the verifier refused {len(refused)} requests, the first: {refused[0]}"] if refused else []
    bad += [] if Call.objects.count() == events else ["events and calls differ"]
    return {
        "bad": bad + [fault for name, of in told.items() for fault in _faults(name, *of)],
        "events": events,
        "requests": sum(len(receiver.got) for _, receiver in told.values()),
        "states": {name: _states(endpoint) for name, (endpoint, _) in told.items()},
        "attempts": dict(sorted(Counter(Call.objects.values_list("attempts", flat=True)).items())),
        "the last after": str(timedelta(seconds=round((last - now).total_seconds()))),
        "seconds": round(time.monotonic() - began, 1),
    }


def _listening(stack: ExitStack, kind: dict[str, Any], seed: int) -> Any:
    from tests.notices import receiver

    listening = stack.enter_context(receiver.listening(**kind))
    listening.chance.seed(seed)
    return listening


def _verifier(secret: str, refused: list[str]) -> Any:
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError

    def look(headers: dict[str, str], body: str) -> None:
        try:
            Webhook(secret).verify(body, headers)
        except WebhookVerificationError as error:
            refused.append(f"{headers.get('webhook-id')}: {error}")

    return look


def _send_all(now: datetime) -> datetime:
    """Sweep until nothing waits; the clock of the last sweep."""
    from rollcall.notices import leases, sending
    from rollcall.notices.models import Call, State

    at = now
    for _ in range(Call.objects.count() * leases.ATTEMPTS_MAX):
        if sending.sweep_calls(now=at):
            continue
        due = (
            Call.objects.filter(state=State.WAITING)
            .order_by("due_at")
            .values_list("due_at", flat=True)
            .first()
        )
        if due is None:
            return at
        at = max(at, due)
    raise AssertionError("calls were still waiting after more sweeps than there can be attempts")


def _faults(name: str, endpoint: Any, receiver: Any) -> list[str]:
    """What the log says beside what the receiver got and answered."""
    faults: list[str] = []
    bodies: dict[str, set[str]] = {}
    for headers, body in receiver.got:
        bodies.setdefault(headers["webhook-id"], set()).add(body)
    done = set(receiver.accepted)
    for call in endpoint.calls.all():
        number = f"cal_{call.pk}"
        answers = [one["status_code"] for one in call.tries]
        if call.state == "sent" and number not in done:
            faults.append(f"{name}: {number} is called delivered, and did not arrive")
        if call.state == "waiting" or (call.state == "failed" and not call.problem):
            faults.append(f"{name}: {number} is {call.state} and does not say why")
        if answers != receiver.told.get(number) or len(answers) != call.attempts:
            faults.append(f"{name}: the log of {number} has {answers}, it got {receiver.told.get(number)}")
        if len(bodies.get(number, set())) != 1:
            faults.append(f"{name}: {number} was not one message each time")
    return faults


def _states(endpoint: Any) -> dict[str, int]:
    return dict(Counter(endpoint.calls.values_list("state", flat=True)))


if __name__ == "__main__":
    main()
