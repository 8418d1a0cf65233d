"""Reading: the balance, the entries with the balance after each, and what is behind them (C9, G1, G4)."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection, transaction

from rollcall.core.errors import NotFound
from rollcall.credits import balances, budgets, forecasts, ledger, refunds
from rollcall.credits.holds import Purpose
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits import acts

DAY = timedelta(days=1)


def test_g1_the_balance_is_available_and_held(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now, expires_at=now + 5 * DAY)
    acts.grant(workspace, 50, now, expires_at=now + 5 * DAY)
    acts.grant(workspace, 7, now)
    held = acts.hold(workspace, 30, now)
    acts.capture(workspace, held, acts.people(10), now)
    balance = balances.read(workspace=workspace, now=now)
    assert (balance.available, balance.held, balance.total) == (127, 20, 147)
    assert (balance.next_expiry_amount, balance.next_expiry_at) == (120, now + 5 * DAY)
    assert balance.used_this_month == 10
    assert ledger.page(workspace=workspace, now=now).items[0].balance_after == balance.total


def test_a_new_workspace_has_nothing(workspace: Workspace, now: datetime) -> None:
    balance = balances.read(workspace=workspace, now=now)
    assert (balance.total, balance.next_expiry_at, balance.runs_out_on) == (0, None, None)
    assert balance.runs_out_why == "No credits are available."


def test_the_quick_balance_is_one_statement(
    workspace: Workspace, now: datetime, django_assert_num_queries: object
) -> None:
    acts.grant(workspace, 100, now)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert balances.quick(workspace=workspace, now=now) == (100, 0)


def test_used_counts_the_workspaces_months_and_refunds(workspace: Workspace) -> None:
    """Midnight of the workspace's clock parts the months: 22:30 UTC on 31 August is September in Paris."""
    workspace.time_zone = "Europe/Paris"
    acts.grant(workspace, 1000, datetime(2026, 7, 1, tzinfo=UTC))
    for day, people in (
        (datetime(2026, 7, 31, 21, 0, tzinfo=UTC), acts.people(1)),
        (datetime(2026, 7, 31, 22, 30, tzinfo=UTC), acts.people(2, first=10)),
        (datetime(2026, 8, 20, 12, 0, tzinfo=UTC), acts.people(4, first=20)),
        (datetime(2026, 8, 31, 22, 30, tzinfo=UTC), acts.people(8, first=30)),
        (datetime(2026, 9, 3, 12, 0, tzinfo=UTC), acts.people(16, first=50)),
    ):
        acts.charge(workspace, people, day)
    now = datetime(2026, 9, 4, 12, 0, tzinfo=UTC)
    refunds.refund(
        workspace=workspace, profile_id=50, company_id=1, key="r", why="", actor=acts.ACTOR, now=now
    )
    used = forecasts.used(workspace=workspace, now=now)
    assert (used.this_month, used.last_month_same_days) == (8 + 16 - 1, 2)
    assert (used.in_window, used.window_days) == (4 + 8 + 16 - 1, 28)


@pytest.mark.parametrize("now", [datetime(2026, 3, 31, 12, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)])
def test_the_same_days_of_a_shorter_month_and_of_last_year(workspace: Workspace, now: datetime) -> None:
    start = datetime(2025, 11, 1, tzinfo=UTC)
    acts.grant(workspace, 1000, start)
    for day in range(int((now - start).days) + 1):
        acts.charge(workspace, [(day, 1)], start + day * DAY)
    used = forecasts.used(workspace=workspace, now=now)
    assert used.last_month_same_days == min(28, now.day) if now.month == 3 else now.day


def test_runs_out_at_the_pace_of_the_last_days(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 128, now - 28 * DAY)
    acts.charge(workspace, acts.people(28), now - 3 * DAY)
    balance = balances.read(workspace=workspace, now=now)
    assert balance.runs_out_on == (now + 100 * DAY).date()
    assert balance.runs_out_why == "At 1.0 credits a day, the average of the last 28 days."


