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

    def over(self, now: datetime) -> bool:
        return self.ends is not None and now >= self.ends


@dataclass
class Reserve:
    """One hold: so many credits of which lots are left in it, in burn order."""

    left: list[tuple[int, int]]
    open: bool = True


@dataclass
class Oracle:
    """One workspace."""

    lots: list[Lot] = field(default_factory=list)
    reserves: list[Reserve] = field(default_factory=list)
    owned: dict[Pair, int] = field(default_factory=dict)
    refunded: set[Pair] = field(default_factory=set)

    def spendable(self, now: datetime) -> list[int]:
        live = [
            i for i, lot in enumerate(self.lots) if lot.remaining and lot.starts <= now and not lot.over(now)
        ]
        endless = datetime.max.replace(tzinfo=now.tzinfo)
        return sorted(
            live,
            key=lambda i: (
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

    def place(self, amount: int, now: datetime) -> None:
        if self.available(now) < amount:
            raise Refused("NotEnoughCredits")
        self.expire(now)
        left = []
        for i in self.spendable(now):
            part = min(amount, self.lots[i].remaining)
            if part:
                self.lots[i].remaining -= part
                self.lots[i].held += part
                left.append((i, part))
                amount -= part
        self.reserves.append(Reserve(left))

    def capture(self, number: int, pairs: list[Pair]) -> list[Pair]:
        new = sorted(set(pairs) - set(self.owned))
        reserve = self.reserves[number]
        if new and not reserve.open:
            raise Refused("HoldClosed")
        if len(new) > sum(part for _, part in reserve.left):
            raise Refused("HoldTooSmall")
        # Credit by credit, so that no arithmetic is shared with the real thing.
        credits = [i for i, part in reserve.left for _ in range(part)]
        for pair, i in zip(new, credits, strict=False):
            self.owned[pair] = i
            self.lots[i].held -= 1
            self.lots[i].spent += 1
        rest = credits[len(new) :]
        reserve.left = [(i, rest.count(i)) for i in dict.fromkeys(rest)]
        return new

    def release(self, number: int, now: datetime) -> None:
        reserve = self.reserves[number]
        if not reserve.open:
            return
        reserve.open = False
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
        lot = self.lots[self.owned[pair]]
        lot.spent -= 1
        if lot.ends is None or now < lot.ends:
            lot.remaining += 1
        else:
            lot.expired += 1
            self.lots.append(Lot("refund", now, now + (lot.ends - lot.starts), 1))

    def void(self, number: int) -> None:
        lot = self.lots[number]
        if not lot.remaining:
            raise Refused("NothingLeft")
        lot.voided, lot.remaining = lot.voided + lot.remaining, 0
