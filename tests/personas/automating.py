"""Shorthand for what people and workers do with automations."""

from datetime import datetime
from typing import Any

from rollcall.personas import approvals, automatic, automations, runs
from rollcall.personas.models import Approval, Automation, Persona, Run
from rollcall.segments import membership
from rollcall.segments.models import Segment
from tests.personas.world import World


def automate(world: World, segment: Segment, *who: Persona, **more: Any) -> Automation:
    wanted = {"actor": world.actor, "now": world.now} | more
    return automations.create(
        workspace=world.workspace, segment_id=segment.pk, persona_ids=[p.pk for p in who], **wanted
    )


def refresh(world: World, segment: Segment) -> None:
    """As the daily sweep does."""
    membership.refresh(workspace=world.workspace, segment_id=segment.pk, actor=world.actor, now=world.now)


def work(now: datetime) -> list[Run]:
    """What workers do until nothing is due: look, search, look again; the runs they carried out."""
    done: list[Run] = []
    for _ in range(50):
        looked = automatic.look(now=now)
        queued = list(Run.objects.filter(state__in=Run.ACTIVE).order_by("pk"))
        done += [runs.carry_out(run_id=run.pk, now=now) for run in queued]
        if not looked and not queued:
            return done
    raise AssertionError("never came to an end")


def waiting(world: World) -> list[Approval]:
    return approvals.list_(workspace=world.workspace, state="waiting").items


def approve(world: World, approval: Approval, key: str = "yes", **more: Any) -> Approval:
    wanted = {"actor": world.actor, "now": world.now} | more
    return approvals.approve(workspace=world.workspace, approval_id=approval.pk, key=key, **wanted)


def decline(world: World, approval: Approval) -> Approval:
    return approvals.decline(
        workspace=world.workspace, approval_id=approval.pk, actor=world.actor, now=world.now
    )


__all__ = ["approve", "automate", "decline", "refresh", "waiting", "work"]
