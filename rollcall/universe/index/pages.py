"""One page of the people found: begins where the last one ended, and reads no further than it must."""

from collections.abc import Collection

import numpy as np
import pyarrow as pa

from rollcall.universe.index.layout import Opened
from rollcall.universe.index.people import Search
from rollcall.universe.queries import PeopleQuery

Place = tuple[int, int, int]
_ROWS_FIRST = 1 << 12
_FASTER = 4


def page(
    index: Opened, query: PeopleQuery, hidden: Collection[int], after: Place | None, limit: int
) -> pa.Table:
    """The first `limit` people behind the one at `after` (company rank, person rank, profile)."""
    search = Search(index, query, hidden)
    company_rank, *behind = after or (1, 0, 0)
    start, rows = max(company_rank - 1, 0), _ROWS_FIRST
    found = [search.table([])]
    while start < len(search.staff.counts) and sum(map(len, found)) < limit:
        part = search.staff.run(start, rows)
        table = search.table([search.choose(part)])
        if part.first_place == company_rank - 1:
            table = table.filter(pa.array(_behind(table, company_rank, behind)))
        found.append(table)
        start, rows = start + len(part.counts), rows * _FASTER
    return pa.concat_tables(found).slice(0, limit).combine_chunks()


def _behind(
    table: pa.Table, company_rank: int, place: list[int]
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Whoever comes after the place; only the first company of a page has people before it."""
    company, rank, profile = (
        table[name].to_numpy() for name in ("company_rank", "person_rank", "profile_id")
    )
    person_rank, profile_id = place
    later = (rank > person_rank) | ((rank == person_rank) & (profile > profile_id))
    return np.asarray((company > company_rank) | later)
