"""Files that several threads fill at once, each its own rows."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from rollcall.universe.index.layout import Column


class Files:
    """One file a column, in one folder; written and read by row number, without mapping them into memory."""

    def __init__(self, folder: Path, dtypes: dict[str, np.dtype[Any]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._dtypes = dtypes
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        self._files = {name: os.open(folder / name, flags, 0o644) for name in dtypes}

    def write(self, name: str, row: int, values: Column) -> None:
        data = np.ascontiguousarray(values, self._dtypes[name]).data.cast("B")
        at = row * self._dtypes[name].itemsize
        while len(data):
            done = os.pwrite(self._files[name], data, at)
            data, at = data[done:], at + done

    def read(self, name: str, row: int, count: int) -> Column:
        """As they were written by an earlier step; rows that nobody wrote are not to be asked for."""
        size = self._dtypes[name].itemsize
        values = np.empty(count, self._dtypes[name])
        data, at = values.data.cast("B"), row * size
        while len(data):
            done = os.preadv(self._files[name], [data], at)
            assert done, "the file ends before the row"
            data, at = data[done:], at + done
        return values

    def __enter__(self) -> "Files":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            os.close(file)
