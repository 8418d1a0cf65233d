"""Programs that tests start as processes: crowds that spend at the same moment, and a story that may be killed.

Called as `python -m tests.credits.programs <act> <json>`; prints its answer as JSON.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from rollcall.core import clock, transactions  # noqa: E402
from rollcall.core.errors import NotEnough, RollcallError  # noqa: E402
from rollcall.credits import (  # noqa: E402
    adjustments,
    alerts,
    balances,
    budgets,
    chain,
    grants,
    holds,
    ledger,
    posting,
    refunds,
    singles,
    verify,
)
from rollcall.credits.models import (  # noqa: E402
    Acquisition,
    Entry,
    Grant,
    Hold,
)
from rollcall.workspaces import members  # noqa: E402
from rollcall.workspaces.models import Workspace  # noqa: E402
from tests.credits import acts, command_log, watching  # noqa: E402
from tests.credits.world import OLGA  # noqa: E402

GO_SECONDS = 90


def prepare(amounts: list[int]) -> dict[str, Any]:
    """A workspace with grants of these amounts."""
    now = clock.now()
    workspace = members.create_workspace(name="Crowd", now=now)
    for i, amount in enumerate(amounts):
        acts.grant(workspace, amount, now, key=f"grant-{i}", kind="package" if i % 2 else "promotional")
    return {}


def hold_one(amount: int) -> dict[str, int]:
    return {"hold_id": acts.hold(_workspace(), amount, clock.now(), key="shared").pk}


def own_people(first: int, threads: int, wanted: int, go: str) -> dict[str, int]:
    """Each wants so many people of its own; who is refused tries again with a part of what is left."""

    def one(number: int) -> int:
        workspace, company, added = _workspace(), first + number, 0
        amount = wanted
        for attempt in range(200):
            key = f"own-{company}-{attempt}"
            try:
                held = _again(lambda: acts.hold(workspace, amount, clock.now(), key=key))  # noqa: B023
            except holds.NotEnoughCredits as refused:
                if not refused.details["available"]:
                    break
                amount = max(1, refused.details["available"] // 7)
                continue
            people = acts.people(held.amount, company=company, first=added + 1)
            added += len(_capture(workspace, held, people, f"{key}-c"))
            _again(lambda: acts.release(workspace, held, clock.now(), key=f"{key}-r"))  # noqa: B023
        return added

    return {"charged": sum(_crowd(one, threads, go))}


def same_people(first: int, threads: int, wanted: int, go: str) -> dict[str, int]:
    """All want the same people, each through a hold of its own, in an order of its own."""

    def one(number: int) -> int:
        workspace, key = _workspace(), f"same-{first + number}"
        held = _again(lambda: acts.hold(workspace, wanted, clock.now(), key=key))
        people = acts.people(wanted)
        random.Random(number).shuffle(people)
        fresh = _capture(workspace, held, people, f"{key}-c")
        _again(lambda: acts.release(workspace, held, clock.now(), key=f"{key}-r"))
        return len(fresh)

    return {"charged": sum(_crowd(one, threads, go))}


def shared_hold(first: int, threads: int, wanted: int, go: str, hold_id: int) -> dict[str, int]:
    """All charge one hold that several grants carry; half of their people overlap."""

    def one(number: int) -> int:
        workspace, held = _workspace(), Hold.objects.get(pk=hold_id)
        total = 0
        for i in range(wanted):
            people = [(i, 1), (i, 1000 + first + number)]
            total += len(_capture(workspace, held, people, f"shared-{first + number}-{i}"))
        return total

    return {"charged": sum(_crowd(one, threads, go))}


def same_keys(first: int, threads: int, go: str) -> dict[str, Any]:
    """All do the same acts with the same keys: grant, hold, charge, refund and release happen once."""
    ids: list[Any] = []

    def one(number: int) -> int:
        workspace, now = _workspace(), clock.now()
        grant = _again(lambda: acts.grant(workspace, 20, now, key="g"))
        held = _again(lambda: acts.hold(workspace, 10, now, key="h"))
        fresh = _capture(workspace, held, acts.people(6), "c")
        refund = _again(lambda: _refund(workspace, 1, "f"))
        released = _again(lambda: acts.release(workspace, held, now, key="r"))
        ids.append([grant.pk, held.pk, sorted(fresh), refund.pk, released])
        return 1

    _crowd(one, threads, go)
    return {"outcomes": [list(x) for x in {json.dumps(outcome): outcome for outcome in ids}.values()]}


def refund_race(first: int, threads: int, go: str) -> dict[str, int]:
    """All want the same refunds, each with keys of its own."""

    def one(number: int) -> int:
        workspace, won = _workspace(), 0
        for profile in range(1, 11):
            try:
                _again(lambda: _refund(workspace, profile, f"refund-{first + number}-{profile}"))  # noqa: B023
                won += 1
            except refunds.AlreadyRefunded:
                pass
        return won

    return {"refunded": sum(_crowd(one, threads, go))}


def charge_some(number: int) -> dict[str, int]:
    return {"charged": len(acts.charge(_workspace(), acts.people(number), clock.now()).fresh)}


def expiring(first: int, threads: int, go: str) -> dict[str, int]:
    """Some hold and give back while others sweep, just as the grants end."""

    def one(number: int) -> int:
        workspace, mine = _workspace(), first + number
        for i in range(5):
            now = clock.now() + timedelta(days=i)
            key = f"expiring-{mine}-{i}"
            try:
                held = _again(lambda: acts.hold(workspace, 3, now, key=key))  # noqa: B023
            except holds.NotEnoughCredits:
                held = None
            _again(lambda: grants.expire_due(workspace=workspace, now=now))  # noqa: B023
            if held:
                _capture(workspace, held, [(i, mine)], f"{key}-c")
                _again(lambda: acts.release(workspace, held, now + timedelta(days=1), key=f"{key}-r"))  # noqa: B023
        return 1

    return {"done": sum(_crowd(one, threads, go))}


def grants_that_end(number: int, amount: int) -> dict[str, int]:
    now = clock.now()
    for i in range(number):
        acts.grant(_workspace(), amount, now, key=f"ending-{i}", expires_at=now + timedelta(days=1 + i % 4))
    return {}


def story() -> dict[str, Any]:
    """Every verb once, with keys that stay the same: told again after a crash, it ends the same."""
    start = Grant.objects.order_by("id").values_list("created_at", flat=True).first() or clock.now()
    workspace = Workspace.objects.first() or members.create_workspace(name="Story", now=start)
    day = timedelta(days=1)
    acts.grant(workspace, 30, start, key="g1", expires_at=start + day)
    second = acts.grant(workspace, 50, start, key="g2")
    third = acts.grant(workspace, 9, start, key="g3")
    _one(workspace, 90, "s1", start)
    for amount, key in ((5, "a1"), (-3, "a2")):
        adjustments.make(workspace=workspace, amount=amount, reason="Story", key=key, actor=OLGA, now=start)
    with suppress(budgets.BudgetExists):
        budgets.create(
            workspace=workspace, scope="workspace", subject="", period="total", limit=70, is_hard=True, actor=OLGA,
            now=start,
        )  # fmt: skip
    with suppress(alerts.AlertExists):
        alerts.create(workspace=workspace, kind="balance", threshold=60, actor=OLGA, now=start)
    held = acts.hold(workspace, 40, start, key="h1")
    for i in range(3):
        _capture(workspace, held, acts.people(10, first=8 * i), f"c{i}")
    _refund(workspace, 1, "f1", now=start)
    grants.void(workspace=workspace, grant_id=third.pk, key="v1", actor=acts.ACTOR, now=start)
    _one(workspace, 91, "s2", start)
    chain.sweep(now=start)
    acts.release(workspace, held, start + 2 * day, key="r1")
    _refund(workspace, 2, "f2", now=start + 2 * day)
    later = acts.hold(workspace, 5, start + 2 * day, key="h2")
    acts.release(workspace, later, start + 2 * day, key="r2")
    chain.sweep(now=start + 2 * day)
    second.refresh_from_db()
    return {"remaining": second.remaining, "entries": sorted(Entry.objects.values_list("key", "amount"))}


def story_after_a_crash() -> dict[str, Any]:
    """Prove what the crash left, tell the story to its end, prove it, and tell it once more."""
    left = check()["bad"]
    told, found = story(), check()
    return {"left": left, "told": told, "found": found, "same": (told, found) == (story(), check())}


def spend_for_ever(seed: int) -> dict[str, Any]:
    """Every verb at random until killed; keys do not depend on how far an earlier life came."""
    workspace, dice = _workspace(), random.Random(seed)
    print("spending", flush=True)
    for i in range(10_000):
        verb = dice.choices(_VERBS, weights=[weight for _, weight in _WEIGHTS])[0]
        with suppress(*_EXPECTED):
            verb(workspace, random.Random(dice.random()), f"life-{seed}-{i}")
    return {}


def _run(workspace: Workspace, dice: random.Random, key: str) -> None:
    people = sorted({(dice.randrange(3000), dice.randrange(3)) for _ in range(20)})
    held = _again(lambda: acts.hold(workspace, len(people), clock.now(), key=key))
    if held.is_open:
        for part in range(0, len(people), 8):
            _capture(workspace, held, people[part : part + 8], f"{key}-c{part}")
        _again(lambda: acts.release(workspace, held, clock.now(), key=f"{key}-r"))


def _buy_one(workspace: Workspace, dice: random.Random, key: str) -> None:
    _one(workspace, dice.randrange(3000), key, clock.now())


def _give_back(workspace: Workspace, dice: random.Random, key: str) -> None:
    _again(lambda: _refund(workspace, dice.randrange(3000), key))


def _short_grant(workspace: Workspace, dice: random.Random, key: str) -> None:
    ends = clock.now() + timedelta(milliseconds=dice.randrange(1, 900))
    _again(lambda: acts.grant(workspace, 40, clock.now(), key=key, expires_at=ends))


def _expire(workspace: Workspace, dice: random.Random, key: str) -> None:
    _again(lambda: grants.expire_due(workspace=workspace, now=clock.now()))


def _adjust(workspace: Workspace, dice: random.Random, key: str) -> None:
    amount = dice.choice([-3, 5])
    _again(
        lambda: adjustments.make(
            workspace=workspace, amount=amount, reason=key, key=key, actor=OLGA, now=clock.now()
        )
    )


def _seal(workspace: Workspace, dice: random.Random, key: str) -> None:
    chain.sweep(now=clock.now())


_WEIGHTS: list[tuple[Callable[[Workspace, random.Random, str], None], int]] = [
    (_run, 8), (_buy_one, 4), (_give_back, 4), (_short_grant, 2), (_expire, 1), (_adjust, 1), (_seal, 1),
]  # fmt: skip
_VERBS = [verb for verb, _ in _WEIGHTS]
# What the rules refuse is no failure: no credits, never charged, refunded before, a grant whose time is over.
_EXPECTED = (
    NotEnough, refunds.NeverCharged, refunds.AlreadyRefunded, grants.GrantDatesWrong, grants.NothingLeft,
    posting.KeyReused, holds.HoldKeyReused, ledger.HoldClosed,
)  # fmt: skip


def close_all() -> dict[str, int]:
    """What the owner of the holds does after a crash: close what was left open."""
    left = list(Hold.objects.filter(is_open=True))
    for held in left:
        acts.release(held.workspace, held, clock.now(), key=f"orphan-{held.pk}")
    return {"closed": len(left)}


def check() -> dict[str, Any]:
    """The proof, and what there is."""
    proof = verify.verify()
    workspace = Workspace.objects.first()
    return {
        "bad": [(check.code, check.bad) for check in proof.checks if not check.ok],
        "balance": balances.quick(workspace=workspace) if workspace else None,
        "claims": Acquisition.objects.count(),
        "charged": sum(Entry.objects.filter(kind="charge").values_list("amount", flat=True)),
        "open_holds": Hold.objects.filter(is_open=True).count(),
    }


def _one(workspace: Workspace, profile: int, key: str, now: datetime) -> list[tuple[int, int]]:
    return _again(
        lambda: singles.charge(
            workspace=workspace, profile_id=profile, company_id=1, key=key, actor=acts.ACTOR, now=now
        )
    ).fresh


def _workspace() -> Workspace:
    return Workspace.objects.get()


def _crowd(one: Callable[[int], int], threads: int, go: str) -> list[int]:
    """Call `one` in so many threads, all let go when the file `go` is there."""
    results: list[int] = []
    failures: list[BaseException] = []
    ready = threading.Barrier(threads)

    def body(number: int) -> None:
        try:
            connection.ensure_connection()
            ready.wait(GO_SECONDS)
            for _ in range(GO_SECONDS * 200):
                if Path(go).exists():
                    break
                time.sleep(0.005)
            results.append(one(number))
        except BaseException as failure:
            failures.append(failure)
            raise
        finally:
            connection.close()

    crowd = [threading.Thread(target=body, args=(number,)) for number in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    if failures:
        raise failures[0]
    return results


def _capture(
    workspace: Workspace, held: Hold, people: list[tuple[int, int]], key: str
) -> list[tuple[int, int]]:
    def work() -> ledger.Captured:
        with transaction.atomic():
            return acts.capture(workspace, held, people, clock.now(), key=key)

    return _again(lambda: transactions.run(work)).fresh


def _refund(workspace: Workspace, profile: int, key: str, now: Any = None) -> Entry:
    return refunds.refund(
        workspace=workspace, profile_id=profile, company_id=1, key=key, why="", actor=acts.ACTOR, now=now or clock.now()
    )  # fmt: skip


def _again(work: Callable[[], Any]) -> Any:
    """A caller who is told to try later does so, with the same key."""
    for _ in range(50):
        try:
            return work()
        except RollcallError as error:
            if error.code not in {"database_busy", "hold_contended"}:
                raise
    raise AssertionError("busy for ever")


ELSEWHERE = {"watch": watching.watch, "command_log": command_log.command_log}

if __name__ == "__main__":
    print(json.dumps({**globals(), **ELSEWHERE}[sys.argv[1]](**json.loads(sys.argv[2]))))
