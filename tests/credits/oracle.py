"""The ledger in plain Python, written from the rules alone: what the real one is compared with."""

from dataclasses import dataclass, field
from datetime import datetime

Pair = tuple[int, int]


class Refused(Exception):
    """What the rules do not allow; the name of the real error."""


@dataclass
class Lot:
    """One grant: how many of its credits are where."""

    kind: str
    starts: datetime
    ends: datetime | None
    remaining: int
    held: int = 0
    spent: int = 0
    expired: int = 0
    voided: int = 0
    priority: int = 0

    def over(self, now: datetime) -> bool:
        return self.ends is not None and now >= self.ends


@dataclass
class Reserve:
    """One hold: so many credits of which lots are left in it, in burn order."""

    left: list[tuple[int, int]]
    amount: int
    placed: datetime
    segment: int | None = None
    open: bool = True


@dataclass
class Cap:
    """One budget: what each reserve takes of it, by the day it was placed (or for all time)."""

    is_daily: bool
    segment: int | None
    limit: int
    live: bool = True
    # For each reserve: amount, charged, given back when closed, refunded.
    parts: dict[int, list[int]] = field(default_factory=dict)
    # Charged without a reserve before the budget began, by day.
    before: dict[str, int] = field(default_factory=dict)

    def key(self, at: datetime) -> str:
        return at.date().isoformat() if self.is_daily else "total"

    def is_for(self, segment: int | None) -> bool:
        return self.segment is None or self.segment == segment


@dataclass(frozen=True)
class Paid:
    """Who was paid for: out of which lot, by which reserve (None: straight), when, and for which segment."""

    lot: int
    reserve: int | None
    at: datetime
    segment: int | None


