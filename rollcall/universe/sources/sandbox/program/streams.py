"""Bytes of a file as they are needed: unpacked, counted, and turned into UTF-8."""

import codecs
import gzip
import io
from typing import BinaryIO

from rollcall.universe.sources.sandbox.program.refused import Refused

CHUNK = 2**20


class Unpacked(io.RawIOBase):
    """A gzip file as it is inside, until that is too much."""

    def __init__(self, file: BinaryIO, *, most: int) -> None:
        self._packed = gzip.GzipFile(fileobj=file)
        self._most = most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._packed.seek(offset, whence)

    def tell(self) -> int:
        return self._packed.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._packed.read(len(buffer))
        if self._packed.tell() > self._most:
            raise Refused("too_much", limit=f"{self._most >> 20} MB unpacked")
        buffer[: len(data)] = data
        return len(data)


class Text(io.RawIOBase):
    """The same text in UTF-8, without a mark at its beginning; bytes can be put back before it."""

    def __init__(self, file: BinaryIO, codec: str) -> None:
        self._file = file
        self._decode = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)()
        self._ahead = b""
        self._ended = False
        self.quotes = 0
        if self._decode is None and (start := file.read(3)) != codecs.BOM_UTF8:
            self._ahead = start

    def readable(self) -> bool:
        return True

    def put_back(self, data: bytes) -> None:
        self._ahead = data + self._ahead
        self.quotes -= data.count(b'"')

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes, at least one before the end."""
        wanted = CHUNK if size is None or size < 0 else size
        while not self._ahead and not self._ended:
            self._ahead = self._more()
        found, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
        self.quotes += found.count(b'"')
        return found

    def _more(self) -> bytes:
        data = self._file.read(CHUNK)
        self._ended = not data
        if self._decode is None:
            return data
        text = self._decode.decode(data, not data)
        return text.removeprefix("\ufeff").encode("utf-8", "replace")
