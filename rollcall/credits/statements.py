"""The monthly statement: opening balance, everything that moved, closing balance, and it adds up line by line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Min, Q, Sum

from rollcall.core.errors import NotFound
from rollcall.credits import grants, months, usage
from rollcall.credits.models import Entry, Grant, Leg
from rollcall.credits.usage import UsageRow
from rollcall.workspaces.models import Workspace

# In the order of a statement. Holds and releases move credits within the balance: they are told apart, beside it.
MOVING = (
    Entry.Kind.GRANT,
    Entry.Kind.CHARGE,
    Entry.Kind.REFUND,
    Entry.Kind.EXPIRY,
    Entry.Kind.VOID,
    Entry.Kind.ADJUSTMENT,
)
WORDS = {
    "grant": "Granted",
    "charge": "Charged",
    "refund": "Refunded",
    "expiry": "Expired",
    "void": "Withdrawn",
    "adjustment": "Adjusted",
}
BY = ("segment", "persona", "member", "key", "automation")
_OWN = (Leg.Account.AVAILABLE, Leg.Account.HELD)


class NoStatement(NotFound):
    """There is no statement for {month}: nothing had happened by then, or the month has not begun."""


@dataclass(frozen=True)
class Movement:
    """What all entries of one kind did to the balance in the month."""

    kind: str
    label: str
    entries: int
    amount: int


@dataclass(frozen=True)
class Held:
    """What was set aside: at the start, put there, used by charges, given back, at the end."""

    opening: int
    opened: int
    charged: int
    given_back: int

    @property
    def closing(self) -> int:
        return self.opening + self.opened - self.charged - self.given_back


@dataclass(frozen=True)
class GrantLine:
    """What a grant had at the start, what moved by kind, and what it has at the end."""

    grant: Grant
    opening: int
    moved: dict[str, int]

    @property
    def closing(self) -> int:
        return self.opening + sum(self.moved.values())


@dataclass(frozen=True)
class MonthLine:
    """One month of the list: as its statement says, without the detail."""

    month: date
    opening: int
    moved: dict[str, int]
    is_over: bool

    @property
    def closing(self) -> int:
        return self.opening + sum(self.moved.values())


@dataclass(frozen=True)
class Statement:
    """Everything about one month; the balance counts what is available, what is held and what starts later."""

    month: date
    period: months.Period
    is_over: bool
    opening: int
    movements: list[Movement]
    held: Held
    grants: list[GrantLine]
    usage: dict[str, list[UsageRow]] = field(default_factory=dict)

    @property
    def closing(self) -> int:
        return self.opening + sum(movement.amount for movement in self.movements)


def of(*, workspace: Workspace, month: date, now: datetime) -> Statement:
    """The statement of one month; of the one that is under way, so far.

    Raises:
        NoStatement
    """
    first, this = _first(workspace), months.of(workspace=workspace, at=now)
    if first is None or not first <= month <= this:
        raise NoStatement(month=months.written(month))
    period = months.whole(workspace=workspace, month=month)
    sums = _sums(workspace, period)
    return Statement(
        month=month,
        period=period,
        is_over=month < this,
        opening=sum(kind["balance_before"] for kind in sums.values()),
        movements=[
            Movement(kind, WORDS[kind], found["entries"], found["balance"])
            for kind in MOVING
            if (found := sums.get(kind)) and found["entries"]
        ],
        held=_held(sums),
        grants=_grant_lines(workspace, period),
        usage={
            dimension: usage.by(
                workspace=workspace, dimension=dimension, since=period.since, until=period.until
            )
            for dimension in BY
        },
    )


def list_(*, workspace: Workspace, now: datetime) -> list[MonthLine]:
    """Every month since the first entry, newest first; a month in which nothing moved is there too."""
    first, this = _first(workspace), months.of(workspace=workspace, at=now)
    if first is None or first > this:
        return []
    all_months, end = months.between(first, this), months.whole(workspace=workspace, month=this).until
    found = (
        Entry.objects.filter(workspace=workspace, kind__in=MOVING, created_at__lt=end)
        .annotate(month=months.number(workspace=workspace, of=all_months))
        .values_list("month", "kind")
        .annotate(amount=Sum("balance_change"))
    )
    moved: dict[int, dict[str, int]] = {}
    for number, kind, amount in found:
        moved.setdefault(number, {})[kind] = int(amount)
    lines, balance = [], 0
    for number, month in enumerate(all_months):
        lines.append(MonthLine(month, balance, moved.get(number, {}), is_over=month < this))
        balance = lines[-1].closing
    return lines[::-1]


def _first(workspace: Workspace) -> date | None:
    """The month of the first entry."""
    at = Entry.objects.filter(workspace=workspace).aggregate(first=Min("created_at"))["first"]
    return months.of(workspace=workspace, at=at) if at else None


def _sums(workspace: Workspace, period: months.Period) -> dict[str, dict[str, int]]:
    """For each kind, what it did before the month and in it."""
    before, during = Q(created_at__lt=period.since), Q(created_at__gte=period.since)
    of_hold = Q(hold__isnull=False)
    found = (
        Entry.objects.filter(workspace=workspace, created_at__lt=period.until)
        .values("kind")
        .annotate(
            balance_before=Sum("balance_change", filter=before, default=0),
            held_before=Sum("amount", filter=before & of_hold, default=0),
            balance=Sum("balance_change", filter=during, default=0),
            held=Sum("amount", filter=during & of_hold, default=0),
            entries=Count("id", filter=during),
        )
    )
    names = ("balance_before", "held_before", "balance", "held", "entries")
    return {
        kind: dict(zip(names, map(int, sums), strict=True))
        for kind, *sums in found.values_list("kind", *names)
    }


def _held(sums: dict[str, dict[str, int]]) -> Held:
    """Holds put credits aside; their charges and releases take them away again. Some charges go without a hold."""

    def moved(kind: str, name: str) -> int:
        return sums.get(kind, {}).get(name, 0)

    before = moved("hold", "held_before") - moved("charge", "held_before")
    return Held(
        opening=before - moved("release", "held_before"),
        opened=moved("hold", "held"),
        charged=moved("charge", "held"),
        given_back=moved("release", "held"),
    )


def _grant_lines(workspace: Workspace, period: months.Period) -> list[GrantLine]:
    """From the legs alone: the columns of a grant only know the present. Holds and releases move nothing out of it."""
    before, during = Q(entry__created_at__lt=period.since), Q(entry__created_at__gte=period.since)
    found = (
        Leg.objects.filter(
            entry__workspace=workspace,
            entry__kind__in=MOVING,
            entry__created_at__lt=period.until,
            account__in=_OWN,
        )
        .values_list("grant_id", "entry__kind")
        .annotate(
            before=Sum("amount", filter=before, default=0), during=Sum("amount", filter=during, default=0)
        )
    )
    opening: dict[int, int] = {}
    moved: dict[int, dict[str, int]] = {}
    for grant_id, kind, earlier, amount in found:
        opening[grant_id] = opening.get(grant_id, 0) + int(earlier)
        if amount:
            moved.setdefault(grant_id, {})[kind] = int(amount)
    shown = [number for number in opening if opening[number] or moved.get(number)]
    known = Grant.objects.filter(workspace=workspace).in_bulk(shown)
    lines = [GrantLine(known[number], opening[number], moved.get(number, {})) for number in shown]
    return sorted(lines, key=lambda line: grants.burn_key(line.grant))


def totals(lines: Sequence[GrantLine]) -> dict[str, int]:
    """What all grants together did by kind: the same as the movements of the statement."""
    sums: dict[str, int] = {}
    for line in lines:
        for kind, amount in line.moved.items():
            sums[kind] = sums.get(kind, 0) + amount
    return sums
