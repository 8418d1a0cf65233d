"""Which pairs are the same in two versions, for certain: whoever is not has to be read in full."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from rollcall.universe import erasure
from rollcall.universe.diff import elsewhere
from rollcall.universe.diff.pairs import NONE, Pairs, Standing, standing
from rollcall.universe.index import opening
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.side_by_side import both


@dataclass(frozen=True)
class Sameness:
    """For each pair: whether all that a contact shows of it is the same in both versions.

    Of those it tells whether they had left, whether they are anywhere else, and the day they were last seen (since
    1970, in the later version). Everybody else is to be compared in full.
    """

    is_same: Column
    is_former: Column
    is_elsewhere: Column
    last_seen_on: Column


def compare(*, before: int, after: int, pairs: pa.Table) -> Sameness:
    """What of `pairs` (company_id, profile_id) is the same in the versions `before` and `after`.

    Raises:
        UnknownVersion, VersionDamaged
    """
    asked = Pairs(*(np.asarray(pairs[name].to_numpy()) for name in ("company_id", "profile_id")))
    if not opening.is_used():
        return _nothing(len(asked))
    return between(opening.of(before), opening.of(after), asked, hidden=erasure.blocked_profiles())


def between(former: Opened, later: Opened, pairs: Pairs, *, hidden: Collection[int] = ()) -> Sameness:
    """`hidden`: profiles of which nothing may be told; they are never the same."""
    was, now = both(lambda: standing(former, pairs), lambda: standing(later, pairs))
    is_former, is_elsewhere = np.zeros(len(pairs), np.bool_), np.zeros(len(pairs), np.bool_)
    last_seen_on = np.zeros(len(pairs), np.int32)
    stays = np.flatnonzero((was.current != NONE) & (now.current != NONE) & was.is_plain & now.is_plain)
    is_same = np.zeros(len(pairs), np.bool_)
    is_same[stays] = np.equal(
        *both(
            lambda: _facts(former.columns, was.current[stays]),
            lambda: _facts(later.columns, now.current[stays]),
        )
    )
    last_seen_on[stays] = np.asarray(later.columns["last_seen_on"])[now.current[stays]]
    gone = np.flatnonzero((was.ended != NONE) & (now.ended != NONE))
    is_former[gone] = True
    is_same[gone], is_elsewhere[gone] = _same_leavers(former, later, pairs, (was, now), gone)
    last_seen_on[gone] = np.asarray(later.ended.columns["last_seen_on"])[now.ended[gone]]
    is_same &= _same_names(former, later, pairs)
    if hidden:
        is_same &= ~np.isin(pairs.profile, np.fromiter(hidden, np.int64))
    return Sameness(is_same, is_former, is_elsewhere, last_seen_on)


def _same_leavers(
    former: Opened, later: Opened, pairs: Pairs, standings: tuple[Standing, Standing], gone: Column
) -> tuple[Column, Column]:
    was, now = standings
    same = _facts(former.ended.columns, was.ended[gone]) == _facts(later.ended.columns, now.ended[gone])
    same &= was.seen_on[gone] == now.seen_on[gone]
    there = [elsewhere.fingerprints(index, pairs.take(gone)) for index in (former, later)]
    return same & (there[0] == there[1]), there[0] != 0


def _same_names(former: Opened, later: Opened, pairs: Pairs) -> Column:
    """Whether both versions know the person and the company under the same names."""
    same = np.ones(len(pairs), np.bool_)
    for name, ids in (("profile_facts", pairs.profile), ("company_facts", pairs.company)):
        then, known = both(
            partial(elsewhere.facts, former, name, ids), partial(elsewhere.facts, later, name, ids)
        )
        same &= (then == known) & (known != 0)
    return same


def _facts(columns: dict[str, Column], rows: Column) -> Column:
    return np.asarray(columns["facts"])[rows]


def _nothing(size: int) -> Sameness:
    no = np.zeros(size, np.bool_)
    return Sameness(no, no, no, np.zeros(size, np.int32))
