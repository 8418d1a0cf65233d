"""Who comes first at each company, and who is cut: the keys of a rank packed into one number that is sorted."""

from collections.abc import Sequence

import numpy as np

from rollcall.universe import titles
from rollcall.universe.index import kinds, title_words
from rollcall.universe.index.kinds import Kinds
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.staff import Staff
from rollcall.universe.queries import PersonaQuery

_BITS_MAX = 63


def best(
    index: Opened, persona: PersonaQuery, staff: Staff, found: Column, known: Kinds
) -> tuple[Column, Column]:
    """Those found (positions, ascending), company by company and best first, cut; and their ranks from 1.

    `known`: the kinds of the rows, as whoever asks reads their titles.
    """
    places = staff.places(found)
    found = found[order([places, *_keys(index, persona, staff.rows_at(found), known)])]
    # Sorting kept everybody at their company, so `places` still fits.
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    ranks = np.arange(len(places)) - np.repeat(starts, np.diff(starts, append=len(places))) + 1
    if persona.per_company is None:
        return found, ranks
    first = ranks <= persona.per_company
    return found[first], ranks[first]


def order(keys: Sequence[Column]) -> Column:
    """The order by these keys (whole numbers), the most telling first; between equals as they are."""
    count = len(keys[0])
    words: list[Column] = []
    room = 0
    for key in [*keys, np.arange(count)]:
        least = int(key.min()) if count else 0
        bits = (int(key.max()) - least).bit_length() if count else 0
        if bits > room:
            words.append(np.zeros(count, np.int64))
            room = _BITS_MAX
        if bits:
            words[-1] = (words[-1] << bits) | (key.astype(np.int64) - least)
        room -= bits
    if len(words) == 1:
        # The last key is the place in the list, so sorting the numbers themselves tells the order.
        return np.sort(words[0]) & ((1 << max(count - 1, 0).bit_length()) - 1)
    return np.lexsort(words[::-1]) if words else np.arange(count)


def _keys(index: Opened, persona: PersonaQuery, rows: Column, known: Kinds) -> list[Column]:
    """What ranks people, the most telling first; the id decides between equals, and rows are sorted by it."""
    level = _levels(index, known)[known.of_rows[rows]] if len(rows) else rows
    numbers = np.asarray(index.columns["title"])[rows]
    relevance = ~np.isin(numbers, title_words.exactly(index, persona.phrases))
    tenure = np.asarray(index.columns["first_seen_on"])[rows]
    seen = -np.asarray(index.columns["last_seen_on"])[rows].astype(np.int64)
    keys = {
        "seniority": [level, relevance, tenure, seen],
        "relevance": [relevance, level, tenure, seen],
        "tenure": [tenure, level, relevance, seen],
        "last_seen": [seen, level, relevance, tenure],
    }
    return keys[persona.order]


def _levels(index: Opened, known: Kinds) -> Column:
    """The rank of each kind's level."""
    ranks = {name: rank for rank, name in enumerate(titles.SENIORITIES)}
    by_number = np.array([ranks.get(name, len(ranks)) for name in kinds.texts(index, "seniority")], np.int8)
    return by_number[known.parts["seniority"]]
