"""The verbs of the ledger in any order, at any times, each done in the real ledger and in a small oracle."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rollcall.core.errors import RollcallError
from rollcall.credits import adjustments, balances, budgets, grants, ledger, singles, verify
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Acquisition, Adjustment, Budget, BudgetCounter, Entry, Grant, Hold
from rollcall.workspaces import members
from tests.credits import acts, reach
from tests.credits.oracle import Lot, Oracle, Refused
from tests.credits.world import OLGA

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.integers(1, 24)
PAIRS = st.lists(st.tuples(st.integers(1, 15), st.integers(1, 2)), min_size=1, max_size=8)
EVERYBODY = [(profile, company) for profile in range(1, 40) for company in (1, 2)]
PICK = st.integers(0, 10**6)
MOSTLY = st.integers(0, 6)
SEGMENT = st.sampled_from([None, None, 1, 2])
reached = reach.Reach()


class LedgerMachine(RuleBasedStateMachine):
    """The real ledger and the oracle, side by side, in a workspace of their own."""

    def __init__(self) -> None:
        super().__init__()
        acts.know_the_tables()
        self.now, self.oracle = START, Oracle()
        self.workspace = members.create_workspace(name=f"Model {acts.new_key()}", now=START)
        self.grants: list[Any] = []
        self.holds: list[Any] = []
        self.done: list[tuple[str, str, int | None, Callable[[], Any], Any]] = []
        self.budgets: list[Budget] = []
        self.has_budgets = False

    def both(
        self,
        act: str,
        state: str,
        real: Callable[[], Any],
        expected: Callable[[], Any],
        over: Callable[[Any, Any], int | None] = lambda answer, wanted: 1,
    ) -> tuple[Any, Any]:
        """Do it in both worlds (in the real one twice): the same outcome, or the same refusal.

        Args:
            over: from both answers, how many grants it went over.
        """
        try:
            wanted = expected()
        except Refused as refused:
            try:
                real()
            except RollcallError as error:
                assert type(error).__name__ == str(refused)
                reached.hit(act, state, None, str(refused))
            else:
                raise AssertionError(f"should have been refused: {refused}") from None
            return None, None
        answer = real()
        assert real() == answer
        number = over(answer, wanted)
        reached.hit(act, state, number, reach.DONE)
        self.done.append((act, state, number, real, answer))
        return answer, wanted

    @initialize(
        amounts=st.lists(st.integers(5, 15), min_size=2, max_size=5),
        held=st.integers(5, 12),
        budgets=st.booleans(),
    )
    def begin(self, amounts: list[int], held: int, budgets: bool) -> None:
        """Something to spend, some of it not for long, so that most histories get beyond refusals."""
        self.has_budgets = budgets
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
        priority=st.sampled_from([0, 0, 0, -1, 1]),
    )
    def grant(self, amount: int, kind: str, starts: int | None, lasts: int | None, priority: int = 0) -> None:
        now, key = self.now, acts.new_key()
        effective = now + timedelta(hours=starts or 0)
        expires = max(effective, now) + timedelta(hours=lasts) if lasts else None
        made = {
            "kind": kind, "key": key, "effective_at": effective, "expires_at": expires, "priority": priority,
        }  # fmt: skip
        real, _ = self.both(
            "grant",
            "later" if effective > now else "ends" if expires else "now",
            lambda: acts.grant(self.workspace, amount, now, **made),
            lambda: self.oracle.lots.append(Lot(kind, effective, expires, amount, priority=priority)),
        )
        self.grants.append(real)

    @rule(amount=st.integers(1, 9), segment=SEGMENT, everything=MOSTLY)
    def place(self, amount: int, segment: int | None = None, everything: int = 1) -> None:
        now, key = self.now, acts.new_key()
        amount = amount if everything else self.oracle.available(now) or amount
        real, _ = self.both(
            "hold",
            self._budgeted(segment),
            lambda: acts.hold(self.workspace, amount, now, key=key, purpose=Purpose(segment_id=segment)),
            lambda: self.oracle.place(amount, now, segment),
            lambda answer, wanted: len(self.oracle.reserves[-1].left),
        )
        if real:
            self.holds.append(real)

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, mostly=MOSTLY, pairs=PAIRS, fill=MOSTLY)
    def capture(self, pick: int, mostly: int, pairs: list[tuple[int, int]], fill: int) -> None:
        owned = sorted(self.oracle.owned)[:3] if fill == 1 else []  # of any hold: nobody is charged for
        number, pairs = self._number(pick, 0 if owned else mostly), owned or pairs
        if not fill:
            # Exactly as many new people as the hold has credits left.
            left = sum(part for _, part in self.oracle.reserves[number].left)
            pairs = [pair for pair in EVERYBODY if pair not in self.oracle.owned][: left or 1]
        now, key = self.now, acts.new_key()
        real, wanted = self.both(
            "charge",
            self._state(number),
            lambda: acts.capture(self.workspace, self.holds[number], pairs, now, key=key),
            lambda: self.oracle.capture(number, pairs, now),
            lambda answer, wanted: len({self.oracle.owned[pair].lot for pair in wanted}),
        )
        if real:
            assert sorted(real.fresh) == wanted
            assert (real.entry.amount if real.entry else 0) == len(wanted)

    @rule(pair=st.tuples(st.integers(1, 20), st.integers(1, 2)), segment=SEGMENT, broke=MOSTLY)
    def charge_one(self, pair: tuple[int, int], segment: int | None, broke: int) -> None:
        if not broke:
            self.place(9, None, everything=0)
        now, key, before = self.now, acts.new_key(), len(self.oracle.reserves)
        by_hold = any(cap.live for cap in self.oracle.caps) or any(
            lot.over(now) and lot.remaining for lot in self.oracle.lots
        )
        self.both(
            "one",
            "owned" if pair in self.oracle.owned else "by a hold" if by_hold else "straight",
            lambda: singles.charge(
                workspace=self.workspace, profile_id=pair[0], company_id=pair[1], key=key, actor=acts.ACTOR, now=now,
                purpose=Purpose(segment_id=segment),
            ),
            lambda: self.oracle.charge_one(pair, now, segment),
            lambda answer, wanted: len(answer.fresh),
        )  # fmt: skip
        if len(self.oracle.reserves) > before:
            self.holds.append(Hold.objects.get(workspace=self.workspace, key=f"{key}:hold"))

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, mostly=MOSTLY)
    def release(self, pick: int, mostly: int) -> None:
        number = self._number(pick, mostly)
        now, key = self.now, acts.new_key()
        reserve = self.oracle.reserves[number]
        left = [i for i, part in reserve.left if part] if reserve.open else []
        is_over = any(self.oracle.lots[i].over(now) for i in left)
        state = "a grant is over" if is_over else self._state(number).removesuffix(" budgeted")
        self.both(
            "release",
            "used up" if state == "open" and not left else state,
            lambda: acts.release(self.workspace, self.holds[number], now, key=key),
            lambda: self.oracle.release(number, now),
            lambda answer, wanted: len(left),
        )

    @precondition(lambda self: self.oracle.owned)
    @rule(pick=PICK, anyone=st.tuples(st.integers(10, 30), st.integers(1, 2)), mostly=MOSTLY)
    def refund(self, pick: int, anyone: tuple[int, int], mostly: int) -> None:
        owned = sorted(self.oracle.owned)
        if mostly > 2:
            owned = sorted(set(owned) - self.oracle.refunded) or owned
        pair = owned[pick % len(owned)] if mostly else anyone
        now, key = self.now, acts.new_key()
        before = len(self.oracle.lots)
        self.both(
            "refund",
            self._state_of(pair),
            lambda: acts.refund(self.workspace, now, profile_id=pair[0], company_id=pair[1], key=key, why=""),
            lambda: self.oracle.refund(pair, now),
            lambda answer, wanted: 1 + len(self.oracle.lots) - before,
        )
        if len(self.oracle.lots) > before:
            self.grants.append(Grant.objects.filter(workspace=self.workspace).latest("id"))

    @precondition(lambda self: len(self.grants) > 4)
    @rule(pick=PICK, partly=st.booleans())
    def void(self, pick: int, partly: bool) -> None:
        held = [i for i, lot in enumerate(self.oracle.lots) if lot.held and lot.remaining]
        number = held[pick % len(held)] if held and partly else pick % len(self.grants)
        now, key, grant_id = self.now, acts.new_key(), self.grants[number].pk
        lot = self.oracle.lots[number]
        self.both(
            "void",
            "empty" if not lot.remaining else "partly held" if lot.held else "whole",
            lambda: grants.void(
                workspace=self.workspace, grant_id=grant_id, key=key, actor=acts.ACTOR, now=now
            ),
            lambda: self.oracle.void(number),
        )

    @rule(amount=st.integers(1, 6), sign=st.sampled_from([1, -1, -1]))
    def adjust(self, amount: int, sign: int) -> None:
        now, key, given = self.now, acts.new_key(), amount * sign
        self.both(
            "adjust up" if sign > 0 else "adjust down",
            "–",
            lambda: (
                adjustments.make(
                    workspace=self.workspace, amount=given, reason="Goodwill", key=key, actor=OLGA, now=now
                ).pk
            ),
            lambda: self.oracle.adjust(given, now),
            lambda answer, wanted: _entry_of(answer).legs.filter(amount__lt=0).count(),
        )
        if sign > 0:
            self.grants.append(Grant.objects.filter(workspace=self.workspace).latest("id"))

    @precondition(lambda self: any(lot.over(self.now) and lot.remaining for lot in self.oracle.lots))
    @rule(several=st.booleans())
    def sweep(self, several: bool) -> None:
        if several:
            self.grant(2, "promotional", None, 5)
            self.grant(3, "package", None, 5)
            self.time_passes(6)
        due = sum(lot.over(self.now) and lot.remaining > 0 for lot in self.oracle.lots)
        grants.expire_due(workspace=self.workspace, now=self.now)
        self.oracle.expire(self.now)
        reached.hit("expiry", "over", due, reach.DONE)

    @precondition(lambda self: self.has_budgets and sum(cap.live for cap in self.oracle.caps) < 2)
    @rule(is_daily=st.booleans(), segment=SEGMENT, limit=st.integers(0, 25))
    def budget(self, is_daily: bool, segment: int | None, limit: int) -> None:
        """A hard one, for everything or for one segment, for the day or for ever; none twice at once."""
        same = [
            cap for cap in self.oracle.caps if cap.live and (cap.is_daily, cap.segment) == (is_daily, segment)
        ]
        if same:
            return
        made = budgets.create(
            workspace=self.workspace, scope="workspace" if segment is None else "segment",
            subject="" if segment is None else f"seg_{segment}", period="day" if is_daily else "total",
            limit=limit, is_hard=True, actor=acts.ACTOR, now=self.now,
        )  # fmt: skip
        self.oracle.cap(is_daily, segment, limit, self.now)
        self.budgets.append(made)
        cap = self.oracle.caps[-1]
        reached.hit("budget", "with history" if cap.parts or cap.before else "fresh", None, reach.DONE)

    @precondition(lambda self: any(cap.live for cap in self.oracle.caps))
    @rule(pick=PICK, limit=st.none() | st.integers(0, 25))
    def change_budget(self, pick: int, limit: int | None) -> None:
        live = [i for i, cap in enumerate(self.oracle.caps) if cap.live]
        number = live[pick % len(live)]
        which = {"workspace": self.workspace, "budget_id": self.budgets[number].pk, "actor": acts.ACTOR}
        cap = self.oracle.caps[number]
        if limit is None:
            budgets.end(now=self.now, **which)
            cap.live = False
        else:
            budgets.change(limit=limit, now=self.now, **which)
            cap.limit = limit
        reached.hit("budget", "ended" if limit is None else "lowered", None, reach.DONE)

    @precondition(lambda self: self.done)
    @rule(kind=PICK, pick=PICK)
    def replay(self, kind: int, pick: int) -> None:
        """Any verb again, with the key and the time it had: the same answer, and the invariants see no change."""
        sorts = sorted({done[:3] for done in self.done}, key=str)
        of_kind = [done for done in self.done if done[:3] == sorts[kind * 7919 % len(sorts)]]
        self.again(*of_kind[pick * 7919 % len(of_kind)])

    def again(self, act: str, state: str, number: int | None, verb: Callable[[], Any], answer: Any) -> None:
        assert verb() == answer
        if act == "charge" and answer.entry:
            state = "open" if Hold.objects.get(pk=answer.entry.hold_id).is_open else "closed"
        reached.hit(act, state, number, reach.AGAIN)

    def _number(self, pick: int, mostly: int) -> int:
        """One of the holds, mostly an open one."""
        still_open = [i for i, reserve in enumerate(self.oracle.reserves) if reserve.open]
        if mostly and not still_open:
            self.place(1 + pick % 9)
            still_open = [i for i, reserve in enumerate(self.oracle.reserves) if reserve.open]
        return still_open[pick % len(still_open)] if still_open and mostly else pick % len(self.holds)

    def _budgeted(self, segment: int | None) -> str:
        return "budgeted" if any(cap.live and cap.is_for(segment) for cap in self.oracle.caps) else "free"

    def _state(self, number: int) -> str:
        if not self.oracle.reserves[number].open:
            return "closed"
        return "open budgeted" if any(number in cap.parts for cap in self.oracle.caps) else "open"

    def _state_of(self, pair: tuple[int, int]) -> str:
        paid = self.oracle.owned.get(pair)
        if paid is None:
            return "never charged"
        if pair in self.oracle.refunded:
            return "charged"
        if self.oracle.lots[paid.lot].over(self.now):
            return "its grant is over"
        if paid.reserve is None:
            return "charged straight"
        return "budgeted" if any(paid.reserve in cap.parts for cap in self.oracle.caps) else "charged"

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
        assert real == {
            pair: (self.grants[paid.lot].pk, pair in self.oracle.refunded) for pair, paid in owned
        }

    @invariant()
    def each_budget_is_the_same(self) -> None:
        counted: dict[int, dict[str, tuple[int, int]]] = {made.pk: {} for made in self.budgets}
        for counter in BudgetCounter.objects.filter(budget__workspace=self.workspace):
            counted[counter.budget_id][counter.period_key] = (counter.used, counter.reserved)
        for made, cap in zip(self.budgets, self.oracle.caps, strict=True):
            keys = {cap.key(self.oracle.reserves[i].placed) for i in cap.parts} | {*cap.before}
            wanted = {key: self.oracle.spent_of(cap, key) for key in keys}
            there = {key: value for key, value in counted[made.pk].items() if any(value)}
            assert there == {key: value for key, value in wanted.items() if any(value)}

    def teardown(self) -> None:
        """Everything once more, in the order it was done; then the proof, and the balance beside the oracle's."""
        entries = Entry.objects.filter(workspace=self.workspace)
        before = entries.count()
        for done in self.done:
            self.again(*done)
        assert entries.count() == before
        for same in (self.the_balance_is_the_same, self.each_grant_is_the_same, self.each_budget_is_the_same):
            same()
        proof = verify.verify(workspace=self.workspace)
        assert proof.ok, [check for check in proof.checks if not check.ok]
        newest = ledger.page(workspace=self.workspace, now=self.now, limit=1).items
        left = sum(lot.remaining + lot.held for lot in self.oracle.lots)
        assert (newest[0].balance_after if newest else 0) == left


def _entry_of(adjustment_id: int) -> Entry:
    entry = Adjustment.objects.get(pk=adjustment_id).entry
    assert entry is not None
    return entry
