"""What crowds that charge one by one run in processes of their own: `python -m tests.credits.charging_one_by_one`."""

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.credits import programs  # sets Django up

from django.db import connection, transaction  # isort: skip

from rollcall.core import clock  # isort: skip
from rollcall.core.errors import RollcallError  # isort: skip
from rollcall.credits import singles, wallets  # isort: skip
from rollcall.workspaces import members  # isort: skip
from rollcall.workspaces.models import Workspace  # isort: skip
from tests.credits import acts  # isort: skip

SECONDS = 30
# (key, profile, whether in the workspace that has no credits): two want the same person, and two use the same key.
WANTED = [
    ("a", 1, False), ("b", 2, False), ("c", 3, False), ("d", 3, False), ("e", 4, False), ("e", 5, False),
    ("f", 6, True), ("g", 7, False),
]  # fmt: skip


def prepare(amounts: list[int]) -> dict[str, Any]:
    """A workspace with credits, and one without."""
    programs.prepare(amounts)
    members.create_workspace(name="Poor", now=clock.now())
    return {}


def group() -> dict[str, Any]:
    """All of WANTED wait for a wallet that somebody has locked: the first by itself, the rest for their turn."""
    rich = Workspace.objects.order_by("pk")[0]

    def meanwhile(_: threading.Thread) -> None:
        _until(lambda: len(singles._together._waiting) == len(WANTED) - 1)

    def lock() -> None:
        wallets.lock(rich)

    return {"outcomes": _while_locked(lock, meanwhile, WANTED)}


def overtake() -> dict[str, Any]:
    """Somebody pays for the person out of a hold, and commits while the charge for the same person waits for it."""
    rich = Workspace.objects.order_by("pk")[0]
    held = acts.hold(rich, 1, clock.now())

    def capture() -> None:
        acts.capture(rich, held, [(1, 1)], clock.now())

    def meanwhile(one: threading.Thread) -> None:
        one.join(0.5)
        assert one.is_alive()

    outcomes = _while_locked(capture, meanwhile, [("late", 1, False)])
    acts.release(rich, held, clock.now())
    return {"outcomes": outcomes}


def crowd(first: int, threads: int, wanted: int, go: str) -> dict[str, int]:
    """Each wants so many people, of which others want half too; they stop when there are no credits any more."""
    rich = Workspace.objects.order_by("pk")[0]

    def one(number: int) -> int:
        charged = 0
        for i in range(wanted):
            company = 0 if i % 2 else first + number + 1
            said = _charge(rich, f"crowd-{first + number}-{i}", i, company)
            charged += said == "charged"
            assert said in ("charged", "free", "not_enough_credits"), said
        return charged

    return {"charged": sum(programs._crowd(one, threads, go))}


def _while_locked(
    begin: Callable[[], None],
    meanwhile: Callable[[threading.Thread], None],
    wanted: Sequence[tuple[str, int, bool]],
) -> list[list[str]]:
    """Charges begun while a transaction is open, and what each was told after it was committed."""
    rich, poor = Workspace.objects.order_by("pk")[:2]
    told: list[list[str]] = []

    def one(key: str, profile: int, is_poor: bool) -> None:
        told.append([key, str(profile), _charge(poor if is_poor else rich, key, profile, 1)])
        connection.close()

    threads = [threading.Thread(target=one, args=asked, daemon=True) for asked in wanted]
    with transaction.atomic():
        begin()
        threads[0].start()
        _until(lambda: singles._together._is_led and not singles._together._waiting)
        for thread in threads[1:]:
            thread.start()
        meanwhile(threads[0])
    for thread in threads:
        thread.join(SECONDS)
    return sorted(told)


def _charge(workspace: Workspace, key: str, profile: int, company: int) -> str:
    try:
        done = programs._again(
            lambda: singles.charge(
                workspace=workspace, profile_id=profile, company_id=company, key=key, actor=acts.ACTOR, now=clock.now()
            )
        )  # fmt: skip
    except RollcallError as refused:
        return refused.code
    return "charged" if done.fresh else "free"


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


if __name__ == "__main__":
    acted = {"check": programs.check, **globals()}[sys.argv[1]](**json.loads(sys.argv[2]))
    print(json.dumps(acted))
