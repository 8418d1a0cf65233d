"""Usage and monthly statements: what was used for what, and that every month adds up (C9)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Sum

from rollcall.core.errors import NotFound
from rollcall.credits import balances, ledger, months, refunds, statements, usage
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Entry
from rollcall.credits.statements import Statement
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits import acts, histories

SEEDS = range(12)
DAY = timedelta(days=1)


def september(workspace: Workspace, now: datetime) -> Statement:
    return statements.of(workspace=workspace, month=date(2026, 9, 1), now=now)


def spend(workspace: Workspace, people: list[tuple[int, int]], now: datetime, **given: object) -> Entry:
    """A search of one charge, for a segment and personas that have names."""
    segment, personas = given.pop("segment", 4), given.pop("personas", [7] * len(people))
    context = {
        "segment": {"id": f"seg_{segment}", "name": given.pop("name", "Energy")},
        "personas": [{"id": "per_7", "name": "Chiefs"}],
    }
    held = acts.hold(
        workspace, len(people), now, run_id=given.pop("run_id", 1), purpose=Purpose(segment_id=segment)
    )  # type: ignore[arg-type]
    captured = acts.capture(
        workspace, held, people, now, run_id=held.run_id, context=context, persona_ids=personas, **given
    )
    assert captured.entry is not None
    return captured.entry


def test_it_works(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now - 40 * DAY, name="Annual")
    spend(workspace, acts.people(10), now - 20 * DAY)
    spend(workspace, acts.people(5, first=20), now)
    refunds.refund(
        workspace=workspace, profile_id=1, company_id=1, key="r", why="", actor=acts.ACTOR, now=now
    )
    made = september(workspace, now)
    assert (made.opening, made.closing, made.is_over) == (90, 86, False)
    assert [(m.label, m.amount, m.entries) for m in made.movements] == [
        ("Charged", -5, 1),
        ("Refunded", 1, 1),
    ]
    assert [(line.grant.name, line.opening, line.moved, line.closing) for line in made.grants] == [
        ("Annual", 90, {"charge": -5, "refund": 1}, 86)
    ]
    (row,) = made.usage["segment"]
    assert (row.subject, row.label, row.charged, row.refunded, row.net, row.runs) == (
        "seg_4", "Energy", 5, 1, 4, 1,
    )  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_c9_any_history_adds_up_line_by_line(db: None, seed: int) -> None:
    """Opening + movements = closing = the next opening; grants, holds and the ledger say the same."""
    told = histories.told(seed)
    listed = statements.list_(workspace=told.workspace, now=told.now)[::-1]
    assert len(listed) >= 3, "a history that stays in one month proves nothing"
    balance, held = 0, 0
    for line in listed:
        made = statements.of(workspace=told.workspace, month=line.month, now=told.now)
        assert made.opening == line.opening == balance
        assert made.held.opening == held
        assert {m.kind: m.amount for m in made.movements if m.amount} == {
            kind: amount for kind, amount in line.moved.items() if amount
        }
        assert statements.totals(made.grants) == {m.kind: m.amount for m in made.movements if m.amount}
        assert sum(grant.opening for grant in made.grants) == made.opening
        assert sum(grant.closing for grant in made.grants) == made.closing == line.closing
        spent = next((-m.amount for m in made.movements if m.kind == "charge"), 0)
        back = next((m.amount for m in made.movements if m.kind == "refund"), 0)
        for dimension in statements.BY:
            assert usage.total(made.usage[dimension]) == (spent, back), dimension
        balance, held = made.closing, made.held.closing
    now = balances.read(workspace=told.workspace, now=told.now)
    assert (balance, held) == (now.total + now.upcoming, now.held)
    assert balance == ledger.page(workspace=told.workspace, now=told.now, limit=1).items[0].balance_after
    acts.prove()


def test_the_histories_reach_every_kind_of_entry(db: None) -> None:
    met: set[tuple[str, bool]] = set()
    for seed in SEEDS:
        entries = Entry.objects.filter(workspace=histories.told(seed).workspace)
        met |= {(kind, segment is not None) for kind, segment in entries.values_list("kind", "segment_id")}
    assert {"grant", "hold", "charge", "release", "refund", "expiry", "void"} == {kind for kind, _ in met}
    assert {("charge", True), ("charge", False), ("refund", True), ("refund", False)} <= met


@pytest.mark.parametrize("seed", SEEDS)
def test_c9_usage_adds_up_to_the_ledger_whatever_it_is_asked_by(db: None, seed: int) -> None:
    told = histories.told(seed)
    since, until = told.now - 40 * DAY, told.now - 5 * DAY
    for start, end in ((None, None), (since, None), (None, until), (since, until)):
        entries = Entry.objects.filter(workspace=told.workspace)
        entries = entries.filter(created_at__gte=start) if start else entries
        entries = entries.filter(created_at__lt=end) if end else entries
        wanted = tuple(
            entries.filter(kind=kind).aggregate(sum=Sum("amount", default=0))["sum"]
            for kind in ("charge", "refund")
        )
        for dimension in usage.DIMENSIONS:
            rows = usage.by(workspace=told.workspace, dimension=dimension, since=start, until=end)
            assert usage.total(rows) == wanted, dimension
            assert len({row.subject for row in rows}) == len(rows)
            assert all(row.label for row in rows)


def test_every_dimension_names_its_subjects_as_they_were(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    alice, key = Actor(ref="usr_1", label="Alice Moreau"), Actor(ref="key_2", label="API key Pipeline")
    spend(workspace, acts.people(3), now, actor=alice)
    spend(workspace, acts.people(4, first=10), now, actor=key, personas=[7, 7, None, 8], run_id=2)
    spend(workspace, acts.people(2, first=20), now + DAY, actor=alice, name="Energy, renamed", run_id=3)
    acts.charge(workspace, acts.people(1, first=30), now)
    got = {
        dimension: {
            (row.subject, row.label): row.charged
            for row in usage.by(workspace=workspace, dimension=dimension)
        }
        for dimension in usage.DIMENSIONS
    }
    assert got["segment"] == {("seg_4", "Energy, renamed"): 9, ("", "Not for a segment"): 1}
    assert got["persona"] == {("per_7", "Chiefs"): 7, ("per_8", "per_8"): 1, ("", "No persona"): 2}
    assert got["member"] == {("usr_1", "Alice Moreau"): 5, ("", "Not by a member"): 5}
    assert got["key"] == {("key_2", "API key Pipeline"): 4, ("", "Not by an API key"): 6}
    assert got["automation"] == {("", "Started by hand"): 10}
    assert got["month"] == {("2026-09", "Sep 2026"): 10}


def test_a_refund_counts_for_whoever_was_charged(workspace: Workspace, now: datetime) -> None:
    """Not for the policy that gave it back."""
    acts.grant(workspace, 100, now)
    spend(workspace, acts.people(3), now, actor=Actor(ref="usr_1", label="Alice Moreau"))
    for profile, at in ((1, now), (2, now + 40 * DAY)):
        refunds.refund(
            workspace=workspace, profile_id=profile, company_id=1, key=f"r{profile}", why="",
            actor=acts.ACTOR, now=at,
        )  # fmt: skip
    for dimension in ("segment", "persona", "member"):
        (row,) = usage.by(workspace=workspace, dimension=dimension)
        assert (row.charged, row.refunded, row.net) == (3, 2, 1) and row.subject, dimension
        (later,) = usage.by(workspace=workspace, dimension=dimension, since=now + 30 * DAY)
        assert (later.subject, later.label, later.net) == (row.subject, row.label, -1)
    assert [row.net for row in usage.by(workspace=workspace, dimension="month")] == [2, -1]


def test_months_begin_by_the_workspaces_clock(workspace: Workspace) -> None:
    """22:30 UTC on 31 August is September in Paris; a summer-time change moves no entry."""
    workspace.time_zone = "Europe/Paris"
    acts.grant(workspace, 9, datetime(2026, 8, 31, 21, 30, tzinfo=UTC))
    acts.charge(workspace, acts.people(2), datetime(2026, 8, 31, 22, 30, tzinfo=UTC))
    acts.charge(workspace, acts.people(3, first=10), datetime(2026, 10, 31, 22, 59, tzinfo=UTC))
    listed = statements.list_(workspace=workspace, now=datetime(2026, 11, 2, tzinfo=UTC))
    assert [(months.written(line.month), line.opening, line.closing) for line in listed[::-1]] == [
        ("2026-08", 0, 9), ("2026-09", 9, 7), ("2026-10", 7, 4), ("2026-11", 4, 4),
    ]  # fmt: skip
    assert [row.subject for row in usage.by(workspace=workspace, dimension="month")] == ["2026-09", "2026-10"]


def test_there_is_no_statement_before_the_first_entry_or_after_now(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    assert statements.list_(workspace=workspace, now=now) == []
    acts.grant(other_workspace, 5, now - 90 * DAY)
    acts.grant(workspace, 5, now)
    for month in (date(2026, 8, 1), date(2026, 10, 1)):
        with pytest.raises(statements.NoStatement):
            statements.of(workspace=workspace, month=month, now=now)
    assert september(workspace, now).closing == 5
    assert issubclass(statements.NoStatement, NotFound)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-1", "0000-01", "26-01", "2026-01-01", "", "2026-11\n", "٢٠٢٦-01"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(months.BadMonth):
        months.parse(text)


def test_days_asked_for_are_both_included(workspace: Workspace) -> None:
    workspace.time_zone = "America/New_York"
    period = months.asked(workspace=workspace, since=date(2026, 3, 8), until=date(2026, 3, 8))
    assert period.since == datetime(2026, 3, 8, 5, tzinfo=UTC) and period.until == datetime(
        2026, 3, 9, 4, tzinfo=UTC
    )
    assert months.asked(workspace=workspace) == months.Period()
    for wrong in (
        {"month": "2026-03", "since": date(2026, 3, 8)},
        {"since": date(2026, 3, 9), "until": date(2026, 3, 8)},
    ):
        with pytest.raises(months.BadPeriod):
            months.asked(workspace=workspace, **wrong)  # type: ignore[arg-type]
    assert months.asked(workspace=workspace, until=date.max).until is None


def test_what_nobody_keeps_usage_by_is_refused(workspace: Workspace) -> None:
    with pytest.raises(usage.UnknownDimension):
        usage.by(workspace=workspace, dimension="shoe size")
