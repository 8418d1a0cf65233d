"""Quotes: what a persona search would cost, before it is started."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import BudgetId, Count, Given, Instant, PersonaId, QuoteId, SegmentId, Shown
from rollcall.core import clock, ids
from rollcall.credits import balances
from rollcall.personas import coverage, quotes
from rollcall.personas.coverage import Known, Whom
from rollcall.personas.models import Quote
from rollcall.universe import titles
from rollcall.universe.answers import Counts

noun = Noun("quotes")


class QuoteGiven(Given):
    """Which segment, which personas, and after how many credits to stop."""

    segment_id: SegmentId
    persona_ids: Annotated[list[PersonaId], Field(min_length=1, max_length=63)]
    stop_at: Count | None = Field(
        default=None, examples=[100], description="Add at most so many new contacts, the best first."
    )


class SampleShown(Shown):
    """Somebody who would be added, without the name."""

    title: str | None = Field(examples=["VP Sales"])
    company: str | None = Field(examples=["Acme Energy"])


class CreditsOfQuote(Shown):
    """Whether the balance suffices."""

    available: Count
    held: Count
    left_after: int = Field(examples=[120], description="Available minus the most; negative: not enough.")
    enough: bool


class RefusalShown(Shown):
    """A budget that left people out of an estimate."""

    budget: BudgetId
    name: str = Field(examples=["Monthly budget of the workspace"])
    left: Count = Field(description="What it had left before this search.")
    people: Count = Field(description="New people whom it left out.")


class QuoteShown(Shown):
    """An estimate: matches = owned + suppressed + over_limit + over_budget + credits_max. Never more is charged."""

    id: QuoteId
    segment_id: SegmentId
    persona_ids: list[PersonaId]
    stop_at: Count | None
    universe_version: Count
    titles_revision: Count = Field(description="How the workspace read titles: its revision then.")
    companies: Count
    matches: Count
    owned: Count = Field(description="Yours already: free.")
    suppressed: Count = Field(description="Never added, never charged.")
    over_limit: Count = Field(description="Beyond stop_at.")
    over_budget: Count = Field(description="New people for whom no budget is left; `budgets` says which.")
    budgets: list[RefusalShown]
    credits_max: Count = Field(description="New contacts: the most credits this can cost.")
    credits: CreditsOfQuote
    sample: list[SampleShown]
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant
    expires_at: Instant


class ShareShown(Shown):
    """How many of the people have one value."""

    value: str = Field(examples=["vp"], description="As a persona names it; empty: unknown.")
    label: str = Field(examples=["VP"])
    people: Count


class KnownShown(Shown):
    """What is known of people before anybody is paid for; no names."""

    whom: Whom
    people: Count
    seen_within_90_days: Count
    since: date = Field(description="The first of the 90 days.")
    with_email: Count = Field(description="A source tells an email address; it has not been verified.")
    with_profile_page: Count
    with_phone: Count = Field(description="A source tells a telephone number; nobody has called it.")
    seniorities: list[ShareShown]
    departments: list[ShareShown]
    countries: list[ShareShown]
    titles: list[ShareShown] = Field(description=f"The {coverage.TITLES_MAX} that most of them have.")


class QuoteCoverageShown(KnownShown):
    """What is known of the people of an estimate."""

    quote_id: QuoteId


@noun.operation("POST", "/quotes", permission="quotes.make", answer=QuoteShown, status=201, errors=(404, 409))
def quotes_create(request: Request, body: QuoteGiven) -> QuoteShown:
    """Estimate what a persona search costs; free, and valid for a time."""
    made = quotes.make(
        workspace=request.auth.workspace,
        segment_id=ids.parse("seg", body.segment_id),
        persona_ids=[ids.parse("per", persona_id) for persona_id in body.persona_ids],
        stop_at=body.stop_at,
        actor=request.auth.actor,
        now=clock.now(),
    )
    return _shown(request, made)


@noun.operation("GET", "/quotes/{quote_id}", permission="quotes.make", answer=QuoteShown)
def quotes_get(request: Request, quote_id: QuoteId) -> QuoteShown:
    """One quote, with the balance of this moment."""
    found = quotes.get(workspace=request.auth.workspace, quote_id=ids.parse("quo", quote_id))
    return _shown(request, found)


@noun.operation("GET", "/quotes/{quote_id}/coverage", permission="quotes.make", answer=QuoteCoverageShown)
def quotes_coverage(request: Request, quote_id: QuoteId, whom: Whom = Whom.NEW) -> QuoteCoverageShown:
    """How well the people of an estimate are known, and who they are.

    Of the new people, or of everybody who matches.
    """
    found = quotes.get(workspace=request.auth.workspace, quote_id=ids.parse("quo", quote_id))
    known = coverage.of(quote=found, whom=whom, now=clock.now())
    return QuoteCoverageShown(quote_id=quote_id, **known_shown(known).model_dump())


def known_shown(known: Known) -> KnownShown:
    facets = known.facets
    return KnownShown(
        whom=known.whom,
        people=known.coverage.people,
        seen_within_90_days=known.coverage.seen,
        since=known.since,
        with_email=known.coverage.with_email,
        with_profile_page=known.coverage.with_page,
        with_phone=known.coverage.with_phone,
        seniorities=_shares(facets.seniorities, titles.SENIORITIES),
        departments=_shares(facets.departments, titles.DEPARTMENTS),
        countries=_shares(facets.countries, {}),
        titles=_shares(facets.titles, {}),
    )


def _shares(counts: Counts, labels: Mapping[str, str]) -> list[ShareShown]:
    return [
        ShareShown(value=value, label=labels.get(value, value or "Unknown"), people=people)
        for value, people in counts
    ]


def _shown(request: Request, quote: Quote) -> QuoteShown:
    available, held = balances.quick(workspace=request.auth.workspace)
    left = available - quote.credits_max
    return QuoteShown(
        id=ids.public("quo", quote.pk),
        segment_id=ids.public("seg", quote.segment_id),
        persona_ids=[ids.public("per", number) for number in quote.persona_ids],
        stop_at=quote.stop_at,
        universe_version=quote.universe_version,
        titles_revision=quote.inputs.get("titles_revision", 0),
        companies=quote.companies,
        matches=quote.matches,
        owned=quote.owned,
        suppressed=quote.suppressed,
        over_limit=quote.over_limit,
        over_budget=quote.over_budget,
        budgets=[RefusalShown(**refused) for refused in quote.inputs.get("budgets", [])],
        credits_max=quote.credits_max,
        credits=CreditsOfQuote(available=available, held=held, left_after=left, enough=left >= 0),
        sample=[SampleShown(**row) for row in quotes.sample(quote)],
        created_by=quote.actor_label,
        created_at=quote.created_at,
        expires_at=quote.expires_at,
    )
