"""Budgets as people see them: each by the name of whom or what it is for, and only for things of this workspace."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.core import ids
from rollcall.core.errors import Conflict
from rollcall.credits import budget_names, budgets
from rollcall.credits.budgets import Standing
from rollcall.credits.models import Budget
from rollcall.personas import definitions
from rollcall.personas.models import Automation, Persona
from rollcall.segments import register
from rollcall.segments.models import Segment
from rollcall.workspaces import api_keys, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import ApiKey, User, Workspace


class SetAtTheAutomation(Conflict):
    """What an automation may spend by itself in a day is its allowance. Change it there ({automation})."""


@dataclass(frozen=True)
class Named:
    """A budget as it stands, what it is called, and the names of those it counts one by one."""

    standing: Standing
    name: str
    subject_name: str
    use_names: list[str]


def create(
    *,
    workspace: Workspace,
    scope: str,
    subject: str,
    period: str,
    limit: int,
    is_hard: bool,
    actor: Actor,
    now: datetime,
) -> Budget:
    """`credits.budgets.create` for a member, key, segment or persona that is here.

    Raises:
        what that raises, NotFound, SetAtTheAutomation
    """
    check_subject(workspace=workspace, scope=scope, subject=subject)
    return budgets.create(
        workspace=workspace,
        scope=scope,
        subject=subject,
        period=period,
        limit=limit,
        is_hard=is_hard,
        actor=actor,
        now=now,
    )


def check_subject(*, workspace: Workspace, scope: str, subject: str) -> None:
    """The ledger's room cannot know these; members and keys it checks itself.

    Raises:
        NotFound, SetAtTheAutomation
    """
    if scope == Budget.Scope.AUTOMATION:
        raise SetAtTheAutomation(automation=subject)
    if not subject:
        return
    if scope == Budget.Scope.SEGMENT:
        register.get(workspace=workspace, segment_id=ids.parse("seg", subject))
    elif scope == Budget.Scope.PERSONA:
        definitions.get(workspace=workspace, persona_id=ids.parse("per", subject))


def change(*, workspace: Workspace, budget_id: int, limit: int, actor: Actor, now: datetime) -> Budget:
    """
    Raises:
        what `credits.budgets.change` raises, SetAtTheAutomation
    """
    _refuse_allowance(budgets.get(workspace=workspace, budget_id=budget_id))
    return budgets.change(workspace=workspace, budget_id=budget_id, limit=limit, actor=actor, now=now)


def end(*, workspace: Workspace, budget_id: int, actor: Actor, now: datetime) -> Budget:
    """
    Raises:
        what `credits.budgets.end` raises, SetAtTheAutomation
    """
    _refuse_allowance(budgets.get(workspace=workspace, budget_id=budget_id))
    return budgets.end(workspace=workspace, budget_id=budget_id, actor=actor, now=now)


def list_(*, workspace: Workspace, now: datetime, budget_id: int | None = None) -> list[Named]:
    """The live budgets as they stand, with names; oldest first."""
    found = budgets.standings(workspace=workspace, now=now, budget_id=budget_id)
    subjects = {use.subject for standing in found for use in standing.uses}
    known = labels(workspace=workspace, subjects=subjects | {standing.budget.subject for standing in found})
    return [
        Named(
            standing=standing,
            name=budget_names.name(standing.budget, labels=known),
            subject_name=known.get(standing.budget.subject, standing.budget.subject),
            use_names=[known.get(use.subject, use.subject) for use in standing.uses],
        )
        for standing in found
    ]


def choices(*, workspace: Workspace) -> dict[str, list[tuple[str, str]]]:
    """By scope, public id and name of whom or what a budget can be for; an automation has its allowance instead."""
    keys = [key for key in api_keys.of(workspace=workspace) if key.revoked_at is None]
    return {
        Budget.Scope.MEMBER: [
            (ids.public("usr", member.user_id), member.user.name)
            for member in members.of(workspace=workspace)
        ],
        Budget.Scope.KEY: [(ids.public("key", key.pk), key.name) for key in keys],
        Budget.Scope.SEGMENT: [
            (ids.public("seg", segment.pk), segment.name) for segment in register.list_(workspace=workspace)
        ],
        Budget.Scope.PERSONA: [
            (ids.public("per", persona.pk), persona.name)
            for persona in definitions.list_(workspace=workspace)
        ],
    }


def names(*, workspace: Workspace, wanted: Sequence[tuple[Budget, str]]) -> list[str]:
    """What each budget is called; with a subject, as that one's part of a budget of each one by itself."""
    known = labels(workspace=workspace, subjects={subject or budget.subject for budget, subject in wanted})
    return [budget_names.name(budget, subject=subject, labels=known) for budget, subject in wanted]


def name_of(*, workspace: Workspace, details: Mapping[str, Any]) -> str:
    """What the budget is called that a `BudgetExceeded` tells of."""
    budget = budgets.get(workspace=workspace, budget_id=ids.parse("bud", details["budget"]))
    return names(workspace=workspace, wanted=[(budget, details["subject"])])[0]


def labels(*, workspace: Workspace, subjects: Iterable[str]) -> dict[str, str]:
    """Names by public id, of members, keys, segments, personas and automations; unknown ids are left out."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for subject in subjects:
        prefix = subject.partition("_")[0]
        if prefix in budget_names.PREFIXES.values():
            numbers[prefix].append(ids.parse(prefix, subject))
    here = {
        "usr": User.objects.filter(memberships__workspace=workspace).values_list("pk", "name"),
        "key": ApiKey.objects.filter(workspace=workspace).values_list("pk", "name"),
        "seg": Segment.objects.filter(workspace=workspace).values_list("pk", "name"),
        "per": Persona.objects.filter(workspace=workspace).values_list("pk", "name"),
        "aut": Automation.objects.filter(workspace=workspace).values_list("pk", "segment__name"),
    }
    return {
        ids.public(prefix, number): name
        for prefix, wanted in numbers.items()
        for number, name in here[prefix].filter(pk__in=wanted)
    }


def _refuse_allowance(budget: Budget) -> None:
    if budget.scope == Budget.Scope.AUTOMATION:
        raise SetAtTheAutomation(automation=budget.subject)
