"""Quotes: what the operator offers for a request, and the customer's yes to exactly what they saw (G7)."""

from datetime import date, datetime
from typing import Any

from django.db.models import F

from rollcall.core import transactions
from rollcall.core.errors import Conflict, Invalid
from rollcall.credits import grants, posting, steps, threads
from rollcall.credits.models import PackageMessage, PackageRequest
from rollcall.credits.steps import State
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace


class NotQuoted(Conflict):
    """The request {request} has no quote yet that could be accepted. Wait for the operator's answer."""


class QuoteChanged(Conflict):
    """The quote of {request} changed meanwhile. It is now: {quote} Look at it, then decide."""


class QuoteExpired(Conflict):
    """The quote of {request} stood until {valid_until}. Ask the operator for a new one."""


class QuoteDatesWrong(Invalid):
    """A quote has to stand until some time from now on, and its credits have to last longer than that."""


def quote(
    *,
    request_id: int,
    credits: int,
    valid_until: datetime,
    quote_number: int,
    actor: Actor,
    now: datetime,
    price_minor: int | None = None,
    currency: str = "",
    terms: str = "",
    expires_on: date | None = None,
) -> PackageRequest:
    """Make an offer, or a better one as long as none was accepted; the same again changes nothing.

    Args:
        quote_number: of the quote that was seen (0: none yet), so that two operators do not quote over each other.
        expires_on: the last day of the credits; None: they never expire.

    Raises:
        NotAnOperator, NotFound, AlreadyAnswered, AmountOutOfRange, MessageNeeded (the terms are too long)
        GrantPriceWrong, QuoteDatesWrong
        QuoteChanged: somebody else has quoted meanwhile.
    """
    steps.require_operator(actor)
    posting.checked_amount(credits)
    grants.check_price(price_minor, currency)
    values = {
        "quoted_credits": credits,
        "quoted_price_minor": price_minor,
        "quoted_currency": currency,
        "quoted_terms": threads.checked(terms),
        "quoted_expires_on": expires_on,
        "quote_valid_until": valid_until,
    }

    def work() -> PackageRequest:
        wanted = steps.find(request_id)
        _check_dates(wanted, expires_on, valid_until, now)
        seen = PackageRequest.objects.filter(quote_number=quote_number)
        changes = {**values, "quote_number": F("quote_number") + 1}
        open_to = (State.SENT, State.QUOTED)
        if not steps.move(seen, request_id, open_to, state=State.QUOTED, now=now, **changes):
            return _as_quoted(steps.find(request_id), quote_number, values)
        quoted = steps.find(request_id)
        key = f"quoted:{quoted.quote_number}"
        steps.take(quoted, "quoted", actor, now, key=key, body=quoted.quoted_terms, detail=_kept(quoted))
        said = f"{threads.quote_words(quoted)}\n\n{quoted.quoted_terms}".rstrip()
        said += "\n\nNothing is bought until you accept."
        threads.tell(quoted, f"Your quote for {credits:,} credits", said, key=key, now=now)
        return quoted

    return transactions.run(work)


def accept(
    *, workspace: Workspace, request_id: int, quote_number: int, actor: Actor, now: datetime
) -> PackageRequest:
    """Agree to exactly the quote that was seen; accepting it twice changes nothing.

    Raises:
        NotFound, NotQuoted, AlreadyAnswered
        QuoteChanged: there is a newer quote than the one named; QuoteExpired
    """

    def work() -> PackageRequest:
        seen = PackageRequest.objects.filter(workspace=workspace, quote_number=quote_number)
        seen = seen.filter(quote_valid_until__gte=now)
        if not steps.move(seen, request_id, (State.QUOTED,), state=State.ACCEPTED, now=now):
            return _as_accepted(steps.find(request_id, workspace), quote_number)
        asked = steps.find(request_id, workspace)
        steps.take(asked, "accepted", actor, now, detail=_kept(asked))
        said = f"{actor.label} accepted quote {quote_number}: {threads.quote_words(asked)}"
        threads.tell(asked, "a quote was accepted", said, key="accepted", now=now)
        return asked

    return transactions.run(work)


def require_seen(asked: PackageRequest, quote_number: int) -> None:
    """
    Raises:
        QuoteChanged: this is not the number of its quote.
    """
    if asked.quote_number != quote_number:
        quote = threads.quote_words(asked) if asked.quote_number else "none."
        raise QuoteChanged(request=steps.public(asked), quote=quote, quote_number=asked.quote_number)


def _as_quoted(asked: PackageRequest, quote_number: int, values: dict[str, Any]) -> PackageRequest:
    """The request, if it has this very quote already."""
    same = all(getattr(asked, name) == value for name, value in values.items())
    if same and asked.quote_number == quote_number + 1 and asked.state in (State.QUOTED, State.ACCEPTED):
        return asked
    if asked.state in (State.SENT, State.QUOTED):
        require_seen(asked, quote_number)
    return steps.as_answered(asked, State.QUOTED)


def _as_accepted(asked: PackageRequest, quote_number: int) -> PackageRequest:
    """The request, if this very quote was accepted already; else why it cannot be."""
    said_yes = PackageMessage.objects.filter(request=asked, kind=PackageMessage.Kind.ACCEPTED).exists()
    if said_yes and asked.quote_number == quote_number and asked.state in (State.ACCEPTED, State.GRANTED):
        return asked
    if asked.state == State.SENT:
        raise NotQuoted(request=steps.public(asked))
    if asked.state in (State.QUOTED, State.ACCEPTED):
        require_seen(asked, quote_number)
    if asked.state == State.QUOTED:
        assert asked.quote_valid_until is not None
        ended = threads.local_day(asked, asked.quote_valid_until)
        raise QuoteExpired(request=steps.public(asked), valid_until=ended)
    return steps.as_answered(asked, State.ACCEPTED)


def _check_dates(
    asked: PackageRequest, expires_on: date | None, valid_until: datetime, now: datetime
) -> None:
    ends = expires_on and grants.end_of(expires_on, workspace=asked.workspace)
    if valid_until < now or (ends is not None and ends <= valid_until):
        raise QuoteDatesWrong()


def _kept(asked: PackageRequest) -> dict[str, Any]:
    """The quote as the thread keeps it for ever."""
    assert asked.quote_valid_until is not None
    return {
        "quote_number": asked.quote_number,
        "credits": asked.quoted_credits,
        "price_minor": asked.quoted_price_minor,
        "currency": asked.quoted_currency,
        "expires_on": asked.quoted_expires_on and asked.quoted_expires_on.isoformat(),
        "valid_until": asked.quote_valid_until.isoformat(),
        "words": threads.quote_words(asked),
    }
