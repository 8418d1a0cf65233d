"""Buys one page: through the turnstile, into the ledger, over the wire, onto the disk, into the ledger again."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import structlog

from rollcall.core import faults, http
from rollcall.core.errors import Conflict, TryLater
from rollcall.universe.models import ProviderAttempt, ProviderCall, ProviderWalk
from rollcall.universe.provider_rows import CallState
from rollcall.universe.providers import answers, ledger, pacing, pages, requests
from rollcall.universe.providers.answers import Answer
from rollcall.universe.providers.description import Endpoint
from rollcall.universe.providers.pacing import Times
from rollcall.universe.providers.pages import Page, PageUnreadable
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.told import RecordRefused, Told

if TYPE_CHECKING:
    from rollcall.universe.providers.walking import Ask

log = structlog.get_logger(__name__)
WAIT_SECONDS_MAX = 600.0
_COST_MAX = Decimal(10**9)
PLANNED = faults.declare("providers.call.planned", "a page is planned and not yet sent for")
SENT = faults.declare("providers.call.sent", "a page is written down as sent for, and was not")
ANSWERED = faults.declare("providers.call.answered", "a page was bought and is nowhere yet")
STORED = faults.declare(
    "providers.call.stored", "a page was bought and is on disk, the ledger does not know it"
)
SETTLED = faults.declare("providers.call.settled", "a page is in the ledger, its note on disk is still there")


class TriedEnough(TryLater):
    """The provider did not answer as it should, {times} times in a row, the last time: {problem} Try again later."""


class UnsureTooOften(TriedEnough):
    """The provider did not answer as it should, {times} times in a row, the last time: {problem} Each time may have
    cost something, so it is not tried again by itself."""


class AskedToWait(TryLater):
    """The provider lets nobody through before {until}. Go on then; what was bought is kept."""

    @property
    def seconds(self) -> float:
        return float(self.details["seconds"])


class NextAttemptLater(AskedToWait):
    """The provider did not answer as it should: {problem} The next attempt is after {until}; what was bought is
    kept."""


class ProviderRefused(Conflict):
    """The provider answered {status}: {meaning}. What was bought before is kept."""


@dataclass(frozen=True)
class _Again:
    """It did not work: what it was, how long to wait, and whether it was maybe bought."""

    problem: str
    wait_seconds: float | None = None
    is_unsure: bool = False


@dataclass(frozen=True)
class Stint:
    """How somebody who buys a walk piece by piece wants to do this piece; by default it is one piece.

    `since`: attempts from then on count as of this run. `check` is called before each attempt and raises if it may
    not be made any more; `is_over` before each page: whether to leave the rest for later.
    """

    patience_seconds: float = WAIT_SECONDS_MAX
    since: datetime | None = None
    check: Callable[[], None] = lambda: None
    is_over: Callable[[], bool] = lambda: False


class Buyer:
    """Buys the pages of one walk in one run; counts what it did."""

    def __init__(
        self, ask: "Ask", walk: ProviderWalk, key: str, times: Times, dice: random.Random, stint: Stint
    ) -> None:
        self._ask, self._walk, self._key, self._dice, self._stint = ask, walk, key, dice, stint
        self.times = times
        self._since = stint.since or times.now()
        self._second_attempts = ledger.second_attempts(walk=walk, since=self._since)
        self.bought = self.attempts = 0
        self.waited_seconds = 0.0

    def buy(self, call: ProviderCall) -> Page:
        """The page, bought now, or found on disk where a crash left it.

        Raises:
            TriedEnough, AskedToWait, ProviderRefused, CostCapReached, NoRoomForAnswers, http.AddressRefused,
            connections.ConnectionPaused, connections.MonthCapReached
        """
        found = self._left_behind(call)
        if found is not None:
            return found
        answers.check_room(self._ask.endpoint.bytes_max)
        faults.point(PLANNED)
        number, unsure, problem = ledger.tries(call=call, since=self._since)
        outcome: Page | _Again = _Again(problem)
        is_first = True
        while isinstance(outcome, _Again):
            if number:
                self._check_tries(number, unsure, outcome.problem)
                self._second_attempts += 1
                if not is_first:
                    back_off = pacing.back_off(number, self._ask.known.about.retries, self._dice)
                    asked = outcome.wait_seconds or 0.0
                    self._wait(max(asked, back_off), "" if asked >= back_off else outcome.problem)
            is_first = False
            number += 1
            outcome = self._try(call)
            unsure += isinstance(outcome, _Again) and outcome.is_unsure
        return outcome

    def _check_tries(self, number: int, unsure: int, problem: str) -> None:
        retries = self._ask.known.about.retries
        if unsure > retries.unsure_max:
            raise UnsureTooOften(times=number, problem=problem)
        if number >= retries.attempts_max or self._second_attempts >= retries.budget:
            raise TriedEnough(times=number, problem=problem)

    def _try(self, call: ProviderCall) -> Page | _Again:
        """One attempt: every way that it can end is written down."""
        self._stint.check()
        size = self._size()
        attempt = self._let_through(call, size)
        if isinstance(attempt, ProviderCall):
            return read(self._ask.known, self._ask.endpoint, answers.get(attempt.answer_hash))
        faults.point(SENT)
        self.attempts += 1
        try:
            got = self._over_the_wire(call, size)
        except http.NotReached as error:
            self._refused(attempt, error.message)
            return _Again(error.message)
        except (http.BadUrl, http.AddressRefused) as error:
            self._refused(attempt, error.message, is_final=True)
            raise
        except http.AnswerTooLarge as error:
            self._unsure(attempt, error.message)
            raise
        except TryLater as error:
            self._unsure(attempt, error.message)
            return _Again(error.message, is_unsure=True)
        faults.point(ANSWERED)
        return self._taken(call, attempt, got)

    def _let_through(self, call: ProviderCall, size: int) -> ProviderAttempt | ProviderCall:
        """Wait at the turnstile until the limits allow one more call; it is then written down as sent."""
        known, endpoint = self._ask.known, self._ask.endpoint
        while True:
            outcome = ledger.send(
                call=call,
                limits=known.limits(endpoint),
                credit=known.about.credit,
                cost_max=endpoint.cost.most(size),
                cost_cap=self._ask.caps.cost,
                timeout_seconds=known.about.timeout_seconds,
                now=self.times.now(),
            )
            if not isinstance(outcome, ledger.Wait):
                return outcome
            self._wait(outcome.seconds)

    def _size(self) -> int:
        """Records to ask for: fewer than usual where the cap has no room for more."""
        cost, cap, size = self._ask.endpoint.cost, self._ask.caps.cost, self._ask.size
        if cap is None or not cost.per_record or not self._ask.endpoint.paging.size_can_shrink:
            return size
        room = cap - ledger.spending(walk=self._walk).most - cost.per_call
        return max(1, min(size, int(room / cost.per_record)))

    def _over_the_wire(self, call: ProviderCall, size: int) -> http.Answer:
        known, endpoint = self._ask.known, self._ask.endpoint
        request = requests.make(
            known,
            endpoint,
            self._ask.query,
            token=call.page_token,
            size=size,
            key=self._key,
            call_key=call.key,
        )
        return http.call(
            method=request.method,
            url=request.url,
            content=request.content,
            headers=request.headers,
            seconds=known.about.timeout_seconds,
            bytes_max=endpoint.bytes_max,
            url_max=requests.URL_MAX,
        )

    def _taken(self, call: ProviderCall, attempt: ProviderAttempt, got: http.Answer) -> Page | _Again:
        codes, now = self._ask.known.about.codes, self.times.now()
        self._heed(got.headers, now, is_refusal=got.status in codes.again)
        if got.status in codes.ok | codes.nothing:
            answer = Answer(got.status, _needed(got.headers, self._ask.endpoint.cost.header), got.body)
            try:
                page = read(self._ask.known, self._ask.endpoint, answer)
            except PageUnreadable as error:
                self._unsure(attempt, error.message, got.status)
                return _Again(error.message, is_unsure=True)
            # First on disk, then in the ledger: in between, a note on disk says whose it is.
            answer_hash = answers.put(answer, call_key=call.key)
            faults.point(STORED)
            self._settle(call, attempt, answer, answer_hash, page)
            self.bought += 1
            return page
        is_final = got.status not in codes.again
        self._refused(attempt, self._without_key(_words(got)), got.status, is_final=is_final)
        if not is_final:
            return _Again(f"it answered {got.status}.", pacing.asked_wait(got.headers, now))
        raise ProviderRefused(status=got.status, meaning=self._meaning(got.status))

    def _left_behind(self, call: ProviderCall) -> Page | None:
        """The answer that a crash kept the ledger from knowing of."""
        attempt = ledger.last_attempt(call=call) if call.state == CallState.SENT else None
        answer_hash = answers.left_behind(call.key) if attempt else ""
        if attempt is None or not answer_hash:
            return None
        answer = answers.get(answer_hash)
        page = read(self._ask.known, self._ask.endpoint, answer)
        self._settle(call, attempt, answer, answer_hash, page)
        return page

    def _settle(
        self, call: ProviderCall, attempt: ProviderAttempt, answer: Answer, answer_hash: str, page: Page
    ) -> None:
        endpoint = self._ask.endpoint
        ledger.answered(
            attempt=attempt,
            status=answer.status,
            answer_hash=answer_hash,
            records=len(page.records),
            cost=_cost(self._ask, answer, len(page.records)),
            fresh_seconds=endpoint.fresh_seconds,
            now=self.times.now(),
        )
        faults.point(SETTLED)
        answers.settle(call.key)

    def _refused(
        self, attempt: ProviderAttempt, problem: str, status: int | None = None, *, is_final: bool = False
    ) -> None:
        ledger.refused(
            attempt=attempt, status=status, problem=problem, is_final=is_final, now=self.times.now()
        )

    def _unsure(self, attempt: ProviderAttempt, problem: str, status: int | None = None) -> None:
        ledger.unsure(attempt=attempt, status=status, problem=problem, now=self.times.now())

    def _heed(self, headers: Mapping[str, str], now: datetime, *, is_refusal: bool) -> None:
        """What the headers ask of us is asked of every program here."""
        wait = pacing.asked_wait(headers, now) if is_refusal else None
        until = now + timedelta(seconds=wait) if wait else pacing.used_up_until(headers, now)
        if until:
            ledger.hold_back(
                provider=self._ask.known.about.name, endpoint=self._ask.endpoint.name, until=until
            )

    def _wait(self, seconds: float, problem: str = "") -> None:
        """
        Raises:
            AskedToWait: for longer than a program should sit there.
        """
        if seconds > self._stint.patience_seconds:
            until = f"{self.times.now() + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} UTC"
            if problem:
                raise NextAttemptLater(problem=problem, until=until, seconds=seconds)
            raise AskedToWait(until=until, seconds=seconds)
        self.waited_seconds += seconds
        self.times.sleep(seconds)

    def _meaning(self, status: int) -> str:
        codes, name = self._ask.known.about.codes, self._ask.known.about.name
        if status in codes.no_credit:
            return f"the account at {name} has no credits left"
        if status in codes.not_allowed:
            return f"the key for {name} is not accepted, or not for this endpoint"
        return "see `rollcall-server providers calls` for what it said"

    def _without_key(self, text: str) -> str:
        """Some providers repeat the key in what they say about it."""
        return text.replace(self._key, "(key)") if self._key else text


def read(known: Known, endpoint: Endpoint, answer: Answer) -> Page:
    """The page in an answer; one without records where the provider says that there are none.

    Raises:
        PageUnreadable
    """
    if answer.status in known.about.codes.ok:
        page = pages.read(endpoint, answer.body, known.about.codes)
        if endpoint.is_single:
            _check_is_record(known, page.records[0])
        return page
    if answer.body.strip() and not pages.is_json(answer.body):
        # "Nothing found" of the provider itself is JSON; of a proxy, or of a wrong address, it is not.
        raise PageUnreadable(reason=f"it says {answer.status} in another language than JSON")
    return Page([])


def _check_is_record(known: Known, record: Any) -> None:
    """Any object could pass for a single record; one that nobody can name is none."""
    try:
        known.mapping.key(Told(record))
    except RecordRefused as error:
        raise PageUnreadable(reason=f"its record is none: {error.details['reason']}") from None


def _cost(ask: "Ask", answer: Answer, records: int) -> Decimal:
    """What the provider says that it cost, or what the description says."""
    if answer.status not in ask.known.about.codes.ok:
        return Decimal(0)
    try:
        told = Decimal(answer.headers.get(ask.endpoint.cost.header, "")) if ask.endpoint.cost.header else None
    except InvalidOperation:
        told = None
    if told is not None and told.is_finite() and 0 <= told <= _COST_MAX:
        return told.quantize(Decimal("0.0001"))
    return ask.endpoint.cost.most(records)


def _needed(headers: Mapping[str, str], cost_header: str) -> dict[str, str]:
    return {cost_header: headers[cost_header][:100]} if headers.get(cost_header) else {}


def _words(got: http.Answer) -> str:
    """What the provider says went wrong, in a few printable words."""
    text = got.body[:2_000].decode("utf-8", "replace")
    try:
        told = json.loads(text)
        inner = told.get("error", told) if isinstance(told, dict) else told
        text = str(inner.get("message", inner)) if isinstance(inner, dict) else str(inner)
    except (ValueError, RecursionError):
        pass
    words = "".join(mark if mark.isprintable() else " " for mark in text)
    return " ".join(words.split())[:250]
