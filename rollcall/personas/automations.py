"""Automations: searches that start by themselves when companies join or by the calendar, and their limits (E7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rollcall.core import ids, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.credits import forecasts
from rollcall.personas import allowances, asking, automation_rows, calendars, definitions, halting, quotes
from rollcall.personas.automation_rows import personas_of
from rollcall.personas.models import Automation
from rollcall.segments import membership, register
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

__all__ = [
    "change", "commitments", "create", "end", "get", "list_", "pause", "personas_of", "resume",
    "update",
]  # fmt: skip

PERSONAS_MAX = 63
DAYS_BETWEEN = {
    Automation.Trigger.JOINED: 1.0,
    Automation.Trigger.DAILY: 1.0,
    Automation.Trigger.WEEKLY: 7.0,
    Automation.Trigger.MONTHLY: 30.4375,
}


class NoSuchAutomation(NotFound):
    """There is no automation {id} here. Check the id; those of other workspaces are not shown."""


class UnknownTrigger(Invalid):
    """An automation does not start {trigger!r}. Choose joined (when companies join), daily, weekly or monthly."""


class UnknownMode(Invalid):
    """An automation has no mode {mode!r}. Choose ask (it asks first), or allowance (it spends up to so much a day)."""


class BadAllowance(Invalid):
    """{credits} is no daily allowance. Write a whole number of credits from 0; 0 lets nothing be spent unasked."""


class AskingSpendsNothing(Invalid):
    """An automation that asks first has no daily allowance. Choose the mode allowance, or leave the credits out."""


class TooManyPersonas(Invalid):
    """An automation searches for at most 63 personas. Make a second one for the others."""


class AutomationEnded(Conflict):
    """The automation {id} has ended: {why} Make a new one."""


def create(
    *,
    workspace: Workspace,
    segment_id: int,
    persona_ids: Sequence[int],
    actor: Actor,
    now: datetime,
    trigger: str = Automation.Trigger.JOINED,
    mode: str = Automation.Mode.ASK,
    credits_per_day: int = 0,
) -> Automation:
    """Search for these personas from now on, whenever companies join the segment or the calendar says so.

    Companies that are in the segment already are none that join. It asks first unless told otherwise.

    Raises:
        NoSuchSegment, NoSuchPersona, PersonasNeeded, TooManyPersonas, UnknownTrigger, UnknownMode, BadAllowance,
        AskingSpendsNothing
    """
    wanted = _checked_personas(workspace, persona_ids)
    _check(trigger, mode, credits_per_day)

    def work() -> Automation:
        segment = register.get(workspace=workspace, segment_id=segment_id)
        # Whoever is joining at this moment has a higher number, and so joins later.
        newest = membership.newest_stay(segment=segment)
        made = Automation.objects.create(
            workspace=workspace,
            segment=segment,
            persona_ids=wanted,
            trigger=trigger,
            mode=mode,
            credits_per_day=credits_per_day,
            segment_revision=segment.revision,
            seen_stay=newest,
            settled_stay=newest,
            due_at=calendars.next_due(trigger=trigger, time_zone=workspace.time_zone, after=now),
            actor=actor.ref,
            actor_label=actor.label,
            created_at=now,
        )
        allowances.put(automation=made, actor=actor, now=now)
        automation_rows.log(made, "created", actor, now)
        return made

    return transactions.run(work)


def change(
    *,
    workspace: Workspace,
    automation_id: int,
    actor: Actor,
    now: datetime,
    persona_ids: Sequence[int] | None = None,
    trigger: str | None = None,
    mode: str | None = None,
    credits_per_day: int | None = None,
) -> Automation:
    """Change what is given. What waits for approval was asked for by the old one: it is taken back, and asked anew.

    Raises:
        NoSuchAutomation, AutomationEnded, and all that `create` raises
    """
    wanted = None if persona_ids is None else _checked_personas(workspace, persona_ids)

    def work() -> Automation:
        automation = _live(workspace, automation_id)
        if wanted is not None:
            automation.persona_ids = wanted
        if trigger is not None and trigger != automation.trigger:
            _check(trigger, automation.mode, 0)
            automation.trigger = trigger
            automation.seen_stay = automation.settled_stay = membership.newest_stay(
                segment=automation.segment
            )
            automation.due_at = _next_due(automation, now)
        automation.mode = mode or automation.mode
        if credits_per_day is not None or automation.mode == Automation.Mode.ASK:
            automation.credits_per_day = credits_per_day or 0
        _check(automation.trigger, automation.mode, automation.credits_per_day)
        asking.withdraw(automation=automation, why="the automation was changed", now=now)
        # What it asked for and nobody decided is looked at again.
        automation.seen_stay = automation.settled_stay
        automation_rows.save(automation)
        allowances.put(automation=automation, actor=actor, now=now)
        automation_rows.log(automation, "changed", actor, now)
        return automation

    return transactions.run(work)


def update(
    *,
    workspace: Workspace,
    automation_id: int,
    actor: Actor,
    now: datetime,
    is_on: bool | None = None,
    **changes: Any,
) -> Automation:
    """Change it, then resume or pause it, all or nothing.

    Raises:
        what `change`, `pause` and `resume` raise
    """
    this: dict[str, Any] = {
        "workspace": workspace,
        "automation_id": automation_id,
        "actor": actor,
        "now": now,
    }

    def work() -> Automation:
        if any(value is not None for value in changes.values()):
            change(**this, **changes)
        if is_on is not None:
            (resume if is_on else pause)(**this)
        return get(workspace=workspace, automation_id=automation_id)

    return transactions.run(work)


def pause(*, workspace: Workspace, automation_id: int, actor: Actor, now: datetime) -> Automation:
    """Start nothing until it is resumed; what waits for approval still waits. Pausing twice changes nothing.

    Raises:
        NoSuchAutomation, AutomationEnded
    """

    def work() -> Automation:
        automation = _live(workspace, automation_id)
        if automation.is_on:
            halting.stop(automation, why=f"Paused by {actor.label}.", actor=actor, now=now)
        return automation

    return transactions.run(work)


def resume(*, workspace: Workspace, automation_id: int, actor: Actor, now: datetime) -> Automation:
    """Go on, with the segment and the personas as they are now; companies that joined in the pause are searched.

    Raises:
        NoSuchAutomation, AutomationEnded, NoSuchPersona: one of its personas was deleted; choose others first.
    """

    def work() -> Automation:
        automation = _live(workspace, automation_id)
        _checked_personas(workspace, automation.persona_ids)
        if not automation.is_on:
            automation.is_on, automation.note = True, ""
            automation.segment_revision = automation.segment.revision
            automation.seen_stay = automation.settled_stay
            automation.due_at = _next_due(automation, now)
            automation_rows.save(automation)
            automation_rows.log(automation, "resumed", actor, now)
        return automation

    return transactions.run(work)


def end(*, workspace: Workspace, automation_id: int, actor: Actor, now: datetime) -> Automation:
    """Never start anything again; what waits for approval is taken back. Ending it again changes nothing.

    Raises:
        NoSuchAutomation
    """

    def work() -> Automation:
        automation = automation_rows.lock(
            automation_id=get(workspace=workspace, automation_id=automation_id).pk
        )
        if automation.ended_at is None:
            halting.finish(automation, why=f"Ended by {actor.label}.", actor=actor, now=now)
        return automation

    return transactions.run(work)


def get(*, workspace: Workspace, automation_id: int) -> Automation:
    """One automation, also one that has ended.

    Raises:
        NoSuchAutomation
    """
    found = Automation.objects.select_related("segment", "workspace")
    automation = found.filter(workspace=workspace, pk=automation_id).first()
    if automation is None:
        raise NoSuchAutomation(id=ids.public("aut", automation_id))
    return automation


def list_(*, workspace: Workspace, segment_id: int | None = None, ended: bool = False) -> list[Automation]:
    """The workspace's automations, oldest first; with `ended`, also those that start nothing any more."""
    found = Automation.objects.filter(workspace=workspace).select_related("segment", "workspace")
    if segment_id is not None:
        found = found.filter(segment_id=segment_id)
    if not ended:
        found = found.filter(ended_at__isnull=True)
    return list(found.order_by("pk"))


