"""Walks through the pages of a query: buys what is missing, once, within a cap, as fast as the provider allows."""

import fcntl
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from rollcall.core import faults
from rollcall.core.errors import Invalid, RollcallError, TryLater
from rollcall.universe.models import ProviderCall, ProviderWalk
from rollcall.universe.provider_rows import CallState, WalkState
from rollcall.universe.providers import answers, buying, keys, ledger, requests
from rollcall.universe.providers.buying import Stint
from rollcall.universe.providers.description import Endpoint
from rollcall.universe.providers.pacing import Times
from rollcall.universe.providers.pages import Page
from rollcall.universe.providers.progress import Progress
from rollcall.universe.providers.registry import Known

PAGES_MAX = 100_000


class CapNeeded(Invalid):
    """Say how much this may buy at most: a number of pages, a cost in the provider's credits, or both."""


class WalkUnderWay(TryLater):
    """This very search is under way in another program here. Wait until it has ended; nothing was bought twice."""


class LookupsAreOrdered(Invalid):
    """Lookups in bulk are carried out by workers, who remember whom they asked about: place an order for it."""


@dataclass(frozen=True)
class Caps:
    """What a search may buy at most, with what it has bought before."""

    pages: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True)
class Ask:
    """A search as it is wanted. `page_size` asks for smaller pages than the description does."""

    known: Known
    endpoint: Endpoint
    query: dict[str, Any]
    caps: Caps
    page_size: int | None = None
    canonical: str = field(init=False)

    def __post_init__(self) -> None:
        """
        Raises:
            BadQuery, CapNeeded
        """
        caps = (self.caps.pages, self.caps.cost)
        if caps == (None, None) or any(cap is not None and cap < 0 for cap in caps):
            raise CapNeeded()
        object.__setattr__(self, "canonical", requests.check(self.known, self.endpoint, self.query))

    @property
    def size(self) -> int:
        if self.endpoint.bulk is not None:
            return len(self.query.get(self.endpoint.bulk.requests, ()))
        most = self.endpoint.paging.size
        return min(self.page_size or most, most)


@dataclass(frozen=True)
class Outcome:
    """How a piece of a walk ended. `error`: what stopped it; `is_over`: the rest is left for later on purpose."""

    report: "Report"
    error: RollcallError | None = None
    is_over: bool = False


@dataclass(frozen=True)
class Quote:
    """What a search may cost at most, before it starts. None: without a bound."""

    provider: str
    endpoint: str
    credit: str
    pages_bought: int
    pages_more_at_most: int | None
    records_more_at_most: int | None
    cost_so_far: Decimal
    maybe_cost_so_far: Decimal
    cost_more_at_most: Decimal | None


@dataclass(frozen=True)
class Report:
    """What became of a search, all its runs together; `bought_now` is of this run only."""

    walk: int
    state: str
    why: str
    pages: int
    bought_now: int
    attempts_now: int
    waited_seconds: float
    records: int
    repeated: int
    told_total: int | None
    cost: Decimal
    maybe_bought_calls: int
    maybe_cost: Decimal


def quote(*, ask: Ask, now: datetime, is_anew: bool = False) -> Quote:
    """What `search` would do, without asking anybody."""
    walk = ledger.find_walk(known=ask.known, endpoint=ask.endpoint, canonical=ask.canonical)
    if walk and (is_anew or walk.state == WalkState.ENDED or walk.fresh_until <= now):
        walk = None
    spent = ledger.spending(walk=walk) if walk else ledger.Spending(Decimal(0), 0, Decimal(0))
    bought = walk.calls.filter(state=CallState.ANSWERED).count() if walk else 0
    left = max(ask.caps.cost - spent.most, Decimal(0)) if ask.caps.cost is not None else None
    more = 1 if ask.endpoint.paging.kind == "none" else ask.caps.pages
    more = max(more - bought, 0) if more is not None else None
    if walk and walk.state == WalkState.WHOLE:
        more = 0
    one = ask.endpoint.cost.most(ask.size)
    by_pages = one * more if more is not None else None
    return Quote(
        provider=ask.known.about.name,
        endpoint=ask.endpoint.name,
        credit=ask.known.about.credit,
        pages_bought=bought,
        pages_more_at_most=more,
        records_more_at_most=more * ask.size if more is not None else None,
        cost_so_far=spent.answered,
        maybe_cost_so_far=spent.maybe,
        cost_more_at_most=min((cost for cost in (by_pages, left) if cost is not None), default=None),
    )


