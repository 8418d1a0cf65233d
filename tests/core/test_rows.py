"""Inserting many rows at once."""

from datetime import datetime
from typing import Any

import pytest

from rollcall.core import rows
from rollcall.credits.models import Entry, Grant
from rollcall.workspaces.models import Workspace


def _columns(keys: list[str]) -> dict[str, list[Any]]:
    return {
        "key": keys,
        "amount": [2**62] * len(keys),
        "context": [{"of": key, "text": 'quote " and \u00fc'} for key in keys],
    }


def _insert(workspace: Workspace, keys: list[str], now: datetime) -> list[Any]:
    constants = {
        "workspace_id": workspace.pk, "kind": "grant", "balance_change": 1, "actor": "usr_1", "actor_label": "A",
        "run_id": None, "reverses_id": None, "created_at": now,
    }  # fmt: skip
    return rows.insert(Entry, _columns(keys), constants=constants, ignore_conflicts=True, returning=["key"])


def test_it_works(workspace: Workspace, now: datetime) -> None:
    assert _insert(workspace, ["a", "b"], now) == [("a",), ("b",)]
    entry = Entry.objects.get(key="a")
    assert (entry.amount, entry.context, entry.created_at) == (
        2**62,
        {"of": "a", "text": 'quote " and \u00fc'},
        now,
    )
    assert entry.run_id is None


def test_only_new_rows_come_back(workspace: Workspace, now: datetime) -> None:
    _insert(workspace, ["a"], now)
    assert _insert(workspace, ["a", "b"], now) == [("b",)]


def test_ten_thousand_rows_are_one_statement(
    workspace: Workspace, now: datetime, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert len(_insert(workspace, [f"k{i}" for i in range(10_000)], now)) == 10_000


def test_nothing_is_nothing(workspace: Workspace, now: datetime) -> None:
    assert _insert(workspace, [], now) == []


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_entries_are_append_only(workspace: Workspace, now: datetime, verb: str) -> None:
    """Invariant 5: a trigger refuses, on both databases."""
    from django.db import DatabaseError, transaction

    _insert(workspace, ["a"], now)
    row = Entry.objects.filter(key="a")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.update(amount=1) if verb == "update" else row._raw_delete(row.db)
    assert Grant.objects.count() == 0 and row.get().amount == 2**62
