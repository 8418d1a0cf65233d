"""Of which kinds the people found are: levels, departments, countries, and the titles that most of them have."""

from collections.abc import Collection, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.answers import Counts, Facets
from rollcall.universe.index import kinds
from rollcall.universe.index.kinds import Kinds
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.people import Search
from rollcall.universe.queries import PeopleQuery


def count(index: Opened, query: PeopleQuery, hidden: Collection[int], titles_max: int) -> Facets:
    """How many of the people found have each value; of titles only the `titles_max` most frequent."""
    search = Search(index, query, hidden, in_order=False)
    return of_rows(index, search.rows(), search.kinds, titles_max)


def of_rows(index: Opened, parts: Iterable[Column], known: Kinds, titles_max: int) -> Facets:
    """The same of the people in these rows of the index; `known` are the kinds as whoever asks reads their titles."""
    per_kind = np.zeros(len(known), np.int64)
    titles = []
    for rows in parts:
        if len(rows):
            per_kind += np.bincount(known.of_rows[rows], minlength=len(known))
            titles.append(np.asarray(index.columns["title"])[rows])
    levels, departments, countries = (_of_part(index, known, part, per_kind) for part in kinds.PARTS)
    return Facets(levels, departments, countries, _of_titles(index, titles, titles_max))


def _of_part(index: Opened, known: Kinds, part: str, per_kind: Column) -> Counts:
    names = list(kinds.texts(index, part))
    counts = np.zeros(len(names), np.int64)
    np.add.at(counts, known.parts[part], per_kind)
    found = [(names[number], int(counts[number])) for number in np.flatnonzero(counts)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _of_titles(index: Opened, titles: list[Column], most: int) -> Counts:
    if not titles or not most:
        return []
    numbers, counts = _counted(np.concatenate(titles), len(index.lists["titles"]))
    if len(numbers) > most:
        # Whoever is rarer than the last one of the list, at best, need not be compared.
        least = np.partition(counts, -most)[-most]
        numbers, counts = numbers[counts >= least], counts[counts >= least]
    texts = pc.utf8_trim_whitespace(index.lists["titles"].take(pa.array(numbers)))
    table = pa.table({"text": texts, "count": counts})
    order = pc.select_k_unstable(
        table, k=min(most, len(numbers)), sort_keys=[("count", "descending"), ("text", "ascending")]
    )
    best = table.take(order)
    return list(zip(best["text"].to_pylist(), best["count"].to_pylist(), strict=True))


def _counted(numbers: Column, size: int) -> tuple[Column, Column]:
    """The distinct numbers and how often each is there: by a table of all, or sorted if they are few."""
    if len(numbers) < size // 8:
        found, counts = np.unique(numbers, return_counts=True)
        return found, counts
    counts = np.bincount(numbers, minlength=size)
    found = np.flatnonzero(counts)
    return found, counts[found]
