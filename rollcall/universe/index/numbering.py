"""Gives each text of a column its number at first sight: a few by a dictionary, millions by their hashes."""

import threading

import numpy as np
import pyarrow as pa

from rollcall.universe.index import hashing
from rollcall.universe.index.layout import Column

_EMPTY = pa.array([""], pa.large_string())


class Few:
    """Levels, departments, countries."""

    def __init__(self, known: pa.Array | None = None) -> None:
        """`known`: the `texts` of another one; they keep their numbers."""
        self._numbers = {
            text: number for number, text in enumerate(() if known is None else known.to_pylist())
        }
        self._lock = threading.Lock()

    def of(self, texts: pa.Array) -> Column:
        """The numbers of the texts, and one more for a row without any: that of the empty text."""
        with self._lock:
            numbers = [
                self._numbers.setdefault(text, len(self._numbers)) for text in (*texts.to_pylist(), "")
            ]
        return np.array(numbers, np.int32)

    @property
    def texts(self) -> pa.Array:
        return pa.array(list(self._numbers), pa.large_string())


class Many:
    """Titles. Known by their hashes: of five million, two share a number with a chance of one in a million.

    The hashes are kept in a table of our own, at least twice as long as they are many: each is at the place that its
    last bits say, or the next free one after it. A whole dictionary is looked up at once.
    """

    def __init__(self, size: int = 1 << 16, known: pa.Array | None = None) -> None:
        """`known`: the `texts` of another one; they keep their numbers."""
        self._keys, self._values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        self._count = 0
        self._parts: list[pa.Array] = []
        self._lock = threading.Lock()
        self._parts.append(_EMPTY if known is None else known)
        # The empty text is always the first one.
        self._insert(np.maximum(hashing.texts(self._parts[0]), np.uint64(1)))

    def of(self, texts: pa.Array) -> Column:
        """The numbers of the texts, and one more for a row without any: that of the empty text."""
        every = pa.concat_arrays([texts.cast(pa.large_string()), _EMPTY])
        # 0 is a free place.
        hashes = np.maximum(hashing.texts(every), np.uint64(1))
        with self._lock:
            numbers = self._look_up(hashes)
            unknown = np.flatnonzero(numbers < 0)
            if len(unknown):
                new, first, which = np.unique(hashes[unknown], return_index=True, return_inverse=True)
                numbers[unknown] = self._count + which
                self._parts.append(every.take(pa.array(unknown[first])))
                self._insert(new)
        return numbers

    @property
    def texts(self) -> pa.Array:
        return pa.concat_arrays(self._parts)

    def _look_up(self, hashes: Column) -> Column:
        """The number of each hash; -1 for an unknown one."""
        numbers = np.full(len(hashes), -1, np.int32)
        last = np.uint64(len(self._keys) - 1)
        asked, at = np.arange(len(hashes)), (hashes & last).astype(np.int64)
        while len(asked):
            keys = self._keys[at]
            hit = keys == hashes[asked]
            numbers[asked[hit]] = self._values[at[hit]]
            further = ~hit & (keys != 0)
            asked, at = asked[further], (at[further] + 1) & int(last)
        return numbers

    def _insert(self, hashes: Column) -> None:
        """Give these, which differ and are not known, the next numbers."""
        numbers = np.arange(self._count, self._count + len(hashes), dtype=np.int32)
        self._count += len(hashes)
        if 2 * self._count > len(self._keys):
            used = np.flatnonzero(self._keys)
            hashes = np.concatenate([self._keys[used], hashes])
            numbers = np.concatenate([self._values[used], numbers])
            size = 1 << (4 * self._count - 1).bit_length()
            self._keys, self._values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        self._put(hashes, numbers)

    def _put(self, hashes: Column, numbers: Column) -> None:
        last = len(self._keys) - 1
        left, at = np.arange(len(hashes)), (hashes & np.uint64(last)).astype(np.int64)
        while len(left):
            free = self._keys[at] == 0
            # Of several that want the same place the last one written has it; the others go on.
            self._keys[at[free]] = hashes[left[free]]
            won = self._keys[at] == hashes[left]
            self._values[at[won]] = numbers[left[won]]
            left, at = left[~won], (at[~won] + 1) & last
