"""Which rows may have a twin: told by a hash of each, so that whoever is certainly alone need not be compared."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.ascending import Numbers, are_among, distinct
from rollcall.universe.index import hashing


def rows(columns: Sequence[Any]) -> Numbers:
    """The rows, ascending, of which another may say the same in all columns: of all others none does.

    Whoever is given here with a twin is given together with it.
    """
    hashes = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        hashing.add(hashes, _hashed(column))
    ordered = np.sort(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(are_among(hashes, distinct(twice)))


def _hashed(column: Any) -> Numbers:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return hashing.texts(column)
    if pa.types.is_date32(kind):
        column = column.cast(pa.int32())
    if pa.types.is_date32(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        numbers = pc.fill_null(column.cast(pa.int64()), 0)
        return hashing.mixed(np.array(numbers).astype(np.uint64))
    # Of no other kind anything is told apart.
    return np.zeros(len(column), np.uint64)
