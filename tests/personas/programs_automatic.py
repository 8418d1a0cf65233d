"""Programs of automations that tests start as processes: workers that look, people who decide at once.

Called as `python -m tests.personas.programs_automatic <act> <json>`; prints its answer as JSON.
"""

import json
import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any

import django

django.setup()

from rollcall.core import clock  # noqa: E402
from rollcall.core.errors import RollcallError  # noqa: E402
from rollcall.credits.models import Budget, BudgetCounter  # noqa: E402
from rollcall.notices.models import Letter  # noqa: E402
from rollcall.personas import approvals, automatic, runs  # noqa: E402
from rollcall.personas.models import Approval, Automation, Run  # noqa: E402
from rollcall.segments.models import Event  # noqa: E402
from rollcall.workspaces import access, members  # noqa: E402
from tests.personas import programs  # noqa: E402
from tests.personas.automating import automate, refresh, work  # noqa: E402
from tests.personas.programs import _again, _crowd, _world  # noqa: E402
from tests.personas.world import World, staff  # noqa: E402

check_books = programs.check


def prepare(credits_per_day: int, companies: int = 4, joined: int = 3) -> dict[str, int]:
    """Companies of ten people each that have just joined, and an automation that has not looked yet."""
    now = clock.now()
    owner = members.create_user(email="owner@example.com", name="Owner")
    world = World(members.create_workspace(name="Crowd", now=now), access.system("crowd"), now)
    members.add(workspace=world.workspace, user=owner, role="owner")
    world.load(staff(companies, 10))
    world.credits(1000)
    market = world.segment("Market", kind="dynamic", everything=True)
    mode = {"mode": "allowance", "credits_per_day": credits_per_day} if credits_per_day else {}
    automate(world, market, world.persona(), **mode)
    world.load(staff(companies + joined, 10), as_of=date(2026, 8, 20))
    refresh(world, market)
    return {}


def look(ahead: int = 0) -> dict[str, int]:
    """One worker, until nothing is due; `ahead`: so many seconds after the first."""
    done = work(clock.now() + timedelta(seconds=ahead))
    return {"charged": sum(run.charged for run in done)}


def look_at_once(first: int, threads: int, go: str) -> dict[str, int]:
    """Workers that all find the same automation due, over and over, and carry out what they find."""

    def one(number: int) -> int:
        for _ in range(20):
            now = clock.now()
            automatic.look(now=now)
            for run_id in Run.objects.filter(state__in=Run.ACTIVE).values_list("pk", flat=True):
                runs.carry_out(run_id=run_id, now=now)
        return 0

    return {"done": len(_crowd(one, threads, go))}


def approve(key: str = "yes", ahead: int = 0) -> dict[str, Any]:
    """One person says yes, and the search is carried out."""
    world = _world(ahead)
    asked = Approval.objects.get()
    done = approvals.approve(
        workspace=world.workspace, approval_id=asked.pk, key=key, actor=world.actor, now=world.now
    )
    work(world.now)
    return {"state": done.state, "run": done.run_id}


def decide_at_once(first: int, threads: int, go: str) -> dict[str, Any]:
    """Many people answer the one question: half with one shared key, a quarter with their own, a quarter says no."""
    outcomes: Counter[str] = Counter()
    asked = Approval.objects.get()

    def one(number: int) -> int:
        mine, world = first + number, _world()
        this: dict[str, Any] = {
            "workspace": world.workspace, "approval_id": asked.pk, "actor": world.actor, "now": world.now,
        }  # fmt: skip
        key = "shared" if mine % 2 else f"own-{mine}"
        try:
            if mine % 4 == 2:
                done = _again(lambda: approvals.decline(**this))
            else:
                done = _again(lambda: approvals.approve(**this, key=key))
            outcomes[f"{done.state} {done.run_id}"] += 1
        except RollcallError as error:
            outcomes[error.code] += 1
        return 0

    _crowd(one, threads, go)
    return {"outcomes": dict(outcomes)}


def check() -> dict[str, Any]:
    """What there is now, beside what the books say."""
    counters = BudgetCounter.objects.filter(budget__scope=Budget.Scope.AUTOMATION)
    return check_books() | {
        "approvals": dict(Counter(Approval.objects.values_list("state", flat=True))),
        "asked": sorted(Approval.objects.filter(state="waiting").values_list("credits", flat=True)),
        "run_count": Run.objects.count(),
        "used": sum(counters.values_list("used", flat=True)),
        "reserved": sum(counters.values_list("reserved", flat=True)),
        "letters": Letter.objects.count(),
        "lines": dict(Counter(Event.objects.values_list("kind", flat=True))),
        "looked": list(Automation.objects.values_list("note", flat=True)),
    }


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
