"""64-bit hashes of columns, the same on every machine and in every version: two that differ say "changed" for sure.

Two texts or rows that differ have the same hash with a chance of one in 2**64 (a word is mixed in by a bijection, so of
two that differ in one word of eight bytes or one field the hashes always differ). Of a hundred million changed rows in
a thousand loads, one is missed with a chance of one in a hundred million.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from rollcall.universe.index.layout import Column

_WORD = 8
_ODD = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
NULL = np.uint64(0xD1B54A32D192ED03)


def texts(values: Any) -> Column:
    """One hash a text; a null has one as well, another than the empty text."""
    values = (
        pa.concat_arrays([_large(chunk) for chunk in values.chunks])
        if _is_chunked(values)
        else _large(values)
    )
    count = len(values)
    if not count:
        return np.empty(0, np.uint64)
    offsets = np.frombuffer(values.buffers()[1], np.int64)[values.offset : values.offset + count + 1]
    words = _words(values.buffers()[2], int(offsets[-1]))
    found = mixed(np.diff(offsets).astype(np.uint64))
    at, left = offsets[:-1], np.diff(offsets)
    rows: Any = slice(None)
    while True:
        more = left > 0
        if not more.all():
            at, left = at[more], left[more]
            rows = np.flatnonzero(more) if isinstance(rows, slice) else rows[more]
        if not len(at):
            break
        found[rows] = mixed(found[rows] ^ _word(words, at, left))
        at, left = at + _WORD, left - _WORD
    if values.null_count:
        found[np.asarray(values.is_null())] = NULL
    return found


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


def _large(values: Any) -> Any:
    return values.cast(pa.large_string())


def _is_chunked(values: Any) -> bool:
    return isinstance(values, pa.ChunkedArray)


def _words(buffer: Any, size: int) -> Column:
    """The bytes as whole words, and two words more so that reading past the last text does no harm."""
    words = np.zeros(size // _WORD + 3, np.dtype("<u8"))
    if size:
        words.view(np.uint8)[:size] = np.frombuffer(buffer, np.uint8, size)
    return words


def _word(words: Column, at: Column, left: Column) -> Column:
    """The eight bytes at `at`, wherever they lie across two words; of them only as many as are left."""
    places, shift = at >> 3, ((at & 7) << 3).astype(np.uint64)
    found = words[places] >> shift
    # Shifting by 64 is no shift at all, hence in two steps.
    found |= (words[places + 1] << np.uint64(1)) << (np.uint64(63) - shift)
    unused = ((_WORD - np.minimum(left, _WORD)) << 3).astype(np.uint64)
    found &= np.uint64(0xFFFFFFFFFFFFFFFF) >> unused
    return np.asarray(found)
