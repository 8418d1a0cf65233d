"""Answers a people search from an index: read the companies' rows, keep whom a persona wants, rank, cut, join."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rollcall.universe import records
from rollcall.universe.answers import Count
from rollcall.universe.ascending import distinct
from rollcall.universe.index import otherwise, ranking, staff, wanted
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.owned import Pairs
from rollcall.universe.index.staff import Staff
from rollcall.universe.queries import PeopleQuery


@dataclass(frozen=True)
class Chosen:
    """Those found in one part of the companies, each once: positions, best ranks, one bit for each persona."""

    staff: Staff
    found: Column
    ranks: Column
    bits: Column

    def columns(self, index: Opened) -> list[Column]:
        """As in `records.PEOPLE`."""
        places = self.staff.places(self.found)
        profiles = np.asarray(index.columns["profile_id"])[self.staff.rows_at(self.found)]
        return [
            self.staff.company_ids[places],
            profiles,
            places + (self.staff.first_place + 1),
            self.ranks,
            self.bits,
        ]


def people(index: Opened, query: PeopleQuery, hidden: Collection[int]) -> pa.Table:
    """Columns as in `records.PEOPLE`; `hidden` are profiles that must not take a place."""
    search = Search(index, query, hidden)
    return search.table([search.choose(part) for part in search.parts])


def count(index: Opened, query: PeopleQuery, hidden: Collection[int], owned: Pairs | None = None) -> Count:
    """How many people `people` would find; who comes first is only asked where it decides who is cut."""
    search = Search(index, query, hidden, in_order=False)
    counts = [search.count(part, owned) for part in search.parts]
    return Count(sum(one.people for one in counts), sum(one.owned for one in counts))


class Search:
    """One query, compiled for one index; companies that need no order are read in that of the index."""

    def __init__(
        self, index: Opened, query: PeopleQuery, hidden: Collection[int], in_order: bool = True
    ) -> None:
        self.index = index
        self.personas = query.personas
        self.kinds = otherwise.of(index, query.overrides)
        self.wanted = [wanted.of(index, persona, self.kinds) for persona in query.personas]
        self.hidden = np.sort(np.fromiter(hidden, np.int64))
        self.is_cut = any(persona.per_company is not None for persona in query.personas)
        self.staff = staff.of(index, query.company_ids, in_order)

    @property
    def parts(self) -> Iterator[Staff]:
        return staff.parts(self.staff)

    def choose(self, part: Staff) -> Chosen:
        """Everybody found in this part of the companies, best first."""
        ranked = [
            ranking.best(self.index, persona, part, found, self.kinds)
            for persona, found in zip(self.personas, self._find(part), strict=True)
        ]
        return _joined(part, ranked)

    def positions(self, part: Staff) -> Column:
        """The same people in any order; who comes first is only asked where it decides who is cut."""
        return self.choose(part).found if self.is_cut else _union(self._find(part))

    def rows(self) -> Iterator[Column]:
        """The rows of everybody found, part by part, in any order."""
        for part in self.parts:
            yield part.rows_at(self.positions(part))

    def count(self, part: Staff, owned: Pairs | None) -> Count:
        if self.is_cut and owned is None and len(self.personas) == 1:
            per_company = np.bincount(part.places(self._find(part)[0]), minlength=1)
            return Count(int(np.minimum(per_company, self.personas[0].per_company or 0).sum()), 0)
        found = self.positions(part)
        return Count(len(found), self._owned(part, found, owned))

    def table(self, chosen: Sequence[Chosen]) -> pa.Table:
        """Columns as in `records.PEOPLE`."""
        none = np.empty(0, np.int64)
        found = [one.columns(self.index) for one in chosen]
        columns = [
            np.concatenate([none, *(part[place] for part in found)]) for place in range(len(records.PEOPLE))
        ]
        return pa.table([pa.array(column, pa.int64()) for column in columns], schema=records.PEOPLE)

    def _find(self, part: Staff) -> list[Column]:
        return [wanted.find(self.index, one, part, self.hidden) for one in self.wanted]

    def _owned(self, part: Staff, found: Column, owned: Pairs | None) -> int:
        if owned is None or not len(owned) or not len(found):
            return 0
        profiles = np.asarray(self.index.columns["profile_id"])[part.rows_at(found)]
        return int(np.count_nonzero(owned.have(part.company_ids[part.places(found)], profiles)))


def _union(lists: list[Column]) -> Column:
    if len(lists) == 1:
        return lists[0]
    return distinct(np.concatenate(lists)) if lists else np.empty(0, np.int64)


def _joined(part: Staff, ranked: list[tuple[Column, Column]]) -> Chosen:
    """Each person once: the best rank that any persona gave, and one bit for each that found them."""
    none = np.empty(0, np.int64)
    found = np.concatenate([none, *(positions for positions, _ in ranked)])
    ranks = np.concatenate([none, *(rank for _, rank in ranked)])
    bits = np.repeat(np.int64(1) << np.arange(len(ranked)), [len(rank) for _, rank in ranked])
    if len(ranked) > 1 and len(found):
        order = np.argsort(found, kind="stable")
        found, ranks, bits = found[order], ranks[order], bits[order]
        starts = np.flatnonzero(np.diff(found, prepend=-1))
        found = found[starts]
        ranks, bits = np.minimum.reduceat(ranks, starts), np.bitwise_or.reduceat(bits, starts)
        # Equals stay in the order of their positions, which is that of their ids.
        order = ranking.order([part.places(found), ranks])
        found, ranks, bits = found[order], ranks[order], bits[order]
    return Chosen(part, found, ranks, bits)
