"""Pairs of company and profile as one sorted column, to ask of many people at once whether they are among them."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from rollcall.core.errors import Invalid
from rollcall.universe.ascending import distinct, union
from rollcall.universe.index.layout import Column

# Ids are given densely from 1: this is room for 67 million companies and 137 billion profiles.
PROFILE_BITS = 37
_COMPANY_MAX = (1 << (63 - PROFILE_BITS)) - 1
_PROFILE_MAX = (1 << PROFILE_BITS) - 1
# The last bits of a million pairs fill a quarter of this table; fewer pairs than this are searched as fast.
_LOW = (1 << 22) - 1
_FEW = 1 << 16


class IdsTooLarge(Invalid):
    """Company ids go up to {companies} here, and profile ids up to {profiles}. Ask the database for such pairs."""


class Pairs:
    """A set of pairs; nothing about it changes, `joined` makes another."""

    def __init__(self, keys: Column) -> None:
        self.keys = keys

    def __len__(self) -> int:
        return len(self.keys)

    def have(self, company_ids: Sequence[int] | Column, profile_ids: Sequence[int] | Column) -> Column:
        """One flag a pair asked for: whether it is among these."""
        companies, profiles = np.asarray(company_ids, np.int64), np.asarray(profile_ids, np.int64)
        if not len(self.keys):
            return np.zeros(len(companies), np.bool_)
        asked = (companies << PROFILE_BITS) | profiles
        found = _fits(companies, profiles)
        if len(self.keys) > _FEW:
            found &= self._low[asked & _LOW]
        maybe = np.flatnonzero(found)
        asked = asked[maybe]
        at = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        found[maybe] = self.keys[at] == asked
        return found

    @cached_property
    def _low(self) -> Column:
        """Which last bits any of the pairs has: a look at one place of it spares most searches."""
        flags = np.zeros(_LOW + 1, np.bool_)
        flags[self.keys & _LOW] = True
        return flags

    def columns(self) -> tuple[Column, Column]:
        """The companies and the profiles, pair by pair."""
        return self.keys >> PROFILE_BITS, self.keys & _PROFILE_MAX

    def joined(self, other: "Pairs") -> "Pairs":
        """All pairs of both."""
        return Pairs(union(self.keys, other.keys)) if len(other) else self


def of(*, company_ids: Sequence[int] | Column, profile_ids: Sequence[int] | Column) -> Pairs:
    """
    Raises:
        IdsTooLarge
    """
    companies, profiles = np.asarray(company_ids, np.int64), np.asarray(profile_ids, np.int64)
    if not bool(_fits(companies, profiles).all()):
        raise IdsTooLarge(companies=_COMPANY_MAX, profiles=_PROFILE_MAX)
    return Pairs(distinct((companies << PROFILE_BITS) | profiles))


def _fits(companies: Column, profiles: Column) -> Column:
    inside = (companies >= 0) & (companies <= _COMPANY_MAX) & (profiles >= 0) & (profiles <= _PROFILE_MAX)
    return np.asarray(inside)