def test_what_expires_unused_lasts_no_longer(workspace: Workspace, now: datetime) -> None:
    """1 credit a day: of 60 that end in 20 days, 40 are lost; 30 that never end last 30 days more."""
    acts.grant(workspace, 60 + 28, now - 28 * DAY, expires_at=now + 20 * DAY)
    acts.charge(workspace, acts.people(28), now - 3 * DAY)
    alone = balances.read(workspace=workspace, now=now)
    assert (alone.runs_out_on, alone.next_expiry_unused) == ((now + 20 * DAY).date(), 40)
    assert alone.runs_out_why.endswith("; then the rest expires.")
    acts.grant(workspace, 30, now)
    both = balances.read(workspace=workspace, now=now)
    assert (both.runs_out_on, both.next_expiry_unused) == ((now + 50 * DAY).date(), 40)


def test_no_day_is_named_without_history_or_use_or_far_away(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5000, now)
    why = [balances.read(workspace=workspace, now=now + days * DAY).runs_out_why for days in (1, 10)]
    assert why[0].startswith("Too early to say") and why[1] == "Nothing was used in the last 10 days."
    acts.charge(workspace, [(1, 1)], now + 10 * DAY)
    far = balances.read(workspace=workspace, now=now + 10 * DAY)
    assert far.runs_out_on is None and far.runs_out_why.startswith("Not within two years")


def test_c9_pages_carry_the_balance_after_each_entry(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 40, now, run_id=5)
    for i in range(6):
        acts.capture(workspace, held, [(i, 1)], now, run_id=5)
    acts.release(workspace, held, now)
    rows = []
    cursor = None
    for _ in range(10):
        page = ledger.page(workspace=workspace, now=now, cursor=cursor, limit=2)
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [row.balance_after for row in rows] == [94, 94, 95, 96, 97, 98, 99, 100, 100]
    charges = ledger.page(workspace=workspace, now=now, kind="charge", limit=3)
    assert [row.balance_after for row in charges.items] == [94, 95, 96]
    of_run = ledger.page(workspace=workspace, now=now, run_id=5)
    assert {row.entry.kind for row in of_run.items} == {"hold", "charge", "release"}


def test_c9_the_people_behind_a_charge(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now)
    entry = acts.charge(workspace, acts.people(5), now).entry
    assert entry is not None
    first = ledger.claims(workspace=workspace, entry_id=entry.pk, limit=3)
    rest = ledger.claims(workspace=workspace, entry_id=entry.pk, cursor=first.next_cursor, limit=3)
    assert [claim.profile_id for claim in first.items + rest.items] == [1, 2, 3, 4, 5]
    assert rest.next_cursor is None
    assert ledger.of_contact(workspace=workspace, profile_id=3, company_id=1) == entry
    assert ledger.of_contact(workspace=workspace, profile_id=3, company_id=2) is None


