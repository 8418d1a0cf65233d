"""Files that several threads fill at once, each its own rows."""

import errno
import os
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from rollcall.universe.index.layout import Column

# As much at once as needs little memory where the system does not copy itself.
_STEP = 1 << 23
_CANNOT = {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}


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

    def copy(self, name: str, row: int, path: Path, first: int, count: int) -> None:
        """The values of another file from `first` on, `count` of them: bytes that the system need not hand to us."""
        size = self._dtypes[name].itemsize
        at, end, target = first * size, (first + count) * size, row * size
        with path.open("rb") as file:
            while at < end:
                done = _copy(file.fileno(), self._files[name], min(end - at, _STEP), at, target)
                assert done, "the file ends before the row"
                at, target = at + done, target + done

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


def _copy(source: int, target: int, size: int, begin: int, end: int) -> int:
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, size, begin, end)
        except OSError as error:
            # Not every file system does, nor from another one.
            if error.errno not in _CANNOT:
                raise
    return os.pwrite(target, os.pread(source, size, begin), end)
