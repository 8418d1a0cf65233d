"""Programs that tests start as processes: crowds that spend within budgets, and a story that may be killed.

Called as `python -m tests.credits.budget_programs <act> <json>`; prints its answer as JSON.
"""

import json
import sys
from datetime import timedelta
from functools import partial
from typing import Any

from tests.credits import programs  # isort: skip  # sets Django up
from rollcall.core import clock, transactions
from rollcall.credits import budgets, holds
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Budget, BudgetCounter, Grant
from rollcall.workspaces import members
from rollcall.workspaces.models import Workspace
from tests.credits import acts
from tests.credits.programs import _again, _capture, _crowd, _refund, _workspace, check

FOR_ALL = {"scope": "workspace", "subject": "", "period": "total", "is_hard": True}


def prepare(amount: int, limit: int) -> dict[str, int]:
    """A workspace with credits and one budget for all time."""
    programs.prepare([amount])
    return {"budget": _make(limit).pk}


def own_people(first: int, threads: int, wanted: int, go: str) -> dict[str, int]:
    """Each wants so many people of its own; whom a budget refuses tries again with a part of what is left."""

    def one(number: int) -> int:
        workspace, company, added = _workspace(), first + number, 0
        amount = wanted
        for attempt in range(200):
            key = f"own-{company}-{attempt}"
            try:
                held = _again(lambda: acts.hold(workspace, amount, clock.now(), key=key))  # noqa: B023
            except budgets.BudgetExceeded as refused:
                if not refused.details["left"]:
                    break
                amount = max(1, refused.details["left"] // 7)
                continue
            people = acts.people(held.amount, company=company, first=added + 1)
            added += len(_capture(workspace, held, people, f"{key}-c"))
            _again(lambda: acts.release(workspace, held, clock.now(), key=f"{key}-r"))  # noqa: B023
        return added

    return {"charged": sum(_crowd(one, threads, go))}


def spend_and_change(first: int, threads: int, go: str) -> dict[str, int]:
    """Most spend, in several budgets at once, and get refunds; some give new limits, or begin and end budgets."""

    def one(number: int) -> int:
        workspace, mine = _workspace(), first + number
        return _govern(workspace, mine) if number % 4 == 0 else _spend(workspace, mine)

    return {"charged": sum(_crowd(one, threads, go))}


def _spend(workspace: Workspace, mine: int) -> int:
    charged = 0
    for i in range(6):
        key = f"spend-{mine}-{i}"
        purpose = Purpose(segment_id=1 + mine % 3, persona_credits={1: 3, 2: 2})
        try:
            held = _again(lambda: acts.hold(workspace, 5, clock.now(), key=key, purpose=purpose))  # noqa: B023
        except budgets.BudgetExceeded:
            continue
        for part in range(2):
            people = acts.people(2, company=mine, first=10 * i + 2 * part)
            given = {"key": f"{key}-{part}", "persona_ids": [1, 2] if part else [1, 1]}
            work = partial(acts.capture, workspace, held, people, clock.now(), **given)
            charged += len(_again(lambda: transactions.run(work)).fresh)  # noqa: B023
        _again(lambda: acts.release(workspace, held, clock.now(), key=f"{key}-r"))  # noqa: B023
    return charged


def _govern(workspace: Workspace, mine: int) -> int:
    told: dict[str, Any] = {"workspace": workspace, "actor": acts.ACTOR, "now": clock.now()}
    for i in range(6):
        for scope, subject in (("segment", ""), ("persona", "per_1"), ("workspace", "")):
            kind = {"scope": scope, "subject": subject, "period": "day", "is_hard": bool(mine % 8)}
            made = _again(lambda: budgets.put(limit=10 * (mine + i), **kind, **told))  # noqa: B023
            if i % 2:
                _again(lambda: budgets.end(budget_id=made.pk, **told))  # noqa: B023
    return 0


def story() -> dict[str, Any]:
    """Every verb with budgets, with keys that stay the same: told again after a crash, it ends the same."""
    start = Grant.objects.order_by("id").values_list("created_at", flat=True).first() or clock.now()
    workspace = Workspace.objects.first() or members.create_workspace(name="Story", now=start)
    acts.grant(workspace, 100, start, key="g1")
    day, each = _make(40, start, period="day"), _make(30, start, scope="segment")
    purpose = Purpose(segment_id=4)
    held = acts.hold(workspace, 25, start, key="h1", purpose=purpose)
    for i in range(2):
        _capture(workspace, held, acts.people(10, first=8 * i), f"c{i}")
    late = _make(100, start, period="month")
    _refund(workspace, 1, "f1", now=start)
    acts.release(workspace, held, start, key="r1")
    _refund(workspace, 2, "f2", now=start + timedelta(days=40))
    later = acts.hold(workspace, 5, start, key="h2", purpose=purpose)
    try:
        acts.hold(workspace, 50, start, key="h3")
    except budgets.BudgetExceeded:
        refused = True
    acts.release(workspace, later, start, key="r2")
    counters = BudgetCounter.objects.filter(budget__in=[day, each, late]).order_by("id")
    return {"counters": [[one.subject, one.used, one.reserved] for one in counters], "refused": refused}


def story_after_a_crash() -> dict[str, Any]:
    """Prove what the crash left, tell the story to its end, prove it, and tell it once more."""
    left = check()["bad"]
    told, found = story(), check()
    return {"left": left, "told": told, "found": found, "same": (told, found) == (story(), check())}


def standing() -> dict[str, Any]:
    """The proof, and what each budget counts."""
    counted = BudgetCounter.objects.order_by("id").values_list(
        "budget__period", "budget__scope", "used", "reserved", "budget__limit", "budget__ended_at"
    )
    return {**check(), "counters": [[*row[:5], row[5] is None] for row in counted]}


def _make(limit: int, now: Any = None, **given: Any) -> Budget:
    kind: dict[str, Any] = {**FOR_ALL, **given}
    told = {"workspace": _workspace(), "actor": acts.ACTOR, "now": now or clock.now()}
    return _again(lambda: budgets.put(limit=limit, **kind, **told))  # type: ignore[no-any-return]


if __name__ == "__main__":
    assert holds
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
