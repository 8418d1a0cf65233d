"""Everybody at some companies, as rows of an index: a run of rows where the companies are neighbours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rollcall.universe.index.layout import Column, Opened

# As many rows at once keep within the processor's cache, and within memory when everybody is asked for.
ROWS_MAX = 1 << 17


@dataclass(frozen=True)
class Staff:
    """The companies in their order, with each one's first row and number of rows; `first_place` is the first one's."""

    company_ids: Column
    firsts: Column
    counts: Column
    first_place: int = 0

    @cached_property
    def ends(self) -> Column:
        """Where each company ends when all their rows are counted through."""
        return np.asarray(np.cumsum(self.counts))

    @property
    def size(self) -> int:
        return int(self.ends[-1]) if len(self.counts) else 0

    @cached_property
    def rows(self) -> Column | slice:
        """The rows, company by company."""
        before = self.ends - self.counts
        offsets = self.firsts - before
        if len(offsets) and bool((offsets == offsets[0]).all()):
            return slice(int(self.firsts[0]), int(self.firsts[0]) + self.size)
        return np.asarray(np.arange(self.size) + np.repeat(offsets, self.counts))

    @property
    def touched(self) -> Column:
        """The first, the middle and the last row of each company: few have more than three cache lines of any column.

        A company that has nobody has rows that are not its own.
        """
        half = (self.counts - 1) >> 1
        middle = self.firsts + half
        return np.column_stack([self.firsts, middle, middle + half]).ravel()

    def run(self, start: int, rows_max: int) -> "Staff":
        """The companies from the place `start` on, as many as have about `rows_max` rows; none is cut."""
        if not start and self.size <= rows_max:
            return self
        before = int(self.ends[start - 1]) if start else 0
        end = int(np.searchsorted(self.ends, before + rows_max)) + 1
        return Staff(
            self.company_ids[start:end],
            self.firsts[start:end],
            self.counts[start:end],
            self.first_place + start,
        )

    def rows_at(self, positions: Column) -> Column:
        """The rows of those at the positions (from 0, counted through)."""
        if isinstance(self.rows, slice):
            return np.asarray(positions + self.rows.start)
        return np.asarray(self.rows[positions])

    def places(self, positions: Column) -> Column:
        """For each position the place (from 0) of its company in this part."""
        return np.asarray(np.searchsorted(self.ends, positions, side="right"))


def of(index: Opened, company_ids: Sequence[int] | Column, in_order: bool = True) -> Staff:
    """The companies once each, in the order given or in their own; those that the index does not know have nobody."""
    ids = _column(company_ids)
    ids = _once(ids if in_order else np.sort(ids))
    last = len(index.starts) - 2
    known = np.where((ids >= 0) & (ids <= last), ids, 0)
    starts = np.asarray(index.starts)
    firsts = starts[known]
    return Staff(ids, firsts, np.where(known == ids, starts[known + 1] - firsts, 0))


def parts(staff: Staff) -> Iterator[Staff]:
    """The same companies in runs of about `ROWS_MAX` rows."""
    start = 0
    while start < len(staff.counts) or not start:
        part = staff.run(start, ROWS_MAX)
        yield part
        start += max(len(part.counts), 1)


def _column(company_ids: Sequence[int] | Column) -> Column:
    if isinstance(company_ids, range):
        return np.arange(company_ids.start, company_ids.stop, company_ids.step)
    return np.asarray(company_ids, np.int64)


def _once(ids: Column) -> Column:
    if len(ids) < 2 or bool((ids[1:] > ids[:-1]).all()):
        return ids
    ordered = np.sort(ids)
    if bool((ordered[1:] > ordered[:-1]).all()):
        return ids
    # Rare, and ten times as slow.
    return ids[np.sort(np.unique(ids, return_index=True)[1])]
