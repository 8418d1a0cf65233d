"""What every engine can answer about one version; the engines do not know each other."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from rollcall.core.errors import Invalid
from rollcall.universe.answers import Count, Coverage, Facets
from rollcall.universe.filters import Group
from rollcall.universe.index.owned import Pairs
from rollcall.universe.queries import CompanyQuery, PeopleQuery


class NotAnswered(Invalid):
    """The field {field!r} is not a field of companies; the room that owns it must answer it before the search."""


class PeopleFinder(Protocol):
    """Who a search of people finds in one version; `hidden` are profiles that must not take a place (erased people).

    The index of people is one too: it answers nothing else, but that at once."""

    def people(self, query: PeopleQuery, hidden: Collection[int]) -> pa.Table: ...

    def count_people(self, query: PeopleQuery, hidden: Collection[int], owned: Pairs | None) -> Count: ...

    def page_of_people(
        self, query: PeopleQuery, hidden: Collection[int], after: tuple[int, int, int] | None, limit: int
    ) -> pa.Table: ...

    def people_facets(self, query: PeopleQuery, hidden: Collection[int], titles_max: int) -> Facets: ...

    def people_coverage(self, query: PeopleQuery, hidden: Collection[int], since: date) -> Coverage: ...


class Engine(PeopleFinder, Protocol):
    """One opened version. All answers are the same, to the row, whichever engine gives them."""

    def companies(self, query: CompanyQuery) -> list[int]: ...

    def count_companies(self, query: CompanyQuery) -> int: ...

    def count_after_each(self, where: Group) -> list[int]:
        """How many companies are left after the first line, the first two lines, and so on."""
        ...

    def company_rows(self, ids: Sequence[int]) -> pa.Table: ...

    def domain_ids(self, domains: Sequence[str]) -> dict[str, int]:
        """The companies that have, or once had, these root domains; those unknown are left out."""
        ...

    def position_rows(self, pairs: pa.Table) -> pa.Table: ...

    def current_elsewhere(self, pairs: pa.Table) -> pa.Table: ...

    def role_history(self, profile_id: int) -> pa.Table: ...

    def facets(self, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
        """The values that begin with `prefix` (folded), the most frequent first."""
        ...


class Linking(Protocol):
    """Where records are compared in pairs: a database in Splink's shape."""

    api: Any

    def said(self, condition: str) -> str:
        """A condition that is written for DuckDB, in the words of this database."""
        ...

    def rows(self, predicted: Any, names: Sequence[str]) -> pa.Table:
        """These columns of what Splink predicted."""
        ...


Opener = Callable[[Path], Engine]