def search(
    *, ask: Ask, times: Times | None = None, dice: random.Random | None = None, is_anew: bool = False
) -> Report:
    """Buy the pages of a query that are not bought yet. Calling it again goes on where it stopped.

    Raises:
        KeyMissing, LookupsAreOrdered: and nothing was asked.
        WalkUnderWay
    Whatever else goes wrong is told in the report (`why`): what was bought until then is kept.
    """
    times = times or Times()
    keys.get(ask.known)
    if ask.endpoint.bulk is not None:
        raise LookupsAreOrdered()
    walk = open_walk(ask=ask, now=times.now(), is_anew=is_anew)
    return go_on(ask=ask, walk=walk, times=times, dice=dice).report


def open_walk(*, ask: Ask, now: datetime, is_anew: bool = False) -> ProviderWalk:
    """The walk of this query: the present one while what it bought is fresh, else a new one."""
    return ledger.open_walk(
        known=ask.known, endpoint=ask.endpoint, canonical=ask.canonical, now=now, is_anew=is_anew
    )


def go_on(
    *,
    ask: Ask,
    walk: ProviderWalk,
    times: Times,
    dice: random.Random | None = None,
    stint: Stint | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Buy more pages of a walk. `progress` is that of an earlier piece of it: then pages are not read again.

    Raises:
        KeyMissing: and nothing was asked.
        WalkUnderWay
    """
    key = keys.get(ask.known)
    stint = stint or Stint()
    with _alone(walk):
        progress = progress or Progress(ask.known, ask.endpoint)
        # S311: these numbers spread calls out; nobody gains by guessing them.
        buyer = buying.Buyer(ask, walk, key, times, dice or random.Random(), stint)  # noqa: S311
        ended = _walk(ask, walk, progress, buyer, stint)
        ledger.close(walk=walk, is_whole=progress.is_over, why=ended.why, total=progress.total)
    return Outcome(_report(walk, progress, buyer, ended.why), ended.error, ended.is_left)


def stored_pages(
    *, walk: ProviderWalk, known: Known, endpoint: Endpoint
) -> Iterator[tuple[ProviderCall, Page]]:
    """The pages of a walk that are there, in order, one at a time.

    Raises:
        AnswerGone
    """
    for call in walk.calls.filter(state=CallState.ANSWERED).order_by("number"):
        yield call, buying.read(known, endpoint, answers.get(call.answer_hash))


@dataclass(frozen=True)
class _Ended:
    """Why a walk ended for now; nothing of it: there is no more."""

    why: str = ""
    error: RollcallError | None = None
    is_left: bool = False


def _walk(ask: Ask, walk: ProviderWalk, progress: Progress, buyer: buying.Buyer, stint: Stint) -> _Ended:
    """Go on until the end or the cap."""
    most = min(ask.caps.pages if ask.caps.pages is not None else PAGES_MAX, PAGES_MAX)
    try:
        while not progress.is_over:
            if progress.pages >= most:
                return _Ended(f"The cap of {most} pages is reached.")
            if stint.is_over():
                return _Ended(is_left=True)
            call = ledger.plan(
                walk=walk,
                canonical=ask.canonical,
                number=progress.pages,
                token=progress.token,
                now=buyer.times.now(),
            )
            if call.state == CallState.ANSWERED:
                progress.take(buying.read(ask.known, ask.endpoint, answers.get(call.answer_hash)))
            else:
                progress.take(buyer.buy(call))
    except ledger.TokenRepeated as error:
        progress.is_over = True
        return _Ended(error.message)
    except faults.FaultInjected:
        raise
    except RollcallError as error:
        return _Ended(error.message, error)
    return _Ended(progress.why)


def _report(walk: ProviderWalk, progress: Progress, buyer: buying.Buyer, why: str) -> Report:
    spent = ledger.spending(walk=walk)
    return Report(
        walk=walk.pk,
        state=(WalkState.WHOLE if progress.is_over else WalkState.OPEN).value,
        why=why,
        pages=progress.pages,
        bought_now=buyer.bought,
        attempts_now=buyer.attempts,
        waited_seconds=round(buyer.waited_seconds, 3),
        records=progress.records,
        repeated=progress.repeated,
        told_total=progress.total,
        cost=spent.answered,
        maybe_bought_calls=spent.maybe_calls,
        maybe_cost=spent.maybe,
    )


@contextmanager
def _alone(walk: ProviderWalk) -> Iterator[None]:
    """One program at a time works on a walk; the system lets go of the lock when its holder dies."""
    answers.home().mkdir(parents=True, exist_ok=True, mode=0o700)
    with (answers.home() / f"walk-{walk.pk}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WalkUnderWay() from None
        yield