def test_nothing_of_another_workspace_is_shown(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    acts.grant(workspace, 10, now)
    entry = acts.charge(workspace, acts.people(5), now).entry
    assert entry is not None
    assert ledger.page(workspace=other_workspace, now=now).items == []
    assert ledger.of_contact(workspace=other_workspace, profile_id=3, company_id=1) is None
    for read in (ledger.entry, ledger.claims):
        with pytest.raises(NotFound):
            read(workspace=other_workspace, entry_id=entry.pk)  # type: ignore[operator]
    assert balances.quick(workspace=other_workspace, now=now) == (0, 0)


def test_the_daily_balance(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now - 5 * DAY)
    acts.charge(workspace, acts.people(10), now - DAY)
    acts.charge(workspace, acts.people(15), now)
    series = ledger.daily_balance(workspace=workspace, days=3, now=now)
    assert series == [(date(2026, 8, 30), 100), (date(2026, 8, 31), 90), (date(2026, 9, 1), 85)]


def test_the_csv_holds_every_entry_and_no_formula(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 2000, now, name='=HYPERLINK("http://x")')
    held = acts.hold(workspace, 600, now)
    for i in range(600):
        acts.capture(workspace, held, [(i, 1)], now)
    rows = list(ledger.csv_rows(workspace=workspace))
    assert len(rows) == 1 + 2 + 600
    assert rows[1][6] == '\'=HYPERLINK("http://x")'
    assert rows[-1][3:6] == ["1", "-1", "1400"]


ONLY = {
    "kind": "charge",
    "run_id": 3,
    "segment_id": 4,
    "automation_id": 5,
    "actor": "usr_1",
    "since": datetime(2026, 1, 1, tzinfo=UTC),
    "until": datetime(2027, 1, 1, tzinfo=UTC),
}


def test_every_way_of_narrowing_pages_along_an_index(workspace: Workspace, on_postgres: bool) -> None:
    """Whatever is combined: no sort, no OFFSET, no walk through other workspaces."""
    for chosen in product((False, True), repeat=len(ONLY)):
        only = {name: ONLY[name] for name, wanted in zip(ONLY, chosen, strict=True) if wanted}
        entries, order = ledger._narrowed(workspace, only)  # type: ignore[arg-type]
        for ordered in (order, [f"-{name}" for name in order]):
            query = entries.order_by(*ordered)[:51]
            assert "OFFSET" not in str(query.query)
            plan = explained(query, on_postgres)
            assert "SORT" not in plan and "TEMP B-TREE" not in plan, (only, plan)
            assert "INDEX" in plan and "workspace_id" in plan.lower(), (only, plan)


def explained(query: Any, on_postgres: bool) -> str:
    """The plan in capitals; on PostgreSQL as for a table too large to be read whole."""
    if not on_postgres:
        return str(query.explain()).upper().replace("WORKSPACE_ID", "workspace_id")
    with connection.cursor() as cursor, transaction.atomic():
        for name in ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort"):
            cursor.execute(f"SET LOCAL {name} = off")
        return str(query.explain()).upper().replace("WORKSPACE_ID", "workspace_id")


def test_the_ledger_is_narrowed(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    alice, key = Actor(ref="usr_1", label="Alice"), Actor(ref="key_1", label="API key")
    budgets.create(
        workspace=workspace, scope="key", subject="", period="month", limit=50, is_hard=True, actor=acts.ACTOR,
        now=now,
    )  # fmt: skip
    for number, (actor, segment, automation) in enumerate([(alice, 4, None), (key, 4, 9), (alice, 5, None)]):
        held = acts.hold(
            workspace, 5, now + number * DAY, actor=actor, purpose=Purpose(segment, automation), run_id=number
        )
        acts.capture(workspace, held, acts.people(2, first=10 * number), now + number * DAY, actor=actor)

    def of(**only: Any) -> list[tuple[str, int]]:
        rows = ledger.page(workspace=workspace, now=now, **only).items
        assert [row.entry.pk for row in rows] == sorted((row.entry.pk for row in rows), reverse=True)
        assert list(ledger.csv_rows(workspace=workspace, **only))[1:] == [
            line
            for line in list(ledger.csv_rows(workspace=workspace))[1:]
            if line[0] in {f"ent_{row.entry.pk}" for row in rows}
        ]
        return [(row.entry.kind, row.balance_after) for row in rows]

    assert of(kind="charge") == [("charge", 94), ("charge", 96), ("charge", 98)]
    assert of(segment_id=4) == [("charge", 96), ("hold", 98), ("charge", 98), ("hold", 100)]
    assert of(automation_id=9, kind="charge") == [("charge", 96)]
    assert of(actor="usr_1", kind="hold") == [("hold", 96), ("hold", 100)]
    assert of(since=now + DAY, until=now + 2 * DAY) == [("charge", 96), ("hold", 98)]
    assert of(since=now + DAY, segment_id=5) == [("charge", 94), ("hold", 96)]
    assert of(kind="refund") == []


def test_a_period_is_paged_by_keyset(workspace: Workspace, now: datetime) -> None:
    """Also where the clock went back: entries of one instant, and an earlier instant with a later id."""
    for hours in (0, 0, 2, 1, 2, 0, 50):
        acts.grant(workspace, 1, now + timedelta(hours=hours))
    seen, cursor = [], None
    for _ in range(10):
        page = ledger.page(workspace=workspace, now=now, since=now, until=now + DAY, cursor=cursor, limit=2)
        seen += [(row.entry.created_at, row.entry.pk) for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == 6 and seen == sorted(seen, reverse=True)
