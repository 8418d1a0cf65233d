"""Finds out in which encoding a text is, by reading it; says so when it cannot be known."""

import codecs
from dataclasses import dataclass
from typing import BinaryIO

from rollcall.universe.sources.sandbox.program.refused import Refused

# What somebody may say instead of leaving it to us.
KNOWN = {
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256",
    "cp1257", "cp437", "cp850", "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "iso8859-15",
    "koi8-r", "mac-roman", "shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 2**20
# Reading all of a longer file twice is not worth it: what comes later must be as the beginning was.
_SCANNED_BYTES = 512 * 2**20
_UNUSED_IN_1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_LETTERS = bytes([*range(0x41, 0x5B), *range(0x61, 0x7B)])
_HIGH = bytes(range(0x80, 0x100))


@dataclass
class _Seen:
    """What a scan as UTF-8 came upon."""

    broken: int = 0
    foreign: int = 0
    high: int = 0
    letters: int = 0
    unused: int = 0


def detect(file: BinaryIO) -> tuple[str, str]:
    """(encoding, why); the file is at its beginning again."""
    start = file.read(4_096)
    file.seek(0)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name, "its mark"
    wide = _without_mark(start)
    if wide:
        return wide, "its zero bytes"
    # One in a cell costs its row; in the header, or many of them, it is no text.
    if b"\0" in start.splitlines()[0] or start.count(0) > len(start) // 20:
        raise Refused("unreadable", kind="CSV", reason="it is a binary file")
    seen = _scan(file)
    file.seek(0)
    return _decide(seen)


def _without_mark(start: bytes) -> str | None:
    """UTF-16 of European text has every other byte zero."""
    half = len(start) // 2
    if half < 4:
        return None
    if start[1::2].count(0) > 0.6 * half and start[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if start[0::2].count(0) > 0.6 * half and start[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _scan(file: BinaryIO) -> _Seen:
    seen, scanned = _Seen(), 0
    while scanned < _SCANNED_BYTES and (chunk := file.read(_CHUNK)):
        # To the end of a line, so that no character is cut in two.
        chunk += file.readline(_CHUNK)
        if not chunk.isascii():
            _count(seen, chunk)
        scanned += len(chunk)
    return seen


def _count(seen: _Seen, chunk: bytes) -> None:
    text = chunk.decode("utf-8", "replace")
    broken = text.count("\ufffd") - chunk.count(b"\xef\xbf\xbd")
    seen.broken += broken
    seen.foreign += len(text) - len(text.encode("ascii", "ignore")) - broken
    seen.high += len(chunk) - len(chunk.translate(None, _HIGH))
    seen.letters += len(chunk) - len(chunk.translate(None, _LETTERS))
    seen.unused += len(chunk) - len(chunk.translate(None, _UNUSED_IN_1252))


def _decide(seen: _Seen) -> tuple[str, str]:
    if not seen.broken:
        return "utf-8", "all of it is valid"
    if seen.foreign > 10 * seen.broken:
        return "utf-8", "nearly all of it is valid"
    if seen.unused or seen.high > 0.4 * (seen.letters + 1):
        raise Refused("encoding_unclear")
    return "cp1252", "it is not valid UTF-8"
