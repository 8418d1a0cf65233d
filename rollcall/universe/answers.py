"""What a people search can answer beside the people themselves: how many, of which kinds, and how well known."""

from dataclasses import dataclass

Counts = list[tuple[str, int]]


@dataclass(frozen=True)
class Count:
    """How many people a search finds, and how many of them are among the pairs that were handed in."""

    people: int
    owned: int


@dataclass(frozen=True)
class Facets:
    """How many of the people found have each value: the most frequent first, equals by the text.

    Countries and titles are as they are compared (folded; a title's words); an unknown country is an empty text.
    """

    seniorities: Counts
    departments: Counts
    countries: Counts
    titles: Counts


@dataclass(frozen=True)
class Coverage:
    """P5: how many people, how many of them were seen on or after a day, and of how many a source tells an email
    address, a profile page and a telephone number."""

    people: int
    seen: int
    with_email: int
    with_page: int
    with_phone: int
