"""Answers that were bought, compressed in the home folder, each under the hash of its content."""

import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from rollcall.core.errors import Conflict, TryLater

FREE_MIN = 64 * 2**20
_UNPACKED_MAX = 65 * 2**20


class AnswerGone(Conflict):
    """An answer that was bought ({answer}) is missing or damaged on disk. Restore it from a backup, or ask anew
    with --anew, which costs again."""


class NoRoomForAnswers(TryLater):
    """There is no room on the disk to keep what would be bought now. Free some space and go on; nothing was asked."""


@dataclass(frozen=True)
class Answer:
    """What a provider answered: the status, what the ledger needs of the headers, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


def check_room(bytes_max: int) -> None:
    """
    Raises:
        NoRoomForAnswers
    """
    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(home()).free < FREE_MIN + 2 * bytes_max:
        raise NoRoomForAnswers()


def put(answer: Answer, *, call_key: str) -> str:
    """Keep an answer, and whose it is until `settle`: a crash in between does not lose what was bought."""
    told = json.dumps({"status": answer.status, "headers": answer.headers}).encode()
    content = told + b"\n" + answer.body
    found = hashlib.sha256(content).hexdigest()
    path = _path(found)
    if not path.exists():
        _write(path, gzip.compress(content, compresslevel=6, mtime=0))
    _write(_note(call_key), found.encode())
    return found


def get(answer_hash: str) -> Answer:
    """
    Raises:
        AnswerGone
    """
    try:
        packed = _path(answer_hash).read_bytes()
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        content = unpacker.decompress(packed, _UNPACKED_MAX)
    except (OSError, zlib.error):
        raise AnswerGone(answer=answer_hash) from None
    if hashlib.sha256(content).hexdigest() != answer_hash:
        raise AnswerGone(answer=answer_hash)
    told, _, body = content.partition(b"\n")
    parsed: dict[str, Any] = json.loads(told)
    return Answer(parsed["status"], parsed["headers"], body)


def left_behind(call_key: str) -> str:
    """The hash of the answer that a crash kept the ledger from knowing of; empty when there is none."""
    try:
        found = _note(call_key).read_text()
        get(found)
    except (OSError, UnicodeDecodeError, AnswerGone):
        return ""
    return found


def settle(call_key: str) -> None:
    """The ledger knows of the answer now."""
    _note(call_key).unlink(missing_ok=True)


def remove(answer_hash: str) -> bool:
    """Delete an answer; whether it was there."""
    path = _path(answer_hash)
    is_there = path.exists()
    path.unlink(missing_ok=True)
    return is_there


def home() -> Path:
    return Path(settings.ROLLCALL_HOME) / "providers"


def _path(answer_hash: str) -> Path:
    return home() / "answers" / answer_hash[:2] / f"{answer_hash}.json.gz"


def _note(call_key: str) -> Path:
    return home() / "arriving" / call_key


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk when this returns; for this user's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".half-")
    half = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
