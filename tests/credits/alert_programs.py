"""Programs that tests of alerts start as processes: a crowd that falls past thresholds, and a story that is killed.

Called as `python -m tests.credits.alert_programs <act> <json>`; prints its answer as JSON.
"""

import json
import sys
from datetime import timedelta
from typing import Any

from tests.credits import programs

from rollcall.core import clock  # isort: skip
from rollcall.credits import alerts, crossings, holds
from rollcall.credits.models import AlertEvent, Entry, Grant
from rollcall.notices.models import Letter
from rollcall.workspaces import members
from rollcall.workspaces.models import Workspace
from tests.credits import acts


def prepare(credits: int, thresholds: list[int], percents: list[int]) -> dict[str, Any]:
    """A workspace with one owner, a grant, and rules."""
    now = clock.now()
    workspace = members.create_workspace(name="Crowd", now=now)
    owner = members.create_user(email="owner@example.com", name="Owner")
    members.add(workspace=workspace, user=owner, role="owner")
    acts.grant(workspace, credits, now, key="grant")
    for kind, numbers in (("balance", thresholds), ("percent", percents)):
        for threshold in numbers:
            alerts.create(workspace=workspace, kind=kind, threshold=threshold, actor=acts.ACTOR, now=now)
    return {}


def fall(first: int, threads: int, go: str) -> dict[str, int]:
    """Each holds one credit again and again, now and then gives one back, until there are none."""

    def one(number: int) -> int:
        workspace, done = Workspace.objects.get(), 0
        for i in range(1000):
            key = f"{first + number}-{i}"
            try:
                held = programs._again(lambda: acts.hold(workspace, 1, clock.now(), key=key))  # noqa: B023
            except holds.NotEnoughCredits:
                break
            done += 1
            if i % 3 == 0:
                programs._again(lambda: acts.release(workspace, held, clock.now(), key=f"{key}-r"))  # noqa: B023
                done -= 1
        return done

    return {"held": sum(programs._crowd(one, threads, go))}


def story() -> dict[str, Any]:
    """Falls past a threshold, a grant, and falls again; with keys that stay the same, so it can be told again."""
    if not Workspace.objects.exists():
        prepare(150, [100], [])
    workspace = Workspace.objects.get()
    start = Grant.objects.order_by("id").values_list("created_at", flat=True)[0]
    for i in range(2):
        acts.hold(workspace, 60, start + timedelta(hours=i), key=f"h{i}")
        acts.grant(workspace, 90, start + timedelta(hours=i), key=f"g{i}")
    acts.hold(workspace, 120, start + timedelta(hours=3), key="h9")
    return look()


def look() -> dict[str, Any]:
    """What was told, and what the journal says should have been."""
    workspace = Workspace.objects.first()
    events = list(AlertEvent.objects.order_by("rule_id", "entry_id").values_list("rule_id", "crossing"))
    due = crossings.replay(workspace=workspace) if workspace else ()
    return {
        "told": sorted([rule_id, crossing] for rule_id, crossing in events),
        "due": sorted([one.rule_id, one.crossing] for one in due),
        "letters": sorted(Letter.objects.values_list("key", flat=True)),
        "entries": Entry.objects.count(),
    }


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
