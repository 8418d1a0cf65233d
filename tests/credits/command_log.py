"""Commands at fixed instants, and the journal that they leave: to compare databases (an act of `programs`)."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from rollcall.core.errors import RollcallError
from rollcall.credits import adjustments, budgets, chain, singles, verify
from rollcall.credits.holds import Purpose
from rollcall.credits.models import (
    Acquisition,
    Adjustment,
    Budget,
    BudgetCounter,
    Entry,
    Grant,
    Hold,
    Seal,
    Wallet,
)
from rollcall.workspaces import members
from rollcall.workspaces.models import Workspace
from tests.credits import acts
from tests.credits.world import OLGA


def command_log(seed: int, steps: int) -> dict[str, Any]:
    """The same commands at the same instants, on whatever database: the journal that they leave."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    workspace, dice = members.create_workspace(name="Log", now=start), random.Random(seed)
    outcomes: list[str] = []
    made: list[int] = []
    for i in range(steps):
        now, key = start + timedelta(hours=i), f"log-{i}"
        try:
            outcomes.append(str(_command(workspace, dice, key, now, made)))
        except RollcallError as error:
            outcomes.append(error.code)
    chain.sweep(now=start + timedelta(hours=steps))
    bad = [(check.code, check.bad) for check in verify.verify().checks if not check.ok]
    return {"outcomes": outcomes, "journal": _journal(workspace), "bad": bad}


def _command(workspace: Workspace, dice: random.Random, key: str, now: datetime, made: list[int]) -> Any:
    """One of all verbs; what it answers, without numbers that a database may choose."""
    verb, pick = dice.randrange(10), dice.random()
    one = {"profile_id": dice.randrange(1, 40), "company_id": dice.randrange(1, 3)}
    if verb < 2:
        ends = now + timedelta(hours=dice.randrange(5, 60)) if pick < 0.6 else None
        kind = "promotional" if pick < 0.3 else "package"
        return acts.grant(
            workspace,
            dice.randrange(5, 30),
            now,
            key=key,
            expires_at=ends,
            kind=kind,
            priority=dice.randrange(-1, 2),
        ).granted
    if verb < 4:
        held = acts.hold(
            workspace, dice.randrange(1, 15), now, key=key, purpose=Purpose(dice.choice([None, 4, 5]))
        )
        made.append(held.pk)
        return held.amount
    if verb < 6 and made:
        people = sorted({(dice.randrange(1, 40), dice.randrange(1, 3)) for _ in range(6)})
        found = [dice.choice([None, 7, 8]) for _ in people]
        held = Hold.objects.get(pk=made[int(pick * len(made))])
        return acts.capture(workspace, held, people, now, key=key, persona_ids=found).fresh
    if verb == 6 and made:
        return acts.release(workspace, Hold.objects.get(pk=made[int(pick * len(made))]), now, key=key)
    if verb == 7:
        return acts.refund(workspace, now, key=key, why="Log", **one).balance_change
    if verb == 8:
        return singles.charge(workspace=workspace, key=key, actor=acts.ACTOR, now=now, **one).fresh
    if pick < 0.3:
        scope, period = dice.choice(["workspace", "segment"]), dice.choice(["day", "month", "total"])
        return budgets.put(
            workspace=workspace, scope=scope, subject="", period=period, limit=dice.randrange(60), is_hard=True,
            actor=acts.ACTOR, now=now,
        ).limit  # fmt: skip
    return adjustments.make(
        workspace=workspace, amount=dice.choice([-4, 6]), reason="Log", key=key, actor=OLGA, now=now
    ).amount


def _journal(workspace: Workspace) -> list[Any]:
    """Every entry with its legs and people. Numbers are counted from the first: a database may leave some out."""
    order = {
        prefix: {number: i for i, number in enumerate(model.objects.order_by("pk").values_list("pk", flat=True), 1)}
        for prefix, model in (("gra", Grant), ("ent", Entry), ("hol", Hold), ("adj", Adjustment), ("bud", Budget))
    }  # fmt: skip

    def plain(value: Any) -> Any:
        text = json.dumps(value, sort_keys=True)
        return re.sub(
            r"\b(gra|ent|hol|adj|bud)_(\d+)\b", lambda m: f"{m[1]}_{order[m[1]].get(int(m[2]))}", text
        )

    rows = []
    for entry in Entry.objects.filter(workspace=workspace).order_by("pk").prefetch_related("legs"):
        legs = [[leg.account, order["gra"][leg.grant_id], leg.amount] for leg in entry.legs.order_by("line")]
        people = Acquisition.objects.filter(entry=entry).order_by("profile_id", "company_id")
        who = [
            [
                p.profile_id,
                p.company_id,
                order["gra"][p.grant_id],
                p.persona_id,
                p.refund_entry_id is not None,
            ]
            for p in people
        ]
        rows.append(
            [entry.kind, plain(entry.key), entry.amount, entry.balance_change, entry.actor, entry.actor_label,
             entry.segment_id, plain(entry.context), entry.reverses_id and order["ent"][entry.reverses_id],
             entry.hold_id and order["hol"][entry.hold_id], entry.created_at.isoformat(), legs, who]
        )  # fmt: skip
    wallet = Wallet.objects.get(workspace=workspace)
    counters = BudgetCounter.objects.order_by("budget", "subject", "period_key")
    rows.append([wallet.available, wallet.held, wallet.epoch, wallet.epoch_available])
    rows.append(
        list(map(list, counters.values_list("subject", "period_key", "limit", "used", "before", "reserved")))
    )
    rows.append(list(Seal.objects.order_by("number").values_list("number", flat=True)))
    return rows
