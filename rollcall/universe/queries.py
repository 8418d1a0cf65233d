"""What can be asked of a version: which companies, and which people inside them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from rollcall.core.errors import Invalid
from rollcall.universe import titles
from rollcall.universe.fields import COMPANY_FIELDS
from rollcall.universe.filters import Group
from rollcall.universe.folding import fold

COMPANY_ORDERS = ("id", *COMPANY_FIELDS, "random")
PERSON_ORDERS = ("seniority", "relevance", "tenure", "last_seen")
PERSONAS_MAX = 63


class UnknownOrder(Invalid):
    """Nothing can be ordered by {order!r}. Choose one of: {allowed}."""


class UnknownLevel(Invalid):
    """There is no {what} {value!r}. Choose among: {allowed}."""


class EmptyTitle(Invalid):
    """The title {title!r} has no word to look for. Write at least one word that says what the person does."""


class TooManyPersonas(Invalid):
    """A people search takes at most {most} personas at once; this one has {count}. Split it."""


class BadLimit(Invalid):
    """The limit {limit} cannot be used. Write a whole number from 0, or leave it out for all."""


@dataclass(frozen=True)
class CompanyQuery:
    """(where ∪ include) − exclude, then order (ties by id, unknown last), then limit."""

    where: Group | None = None
    include_ids: Sequence[int] = ()
    exclude_ids: Sequence[int] = ()
    order_by: str = "id"
    descending: bool = False
    limit: int | None = None
    random_seed: int = 0

    def __post_init__(self) -> None:
        if self.order_by not in COMPANY_ORDERS:
            raise UnknownOrder(order=self.order_by, allowed=", ".join(COMPANY_ORDERS))
        _check_limit(self.limit)

    @property
    def everything(self) -> bool:
        """No condition and nothing included by hand: all companies."""
        return self.where is None and not len(self.include_ids)


@dataclass(frozen=True)
class PersonaQuery:
    """Whom to find inside a company; an empty list sets no condition."""

    titles: Sequence[str] = ()
    titles_out: Sequence[str] = ()
    seniorities: Sequence[str] = ()
    departments: Sequence[str] = ()
    countries: Sequence[str] = ()
    per_company: int | None = None
    order: str = "seniority"

    def __post_init__(self) -> None:
        _check_limit(self.per_company)
        if self.order not in PERSON_ORDERS:
            raise UnknownOrder(order=self.order, allowed=", ".join(PERSON_ORDERS))
        _check_levels("seniority", self.seniorities, titles.SENIORITIES)
        _check_levels("department", self.departments, titles.DEPARTMENTS)
        for title in (*self.titles, *self.titles_out):
            if not titles.phrase(title):
                raise EmptyTitle(title=title[:80])

    @property
    def phrases(self) -> list[str]:
        return [titles.phrase(title) for title in self.titles]

    @property
    def phrases_out(self) -> list[str]:
        return [titles.phrase(title) for title in self.titles_out]

    @property
    def folded_countries(self) -> list[str]:
        return [fold(country.strip()) for country in self.countries]


@dataclass(frozen=True)
class PeopleQuery:
    """The people of these companies (in this order) whom at least one of the personas wants.

    `overrides`: titles that whoever asks reads otherwise; they decide who is wanted and who comes first.
    """

    company_ids: Sequence[int]
    personas: tuple[PersonaQuery, ...]
    overrides: titles.Overrides = titles.NO_OVERRIDES

    def __post_init__(self) -> None:
        if len(self.personas) > PERSONAS_MAX:
            raise TooManyPersonas(most=PERSONAS_MAX, count=len(self.personas))


def _check_limit(limit: int | None) -> None:
    if limit is not None and not 0 <= limit < 2**63:
        raise BadLimit(limit=limit)


def _check_levels(what: str, values: Sequence[str], known: dict[str, str]) -> None:
    for value in values:
        if value not in known:
            raise UnknownLevel(what=what, value=value[:80], allowed=", ".join(known))


@dataclass(frozen=True)
class PeopleKept:
    """People that a search found before: pairs (company_id, profile_id). Whoever is not current is left out."""

    pairs: pa.Table
    overrides: titles.Overrides = titles.NO_OVERRIDES
