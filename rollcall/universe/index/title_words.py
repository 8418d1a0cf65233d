"""Which titles have these words in this order: by a table from each word to the titles that have it."""

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


def having(index: Opened, phrases: list[str]) -> Column:
    """One flag a title: whether it has at least one of the phrases, whole words in a row."""
    flags = np.zeros(len(index.lists["titles"]), np.bool_)
    for phrase in phrases:
        flags[_titles_with(index, phrase)] = True
    return flags


def exactly(index: Opened, phrases: list[str]) -> Column:
    """One flag a title: whether it is one of the phrases and nothing more."""
    found = [_titles_with(index, phrase) for phrase in phrases]
    flags = np.zeros(len(index.lists["titles"]), np.bool_)
    for phrase, numbers in zip(phrases, found, strict=True):
        texts = index.lists["titles"].take(pa.array(numbers))
        flags[numbers[pc.equal(texts, phrase).to_numpy(zero_copy_only=False)]] = True
    return flags


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
    at = pc.index(index.lists["words"], pa.scalar(word, index.lists["words"].type)).as_py()
    if at < 0:
        return np.empty(0, np.int32)
    return np.asarray(index.word_titles[index.word_starts[at] : index.word_starts[at + 1]])
