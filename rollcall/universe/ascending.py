"""Sets of numbers as ascending arrays. (What NumPy has for them hashes, and is many times as slow for millions.)"""

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


def distinct(values: Numbers) -> Numbers:
    """Each number once, ascending."""
    return _once(np.sort(values))


def union(one: Numbers, other: Numbers) -> Numbers:
    """All of both; those of each are distinct already."""
    if not len(one) or not len(other):
        return one if len(one) else other
    if one[-1] < other[0]:
        return np.concatenate([one, other])
    # Two runs, each in order, are merged in one pass.
    return _once(np.sort(np.concatenate([one, other]), kind="stable"))


def are_among(values: Numbers, known: Numbers) -> Numbers:
    """Whether each number, in any order, is one of those known."""
    found = np.zeros(len(values), bool)
    if len(known):
        # In order they are found many times as fast: each near the one before.
        order = np.argsort(values)
        ordered = values[order]
        found[order] = known[np.minimum(np.searchsorted(known, ordered), len(known) - 1)] == ordered
    return found


def without(rows: Numbers, known: Numbers) -> Numbers:
    """The rows of one file that are not known; none is so large that a flag for each would not do."""
    if not len(rows) or not len(known):
        return rows
    flags = np.zeros(int(max(rows[-1], known[-1])) + 1, bool)
    flags[known] = True
    return rows[~flags[rows]]


def _once(ordered: Numbers) -> Numbers:
    """None of them twice."""
    is_first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return np.asarray(ordered[is_first])
