"""64-bit hashes of columns, the same on every machine and in every version: two that differ say "changed" for sure.

Two texts or rows that differ have the same hash with a chance of one in 2**64 (a word is mixed in by a bijection, so of
two that differ in one word of eight bytes or one field the hashes always differ). Of a hundred million changed rows in
a thousand loads, one is missed with a chance of one in a hundred million.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.index.layout import Column

_WORD = 8
# As many texts at once as keep what is worked on within the processor's cache.
_ROWS = 1 << 15
_ODD = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
NULL = np.uint64(0xD1B54A32D192ED03)


def texts(values: Any) -> Column:
    """One hash a text; a null has one as well, another than the empty text."""
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    slices = (chunk.slice(at, _ROWS) for chunk in chunks for at in range(0, len(chunk), _ROWS))
    return np.concatenate([np.empty(0, np.uint64), *(_of(one) for one in slices)])


def column(values: pa.ChunkedArray) -> Column:
    """One hash a row; what is kept by number is hashed once for each text and row group."""
    return np.concatenate([np.empty(0, np.uint64), *(_by_row(chunk) for chunk in values.chunks)])


def codes(chunk: pa.DictionaryArray) -> Column:
    """The number of each row's text in the dictionary; for a row without any, one behind the last."""
    numbers = chunk.indices.cast(pa.int32())
    return np.asarray(
        (pc.fill_null(numbers, len(chunk.dictionary)) if numbers.null_count else numbers).to_numpy()
    )


def mixed(values: Column) -> Column:
    """Each number as another one: a bijection that leaves no pattern (splitmix64). Changes `values` in place."""
    values += _ODD
    values ^= values >> np.uint64(30)
    values *= _FIRST
    values ^= values >> np.uint64(27)
    values *= _SECOND
    values ^= values >> np.uint64(31)
    return values


def pair(first: Column, second: Column) -> Column:
    """One hash of two 32-bit numbers a row."""
    packed = first.astype(np.uint32).astype(np.uint64) << np.uint64(32)
    packed |= second.astype(np.uint32)
    return mixed(packed)


def add(total: Column, values: Column) -> None:
    """Take one more hashed column into the hash of the rows; the order of the columns counts."""
    total *= _FIRST
    total += values


def _by_row(chunk: Any) -> Column:
    if not pa.types.is_dictionary(chunk.type):
        return texts(chunk)
    return np.append(texts(chunk.dictionary), NULL)[codes(chunk)]


def _of(values: Any) -> Column:
    """Of each text its length, its whole words from the front, and its last eight bytes, mixed one after the other."""
    begins, ends, data = _bytes(values)
    length = ends - begins
    found = mixed(length.astype(np.uint64))
    # The last eight bytes say what is left behind the whole words: a text of 9 to 16 bytes is two words.
    whole = (length - 1) // _WORD
    rows: Any = slice(None)
    for step in range(int(whole.max())):
        if step >= whole.min():
            rows = np.flatnonzero(whole > step)
        found[rows] = mixed(found[rows] ^ _words(data, begins[rows] + _WORD * step))
    last = _last_words(data, ends)
    few = np.minimum(length, _WORD) << 3
    # What lies before a shorter text is shifted out; by 64 is no shift at all, hence in two steps.
    last = (last >> ((64 - few) >> 1).astype(np.uint64)) >> ((65 - few) >> 1).astype(np.uint64)
    found = mixed(found ^ last)
    if values.null_count:
        found[np.asarray(values.is_null())] = NULL
    return found


def _bytes(values: Any) -> tuple[Column, Column, Any]:
    """Where each text begins and ends, and the bytes of all."""
    if not pa.types.is_string(values.type):
        values = values.cast(pa.large_string())
    width = np.int32 if pa.types.is_string(values.type) else np.int64
    _, offsets, data = values.buffers()
    places = np.frombuffer(offsets, width)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    return places[:-1], places[1:], np.frombuffer(data or b"", np.uint8)


def _words(data: Column, at: Column) -> Column:
    """The eight bytes at each place."""
    # A word at every byte: NumPy reads them wherever they lie.
    return np.asarray(np.ndarray((len(data) - _WORD + 1,), "<u8", data, strides=(1,))[at])


def _last_words(data: Column, ends: Column) -> Column:
    """The eight bytes before each end; before the first byte there are zeros."""
    if not len(ends) or int(ends[0]) >= _WORD:
        return _words(data, ends - _WORD)
    head = np.zeros(2 * _WORD, np.uint8)
    head[_WORD : _WORD + min(len(data), _WORD)] = data[:_WORD]
    early = int(np.searchsorted(ends, _WORD))
    first = _words(head, ends[:early])
    return first if early == len(ends) else np.concatenate([first, _words(data, ends[early:] - _WORD)])
