"""Seeing what a definition chooses before saving it (S2)."""

from typing import Any

from django.db.models import Model

from rollcall.segments import preview
from rollcall.segments.models import Event, Member, Segment
from rollcall.workspaces.models import Workspace
from tests.segments.conftest import ENERGY, Make


def test_it_works(workspace: Workspace, universe: int) -> None:
    shown = preview.preview(workspace=workspace, definition=ENERGY, limit=2)
    assert (shown.count, shown.version, len(shown.rows)) == (3, universe, 2)
    assert [row["domain"] for row in shown.rows] == ["alder.com", "birch.com"]
    assert all(row["source"] == "little_world" and row["observed_on"] for row in shown.rows), "invariant 7"


def test_s2_a_count_after_each_line(workspace: Workspace, energy: Segment) -> None:
    """S2: in the order of the lines, lines about other segments and groups included."""
    lines = [
        {"field": "country", "op": "is_known"},
        {"field": "segment", "op": "is_none_of", "value": [f"seg_{energy.pk}"]},
        {"op": "or", "items": [{"field": "employees", "op": "lt", "value": 20},
                               {"field": "sector", "op": "is", "value": "software"}]},
        {"field": "country", "op": "is", "value": "us"},
    ]  # fmt: skip
    shown = preview.preview(workspace=workspace, definition={"where": {"items": lines}})
    assert shown.after_each == [8, 5, 3, 2]
    assert shown.count == 2


def test_s2_count_respects_all_of_the_definition(workspace: Workspace, universe: int) -> None:
    """S2: the lines are counted alone, the total after included, excluded and limit."""
    shown = preview.preview(
        workspace=workspace, definition={**ENERGY, "include_domains": "fir.io", "limit": 2}, limit=50
    )
    assert (shown.after_each, shown.count, len(shown.rows)) == ([3], 2, 2)


def test_contradictions_are_said_in_plain_words_and_allowed(workspace: Workspace, make: Make) -> None:
    lines = [
        {"field": "employees", "op": "gt", "value": 10},
        {"field": "employees", "op": "lt", "value": 5},
    ]
    shown = preview.preview(workspace=workspace, definition={"where": {"items": lines}})
    assert shown.count == 0
    assert len(shown.contradictions) == 1 and "Employees" in shown.contradictions[0]
    assert make("Nobody yet", {"where": {"items": lines}}).company_count == 0


def test_it_saves_nothing(workspace: Workspace, universe: int) -> None:
    preview.preview(workspace=workspace, definition=ENERGY)
    kept: list[type[Model]] = [Segment, Member, Event]
    assert [model._default_manager.count() for model in kept] == [0, 0, 0]


def test_it_is_four_questions_to_the_universe_at_most(
    workspace: Workspace, universe: int, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        preview.preview(workspace=workspace, definition=ENERGY)


def test_rows_are_few(workspace: Workspace, universe: int) -> None:
    everyone = {"everything": True}
    assert preview.preview(workspace=workspace, definition=everyone, limit=0).rows == []
    assert len(preview.preview(workspace=workspace, definition=everyone, limit=10**9).rows) == 9
