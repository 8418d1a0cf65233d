"""Uploaded files: in a private folder each, under a name without tricks, deleted when nobody needs them."""

import re
import secrets
import shutil
import unicodedata
from pathlib import Path
from typing import IO

from django.conf import settings

from rollcall.core.errors import NotFound

_TOKEN = re.compile(r"[0-9a-f]{32}")
_NAME_MAX = 100
_PRIVATE = 0o700


class UploadGone(NotFound):
    """The uploaded file is not here any more. Upload it again."""


def home() -> Path:
    return Path(settings.ROLLCALL_HOME) / "uploads"


def folder(token: str) -> Path:
    """Where an upload, and what is written about it, lies."""
    if not _TOKEN.fullmatch(token):
        raise UploadGone()
    return home() / token


def open_new(name: str) -> tuple[str, IO[bytes]]:
    """A token, and a file to write into; nobody else on the machine may read it."""
    token = secrets.token_hex(16)
    home().mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
    folder(token).mkdir(mode=_PRIVATE)
    return token, (folder(token) / safe(name)).open("xb")


def path(place: str) -> Path:
    """The file of an upload.

    Raises:
        UploadGone
    """
    try:
        (found,) = [each for each in folder(place).iterdir() if each.is_file() and not each.is_symlink()]
    except (OSError, ValueError):
        raise UploadGone() from None
    return found


def forget(token: str) -> None:
    """Delete an upload; once more does no harm."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(home() / token, ignore_errors=True)


def safe(name: str) -> str:
    """`safe("../../etc/Ann's list.csv") == "Ann's list.csv"`: the last part, of plain marks, not hidden, short."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(mark if mark.isprintable() and mark not in '<>:"|?*' else "_" for mark in last)
    plain = plain.encode("utf-8", "replace").decode().strip().lstrip("._- ")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    # Some endings are two: people.csv.gz.
    kept = f"{stem[: _NAME_MAX - len(ending) - 1]}{dot}{ending[:20]}".encode()[:200].decode("utf-8", "ignore")
    return kept.strip() or "file"
