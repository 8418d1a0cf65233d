"""Carries out orders: a worker takes one that is due, buys for a while, loads, and leaves it fit to be taken up."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import F

from rollcall.core import faults, heartbeat, http, jobs, sealing, transactions
from rollcall.core.errors import Conflict, NotFound, RollcallError, TryLater
from rollcall.universe import ingest, publication
from rollcall.universe.models import ProviderConnection, ProviderOrder
from rollcall.universe.order_rows import OrderState
from rollcall.universe.providers import batches, buying, connections, ledger, orders, walking
from rollcall.universe.providers.batches import Piece
from rollcall.universe.providers.buying import Stint
from rollcall.universe.providers.keys import BadKey, KeyMissing
from rollcall.universe.providers.pacing import Times
from rollcall.universe.providers.progress import Progress
from rollcall.universe.providers.source import NothingBought
from rollcall.universe.providers.walking import Ask, Caps

log = structlog.get_logger(__name__)
# Short, so that a worker that is asked to stop does so between two pages.
SLICE_SECONDS, PATIENCE_SECONDS = 5.0, 2.0
# A lease outlives one call. A load takes minutes, so it is renewed while that lasts.
LEASE = timedelta(seconds=60)
SOON = timedelta(seconds=30)
_PAUSES_MINUTES = (1, 5, 15, 60, 180)
_KEPT_PROGRESS = 4
BOUGHT = faults.declare("providers.order.bought", "everything is bought, the order does not know it")
LOADED = faults.declare("providers.order.loaded", "what was bought is loaded, the order does not know it")
_progress: dict[int, Progress] = {}


class OrderLost(Conflict):
    """Another worker goes on with this order, or somebody stopped it; this one wrote nothing."""


class AnswersTooOld(Conflict):
    """What this order had bought is not fresh any more, so going on would buy it again. Give it up, and place it anew
    if that is what you want."""


@jobs.sweep("providers.orders", lane=jobs.BUYING)
def carry_on(*, now: datetime) -> int:
    """Work for a while on the order that has been due longest; one whose connection is paused is not due."""
    paused = ProviderConnection.objects.filter(is_paused=True).values("provider")
    due = ProviderOrder.objects.filter(state__in=ProviderOrder.ACTIVE, lease_until__lte=now)
    first = (
        due.exclude(provider__in=paused).order_by("lease_until", "pk").values_list("pk", flat=True).first()
    )
    order = take(order_id=first, now=now) if first is not None else None
    if order is None:
        return 0
    work(order)
    return 1


def take(*, order_id: int, now: datetime) -> ProviderOrder | None:
    """The order, now ours for a while; None if it ended or another worker's lease still holds."""

    def write() -> ProviderOrder | None:
        due = ProviderOrder.objects.filter(pk=order_id, state__in=ProviderOrder.ACTIVE, lease_until__lte=now)
        taken = due.update(lease_until=now + LEASE, fence=F("fence") + 1)
        return orders.get(order_id=order_id) if taken else None

    return transactions.run(write)


def work(order: ProviderOrder, times: Times | None = None) -> None:
    """One piece of an order that is ours. Whatever goes wrong is written into it, in words for the operator."""
    times = times or Times()
    try:
        if order.state == OrderState.LOADING:
            _load(order, times)
        else:
            _buy(order, times)
    except OrderLost:
        return
    except faults.FaultInjected:
        raise
    except Exception as error:
        log.exception("an order at a provider failed", order=order.pk)
        problem = f"It met something that nobody foresaw ({type(error).__name__}); the log of the worker has it all."
        _quietly(order, times, lambda: _later(order, times, problem))


def write(order: ProviderOrder, **columns: Any) -> None:
    """Change the order under its fence.

    Raises:
        OrderLost
    """
    if not _mine(order).update(**columns):
        raise OrderLost()


def _buy(order: ProviderOrder, times: Times) -> None:
    try:
        known, endpoint = orders.known_of(order)
        stint = _stint(order, times, known.about.timeout_seconds)
        if endpoint.bulk is not None:
            piece = batches.buy(order, known=known, endpoint=endpoint, times=times, stint=stint, write=write)
        else:
            caps = Caps(order.pages_max, order.cost_max)
            piece = _search(order, Ask(known, endpoint, orders.query_of(order), caps), times, stint)
    except OrderLost:
        raise
    except faults.FaultInjected:
        raise
    except RollcallError as error:
        _stopped_by(order, times, error)
        return
    _after(order, times, piece)


def _search(order: ProviderOrder, ask: Ask, times: Times, stint: Stint) -> Piece:
    walk = walking.open_walk(ask=ask, now=times.now())
    if order.walk is not None and order.walk_id != walk.pk:
        raise AnswersTooOld()
    if order.walk is None:
        order.walks.add(walk)
        write(order, walk=walk)
        order.walk = walk
    before = _progress.pop(walk.pk, None)
    progress = before or Progress(ask.known, ask.endpoint)
    outcome = walking.go_on(ask=ask, walk=walk, times=times, stint=stint, progress=progress)
    if outcome.is_over or isinstance(outcome.error, TryLater):
        # The next piece need not read again what this one has read.
        _progress[walk.pk] = progress
        while len(_progress) > _KEPT_PROGRESS:
            _progress.pop(next(iter(_progress)))
    return Piece(outcome.report.bought_now, outcome.report.why, outcome.error, outcome.is_over)