@dataclass
class Oracle:
    """One workspace."""

    lots: list[Lot] = field(default_factory=list)
    reserves: list[Reserve] = field(default_factory=list)
    owned: dict[Pair, Paid] = field(default_factory=dict)
    refunded: set[Pair] = field(default_factory=set)
    caps: list[Cap] = field(default_factory=list)

    def spendable(self, now: datetime) -> list[int]:
        live = [
            i for i, lot in enumerate(self.lots) if lot.remaining and lot.starts <= now and not lot.over(now)
        ]
        endless = datetime.max.replace(tzinfo=now.tzinfo)
        return sorted(
            live,
            key=lambda i: (
                self.lots[i].priority,
                self.lots[i].ends or endless,
                0 if self.lots[i].kind == "promotional" else 1,
                self.lots[i].starts,
                i,
            ),
        )

    def available(self, now: datetime) -> int:
        return sum(self.lots[i].remaining for i in self.spendable(now))

    def held(self) -> int:
        return sum(part for reserve in self.reserves if reserve.open for _, part in reserve.left)

    def expire(self, now: datetime) -> None:
        for lot in self.lots:
            if lot.over(now):
                lot.expired, lot.remaining = lot.expired + lot.remaining, 0

    def place(self, amount: int, now: datetime, segment: int | None = None) -> None:
        if self.available(now) < amount:
            raise Refused("NotEnoughCredits")
        mine = [cap for cap in self.caps if cap.live and cap.is_for(segment)]
        for cap in mine:
            if sum(self.spent_of(cap, cap.key(now))) + amount > cap.limit:
                raise Refused("BudgetExceeded")
        self.expire(now)
        left = self._take(amount, now, "held")
        self.reserves.append(Reserve(left, amount, now, segment))
        for cap in mine:
            cap.parts[len(self.reserves) - 1] = [amount, 0, 0, 0]

    def capture(self, number: int, pairs: list[Pair], now: datetime) -> list[Pair]:
        new = sorted(set(pairs) - set(self.owned))
        reserve = self.reserves[number]
        if new and not reserve.open:
            raise Refused("HoldClosed")
        if len(new) > sum(part for _, part in reserve.left):
            raise Refused("HoldTooSmall")
        # Credit by credit, so that no arithmetic is shared with the real thing.
        credits = [i for i, part in reserve.left for _ in range(part)]
        for pair, i in zip(new, credits, strict=False):
            self.owned[pair] = Paid(i, number, now, reserve.segment)
            self.lots[i].held -= 1
            self.lots[i].spent += 1
            for cap in self.caps:
                if number in cap.parts:
                    cap.parts[number][1] += 1
        rest = credits[len(new) :]
        reserve.left = [(i, rest.count(i)) for i in dict.fromkeys(rest)]
        return new

    def charge_one(self, pair: Pair, now: datetime, segment: int | None) -> bool:
        """Straight from what is available; where a budget is, by way of a reserve."""
        if pair in self.owned:
            return False
        over = any(lot.over(now) and lot.remaining for lot in self.lots)
        if not any(cap.live for cap in self.caps) and not over and self.available(now):
            self.owned[pair] = Paid(self._take(1, now, "spent")[0][0], None, now, segment)
            return True
        self.place(1, now, segment)
        self.capture(len(self.reserves) - 1, [pair], now)
        self.release(len(self.reserves) - 1, now)
        return True

    def release(self, number: int, now: datetime) -> None:
        reserve = self.reserves[number]
        if not reserve.open:
            return
        reserve.open = False
        for cap in self.caps:
            if number in cap.parts:
                amount, charged, _, refunded = cap.parts[number]
                cap.parts[number] = [amount, charged, amount - charged, refunded]
        for i, part in reserve.left:
            lot = self.lots[i]
            lot.held -= part
            lot.remaining += part
            if lot.over(now):
                lot.expired, lot.remaining = lot.expired + lot.remaining, 0

    def refund(self, pair: Pair, now: datetime) -> None:
        if pair not in self.owned:
            raise Refused("NeverCharged")
        if pair in self.refunded:
            raise Refused("AlreadyRefunded")
        self.refunded.add(pair)
        paid = self.owned[pair]
        self._uncount(paid, now)
        lot = self.lots[paid.lot]
        lot.spent -= 1
        if lot.ends is None or now < lot.ends:
            lot.remaining += 1
        else:
            lot.expired += 1
            self.lots.append(Lot("refund", now, now + (lot.ends - lot.starts), 1, priority=lot.priority))

    def void(self, number: int) -> None:
        lot = self.lots[number]
        if not lot.remaining:
            raise Refused("NothingLeft")
        lot.voided, lot.remaining = lot.voided + lot.remaining, 0

    def adjust(self, amount: int, now: datetime) -> None:
        if amount > 0:
            self.lots.append(Lot("adjustment", now, None, amount))
            return
        if self.available(now) < -amount:
            raise Refused("NotEnoughToTake")
        self.expire(now)
        self._take(-amount, now, "voided")

    def cap(self, is_daily: bool, segment: int | None, limit: int, now: datetime) -> None:
        """What was spent in its first period counts, as if it had been there."""
        made = Cap(is_daily, segment, limit)
        for i, reserve in enumerate(self.reserves):
            if made.is_for(reserve.segment) and made.key(reserve.placed) == made.key(now):
                mine = [pair for pair, paid in self.owned.items() if paid.reserve == i]
                released = 0 if reserve.open else reserve.amount - len(mine)
                made.parts[i] = [reserve.amount, len(mine), released, len(self.refunded & set(mine))]
        for pair, paid in self.owned.items():
            if paid.reserve is None and made.is_for(paid.segment) and made.key(paid.at) == made.key(now):
                key = made.key(now)
                made.before[key] = made.before.get(key, 0) + (pair not in self.refunded)
        self.caps.append(made)

    def spent_of(self, cap: Cap, key: str) -> tuple[int, int]:
        """(used, reserved) of a budget in one period."""
        mine = [part for i, part in cap.parts.items() if cap.key(self.reserves[i].placed) == key]
        used = cap.before.get(key, 0) + sum(charged - refunded for _, charged, _, refunded in mine)
        return used, sum(amount - charged - released for amount, charged, released, _ in mine)

    def _uncount(self, paid: Paid, now: datetime) -> None:
        """Of a period that still lasts, budgets have the credit again."""
        for cap in self.caps:
            if paid.reserve is None:
                same = cap.live and cap.is_for(paid.segment) and cap.key(paid.at) == cap.key(now)
                if same and cap.before.get(cap.key(now)):
                    cap.before[cap.key(now)] -= 1
            elif paid.reserve in cap.parts and cap.key(self.reserves[paid.reserve].placed) == cap.key(now):
                cap.parts[paid.reserve][3] += 1

    def _take(self, amount: int, now: datetime, where: str) -> list[tuple[int, int]]:
        taken = []
        for i in self.spendable(now):
            part = min(amount, self.lots[i].remaining)
            if part:
                self.lots[i].remaining -= part
                setattr(self.lots[i], where, getattr(self.lots[i], where) + part)
                taken.append((i, part))
                amount -= part
        return taken
