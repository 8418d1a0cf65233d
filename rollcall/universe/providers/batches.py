"""Carries out lookups in bulk: batch by batch, each written down before it is asked, and remembered after."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from rollcall.core import faults, transactions
from rollcall.core.errors import RollcallError
from rollcall.universe.models import ProviderOrder
from rollcall.universe.providers import bulk, ledger, orders, walking
from rollcall.universe.providers.buying import Stint
from rollcall.universe.providers.description import Bulk, Cost, Endpoint
from rollcall.universe.providers.pacing import Times
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.walking import Ask, Caps, Outcome

CHOSEN = faults.declare("providers.batch.chosen", "a batch of lookups is written down and not asked")
ANSWERED = faults.declare("providers.batch.answered", "a batch of lookups is answered, nobody remembers it")
Write = Callable[..., None]


@dataclass(frozen=True)
class Piece:
    """How a piece of an order ended: `error` stopped it; `is_over`: the rest is left for later on purpose."""

    bought: int
    why: str = ""
    error: RollcallError | None = None
    is_over: bool = False


def buy(
    order: ProviderOrder, *, known: Known, endpoint: Endpoint, times: Times, stint: Stint, write: Write
) -> Piece:
    """Ask about the next in the list until it ends, or the cap is reached, or it is time to hand the order back."""
    assert endpoint.bulk is not None, "for lookups in bulk only"
    bought = 0
    while True:
        standing = orders.standing(order)
        left = None if order.cost_max is None else order.cost_max - standing.spent.most
        if not order.batch_sealed:
            if order.pages_max is not None and standing.pages >= order.pages_max:
                return Piece(bought, f"The cap of {order.pages_max} calls is reached.")
            most = _most(endpoint.bulk, endpoint.cost, left)
            if most < 1:
                return Piece(bought, "The cap of cost is reached.")
            if not _choose(order, known=known, endpoint=endpoint, most=most, times=times, write=write):
                return Piece(bought)
            if not order.batch_sealed:
                # All of these rows were asked about lately; the list goes on.
                if stint.is_over():
                    return Piece(bought, is_over=True)
                continue
        faults.point(CHOSEN)
        done = _ask(order, known=known, endpoint=endpoint, left=left, times=times, stint=stint, write=write)
        bought += done.report.bought_now
        if done.error is not None or done.is_over or stint.is_over():
            return Piece(bought, done.report.why, done.error, is_over=done.error is None)


def _choose(
    order: ProviderOrder, *, known: Known, endpoint: Endpoint, most: int, times: Times, write: Write
) -> bool:
    """Write down whom to ask about next; False when the list is at its end."""
    query = orders.query_of(order)
    chosen = bulk.next_batch(
        known=known, endpoint=endpoint, query=query, cursor=order.cursor, most=most, now=times.now()
    )
    if not chosen.subjects:
        write(order, cursor=chosen.cursor)
        order.cursor = chosen.cursor
        return not chosen.is_end
    text = orders.seal(json.dumps({"subjects": chosen.subjects, "cursor": chosen.cursor}))
    write(order, batch_sealed=text)
    order.batch_sealed = text
    return True


def _ask(
    order: ProviderOrder,
    *,
    known: Known,
    endpoint: Endpoint,
    left: Decimal | None,
    times: Times,
    stint: Stint,
    write: Write,
) -> Outcome:
    """Buy the batch, and remember its answers; a batch that was bought before a crash is not asked again."""
    assert endpoint.bulk is not None, "for lookups in bulk only"
    batch = orders.batch_of(order)
    query = bulk.query_of(endpoint.bulk, batch["subjects"])
    canonical = Ask(known, endpoint, query, Caps(pages=1)).canonical
    before = ledger.find_walk(known=known, endpoint=endpoint, canonical=canonical)
    # What this very batch has cost already is in what is spent, and counts against its own cap once.
    own = ledger.spending(walk=before).most if before and before.pk == order.walk_id else Decimal(0)
    ask = Ask(known, endpoint, query, Caps(1, None if left is None else left + own))
    walk = walking.open_walk(ask=ask, now=times.now())
    order.walks.add(walk)
    write(order, walk=walk)
    order.walk = walk
    outcome = walking.go_on(ask=ask, walk=walk, times=times, stint=stint)
    if outcome.error is not None or outcome.is_over:
        return outcome
    faults.point(ANSWERED)
    pages = [page for _, page in walking.stored_pages(walk=walk, known=known, endpoint=endpoint)]

    def remember() -> None:
        found = missed = 0
        for page in pages:
            here = bulk.remember(
                known=known,
                endpoint=endpoint,
                subjects=batch["subjects"],
                page=page,
                now=times.now(),
            )
            found, missed = found + here[0], missed + here[1]
        told = {"found": order.found + found, "missed": order.missed + missed, "cursor": batch["cursor"]}
        write(order, batch_sealed="", **told)
        order.found, order.missed, order.cursor = told["found"], told["missed"], told["cursor"]
        order.batch_sealed = ""

    transactions.run(remember)
    return outcome


def _most(one: Bulk, cost: Cost, left: Decimal | None) -> int:
    """How many lookups the cap has room for, if all are found."""
    if left is None:
        return one.most
    if left < cost.most(1):
        return 0
    return min(one.most, int((left - cost.per_call) / cost.per_record)) if cost.per_record else one.most
