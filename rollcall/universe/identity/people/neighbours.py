"""Which known people come into question at all, found before they are read in full: most of those at hand do not."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import flat
from rollcall.universe.identity.people import blocking, features

# Two people with one of these are brought together whatever else is told.
_KEYS = ("page", "mail")


def of(*, records: pa.Table, known: pa.Table) -> Any:
    """Of each row of `known` whether `resolve` needs it: without the others it decides the same about `records`.

    It needs all rows of everybody of whom one row could share a block with one of `records`, of everybody known who
    is told of, and of people who share a key.
    """
    whole = pa.concat_tables([features.records_of(records), features.records_of(known)])
    told = features.untitled(whole.combine_chunks())
    count, ids = records.num_rows, flat(told["known_id"])
    near = _in_blocks(features.traits(told), count)
    for name in _KEYS:
        near |= _shared(flat(told[name]), ids, count)
    near[:count] = True
    everybody = pc.unique(ids.filter(pa.array(near)))
    theirs = pc.is_in(ids, value_set=everybody.drop_null())
    return pa.array(near[count:] | np.asarray(theirs)[count:])


def _in_blocks(traits: pa.Table, count: int) -> Any:
    """Whether a row shares a block with one of the first `count`; as if all had one title."""
    found = np.zeros(traits.num_rows, bool)
    for rule in blocking.RULES:
        names = tuple(name for name in rule if name in traits.column_names)
        if any(traits[name].null_count == traits.num_rows for name in names):
            continue
        key = blocking.joined(traits, names)
        found |= np.asarray(pc.is_in(key, value_set=key.slice(0, count).drop_null()))
    return found


def _shared(key: Any, ids: Any, count: int) -> Any:
    """Whether a row has a key that another person has as well, or perhaps has: one of the first `count`."""
    coded = key.dictionary_encode().indices
    rows = np.flatnonzero(np.asarray(coded.is_valid()))
    found = np.zeros(len(key), bool)
    if not len(rows):
        return found
    codes = np.asarray(coded.take(pa.array(rows)))
    mine = ids.take(pa.array(rows))
    # Whoever has no known id yet may be one of their own.
    is_known = np.asarray(mine.is_valid()) & (rows >= count)
    person = np.where(is_known, np.asarray(mine.fill_null(0)), -1 - rows)
    size = int(codes.max()) + 1
    least, most = np.full(size, np.iinfo(np.int64).max), np.full(size, np.iinfo(np.int64).min)
    np.minimum.at(least, codes, person)
    np.maximum.at(most, codes, person)
    found[rows] = (least != most)[codes]
    return found
