"""The call ledger: the only writer of what was asked, sent, answered and paid; each step is committed by itself.

A call is written down as sent before it is sent. What was sent and has no answer is "maybe bought": it is sent again
under the same key, counts against the cap in full, and is told of in every report.
"""

import socket
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError
from django.db.models import Count, QuerySet, Sum

from rollcall.core import transactions
from rollcall.core.errors import Conflict, NotEnough
from rollcall.universe.models import ProviderAttempt, ProviderCall, ProviderPace, ProviderWalk
from rollcall.universe.provider_rows import AttemptState, CallState, WalkState
from rollcall.universe.providers import connections, costs
from rollcall.universe.providers.description import Endpoint, Limit
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.requests import query_hash, request_hash

_GRACE_SECONDS = 5.0


class TokenRepeated(Conflict):
    """The provider told to go on at a page that this search has been at already. What it has is kept."""


class CostCapReached(NotEnough):
    """The next page may cost {most}, and only {left} of the cap of {cap} {credit}s are left. Raise it to go on."""


@dataclass(frozen=True)
class Spending:
    """What a walk cost: for certain, and at most on top of that for calls of which nobody knows."""

    answered: Decimal
    maybe_calls: int
    maybe: Decimal

    @property
    def most(self) -> Decimal:
        return self.answered + self.maybe


@dataclass(frozen=True)
class Wait:
    """Not now: so many seconds are to pass first."""

    seconds: float


def open_walk(
    *, known: Known, endpoint: Endpoint, canonical: str, now: datetime, is_anew: bool = False
) -> ProviderWalk:
    """The walk of this query: the present one while what it bought is fresh, else a new one."""
    name, hashed = known.about.name, query_hash(known.about.name, endpoint.name, canonical)

    def write() -> ProviderWalk:
        newest = walks(provider=name).filter(endpoint=endpoint.name, query_hash=hashed).first()
        if newest and newest.fresh_until > now and newest.state != WalkState.ENDED and not is_anew:
            return newest
        if newest and newest.state == WalkState.OPEN:
            ProviderWalk.objects.filter(pk=newest.pk).update(
                state=WalkState.ENDED, why="Another took its place."
            )
        return ProviderWalk.objects.create(
            provider=name,
            endpoint=endpoint.name,
            query_hash=hashed,
            query="" if endpoint.is_personal else canonical,
            started_at=now,
            fresh_until=now + timedelta(seconds=endpoint.fresh_seconds),
        )

    try:
        return transactions.run(write)
    except IntegrityError:
        # Somebody opened it in this very moment: then theirs is the one.
        return transactions.run(write)


def find_walk(*, known: Known, endpoint: Endpoint, canonical: str) -> ProviderWalk | None:
    """The newest walk of this query whose answers are kept."""
    hashed = query_hash(known.about.name, endpoint.name, canonical)
    mine = walks(provider=known.about.name).filter(endpoint=endpoint.name, query_hash=hashed)
    return mine.filter(cleared_at=None).first()


def walks(*, provider: str | None = None) -> QuerySet[ProviderWalk]:
    """All walks, newest first."""
    found = ProviderWalk.objects.order_by("-pk")
    return found.filter(provider=provider) if provider else found


def plan(*, walk: ProviderWalk, canonical: str, number: int, token: str, now: datetime) -> ProviderCall:
    """The call for one page of a walk, written down before anything else happens.

    Raises:
        TokenRepeated
    """
    hashed = request_hash(walk.provider, walk.endpoint, canonical, token)
    found = ProviderCall.objects.filter(walk=walk, number=number).first()
    if found is not None and found.request_hash == hashed:
        return found
    try:
        return transactions.run(
            lambda: ProviderCall.objects.create(
                walk=walk,
                number=number,
                request_hash=hashed,
                page_token=token,
                key=uuid.uuid4().hex,
                planned_at=now,
            )
        )
    except IntegrityError:
        raise TokenRepeated() from None