def commitments(*, workspace: Workspace) -> list[forecasts.Commitment]:
    """What the allowances let be spent a day, at most: known before it is spent, for forecasts."""
    return [
        forecasts.Commitment(
            label=f"{automation.get_trigger_display()}: {automation.segment.name}",
            credits_per_day=automation.credits_per_day / DAYS_BETWEEN[Automation.Trigger(automation.trigger)],
            automation_id=automation.pk,
            segment_ids=(automation.segment_id,),
        )
        for automation in list_(workspace=workspace)
        if automation.is_on and automation.credits_per_day
    ]


def _next_due(automation: Automation, now: datetime) -> datetime | None:
    zone = automation.workspace.time_zone
    return calendars.next_due(trigger=automation.trigger, time_zone=zone, after=now)


def _live(workspace: Workspace, automation_id: int) -> Automation:
    """The row, locked, of an automation that has not ended."""
    found = get(workspace=workspace, automation_id=automation_id)
    automation = automation_rows.lock(automation_id=found.pk)
    if automation.ended_at is not None:
        raise AutomationEnded(id=ids.public("aut", automation_id), why=automation.note)
    return automation


def _checked_personas(workspace: Workspace, persona_ids: Sequence[int]) -> list[int]:
    """Each once, in the order given; all of them are here."""
    wanted = list(dict.fromkeys(persona_ids))
    if not wanted:
        raise quotes.PersonasNeeded()
    if len(wanted) > PERSONAS_MAX:
        raise TooManyPersonas()
    for persona_id in wanted:
        definitions.get(workspace=workspace, persona_id=persona_id)
    return wanted


def _check(trigger: str, mode: str, credits: int) -> None:
    if trigger not in Automation.Trigger.values:
        raise UnknownTrigger(trigger=trigger[:20])
    if mode not in Automation.Mode.values:
        raise UnknownMode(mode=mode[:20])
    if isinstance(credits, bool) or not 0 <= credits <= ids.INT64_MAX:
        raise BadAllowance(credits=credits)
    if mode == Automation.Mode.ASK and credits:
        raise AskingSpendsNothing()
