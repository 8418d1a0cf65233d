"""P5: how well the people found are known, before anybody pays for them."""

from collections.abc import Collection
from datetime import date

import numpy as np

from rollcall.universe.answers import Coverage
from rollcall.universe.index.layout import Opened
from rollcall.universe.index.people import Search
from rollcall.universe.queries import PeopleQuery

_EPOCH = date(1970, 1, 1)


def measure(index: Opened, query: PeopleQuery, hidden: Collection[int], since: date) -> Coverage:
    """How many people are found, and how many of them were seen on `since` or later."""
    search = Search(index, query, hidden, in_order=False)
    column = np.asarray(index.columns["last_seen_on"])
    people = seen = 0
    for part in search.parts:
        days = column[part.rows_at(search.positions(part))]
        people += len(days)
        seen += int(np.count_nonzero(days >= (since - _EPOCH).days))
    return Coverage(people, seen)