def _after(order: ProviderOrder, times: Times, piece: Piece) -> None:
    """What a piece of buying leads to."""
    is_at_cap = isinstance(piece.error, ledger.CostCapReached)
    if piece.bought:
        write(order, attempts=0)
        order.attempts = 0
    if piece.is_over:
        write(order, lease_until=times.now(), problem="")
    elif piece.error is not None and not is_at_cap:
        _stopped_by(order, times, piece.error)
    else:
        faults.point(BOUGHT)
        _bought(order, times, piece.why)


def _bought(order: ProviderOrder, times: Times, why: str) -> None:
    now, is_anything = times.now(), orders.standing(order).records > 0
    told: dict[str, Any] = {"problem": why[:400], "bought_at": now, "batch_sealed": "", "attempts": 0}
    if order.is_to_load and is_anything:
        write(order, state=OrderState.LOADING, lease_until=now, **told)
    else:
        write(order, state=OrderState.DONE, ended_at=now, **told, **_forgotten(order))


def _load(order: ProviderOrder, times: Times) -> None:
    """Load what was bought, as single records. A worker that dies over it leaves it to the next: nothing is bought."""

    def renew() -> None:
        write(order, lease_until=times.now() + LEASE)

    renew()
    try:
        with heartbeat.kept(renew, lost=OrderLost):
            source = orders.source_of(order, as_of=times.now().date())
            told = {"positions": source.roster().num_rows, "refused": source.refused}
            loaded = ingest.load(source=source, now=times.now())
    except publication.LoadUnderWay:
        write(order, lease_until=times.now() + SOON)
    except (ingest.EmptyRoster, NothingBought):
        problem = "Nothing of what was bought could be used, so nothing was loaded."
        write(order, state=OrderState.DONE, problem=problem, ended_at=times.now(), **_forgotten(order))
    except faults.FaultInjected:
        raise
    except RollcallError as error:
        _stopped_by(order, times, error)
    else:
        faults.point(LOADED)
        ended = {"state": OrderState.DONE, "ended_at": times.now(), **_forgotten(order)}
        write(order, version=loaded.version, **told, **ended)


def _stopped_by(order: ProviderOrder, times: Times, error: RollcallError) -> None:
    """Later again, or not before an operator has looked at it."""
    if isinstance(error, OrderLost):
        raise error
    if isinstance(error, buying.AskedToWait):
        write(order, lease_until=times.now() + timedelta(seconds=error.seconds), problem=error.message[:400])
    elif isinstance(error, walking.WalkUnderWay | connections.ConnectionPaused):
        write(order, lease_until=times.now() + SOON, problem=error.message[:400])
    elif isinstance(error, _FOR_AN_OPERATOR) or not isinstance(error, TryLater):
        write(order, state=OrderState.HALTED, problem=error.message[:400])
    else:
        _later(order, times, error.message)


# TryLater by kind, but trying again by itself would cost, or lead to the same.
_FOR_AN_OPERATOR = (
    buying.UnsureTooOften,
    http.AnswerTooLarge,
    KeyMissing,
    BadKey,
    sealing.SealBroken,
    NotFound,
)


def _later(order: ProviderOrder, times: Times, problem: str) -> None:
    """Further and further apart, and a few times only."""
    if order.attempts >= len(_PAUSES_MINUTES):
        write(order, state=OrderState.HALTED, problem=problem[:400])
        return
    due = times.now() + timedelta(minutes=_PAUSES_MINUTES[order.attempts])
    told = {"lease_until": due, "tries_since": due, "problem": problem[:400]}
    write(order, attempts=order.attempts + 1, **told)


def _quietly(order: ProviderOrder, times: Times, act: Callable[[], None]) -> None:
    """Without hiding what went wrong first: a database that is gone takes this with it."""
    try:
        act()
    except Exception:
        log.warning("an order could not be put off", order=order.pk)


def _forgotten(order: ProviderOrder) -> dict[str, str]:
    """A query that is about a person is not kept longer than it takes."""
    _, endpoint = orders.known_of(order)
    return {"query_sealed": ""} if endpoint.is_personal else {}


def _stint(order: ProviderOrder, times: Times, timeout_seconds: float) -> Stint:
    """The lease is renewed before each attempt, and a few times a minute where pages are only read."""
    ends, renewed = time.monotonic() + SLICE_SECONDS, 0.0
    lease = LEASE + timedelta(seconds=timeout_seconds)

    def check() -> None:
        nonlocal renewed
        write(order, lease_until=times.now() + lease)
        renewed = time.monotonic()

    def is_over() -> bool:
        if time.monotonic() - renewed > 5:
            check()
        return time.monotonic() > ends

    return Stint(PATIENCE_SECONDS, order.tries_since, check, is_over)


def _mine(order: ProviderOrder) -> Any:
    return ProviderOrder.objects.filter(pk=order.pk, fence=order.fence, state__in=ProviderOrder.ACTIVE)
