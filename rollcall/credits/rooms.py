"""How much room the budgets leave: which of them a spending counts for, and the least that is left of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from rollcall.core import ids
from rollcall.credits import periods
from rollcall.credits.models import Budget, BudgetCounter, Hold
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

AUTOMATION = access.system("automation").ref


@dataclass(frozen=True)
class Left:
    """What is left of a budget, and whose counter it is."""

    credits: int
    budget: Budget
    subject: str


@dataclass(frozen=True)
class Room:
    """What hard budgets leave for one search: in total, and of that for the people of each persona.

    None, and a persona that is not in the mapping, have no limit. `binding` and `binding_of_persona` are the budgets
    that leave so little.
    """

    total: int | None = None
    of_persona: dict[int, int] = field(default_factory=dict)
    binding: Left | None = None
    binding_of_persona: dict[int, Left] = field(default_factory=dict)


def room(
    *,
    workspace: Workspace,
    actor: Actor,
    segment_id: int | None,
    automation_id: int | None,
    persona_ids: Sequence[int],
    now: datetime,
) -> Room:
    """What a search that this actor starts now may spend; an estimate, as others spend meanwhile."""
    matching = applying(
        workspace=workspace,
        actor=actor,
        segment_id=segment_id,
        automation_id=automation_id,
        persona_ids=persona_ids,
    )
    hard = [(budget, subject) for budget, subject in matching if budget.is_hard]
    if not hard:
        return Room()
    keys = {period: key_of(period, workspace, now) for period in {budget.period for budget, _ in hard}}
    found = BudgetCounter.objects.filter(
        budget__in={budget.pk for budget, _ in hard}, period_key__in=set(keys.values())
    )
    taken = {(c.budget_id, c.subject, c.period_key): c.used + c.reserved for c in found}
    lefts = [
        Left(max(0, budget.limit - taken.get((budget.pk, subject, keys[budget.period]), 0)), budget, subject)
        for budget, subject in hard
    ]
    # The least comes first; of equals, the budget that is older.
    lefts.sort(key=lambda left: (left.credits, left.budget.pk))
    binding = next((left for left in lefts if not is_of_persona(left.budget)), None)
    of_personas: dict[int, Left] = {}
    for left in lefts:
        if is_of_persona(left.budget):
            of_personas.setdefault(ids.parse("per", left.subject), left)
    return Room(
        total=binding.credits if binding else None,
        of_persona={number: left.credits for number, left in of_personas.items()},
        binding=binding,
        binding_of_persona=of_personas,
    )


def applying(
    *,
    workspace: Workspace,
    actor: Actor,
    segment_id: int | None,
    automation_id: int | None,
    persona_ids: Sequence[int],
) -> list[tuple[Budget, str]]:
    """The live budgets that such a spending counts for, each with the subject of its counter, oldest first.

    What an automation may spend is what it spends by itself: a run of it that a person approved is the person's.
    """
    by_itself = actor.ref == AUTOMATION
    subjects = {
        Budget.Scope.WORKSPACE: [""],
        Budget.Scope.RUN: [""],
        Budget.Scope.MEMBER: [actor.ref] if actor.ref.startswith("usr_") else [],
        Budget.Scope.KEY: [actor.ref] if actor.ref.startswith("key_") else [],
        Budget.Scope.SEGMENT: [ids.public("seg", segment_id)] if segment_id else [],
        Budget.Scope.AUTOMATION: [ids.public("aut", automation_id)] if by_itself and automation_id else [],
        Budget.Scope.PERSONA: [ids.public("per", number) for number in persona_ids],
    }
    named = {subject for of_scope in subjects.values() for subject in of_scope}
    live = Budget.objects.filter(Q(subject="") | Q(subject__in=named), workspace=workspace, ended_at=None)
    return [
        (budget, subject)
        for budget in live.order_by("pk")
        for subject in subjects[Budget.Scope(budget.scope)]
        if budget.subject in ("", subject)
    ]


def key_of(period: str, workspace: Workspace, now: datetime, hold: Hold | None = None) -> str:
    """The period key of a counter; each search has its own, and one that did not start yet has none."""
    if period != Budget.Period.RUN:
        return periods.key(period, zone=workspace.time_zone, now=now)
    if hold is None:
        return ""
    return ids.public("run", hold.run_id) if hold.run_id else ids.public("hol", hold.pk)


def is_of_persona(budget: Budget) -> bool:
    """Of a hold's credits it counts those for the people of one persona; every other budget counts them all."""
    return budget.scope == Budget.Scope.PERSONA
