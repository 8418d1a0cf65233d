"""Which titles have these words in this order: by a table from each word to the titles that have it."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import methodcaller

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.index.layout import Column, Opened

# How much is remembered of an opened index: a table of flags has one byte a title.
_KEPT_BYTES = 64 << 20
_KEPT_MAX = 256


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
    pairs = np.sort(codes * max(len(titles), 1) + numbers)
    # A word may be twice in one title. (Sorting is a fifth of what np.unique takes for so many.)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    codes, numbers = np.divmod(pairs, max(len(titles), 1))
    starts = np.searchsorted(codes, np.arange(len(order) + 1))
    return words.take(pa.array(order)), starts.astype("<i8"), numbers.astype("<i4")


def flags(index: Opened, phrases: Sequence[str], phrases_out: Sequence[str]) -> Column:
    """One flag a title: whether it has at least one of the phrases (if there are any), and none of those left out."""

    def look() -> Column:
        flags = np.full(len(index.lists["titles"]), not phrases)
        flags[having(index, phrases)] = True
        flags[having(index, phrases_out)] = False
        return flags

    return _remembered(index, ("flags", frozenset(phrases), frozenset(phrases_out)), look)


def having(index: Opened, phrases: Iterable[str]) -> Column:
    """The numbers of the titles, in any order, that have one of the phrases: whole words in a row."""
    return _joined([_titles_with(index, phrase) for phrase in phrases])


def exactly(index: Opened, phrases: Iterable[str]) -> Column:
    """The numbers of the titles that are one of the phrases and nothing more."""
    wanted = frozenset(phrases)
    return _remembered(
        index, ("exactly", wanted), lambda: _joined([_only(index, phrase) for phrase in wanted])
    )


def _remembered(index: Opened, key: Hashable, look: Callable[[], Column]) -> Column:
    """What `look` answers, kept for the next search: a persona is searched for again and again."""
    kept: dict[Hashable, Column] = index.memory.setdefault("phrases", {})
    found = kept.pop(key, None)
    kept[key] = found = look() if found is None else found
    most = max(_KEPT_BYTES // max(len(index.lists["titles"]), 1), 2)
    for oldest in list(kept)[: -min(most, _KEPT_MAX)]:
        kept.pop(oldest, None)
    return found


def _joined(lists: list[Column]) -> Column:
    return np.concatenate(lists) if lists else np.empty(0, np.int32)


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
