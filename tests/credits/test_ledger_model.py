"""Any order of verbs, at any times: the ledger does what a small oracle says, and no retry changes anything."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rollcall.core.errors import RollcallError
from rollcall.credits import balances, grants, ledger, refunds, verify
from rollcall.credits.models import Acquisition, Grant, Hold
from rollcall.workspaces import members
from tests.credits import acts
from tests.credits.oracle import Lot, Oracle, Refused

# A long run is random. The everyday one tells few histories, and more only if they did not meet everything below:
# which values are tried depends on the modules that happen to be loaded.
HISTORIES = int(os.environ.get("ROLLCALL_HISTORIES", "0"))
EVERYDAY = (60, 200, 400)
STEPS = 50
START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.integers(1, 24)
PAIRS = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 2)), min_size=1, max_size=8)
PICK = st.integers(0, 10**6)
MOSTLY = st.integers(0, 6)
# What the histories must have met, all together: a generator that never goes there proves nothing about it.
REACH = {
    "grant", "grant again", "place", "place refused NotEnoughCredits", "place over several grants", "place again",
    "capture", "capture none", "capture over several grants", "capture refused HoldTooSmall",
    "capture refused HoldClosed", "capture again", "release", "release again", "release to an ended grant", "refund",
    "refund again", "refund refused NeverCharged", "refund refused AlreadyRefunded", "refund to an ended grant",
    "void", "void refused NothingLeft", "void again", "sweep", "capture again after close",
}  # fmt: skip
reached: Counter[str] = Counter()


class LedgerMachine(RuleBasedStateMachine):
    """The real ledger and the oracle, side by side, in a workspace of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.workspace = members.create_workspace(name=f"Model {acts.new_key()}", now=START)
        self.oracle = Oracle()
        self.grants: list[Any] = []
        self.holds: list[Any] = []
        self.done: list[tuple[str, Callable[[], Any], Any]] = []

    def both(self, name: str, real: Callable[[], Any], expected: Callable[[], Any]) -> tuple[Any, Any]:
        """Do it in both worlds (in the real one twice): the same outcome, or the same refusal."""
        try:
            wanted = expected()
        except Refused as refused:
            try:
                real()
            except RollcallError as error:
                assert type(error).__name__ == str(refused)
                reached[f"{name} refused {refused}"] += 1
            else:
                raise AssertionError(f"should have been refused: {refused}") from None
            return None, None
        answer = real()
        assert real() == answer
        reached[name] += 1
        self.done.append((name, real, answer))
        return answer, wanted

    @initialize(amounts=st.lists(st.integers(5, 12), min_size=2, max_size=4), held=st.integers(5, 9))
    def begin(self, amounts: list[int], held: int) -> None:
        """Something to spend, some of it not for long, so that most histories get beyond refusals."""
        for i, amount in enumerate(amounts):
            self.grant(amount, "promotional" if i % 2 else "package", 0, 24 * i or None)
        self.place(held)

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        amount=st.integers(1, 12),
        kind=st.sampled_from(["package", "promotional", "top_up"]),
        starts=st.none() | st.integers(-20, 10),
        lasts=st.none() | st.integers(5, 30),
    )
    def grant(self, amount: int, kind: str, starts: int | None, lasts: int | None) -> None:
        now, key = self.now, acts.new_key()
        effective = now + timedelta(hours=starts or 0)
        expires = max(effective, now) + timedelta(hours=lasts) if lasts else None
        made = {"kind": kind, "key": key, "effective_at": effective, "expires_at": expires}
        real, _ = self.both(
            "grant",
            lambda: acts.grant(self.workspace, amount, now, **made),
            lambda: self.oracle.lots.append(Lot(kind, effective, expires, amount)),
        )
        self.grants.append(real)

    @rule(amount=st.integers(1, 9))
    def place(self, amount: int) -> None:
        now, key = self.now, acts.new_key()
        real, _ = self.both(
            "place",
            lambda: acts.hold(self.workspace, amount, now, key=key),
            lambda: self.oracle.place(amount, now),
        )
        if real:
            self.holds.append(real)
            reached["place over several grants"] += len(self.oracle.reserves[-1].left) > 1

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, mostly=MOSTLY, pairs=PAIRS)
    def capture(self, pick: int, mostly: int, pairs: list[tuple[int, int]]) -> None:
        number = self._number(pick, mostly)
        now, key = self.now, acts.new_key()
        real, wanted = self.both(
            "capture",
            lambda: acts.capture(self.workspace, self.holds[number], pairs, now, key=key),
            lambda: self.oracle.capture(number, pairs),
        )
        if real:
            assert sorted(real.fresh) == wanted
            assert (real.entry.amount if real.entry else 0) == len(wanted)
            reached["capture none"] += not wanted
            reached["capture over several grants"] += len({self.oracle.owned[pair] for pair in wanted}) > 1

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, mostly=MOSTLY)
    def release(self, pick: int, mostly: int) -> None:
        number = self._number(pick, mostly)
        now, key = self.now, acts.new_key()
        reserve = self.oracle.reserves[number]
        reached["release to an ended grant"] += reserve.open and any(
            part and self.oracle.lots[i].over(now) for i, part in reserve.left
        )
        self.both(
            "release",
            lambda: acts.release(self.workspace, self.holds[number], now, key=key),
            lambda: self.oracle.release(number, now),
        )

    @precondition(lambda self: self.oracle.owned)
    @rule(pick=PICK, anyone=st.tuples(st.integers(1, 7), st.integers(1, 2)), mostly=MOSTLY)
    def refund(self, pick: int, anyone: tuple[int, int], mostly: int) -> None:
        owned = sorted(self.oracle.owned)
        pair = owned[pick % len(owned)] if mostly else anyone
        now, key = self.now, acts.new_key()
        before = len(self.oracle.lots)
        self.both(
            "refund",
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
            reached["refund to an ended grant"] += 1
            self.grants.append(Grant.objects.filter(workspace=self.workspace).latest("id"))

    @precondition(lambda self: len(self.grants) > 4)
    @rule(pick=PICK)
    def void(self, pick: int) -> None:
        number = pick % len(self.grants)
        now, key, grant_id = self.now, acts.new_key(), self.grants[number].pk
        self.both(
            "void",
            lambda: grants.void(
                workspace=self.workspace, grant_id=grant_id, key=key, actor=acts.ACTOR, now=now
            ),
            lambda: self.oracle.void(number),
        )

    @precondition(lambda self: any(lot.over(self.now) and lot.remaining for lot in self.oracle.lots))
    @rule()
    def sweep(self) -> None:
        grants.expire_due(workspace=self.workspace, now=self.now)
        self.oracle.expire(self.now)
        reached["sweep"] += 1

    @precondition(lambda self: self.done)
    @rule(kind=PICK, pick=PICK)
    def replay(self, kind: int, pick: int) -> None:
        """Any verb again, with the key and the time it had: the same answer, and the invariants see no change.

        The verb is chosen before the act, so that the rare ones come as often as the others.
        """
        names = sorted({name for name, _, _ in self.done})
        of_kind = [act for act in self.done if act[0] == names[kind % len(names)]]
        name, verb, answer = of_kind[pick % len(of_kind)]
        assert verb() == answer
        reached[f"{name} again"] += 1
        if name == "capture" and answer.entry and not Hold.objects.get(pk=answer.entry.hold_id).is_open:
            reached["capture again after close"] += 1

    def _number(self, pick: int, mostly: int) -> int:
        """One of the holds, mostly an open one."""
        still_open = [i for i, reserve in enumerate(self.oracle.reserves) if reserve.open]
        return still_open[pick % len(still_open)] if still_open and mostly else pick % len(self.holds)

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
    for histories in [HISTORIES] if HISTORIES else EVERYDAY:
        run_state_machine_as_test(
            LedgerMachine,
            settings=settings(
                max_examples=histories,
                derandomize=not HISTORIES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )
        if all(reached[cell] for cell in REACH):
            return
    raise AssertionError(f"never reached: {sorted(cell for cell in REACH if not reached[cell])}")
