"""Orders: what an operator wants bought from a provider and loaded; workers carry them out, piece by piece."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.db.models import Count, F, Sum

from rollcall.core import ids, paging, sealing, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.universe.models import ProviderAttempt, ProviderCall, ProviderOrder, ProviderWalk
from rollcall.universe.order_rows import OrderState
from rollcall.universe.provider_rows import AttemptState, CallState
from rollcall.universe.providers import bulk, costs, keys, ledger, registry, walking
from rollcall.universe.providers.description import Endpoint
from rollcall.universe.providers.ledger import Spending
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.source import Source
from rollcall.universe.providers.walking import Ask, CapNeeded, Caps
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor

BASIS_MAX = 500
_PURPOSE = "provider order"


class NoSuchOrder(NotFound):
    """There is no order {id} at a provider. See the list of orders."""


class OrderHasEnded(Conflict):
    """This order is {state}, so that cannot be done with it any more. Place a new one; what was bought is not bought
    again while it is fresh."""


class BasisNeeded(Invalid):
    """Say on which lawful basis these people's data is held, in up to 500 characters; it is kept with every fact."""


class EnrichmentUnderWay(Conflict):
    """Another lookup in bulk at this endpoint has not ended. Let it go on, or stop it and give it up: two at once would
    pay twice."""


@dataclass(frozen=True)
class Standing:
    """How far an order is, by the call ledger."""

    pages: int
    records: int
    told_total: int | None
    spent: Spending


def place(
    *,
    known: Known,
    endpoint: Endpoint,
    query: dict[str, Any],
    caps: Caps,
    is_to_load: bool,
    lawful_basis: str,
    key: str,
    actor: Actor,
    now: datetime,
) -> ProviderOrder:
    """Ask workers to buy this within its caps, and then to load it; the same key is the same order.

    Raises:
        NotAnOperator, BadQuery, CapNeeded, BasisNeeded, EnrichmentUnderWay
        KeyMissing, BadKey, SealBroken: nothing could be asked.
    """
    if not actor.is_operator:
        raise access.NotAnOperator()
    basis = " ".join(lawful_basis.split())
    if len(basis) > BASIS_MAX or (is_to_load and not basis):
        raise BasisNeeded()
    text = _checked(known, endpoint, query, caps)
    keys.get(known)
    before = ProviderOrder.objects.filter(key=key).first()
    if before is not None:
        return before

    def write() -> ProviderOrder:
        made = ProviderOrder.objects.create(
            key=key,
            provider=known.about.name,
            endpoint=endpoint.name,
            query_sealed=sealing.seal(text, purpose=_PURPOSE),
            is_bulk=endpoint.bulk is not None,
            pages_max=caps.pages,
            cost_max=caps.cost,
            is_to_load=is_to_load,
            lawful_basis=basis,
            tries_since=now,
            lease_until=now,
            asked_by=actor.label[:160],
            asked_at=now,
        )
        told: dict[str, object] = {"provider": made.provider, "endpoint": made.endpoint, "pages_max": caps.pages,
                "cost_max": None if caps.cost is None else str(costs.plain(caps.cost))}  # fmt: skip
        _note(made, "provider.order", actor, now, told)
        return made

    try:
        return transactions.run(write)
    except IntegrityError:
        same = ProviderOrder.objects.filter(key=key).first()
        if same is None:
            raise EnrichmentUnderWay() from None
        return same


def quote(
    *, known: Known, endpoint: Endpoint, query: dict[str, Any], caps: Caps, now: datetime
) -> tuple[int | None, Decimal | None]:
    """(records at most, cost at most) of what it would still buy, without asking anybody. None: without a bound.

    Raises:
        BadQuery, BadSubjects, CapNeeded
    """
    _checked(known, endpoint, query, caps)
    if endpoint.bulk is None:
        told = walking.quote(ask=Ask(known, endpoint, query, caps), now=now)
        return told.records_more_at_most, told.cost_more_at_most
    named = bulk.check(query, endpoint).get("subjects")
    by_pages = None if caps.pages is None else caps.pages * endpoint.bulk.most
    records = min(
        (most for most in (by_pages, len(named) if named else None) if most is not None), default=None
    )
    by_records = None if records is None else endpoint.cost.most(records)
    return records, min((cost for cost in (by_records, caps.cost) if cost is not None), default=None)


def get(*, order_id: int) -> ProviderOrder:
    """
    Raises:
        NoSuchOrder
    """
    found = ProviderOrder.objects.select_related("walk").filter(pk=order_id).first()
    if found is None:
        raise NoSuchOrder(id=ids.public("buy", order_id))
    return found


def list_(*, cursor: str | None = None, limit: int = 25) -> paging.Page[ProviderOrder]:
    """Orders, newest first."""
    rows = ProviderOrder.objects.select_related("walk")
    return paging.page(rows, order=["-id"], cursor=cursor, limit=limit)


def stop(*, order_id: int, actor: Actor, now: datetime) -> ProviderOrder:
    """Buy nothing more; the call that is on its way now is still kept. It can go on later.

    Raises:
        NotAnOperator, NoSuchOrder, OrderHasEnded
    """
    return _act(order_id, "provider.order_stop", ProviderOrder.ACTIVE, actor, now, state=OrderState.STOPPED)


def go_on(*, order_id: int, actor: Actor, now: datetime) -> ProviderOrder:
    """Take up a stopped or halted order where it was, now: also if the provider had asked to wait longer.

    Raises:
        NotAnOperator, NoSuchOrder, OrderHasEnded
    """
    order = get(order_id=order_id)
    ledger.let_through(provider=order.provider, endpoint=order.endpoint)
    state = OrderState.LOADING if order.bought_at else OrderState.BUYING
    return _act(
        order_id, "provider.order_go_on", (*ProviderOrder.ACTIVE, OrderState.STOPPED, OrderState.HALTED), actor, now,
        state=state, problem="", attempts=0, tries_since=now, lease_until=now,
    )  # fmt: skip