def send(
    *,
    call: ProviderCall,
    limits: tuple[Limit, ...],
    credit: str,
    cost_max: Decimal,
    cost_cap: Decimal | None,
    timeout_seconds: float,
    now: datetime,
) -> ProviderAttempt | Wait | ProviderCall:
    """Write down that the call is sent now, if it may be: then send it. A call comes back that has its answer by now.

    Call it only as the one who works on this walk on this machine: what this machine has sent and not answered is
    taken for lost.

    Raises:
        CostCapReached
        connections.ConnectionPaused, connections.MonthCapReached
    """
    provider, name = call.walk.provider, call.walk.endpoint
    connections.of(provider)
    ProviderPace.objects.get_or_create(provider=provider, endpoint=name)

    def write() -> ProviderAttempt | Wait | ProviderCall:
        connections.pass_through(provider, credit=credit, cost_max=cost_max, now=now)
        pace = ProviderPace.objects.select_for_update().get(provider=provider, endpoint=name)
        done = ProviderCall.objects.filter(pk=call.pk, state=CallState.ANSWERED).first()
        if done is not None:
            return done
        seconds = max(
            _in_the_air(call, timeout_seconds, now),
            (pace.not_before - now).total_seconds() if pace.not_before else 0.0,
            *(_over_limit(provider, name, limit.calls, limit.seconds, now) for limit in limits),
        )
        if seconds > 0:
            return Wait(seconds)
        spent = spending(walk=call.walk)
        if cost_cap is not None and spent.most + cost_max > cost_cap:
            raise CostCapReached(
                most=costs.plain(cost_max), left=costs.plain(max(cost_cap - spent.most, Decimal(0))),
                cap=costs.plain(cost_cap), credit=credit,
            )  # fmt: skip
        ProviderCall.objects.filter(pk=call.pk).update(state=CallState.SENT)
        return ProviderAttempt.objects.create(
            call=call, provider=provider, endpoint=name, sender=_sender(), sent_at=now, cost_max=cost_max
        )

    return transactions.run(write)


def answered(
    *,
    attempt: ProviderAttempt,
    status: int,
    answer_hash: str,
    records: int,
    cost: Decimal,
    fresh_seconds: int,
    now: datetime,
) -> None:
    """The answer is kept on disk: the call is done, and the walk fresh for as long as the endpoint says."""

    def write() -> None:
        ProviderAttempt.objects.filter(pk=attempt.pk).update(
            state=AttemptState.ANSWERED, ended_at=now, status_code=status
        )
        ProviderCall.objects.filter(pk=attempt.call_id).update(
            state=CallState.ANSWERED, answered_at=now, answer_hash=answer_hash, records=records, cost=cost
        )
        ProviderWalk.objects.filter(calls=attempt.call_id).update(
            fresh_until=now + timedelta(seconds=fresh_seconds)
        )

    transactions.run(write)


def refused(
    *, attempt: ProviderAttempt, status: int | None, problem: str, is_final: bool, now: datetime
) -> None:
    """The provider said no, or was not reached: nothing was bought."""

    def write() -> None:
        ProviderAttempt.objects.filter(pk=attempt.pk).update(
            state=AttemptState.REFUSED, ended_at=now, status_code=status, problem=problem[:300]
        )
        left = ProviderAttempt.objects.filter(call=attempt.call_id, state=AttemptState.UNSURE).exists()
        state = CallState.FAILED if is_final else CallState.SENT if left else CallState.PLANNED
        ProviderCall.objects.filter(pk=attempt.call_id).update(state=state)

    transactions.run(write)


def unsure(*, attempt: ProviderAttempt, status: int | None, problem: str, now: datetime) -> None:
    """It was sent, and nobody knows whether it was bought, or what came is not to be read."""
    transactions.run(
        lambda: ProviderAttempt.objects.filter(pk=attempt.pk).update(
            state=AttemptState.UNSURE, ended_at=now, status_code=status, problem=problem[:300]
        )
    )


def hold_back(*, provider: str, endpoint: str, until: datetime) -> None:
    """Let nobody through before `until`: neither this program nor any other."""
    ProviderPace.objects.get_or_create(provider=provider, endpoint=endpoint)
    transactions.run(
        lambda: ProviderPace.objects.filter(provider=provider, endpoint=endpoint).update(not_before=until)
    )


