"""What was bought from a provider, as a source: read from disk, so a load never asks anybody and never spends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa

from rollcall.core.errors import NotFound
from rollcall.universe.columns import conform
from rollcall.universe.models import ProviderCall, ProviderWalk
from rollcall.universe.providers import ledger, registry, requests, walking
from rollcall.universe.providers.description import Endpoint
from rollcall.universe.providers.pages import Page
from rollcall.universe.providers.progress import Seen
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.told import RecordRefused, Told
from rollcall.universe.sources.source import COMPANIES, ROSTER

PROBLEMS = pa.schema(
    [
        ("page", pa.int64()),
        ("record", pa.int64()),
        ("id", pa.string()),
        ("is_refused", pa.bool_()),
        ("field", pa.string()),
        ("reason", pa.string()),
    ]
)
PROBLEMS_MAX = 100_000


class NothingBought(NotFound):
    """Nothing is kept of this {what} at {id}. Buy it first: `rollcall-server providers search {id}`."""


@dataclass(frozen=True)
class _Tables:
    roster: pa.Table
    companies: dict[str, dict[str, Any]]
    problems: pa.Table
    repeated: int
    refused: int


class Source:
    """The people that a query found at a provider: single records, of which absence says nothing."""

    is_complete = False

    def __init__(
        self,
        name: str | Known,
        query: dict[str, Any],
        *,
        endpoint: str | None = None,
        lawful_basis: str = "",
        as_of: date | None = None,
    ) -> None:
        """`as_of` is the day of the load, else that of the newest answer: rows have the day of their own answer.

        Raises:
            ProviderUnknown, EndpointUnknown, BadQuery
            NothingBought: search first.
        """
        known = registry.get(name) if isinstance(name, str) else name
        asked = known.endpoint(endpoint)
        canonical = requests.check(known, asked, query)
        found = ledger.find_walk(known=known, endpoint=asked, canonical=canonical)
        self._begin(known, asked, [found] if found else [], lawful_basis, as_of)

    @classmethod
    def of_walks(
        cls,
        known: Known,
        endpoint: Endpoint,
        walks: list[ProviderWalk],
        *,
        lawful_basis: str = "",
        as_of: date | None = None,
    ) -> "Source":
        """What was bought in these walks, as one source.

        Raises:
            NothingBought
        """
        made = cls.__new__(cls)
        made._begin(known, endpoint, [walk for walk in walks if walk.cleared_at is None], lawful_basis, as_of)
        return made

    def _begin(
        self, known: Known, endpoint: Endpoint, walks: list[ProviderWalk], basis: str, as_of: date | None
    ) -> None:
        bought = ProviderCall.objects.filter(walk__in=walks).exclude(answered_at=None)
        newest = bought.order_by("-answered_at").first()
        if newest is None or newest.answered_at is None:
            raise NothingBought(what="query", id=known.about.name)
        self._known, self._endpoint, self._walks = known, endpoint, walks
        self.as_of: date = as_of or newest.answered_at.date()
        self.lawful_basis = basis

    @property
    def name(self) -> str:
        return self._known.about.name

    @property
    def licence(self) -> str:
        return self._known.about.licence

    @property
    def collapsed_duplicates(self) -> int:
        return self._tables.repeated

    @property
    def refused(self) -> int:
        """How many records could not be used; `problems` says why."""
        return self._tables.refused

    def companies(self) -> pa.Table:
        """The companies that the records name; what company searches and enrichments told of them comes first."""
        facts = dict(self._tables.companies)
        for company_id, told in self._told_of_companies():
            if company_id in facts:
                facts[company_id] = facts[company_id] | {k: v for k, v in told.items() if v is not None}
        return conform(pa.Table.from_pylist(list(facts.values()), schema=COMPANIES), COMPANIES)

    def roster(self) -> pa.Table:
        return self._tables.roster

    def problems(self) -> pa.Table:
        """Each record that was refused and each field that was left out, with the reason."""
        return self._tables.problems

    @cached_property
    def _tables(self) -> _Tables:
        """Page by page: only what is kept of one stays in memory."""
        seen, companies = Seen(self._known), dict[str, dict[str, Any]]()
        rosters, problems = [ROSTER.empty_table()], [PROBLEMS.empty_table()]
        records = refused = noted = 0
        for call, page in self._pages():
            rows, notes = [], []
            for number, record in enumerate(page.records):
                records += 1
                if seen.is_new(record):
                    found = self._read(record, _day(call))
                    rows += found.people
                    notes += [note | {"page": call.number, "record": number} for note in found.notes]
                    refused += any(note["is_refused"] for note in found.notes)
                    _learn(companies, found.companies)
            rosters.append(pa.Table.from_pylist(rows, schema=ROSTER))
            problems.append(pa.Table.from_pylist(notes[: max(PROBLEMS_MAX - noted, 0)], schema=PROBLEMS))
            noted += len(notes)
        roster = pa.concat_tables(rosters).combine_chunks()
        return _Tables(roster, companies, pa.concat_tables(problems), records - len(seen), refused)

    def _pages(self) -> Iterator[tuple[ProviderCall, Page]]:
        for walk in self._walks:
            yield from walking.stored_pages(walk=walk, known=self._known, endpoint=self._endpoint)

    def _read(self, record: Any, day: date) -> "_Read":
        """The rows of a record, all of them or none."""
        told = None
        try:
            told = Told(record)
            mapping = self._known.mapping
            people = list(mapping.people(told, as_of=day)) if self._endpoint.tells == "people" else []
            companies = list(mapping.companies(Told(record), as_of=day))
            return _Read(people, companies, _notes(record, told, None))
        except RecordRefused as error:
            return _Read([], [], _notes(record, told, error))

    def _told_of_companies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Companies that other calls to this provider were about, oldest first."""
        endpoints = {e.name: e for e in self._known.about.endpoints if e.tells == "companies"}
        known = ledger.walks(provider=self.name).filter(endpoint__in=endpoints, cleared_at=None)
        for walk in known.exclude(pk__in=[walk.pk for walk in self._walks]).order_by("pk"):
            endpoint = endpoints[walk.endpoint]
            for call, page in walking.stored_pages(walk=walk, known=self._known, endpoint=endpoint):
                for record in page.records:
                    yield from self._companies_of(record, call)

    def _companies_of(self, record: Any, call: ProviderCall) -> Iterator[tuple[str, dict[str, Any]]]:
        try:
            for row in self._known.mapping.companies(Told(record), as_of=_day(call)):
                yield row["company_id"], row
        except RecordRefused:
            return


@dataclass(frozen=True)
class _Read:
    people: list[dict[str, Any]]
    companies: list[dict[str, Any]]
    notes: list[dict[str, Any]]


def _day(call: ProviderCall) -> date:
    assert call.answered_at is not None, "only what was answered is read"
    return call.answered_at.date()


def _notes(record: Any, told: Told | None, error: RecordRefused | None) -> list[dict[str, Any]]:
    name = Told({"id": record.get("id")}).text("id", 100) if isinstance(record, dict) else None
    left_out = [
        {"id": name, "is_refused": False, "field": field, "reason": reason}
        for field, reason in (told.problems if told else [])
    ]
    if error is None:
        return left_out
    return [{"id": name, "is_refused": True, "field": None, "reason": str(error.details["reason"])}]


def _learn(companies: dict[str, dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Of each fact, the last that was told stays."""
    for row in rows:
        before = companies.get(row["company_id"], {})
        companies[row["company_id"]] = before | {
            name: value for name, value in row.items() if value is not None
        }
