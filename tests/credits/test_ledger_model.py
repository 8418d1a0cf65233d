"""Any order of verbs, at any times: the ledger does what a small oracle says, and no retry changes anything."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rollcall.core.errors import RollcallError
from rollcall.credits import balances, grants, ledger, refunds, verify
from rollcall.credits.models import Acquisition, Grant
from rollcall.workspaces import members
from tests.credits import acts
from tests.credits.oracle import Lot, Oracle, Refused

HISTORIES = int(os.environ.get("ROLLCALL_HISTORIES", "60"))
STEPS = 50
START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.integers(1, 30)
PAIRS = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 3)), min_size=1, max_size=12)
PICK = st.integers(0, 10**6)


class LedgerMachine(RuleBasedStateMachine):
    """The real ledger and the oracle, side by side, in a workspace of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.workspace = members.create_workspace(name=f"Model {acts.new_key()}", now=START)
        self.oracle = Oracle()
        self.grants: list[Any] = []
        self.holds: list[Any] = []
        self.done: list[tuple[Callable[[], Any], Any]] = []

    def both(self, real: Callable[[], Any], expected: Callable[[], Any]) -> tuple[Any, Any]:
        """Do it in both worlds: the same outcome, or the same refusal."""
        try:
            wanted = expected()
        except Refused as refused:
            try:
                real()
            except RollcallError as error:
                assert type(error).__name__ == str(refused)
            else:
                raise AssertionError(f"should have been refused: {refused}") from None
            return None, None
        answer = real()
        self.done.append((real, answer))
        return answer, wanted

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        amount=st.integers(1, 12),
        kind=st.sampled_from(["package", "promotional", "top_up"]),
        starts=st.none() | st.integers(-20, 20),
        lasts=st.none() | HOURS,
    )
    def grant(self, amount: int, kind: str, starts: int | None, lasts: int | None) -> None:
        now, key = self.now, acts.new_key()
        effective = now + timedelta(hours=starts or 0)
        expires = max(effective, now) + timedelta(hours=lasts) if lasts else None
        made = {"kind": kind, "key": key, "effective_at": effective, "expires_at": expires}
        real, _ = self.both(
            lambda: acts.grant(self.workspace, amount, now, **made),
            lambda: self.oracle.lots.append(Lot(kind, effective, expires, amount)),
        )
        self.grants.append(real)

    @rule(amount=st.integers(1, 15))
    def place(self, amount: int) -> None:
        now, key = self.now, acts.new_key()
        real, _ = self.both(
            lambda: acts.hold(self.workspace, amount, now, key=key), lambda: self.oracle.place(amount, now)
        )
        if real:
            self.holds.append(real)

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, pairs=PAIRS)
    def capture(self, pick: int, pairs: list[tuple[int, int]]) -> None:
        number = pick % len(self.holds)
        now, key = self.now, acts.new_key()
        real, wanted = self.both(
            lambda: acts.capture(self.workspace, self.holds[number], pairs, now, key=key),
            lambda: self.oracle.capture(number, pairs),
        )
        if real:
            assert sorted(real.fresh) == wanted
            assert (real.entry.amount if real.entry else 0) == len(wanted)

    @precondition(lambda self: self.holds)
    @rule(pick=PICK)
    def release(self, pick: int) -> None:
        number = pick % len(self.holds)
        now, key = self.now, acts.new_key()
        self.both(
            lambda: acts.release(self.workspace, self.holds[number], now, key=key),
            lambda: self.oracle.release(number, now),
        )

    @rule(pair=st.tuples(st.integers(1, 8), st.integers(1, 3)))
    def refund(self, pair: tuple[int, int]) -> None:
        now, key = self.now, acts.new_key()
        before = len(self.oracle.lots)
        self.both(
            lambda: refunds.refund(
                workspace=self.workspace,
                profile_id=pair[0],
                company_id=pair[1],
                key=key,
                why="",
                actor=acts.ACTOR,
                now=now,
            ),
            lambda: self.oracle.refund(pair, now),
        )
        if len(self.oracle.lots) > before:
            self.grants.append(Grant.objects.filter(workspace=self.workspace).latest("id"))

    @precondition(lambda self: self.grants)
    @rule(pick=PICK)
    def void(self, pick: int) -> None:
        number = pick % len(self.grants)
        now, key, grant_id = self.now, acts.new_key(), self.grants[number].pk
        self.both(
            lambda: grants.void(
                workspace=self.workspace, grant_id=grant_id, key=key, actor=acts.ACTOR, now=now
            ),
            lambda: self.oracle.void(number),
        )

    @rule()
    def sweep(self) -> None:
        grants.expire_due(workspace=self.workspace, now=self.now)
        self.oracle.expire(self.now)

    @precondition(lambda self: self.done)
    @rule(pick=PICK)
    def replay(self, pick: int) -> None:
        """Any verb again, with the key and the time it had: the same answer, and the invariants see no change."""
        verb, answer = self.done[pick % len(self.done)]
        assert verb() == answer

    @invariant()
    def the_balance_is_the_same(self) -> None:
        real = balances.quick(workspace=self.workspace, now=self.now)
        assert real == (self.oracle.available(self.now), self.oracle.held())

    @invariant()
    def each_grant_is_the_same(self) -> None:
        columns = ("remaining", "held", "spent", "expired", "voided")
        real = {
            row[0]: row[1:]
            for row in Grant.objects.filter(workspace=self.workspace).values_list("id", *columns)
        }
        wanted = [tuple(getattr(lot, column) for column in columns) for lot in self.oracle.lots]
        assert [real[grant.pk] for grant in self.grants] == wanted and len(real) == len(wanted)

    @invariant()
    def each_claim_is_the_same(self) -> None:
        rows = Acquisition.objects.filter(workspace=self.workspace)
        real = {(row.profile_id, row.company_id): (row.grant_id, bool(row.refund_entry_id)) for row in rows}
        owned = self.oracle.owned.items()
        assert real == {pair: (self.grants[i].pk, pair in self.oracle.refunded) for pair, i in owned}

    def teardown(self) -> None:
        proof = verify.verify(workspace=self.workspace)
        assert proof.ok, [check for check in proof.checks if not check.ok]
        newest = ledger.page(workspace=self.workspace, now=self.now, limit=1).items
        left = sum(lot.remaining + lot.held for lot in self.oracle.lots)
        assert (newest[0].balance_after if newest else 0) == left


def test_g1_g2_g3_c3_c10_any_history_is_what_the_oracle_says(db: None) -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
