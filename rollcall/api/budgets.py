"""Budgets: caps on what may be spent, by whom or for what, in which period."""

from typing import Annotated, Literal

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import BudgetId, Count, Given, Instant, Shown, Word
from rollcall.core import clock, ids
from rollcall.core.errors import NotFound
from rollcall.personas import budgeting
from rollcall.personas.budgeting import Named

noun = Noun("budgets")
GivenScope = Literal["workspace", "member", "key", "segment", "persona", "run"]
Scope = Literal["workspace", "member", "key", "segment", "persona", "automation", "run"]
Period = Literal["run", "day", "week", "month", "total"]
Credits = Annotated[int, Field(ge=0, le=10**15, examples=[500], description="0 lets nothing through.")]
Subject = Annotated[
    Word,
    Field(
        examples=["seg_12"],
        description="Public id of the member (usr_…), key, segment or persona; empty for the workspace, "
        "or for each one of the scope by itself.",
    ),
]


class BudgetGiven(Given):
    """A new budget. What was spent in the present period already counts."""

    scope: GivenScope = Field(examples=["workspace"], description="`run`: each search by itself.")
    subject: Subject = Field(default="", examples=[""])
    period: Period = Field(examples=["month"], description="`run`: each search; `total`: for all time.")
    limit: Credits
    is_hard: bool = Field(default=True, description="Refuse what goes past it; if not, only count and alert.")


class BudgetEdit(Given):
    """A new limit; what is used and reserved stays."""

    limit: Credits


class BudgetUseShown(Shown):
    """One of those that a budget of each one by itself counts."""

    subject: Subject
    name: str = Field(examples=["Energy, large"])
    used: Count
    reserved: Count
    left: Count


class BudgetShown(Shown):
    """A budget as it stands: used by charges, reserved by running searches, and left, in the present period."""

    id: BudgetId
    name: str = Field(examples=["Monthly budget of the workspace"])
    scope: Scope = Field(description="`automation` is what one may spend by itself; it is changed there.")
    subject: Subject
    subject_name: str = Field(examples=["Energy, large"])
    period: Period
    limit: Count
    is_hard: bool
    used: Count = Field(description="Of the fullest one, where it counts each by itself.")
    reserved: Count
    left: Count
    period_key: str = Field(
        examples=["2026-11"], description="In the workspace's time zone; weeks are ISO weeks."
    )
    ends_at: Instant | None = Field(description="When counting begins anew; null for `total` and `run`.")
    uses: list[BudgetUseShown]
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant


class BudgetsShown(Shown):
    """The budgets that have not ended, oldest first."""

    items: list[BudgetShown]


@noun.operation("GET", "/budgets", permission="credits.see", answer=BudgetsShown)
def budgets_list(request: Request) -> BudgetsShown:
    """List budgets, with what is used, reserved and left of each in the present period."""
    found = budgeting.list_(workspace=request.auth.workspace, now=clock.now())
    return BudgetsShown(items=[_shown(named) for named in found])


@noun.operation(
    "POST", "/budgets", permission="budgets.edit", answer=BudgetShown, status=201, errors=(404, 409)
)
def budgets_create(request: Request, body: BudgetGiven) -> BudgetShown:
    """Cap spending from now on."""
    now = clock.now()
    made = budgeting.create(
        workspace=request.auth.workspace,
        scope=body.scope,
        subject=body.subject,
        period=body.period,
        limit=body.limit,
        is_hard=body.is_hard,
        actor=request.auth.actor,
        now=now,
    )
    return _one(request, made.pk)


@noun.operation("PATCH", "/budgets/{budget_id}", permission="budgets.edit", answer=BudgetShown, errors=(409,))
def budgets_update(request: Request, budget_id: BudgetId, body: BudgetEdit) -> BudgetShown:
    """Change the limit; below what is spent already, everything further is refused."""
    number = ids.parse("bud", budget_id)
    budgeting.change(
        workspace=request.auth.workspace,
        budget_id=number,
        limit=body.limit,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _one(request, number)


@noun.operation(
    "DELETE", "/budgets/{budget_id}", permission="budgets.edit", answer=None, status=204, errors=(409,)
)
def budgets_end(request: Request, budget_id: BudgetId) -> None:
    """End a budget: it limits nothing any more."""
    budgeting.end(
        workspace=request.auth.workspace,
        budget_id=ids.parse("bud", budget_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


def _one(request: Request, number: int) -> BudgetShown:
    found = budgeting.list_(workspace=request.auth.workspace, now=clock.now(), budget_id=number)
    if not found:
        raise NotFound(what="budget", id=ids.public("bud", number))
    return _shown(found[0])


def _shown(named: Named) -> BudgetShown:
    standing = named.standing
    budget = standing.budget
    same = {
        name: getattr(budget, name)
        for name in ("scope", "subject", "period", "limit", "is_hard", "created_at")
    }
    return BudgetShown(
        **same,
        id=ids.public("bud", budget.pk),
        name=named.name,
        subject_name=named.subject_name,
        used=standing.used,
        reserved=standing.reserved,
        left=standing.left,
        period_key=standing.period_key,
        ends_at=standing.ends_at,
        uses=[
            BudgetUseShown(
                subject=use.subject, name=name, used=use.used, reserved=use.reserved, left=use.left
            )
            for use, name in zip(standing.uses, named.use_names, strict=True)
        ],
        created_by=budget.actor_label,
    )
