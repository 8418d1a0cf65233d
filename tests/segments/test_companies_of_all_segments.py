"""The companies of all segments together, and the segments of one company."""

from datetime import datetime
from typing import Any

from rollcall.segments import definitions, register
from rollcall.segments.models import Segment
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.segments import world


def _segment(workspace: Workspace, actor: Actor, now: datetime, name: str, *sectors: str) -> Segment:
    line: dict[str, Any] = {"field": "sector", "op": "is_any_of", "value": list(sectors)}
    return definitions.create(
        workspace=workspace, name=name, kind="static", definition={"where": {"op": "and", "items": [line]}},
        actor=actor, now=now,
    )  # fmt: skip


def test_each_company_counts_once(workspace: Workspace, actor: Actor, now: datetime) -> None:
    world.load(world.FIRST, now)
    _segment(workspace, actor, now, "Energy", "Energy")
    _segment(workspace, actor, now, "Both", "Energy", "Food")
    found = register.company_ids(workspace=workspace)
    assert len(found) == len(set(found)) == 5 == register.count_companies(workspace=workspace)


def test_segments_of_a_company_leave_out_deleted_ones_and_others(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime
) -> None:
    world.load(world.FIRST, now)
    energy = _segment(workspace, actor, now, "Energy", "Energy")
    both = _segment(workspace, actor, now, "Both", "Energy", "Food")
    _segment(other_workspace, actor, now, "Theirs", "Energy")
    company_id = energy.members.values_list("company_id", flat=True)[0]
    names = [one.name for one in register.of_company(workspace=workspace, company_id=company_id)]
    assert names == ["Both", "Energy"]
    definitions.delete(workspace=workspace, segment_id=both.pk, actor=actor, now=now)
    assert register.of_company(workspace=workspace, company_id=company_id) == [energy]
    assert register.of_company(workspace=workspace, company_id=10**9) == []
