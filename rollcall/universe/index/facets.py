"""Of which kinds the people found are: levels, departments, countries, and the titles that most of them have."""

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.answers import Counts, Facets
from rollcall.universe.index import kinds
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.otherwise import AS_READ, PARTS, Otherwise
from rollcall.universe.index.people import Search
from rollcall.universe.queries import PeopleQuery

# A kind and what titles of it are read as instead (places in PARTS), and how many people that is.
Reread = Counter[tuple[int, tuple[int, ...]]]


def count(index: Opened, query: PeopleQuery, hidden: Collection[int], titles_max: int) -> Facets:
    """How many of the people found have each value; of titles only the `titles_max` most frequent."""
    search = Search(index, query, hidden, in_order=False)
    return of_rows(index, search.rows(), search.otherwise, titles_max)


def of_rows(index: Opened, parts: Iterable[Column], otherwise: Otherwise | None, titles_max: int) -> Facets:
    """The same of the people in these rows of the index, some of whose titles may be read otherwise."""
    known = kinds.of(index)
    per_kind = np.zeros(len(known), np.int64)
    reread: Reread = Counter()
    titles = []
    for rows in parts:
        if len(rows):
            per_kind += np.bincount(known.of_rows[rows], minlength=len(known))
            titles.append(np.asarray(index.columns["title"])[rows])
            if otherwise is not None:
                reread.update(_reread(otherwise, titles[-1], known.of_rows[rows]))
    levels, departments, countries = (_of_part(index, part, per_kind, reread) for part in kinds.PARTS)
    return Facets(levels, departments, countries, _of_titles(index, titles, titles_max))


def _reread(otherwise: Otherwise, title_numbers: Column, kinds_of: Column) -> Reread:
    """How often a kind is read as something else, by what it is read as."""
    places, entries = otherwise.among(title_numbers)
    parts = [otherwise.parts[part][entries] for part in PARTS]
    found, counts = np.unique(
        np.column_stack([kinds_of[places], *parts]).astype(np.int64), axis=0, return_counts=True
    )
    keys = ((int(kind), tuple(told)) for kind, *told in found.tolist())
    return Counter(dict(zip(keys, counts.tolist(), strict=True)))


def _of_part(index: Opened, part: str, per_kind: Column, reread: Reread) -> Counts:
    names = list(kinds.texts(index, part))
    numbers = kinds.of(index).parts[part]
    counts = np.zeros(len(names), np.int64)
    np.add.at(counts, numbers, per_kind)
    found = Counter({names[number]: int(counts[number]) for number in np.flatnonzero(counts)})
    if part in PARTS:
        for (kind, told), count in reread.items():
            said = told[list(PARTS).index(part)]
            if said != AS_READ:
                found[names[numbers[kind]]] -= count
                found[PARTS[part][said]] += count
    return sorted((+found).items(), key=lambda pair: (-pair[1], pair[0]))


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
