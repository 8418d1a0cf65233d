"""What races of deciders run in processes of their own: `python -m tests.credits.deciding <act> <json>`."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from tests.credits import programs as crowds  # sets Django up

from rollcall.core import clock  # isort: skip
from rollcall.core.errors import RollcallError  # isort: skip
from rollcall.credits import adjustments, packages  # isort: skip
from rollcall.credits.models import Adjustment, PackageMessage, PackageRequest  # isort: skip
from rollcall.notices.models import Letter  # isort: skip
from rollcall.workspaces import members  # isort: skip
from rollcall.workspaces.access import Actor  # isort: skip
from rollcall.workspaces.models import Workspace  # isort: skip

Act = Callable[[int], object]


def prepare(adjust: int = 0) -> dict[str, int]:
    """A workspace with 100 credits, a quoted request, and perhaps an adjustment that waits for a second operator."""
    crowds.prepare([100])
    asked = packages.request(
        workspace=crowds._workspace(), credits_wanted=500, note="", reply_email="a@example.com", actor=_alice(),
        now=clock.now(),
    )  # fmt: skip
    _quote(asked.pk, 0)
    if adjust:
        adjustments.make(
            workspace=crowds._workspace(), amount=adjust, reason="A race", key="a", actor=_operator(99),
            now=clock.now(),
        )  # fmt: skip
    return {"request_id": asked.pk}


def decide(first: int, threads: int, go: str, request_id: int) -> dict[str, list[str]]:
    """Each takes another step at once: accept, decline, withdraw, grant, quote again."""

    def act(number: int) -> object:
        now, key = clock.now(), {"request_id": request_id}
        mine: dict[str, Any] = {"workspace": crowds._workspace(), "actor": _alice(), "now": now, **key}
        theirs: dict[str, Any] = {"actor": _operator(number), "now": now, **key}
        steps: list[Callable[[], object]] = [
            lambda: packages.accept(quote_number=1, **mine),
            lambda: packages.decline(**theirs),
            lambda: packages.withdraw(**mine),
            lambda: packages.grant(
                amount=600,
                kind="package",
                name="P",
                expires_at=None,
                price_minor=100,
                currency="EUR",
                **theirs,
            ),
            lambda: _quote(request_id, 1, credits=700 + number),
        ]
        return steps[number % len(steps)]()

    return {"refused": _all(act, first, threads, go)}


def approve(first: int, threads: int, go: str) -> dict[str, list[str]]:
    """Operators approve and refuse one adjustment at once."""
    (waiting,) = Adjustment.objects.values_list("pk", flat=True)

    def act(number: int) -> object:
        verb = adjustments.refuse if number % 4 == 3 else adjustments.approve
        return verb(adjustment_id=waiting, actor=_operator(number), now=clock.now())

    return {"refused": _all(act, first, threads, go)}


def same_adjustment(first: int, threads: int, go: str) -> dict[str, list[str]]:
    """The same adjustment, sent by all with the same key."""

    def act(number: int) -> object:
        return adjustments.make(
            workspace=crowds._workspace(),
            amount=7,
            reason="A race",
            key="same",
            actor=_operator(0),
            now=clock.now(),
        )

    return {"refused": _all(act, first, threads, go)}


def story() -> dict[str, Any]:
    """From the request to the credits, and an adjustment each way: told again after a crash, it ends the same."""
    workspace = Workspace.objects.first() or members.create_workspace(name="Story", now=clock.now())
    now = workspace.created_at
    asked = packages.request(
        workspace=workspace,
        credits_wanted=500,
        note="",
        reply_email="a@example.com",
        actor=_alice(),
        now=now,
        key="s",
    )
    with suppress(packages.AlreadyAnswered):  # what was granted before the crash is not quoted again
        _quote(asked.pk, 0)
    packages.accept(workspace=workspace, request_id=asked.pk, quote_number=1, actor=_alice(), now=now)
    packages.grant(
        request_id=asked.pk, amount=600, kind="package", name="P", expires_at=None, price_minor=100, currency="EUR",
        actor=_operator(0), now=now,
    )  # fmt: skip
    for amount in (7, -3):
        adjustments.make(
            workspace=workspace,
            amount=amount,
            reason="A story",
            key=f"a{amount}",
            actor=_operator(0),
            now=now,
        )
    return outcome()


def outcome() -> dict[str, Any]:
    """What is left, and the proof."""
    asked = PackageRequest.objects.get()
    lines = list(PackageMessage.objects.order_by("pk").values_list("kind", flat=True))
    return crowds.check() | {
        "state": asked.state,
        "granted": asked.grant and asked.grant.granted,
        "quote_number": asked.quote_number,
        "lines": lines,
        "letters": Letter.objects.filter(key__startswith="request:").count(),
        "adjustments": list(Adjustment.objects.order_by("pk").values_list("state", "amount")),
        "entries": list(crowds.Entry.objects.order_by("pk").values_list("kind", "balance_change")),
    }


def _all(act: Act, first: int, threads: int, go: str) -> list[str]:
    refused: list[str] = []

    def one(number: int) -> int:
        try:
            crowds._again(lambda: act(first + number))
        except RollcallError as error:
            refused.append(error.code)
        return 1

    crowds._crowd(one, threads, go)
    return refused


def _quote(request_id: int, seen: int, credits: int = 600) -> object:
    now = clock.now()
    return packages.quote(
        request_id=request_id, credits=credits, valid_until=now + timedelta(days=1), quote_number=seen,
        price_minor=100, currency="EUR", actor=_operator(0), now=now,
    )  # fmt: skip


def _operator(number: int) -> Actor:
    return Actor(ref=f"usr_{1000 + number}", label=f"Operator {number}", is_operator=True)


def _alice() -> Actor:
    return Actor(ref="usr_1", label="Alice", role="owner")


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