def give_up(*, order_id: int, actor: Actor, now: datetime) -> ProviderOrder:
    """Leave it as it is for good: what was bought stays in the ledger, and on disk while it is fresh.

    Raises:
        NotAnOperator, NoSuchOrder, OrderHasEnded
    """
    allowed = (OrderState.STOPPED, OrderState.HALTED)
    return _act(
        order_id, "provider.order_give_up", allowed, actor, now,
        state=OrderState.GIVEN_UP, query_sealed="", batch_sealed="", ended_at=now,
    )  # fmt: skip


def query_of(order: ProviderOrder) -> dict[str, Any]:
    """What the order asks for; empty when it was removed.

    Raises:
        SealBroken
    """
    found: dict[str, Any] = (
        json.loads(sealing.unseal(order.query_sealed, purpose=_PURPOSE)) if order.query_sealed else {}
    )
    return found


def walks_of(order: ProviderOrder) -> list[ProviderWalk]:
    """What it walked through, oldest first: one for a search, one for each batch of a lookup in bulk."""
    return list(order.walks.order_by("pk"))


def standing(order: ProviderOrder) -> Standing:
    """How far it is, and what that cost so far."""
    return standings([order])[order.pk]


def standings(asked: list[ProviderOrder]) -> dict[int, Standing]:
    """The same of many orders, by their numbers."""
    numbers = [order.pk for order in asked]
    calls = ProviderCall.objects.filter(walk__orders__in=numbers, state=CallState.ANSWERED)
    told = calls.values("walk__orders").annotate(pages=Count("id"), records=Sum("records"), cost=Sum("cost"))
    bought: dict[int, dict[str, Any]] = {row["walk__orders"]: dict(row) for row in told}
    unsure = ProviderAttempt.objects.filter(
        call__walk__orders__in=numbers, state__in=[AttemptState.SENT, AttemptState.UNSURE]
    )
    told_of = unsure.values("call__walk__orders").annotate(calls=Count("id"), cost=Sum("cost_max"))
    maybe: dict[int, dict[str, Any]] = {row["call__walk__orders"]: dict(row) for row in told_of}
    found = {}
    for order in asked:
        one, other = bought.get(order.pk, {}), maybe.get(order.pk, {})
        spent = Spending(costs.plain(one.get("cost")), other.get("calls", 0), costs.plain(other.get("cost")))
        found[order.pk] = Standing(
            pages=one.get("pages", 0),
            records=one.get("records", 0),
            told_total=order.walk.told_total if order.walk and not order.is_bulk else None,
            spent=spent,
        )
    return found


def source_of(order: ProviderOrder, *, as_of: date) -> Source:
    """What it bought, as single records.

    Raises:
        NothingBought
    """
    known, endpoint = known_of(order)
    basis = order.lawful_basis
    return Source.of_walks(known, endpoint, walks_of(order), lawful_basis=basis, as_of=as_of)


def seal(text: str) -> str:
    return sealing.seal(text, purpose=_PURPOSE)


def batch_of(order: ProviderOrder) -> dict[str, Any]:
    """The batch of a lookup in bulk that is on its way: its subjects, and how far the list is after it."""
    text = sealing.unseal(order.batch_sealed, purpose=_PURPOSE) if order.batch_sealed else "{}"
    found: dict[str, Any] = json.loads(text)
    return found


def fact_row(order: ProviderOrder) -> dict[str, Any]:
    """An order in one line."""
    told = standing(order)
    return {
        "order": ids.public("buy", order.pk),
        "provider": order.provider,
        "endpoint": order.endpoint,
        "state": order.state,
        "records": told.records,
        "cost": str(told.spent.answered),
        "maybe_cost": str(told.spent.maybe),
        "found": order.found if order.is_bulk else None,
        "missed": order.missed if order.is_bulk else None,
        "version": order.version,
        "problem": order.problem,
    }


def known_of(order: ProviderOrder) -> tuple[Known, Endpoint]:
    """
    Raises:
        ProviderUnknown, EndpointUnknown: it shipped with the version that the order was placed in.
    """
    known = registry.get(order.provider)
    return known, known.endpoint(order.endpoint)


def _checked(known: Known, endpoint: Endpoint, query: dict[str, Any], caps: Caps) -> str:
    """The query as it is kept."""
    if endpoint.bulk is None:
        return Ask(known, endpoint, query, caps).canonical
    if (caps.pages, caps.cost) == (None, None):
        raise CapNeeded()
    return json.dumps(bulk.check(query, endpoint))


def _act(
    order_id: int, action: str, allowed: tuple[str, ...], actor: Actor, now: datetime, **columns: object
) -> ProviderOrder:
    """Change an order that is in one of these states. Whoever works on it loses it: the fence has moved."""
    if not actor.is_operator:
        raise access.NotAnOperator()

    def write() -> None:
        mine = ProviderOrder.objects.filter(pk=order_id, state__in=allowed)
        if not mine.update(fence=F("fence") + 1, **columns):
            raise OrderHasEnded(state=get(order_id=order_id).get_state_display().lower())
        _note(get(order_id=order_id), action, actor, now, {})

    run: Callable[[], None] = write
    transactions.run(run)
    return get(order_id=order_id)


def _note(order: ProviderOrder, action: str, actor: Actor, now: datetime, detail: dict[str, object]) -> None:
    target = ids.public("buy", order.pk)
    audit.write(workspace=None, actor=actor, action=action, target=target, now=now, detail=detail)