def close(*, walk: ProviderWalk, is_whole: bool, why: str, total: int | None) -> None:
    """What became of a walk for now; one that is not whole can be taken up again."""
    state = WalkState.WHOLE if is_whole else WalkState.OPEN
    transactions.run(
        lambda: (
            ProviderWalk.objects.filter(pk=walk.pk)
            .exclude(state=WalkState.ENDED)
            .update(state=state, why=why[:300], told_total=total)
        )
    )


def clear(*, walk: ProviderWalk, now: datetime) -> None:
    """Its answers are deleted; what was asked and paid stays."""
    transactions.run(
        lambda: ProviderWalk.objects.filter(pk=walk.pk).update(
            cleared_at=now, state=WalkState.ENDED, why="Cleared."
        )
    )


def spending(*, walk: ProviderWalk) -> Spending:
    bought = ProviderCall.objects.filter(walk=walk, state=CallState.ANSWERED).aggregate(cost=Sum("cost"))
    unknown = ProviderAttempt.objects.filter(
        call__walk=walk, state__in=[AttemptState.SENT, AttemptState.UNSURE]
    ).aggregate(calls=Count("id"), cost=Sum("cost_max"))
    return Spending(costs.plain(bought["cost"]), unknown["calls"], costs.plain(unknown["cost"]))


def tries(*, call: ProviderCall, since: datetime) -> tuple[int, int, str]:
    """(how often the call was sent since then, how many of those were maybe bought, what the last one met)."""
    sent = list(ProviderAttempt.objects.filter(call=call, sent_at__gte=since).order_by("pk"))
    unsure = sum(attempt.state in (AttemptState.SENT, AttemptState.UNSURE) for attempt in sent)
    return len(sent), unsure, sent[-1].problem if sent else ""


def second_attempts(*, walk: ProviderWalk, since: datetime) -> int:
    """How many attempts since then were not the first of their call."""
    sent = ProviderAttempt.objects.filter(call__walk=walk, sent_at__gte=since)
    told = sent.aggregate(attempts=Count("id"), calls=Count("call", distinct=True))
    return int(told["attempts"] - told["calls"])


def let_through(*, provider: str, endpoint: str) -> None:
    """Somebody decided not to wait for as long as the provider asked."""
    transactions.run(
        lambda: ProviderPace.objects.filter(provider=provider, endpoint=endpoint).update(not_before=None)
    )


def last_attempt(*, call: ProviderCall) -> ProviderAttempt | None:
    return ProviderAttempt.objects.filter(call=call).order_by("-pk").first()


def _in_the_air(call: ProviderCall, timeout_seconds: float, now: datetime) -> float:
    """Seconds until what another machine has sent must have ended. What this one has sent is lost."""
    seconds = 0.0
    for other in ProviderAttempt.objects.filter(call=call, state=AttemptState.SENT):
        left = (other.sent_at - now).total_seconds() + timeout_seconds + _GRACE_SECONDS
        if other.sender != _sender() and 0 < left <= timeout_seconds + _GRACE_SECONDS:
            seconds = max(seconds, left)
            continue
        ProviderAttempt.objects.filter(pk=other.pk).update(
            state=AttemptState.UNSURE,
            ended_at=now,
            problem="The program ended before the answer was written down.",
        )
    return seconds


def _over_limit(provider: str, endpoint: str, calls: int, seconds: int, now: datetime) -> float:
    """Seconds until one more call keeps to the limit."""
    # What is in the future by more than the window was written before the clock was set back.
    window = timedelta(seconds=seconds)
    within = ProviderAttempt.objects.filter(
        provider=provider, endpoint=endpoint, sent_at__gt=now - window, sent_at__lte=now + window
    )
    newest = list(within.order_by("-sent_at").values_list("sent_at", flat=True)[:calls])
    return (newest[-1] + window - now).total_seconds() if len(newest) >= calls else 0.0


def _sender() -> str:
    return socket.gethostname()[:100]
