"""Doubts about two known people whom nothing but the company brings together at which one of them arrives."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import with_columns

# A source may tell of an arrival so much later than another one did.
LATE = timedelta(days=200)
Days = Mapping[tuple[int, int], date]


def with_doubts(*, pairs: pa.Table, rows: pa.Table, there: set[tuple[int, int]]) -> pa.Table:
    """The pairs; "same" is "doubtful" where one was at the company long before the other came.

    Args:
        pairs: what `people.resolve` decided; `left` and `right` are places in `rows`.
        there: the (known id, company) that were known before.
    """
    both = pairs.filter(pc.equal(pairs["verdict"], "same")).select(["left", "right"])
    known = rows["known_id"].to_pylist()
    met = [
        (left, right)
        for left, right in zip(*(column.to_pylist() for column in both.columns), strict=True)
        if known[left] is not None and known[right] is not None
    ]
    if not met:
        return pairs
    came = _came(rows)
    doubts = {f"{left}-{right}" for left, right in met if _is_late(known[left], known[right], came, there)}
    named = pc.binary_join_element_wise(*(pairs[side].cast(pa.string()) for side in ("left", "right")), "-")
    is_doubtful = pc.is_in(named, value_set=pa.array(sorted(doubts), pa.string()))
    why = pc.replace_substring(pairs["why"], "same because", f"{_WHY}:", max_replacements=1)
    return with_columns(
        pairs,
        verdict=pc.if_else(is_doubtful, "doubtful", pairs["verdict"]),
        why=pc.if_else(is_doubtful, why, pairs["why"]),
    )


_WHY = "doubtful because one was there long before the other came"


def _came(rows: pa.Table) -> Days:
    """The first day of each known id at each company."""
    days = pc.coalesce(rows["first_seen"], rows["since"], rows["last_seen"])
    found: dict[tuple[int, int], date] = {}
    columns: list[list[Any]] = [
        rows["known_id"].to_pylist(),
        rows["company_id"].to_pylist(),
        days.to_pylist(),
    ]
    for known_id, company_id, day in zip(*columns, strict=True):
        if known_id is not None and day is not None:
            place = (known_id, company_id)
            found[place] = min(day, found.get(place, day))
    return found


def _is_late(one: int, other: int, came: Days, there: set[tuple[int, int]]) -> bool:
    return any(
        (mine, company) not in there
        and (theirs, company) in came
        and came[mine, company] - came[theirs, company] > LATE
        for mine, theirs in ((one, other), (other, one))
        for who, company in came
        if who == mine
    )
