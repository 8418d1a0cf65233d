"""P5: how well the people found are known, before anybody pays for them."""

from collections.abc import Collection, Iterable
from datetime import date

import numpy as np

from rollcall.universe.answers import Coverage
from rollcall.universe.index import layout
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.people import Search
from rollcall.universe.queries import PeopleQuery

_EPOCH = date(1970, 1, 1)


def measure(index: Opened, query: PeopleQuery, hidden: Collection[int], since: date) -> Coverage:
    """Of the people found, how many were seen on `since` or later, and of how many an email, page or phone is known."""
    return of_rows(index, Search(index, query, hidden, in_order=False).rows(), since)


def of_rows(index: Opened, parts: Iterable[Column], since: date) -> Coverage:
    """The same of the people in these rows of the index."""
    last_seen, profiles = (np.asarray(index.columns[name]) for name in ("last_seen_on", "profile_id"))
    known = np.asarray(index.facts["profile_known"])
    people = seen = emails = pages = phones = 0
    for rows in parts:
        people += len(rows)
        seen += int(np.count_nonzero(last_seen[rows] >= (since - _EPOCH).days))
        ids = profiles[rows]
        bits = known[ids[ids < len(known)]]
        emails += int(np.count_nonzero(bits & layout.EMAIL))
        pages += int(np.count_nonzero(bits & layout.PAGE))
        phones += int(np.count_nonzero(bits & layout.PHONE))
    return Coverage(people, seen, emails, pages, phones)
