"""Gives each text of a column its number: few different ones at once, a great many at the end of the file."""

import threading

import numpy as np
import pyarrow as pa

from rollcall.universe.index.layout import Column

# So many bytes of texts wait to be numbered; each time all texts known so far are looked through once.
_WAITING_MAX = 128 << 20


class Few:
    """Levels, departments, countries: a number at first sight."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
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
    """Titles: each part of a file keeps numbers of its own, until `of` tells what they are in the end."""

    def __init__(self) -> None:
        self.texts = pa.array([""], pa.large_string())
        self._waiting: dict[int, pa.Array] = {}
        self._numbers: dict[int, Column] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def wait(self, part: int, texts: pa.Array) -> None:
        """The dictionary of a part; its last entry stands for a row without any."""
        with self._lock:
            self._waiting[part] = pa.concat_arrays(
                [texts.cast(pa.large_string()), pa.array([""], pa.large_string())]
            )
            self._bytes += texts.nbytes
            if self._bytes > _WAITING_MAX:
                self.number()

    def of(self, part: int) -> Column:
        """The number of each entry of the part's dictionary; ask after `number`."""
        return self._numbers[part]

    def number(self) -> None:
        """Number all that wait, by one hash table: what is known comes first, so that it keeps its number."""
        coded = pa.chunked_array([self.texts, *self._waiting.values()]).dictionary_encode()
        for part, chunk in zip(self._waiting, coded.chunks[1:], strict=True):
            self._numbers[part] = chunk.indices.to_numpy().astype(np.int32)
        self.texts = coded.chunk(coded.num_chunks - 1).dictionary
        self._waiting, self._bytes = {}, 0
