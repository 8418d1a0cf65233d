"""The index of one version as whoever searches people sees it: in the shape of `engine.PeopleFinder`."""

from collections.abc import Collection
from datetime import date

import pyarrow as pa

from rollcall.universe.answers import Count, Coverage, Facets
from rollcall.universe.index import coverage, facets, opening, pages, people
from rollcall.universe.index.owned import Pairs
from rollcall.universe.queries import PeopleQuery


class Indexed:
    """Opened when it is asked, built if there is none."""

    def __init__(self, version: int) -> None:
        self._version = version

    def people(self, query: PeopleQuery, hidden: Collection[int]) -> pa.Table:
        return people.people(opening.of(self._version), query, hidden)

    def count_people(self, query: PeopleQuery, hidden: Collection[int], owned: Pairs | None) -> Count:
        return people.count(opening.of(self._version), query, hidden, owned)

    def page_of_people(
        self, query: PeopleQuery, hidden: Collection[int], after: tuple[int, int, int] | None, limit: int
    ) -> pa.Table:
        return pages.page(opening.of(self._version), query, hidden, after, limit)

    def people_facets(self, query: PeopleQuery, hidden: Collection[int], titles_max: int) -> Facets:
        return facets.count(opening.of(self._version), query, hidden, titles_max)

    def people_coverage(self, query: PeopleQuery, hidden: Collection[int], since: date) -> Coverage:
        return coverage.measure(opening.of(self._version), query, hidden, since)
