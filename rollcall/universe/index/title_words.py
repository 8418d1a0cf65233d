"""Which titles have these words in this order: by a table from each word to the titles that have it."""

from bisect import bisect_left
from collections.abc import Iterable
from operator import methodcaller

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.index.layout import Column, Opened


def table(titles: pa.Array) -> tuple[pa.Array, Column, Column]:
    """The words of all titles, sorted; where each word's titles start; and the numbers of the titles, word by word.

    `titles` are as `titles.words` writes them: words between single spaces, and a space at both ends.
    """
    split = pc.split_pattern(pc.utf8_trim_whitespace(titles), " ")
    numbers = pc.list_parent_indices(split).to_numpy()
    encoded = pc.dictionary_encode(pc.list_flatten(split))
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    words, codes = encoded.dictionary, encoded.indices.to_numpy()
    order = pc.sort_indices(words).to_numpy()
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    codes = place[codes] if len(codes) else np.empty(0, np.int64)
    pairs = np.unique(codes * max(len(titles), 1) + numbers)
    codes, numbers = np.divmod(pairs, max(len(titles), 1))
    starts = np.searchsorted(codes, np.arange(len(order) + 1))
    return words.take(pa.array(order)), starts.astype("<i8"), numbers.astype("<i4")


def having(index: Opened, phrases: Iterable[str]) -> Column:
    """The numbers of the titles, ascending, that have at least one of the phrases: whole words in a row."""
    return _union([_titles_with(index, phrase) for phrase in phrases])


def exactly(index: Opened, phrases: Iterable[str]) -> Column:
    """The numbers of the titles, ascending, that are one of the phrases and nothing more."""
    return _union([_only(index, phrase) for phrase in phrases])


def among(numbers: Column, wanted: Column, count: int) -> Column:
    """One flag a number: whether it is wanted. By a table of all `count` titles if that is less work than searching."""
    if len(numbers) > count // 8:
        flags = np.zeros(count, np.bool_)
        flags[wanted] = True
        return np.asarray(flags[numbers])
    if not len(wanted):
        return np.zeros(len(numbers), np.bool_)
    at = np.minimum(np.searchsorted(wanted, numbers), len(wanted) - 1)
    return np.asarray(wanted[at] == numbers)


def _union(lists: list[Column]) -> Column:
    if len(lists) == 1:
        return lists[0]
    return np.unique(np.concatenate(lists)) if lists else np.empty(0, np.int32)


def _only(index: Opened, phrase: str) -> Column:
    found = _titles_with(index, phrase)
    same = pc.equal(index.lists["titles"].take(pa.array(found)), phrase)
    return np.asarray(found[same.to_numpy(zero_copy_only=False)])


def _titles_with(index: Opened, phrase: str) -> Column:
    """The titles that have all the words; of several words, those that have them in a row."""
    words = phrase.split()
    if not words:
        return np.empty(0, np.int64)
    lists = sorted((_titles_of(index, word) for word in set(words)), key=len)
    found = lists[0]
    for other in lists[1:]:
        found = np.intersect1d(found, other, assume_unique=True)
    if len(words) == 1 or not len(found):
        return found
    texts = index.lists["titles"].take(pa.array(found))
    return np.asarray(found[pc.match_substring(texts, phrase).to_numpy(zero_copy_only=False)])


def _titles_of(index: Opened, word: str) -> Column:
    words = index.lists["words"]
    at = bisect_left(words, word, key=methodcaller("as_py"))
    if at == len(words) or words[at].as_py() != word:
        return np.empty(0, np.int32)
    return np.asarray(index.word_titles[index.word_starts[at] : index.word_starts[at + 1]])
