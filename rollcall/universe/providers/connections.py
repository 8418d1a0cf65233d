"""Connections to providers: paused or not, and what each may cost in a calendar month, whoever asks."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum

from rollcall.core import transactions
from rollcall.core.errors import Invalid, NotEnough, TryLater
from rollcall.universe.models import ProviderAttempt, ProviderConnection
from rollcall.universe.provider_rows import AttemptState
from rollcall.universe.providers import costs, keys
from rollcall.universe.providers.registry import Known
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor

CALLS_MAX, COST_MAX = 10**9, Decimal(10**9)


class ConnectionPaused(TryLater):
    """The connection to {provider} is paused, so nothing is asked there. Let it go on, and this goes on too."""


class MonthCapReached(NotEnough):
    """What may be asked of {provider} this month is used up ({used} of {cap} {unit}). Raise the cap of the connection,
    or go on next month."""


class BadCap(Invalid):
    """A cap of a month is a whole number of calls, or an amount of the provider's credits, from 0 to 1,000,000,000."""


@dataclass(frozen=True)
class Used:
    """What was asked of a provider this month; `cost` counts what was maybe bought in full."""

    calls: int
    cost: Decimal


def of(provider: str) -> ProviderConnection:
    """The row of a connection; without caps until somebody sets them."""
    return ProviderConnection.objects.get_or_create(provider=provider)[0]


def used(provider: str, *, now: datetime) -> Used:
    """Since the month began."""
    mine = ProviderAttempt.objects.filter(provider=provider, sent_at__gte=_month(now))
    told = mine.aggregate(
        calls=Count("id"),
        known=Sum("call__cost", filter=Q(state=AttemptState.ANSWERED)),
        maybe=Sum("cost_max", filter=Q(state__in=[AttemptState.SENT, AttemptState.UNSURE])),
    )
    return Used(told["calls"], costs.plain((told["known"] or Decimal(0)) + (told["maybe"] or Decimal(0))))


def pass_through(provider: str, *, credit: str, cost_max: Decimal, now: datetime) -> None:
    """Inside the transaction that writes a call down as sent: the row is locked, so that no two count the same.

    Raises:
        ConnectionPaused, MonthCapReached
    """
    row = ProviderConnection.objects.select_for_update().get(provider=provider)
    if row.is_paused:
        raise ConnectionPaused(provider=provider)
    if row.calls_max is None and row.cost_max is None:
        return
    spent = used(provider, now=now)
    if row.calls_max is not None and spent.calls >= row.calls_max:
        raise MonthCapReached(provider=provider, used=spent.calls, cap=row.calls_max, unit="calls")
    if row.cost_max is not None and spent.cost + cost_max > row.cost_max:
        cap = costs.plain(row.cost_max)
        raise MonthCapReached(provider=provider, used=spent.cost, cap=cap, unit=f"{credit}s")


def set_caps(
    *, known: Known, calls_max: int | None, cost_max: Decimal | None, actor: Actor, now: datetime
) -> ProviderConnection:
    """What may be asked in a month; None: as much as orders allow.

    Raises:
        NotAnOperator, BadCap
    """
    is_bad_cost = cost_max is not None and not (cost_max.is_finite() and 0 <= cost_max <= COST_MAX)
    if is_bad_cost or (calls_max is not None and not 0 <= calls_max <= CALLS_MAX):
        raise BadCap()
    told: dict[str, object] = {
        "calls_max": calls_max,
        "cost_max": None if cost_max is None else str(costs.plain(cost_max)),
    }
    return _change(
        known, actor, now, "provider.caps", told, calls_max=calls_max,
        cost_max=None if cost_max is None else round(cost_max, 4),
    )  # fmt: skip


def pause(*, known: Known, is_paused: bool, actor: Actor, now: datetime) -> ProviderConnection:
    """Ask nothing any more until it is let go on; what is on its way now still arrives.

    Raises:
        NotAnOperator
    """
    action = "provider.pause" if is_paused else "provider.go_on"
    return _change(known, actor, now, action, {}, is_paused=is_paused)


def set_key(*, known: Known, key: str, actor: Actor, now: datetime) -> None:
    """Store the provider's key, sealed; an empty one removes it. It is shown nowhere again.

    Raises:
        NotAnOperator, keys.BadKey
    """
    _require(actor)

    def write() -> None:
        keys.put(known=known, key=key, now=now)
        action = "provider.key" if key else "provider.key_removed"
        audit.write(workspace=None, actor=actor, action=action, target=known.about.name, now=now)

    transactions.run(write)


def _change(
    known: Known, actor: Actor, now: datetime, action: str, told: dict[str, object], **columns: object
) -> ProviderConnection:
    _require(actor)
    name = known.about.name
    of(name)

    def write() -> None:
        changed = {**columns, "changed_by": actor.label[:160], "changed_at": now}
        ProviderConnection.objects.filter(provider=name).update(**changed)
        audit.write(workspace=None, actor=actor, action=action, target=name, now=now, detail=told)

    transactions.run(write)
    return of(name)


def _require(actor: Actor) -> None:
    if not actor.is_operator:
        raise access.NotAnOperator()


def _month(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
