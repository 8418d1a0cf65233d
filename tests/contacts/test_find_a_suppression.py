"""Finding the one line of the suppression list that names a person."""

from datetime import datetime

import pytest

from rollcall.contacts import suppression
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

pytestmark = pytest.mark.django_db


def test_it_is_found_in_any_spelling(workspace: Workspace, actor: Actor, now: datetime) -> None:
    line = suppression.add(
        workspace=workspace, kind="profile", value="pro_7", reason="", actor=actor, now=now
    )
    assert suppression.find(workspace=workspace, kind="profile", value="7") == line
    assert suppression.find(workspace=workspace, kind="profile", value="8") is None


def test_the_list_of_another_workspace_is_not_looked_at(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime
) -> None:
    suppression.add(workspace=workspace, kind="profile", value="pro_7", reason="", actor=actor, now=now)
    assert suppression.find(workspace=other_workspace, kind="profile", value="pro_7") is None
