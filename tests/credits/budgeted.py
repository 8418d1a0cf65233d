"""Fixtures of the tests of budgets: a workspace with many credits, and a way to cap them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rollcall.credits import budgets
from rollcall.credits.models import Budget
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits import acts

DAY = timedelta(days=1)


@pytest.fixture
def plenty(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10_000, now - 40 * DAY)


@pytest.fixture
def make(workspace: Workspace, actor: Actor, now: datetime) -> Any:
    """Makes a hard budget of the workspace a day, unless told otherwise."""

    def made(limit: int, **given: Any) -> Budget:
        kind = {"scope": "workspace", "subject": "", "period": "day", "is_hard": True, "now": now, **given}
        return budgets.create(workspace=workspace, limit=limit, actor=actor, **kind)

    return made


def stand(budget: Budget, now: datetime) -> tuple[int, int, int]:
    (found,) = budgets.standings(workspace=budget.workspace, now=now, budget_id=budget.pk)
    return found.used, found.reserved, found.left
