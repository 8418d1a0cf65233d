"""Copies a version to any store that fsspec knows (s3, abfss, gs, hdfs, file), and reads it back to check."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollcall.core.errors import Conflict, Invalid, TryLater
from rollcall.universe import versions

_BLOCK = 8 << 20


class BadStore(Invalid):
    """{url} is no store that can be written to: {reason}"""


class OtherCopy(Conflict):
    """{url} holds another version of this name, perhaps of another installation. A version never changes: choose
    another folder."""


class CopyDamaged(TryLater):
    """{url} does not read back as it was written. Look at the store, then copy again; what is right is kept."""


class StoreAway(TryLater):
    """{url} could not be written or read: {reason} Copy again; what is right is kept."""


@dataclass(frozen=True)
class Copied:
    """What is in the store now, each file read back and compared with its checksum."""

    url: str
    files: int
    written: int
    bytes: int


def copy(*, number: int, url: str) -> Copied:
    """Copy the version's files and, last, its manifest to `url`/v000001. Files that are there already are only checked.

    Raises:
        UnknownVersion, VersionDamaged
        BadStore: nothing can be written there.
        OtherCopy: another version is there.
        CopyDamaged, StoreAway: try again.
    """
    sums: dict[str, str] = versions.get(number).manifest["sha256"]
    folder = versions.path(number)
    store, base = _store(url)
    target = f"{base.rstrip('/')}/{folder.name}"
    shown = f"{url.rstrip('/')}/{folder.name}"
    try:
        _refuse_other(store, f"{target}/manifest.json", sums, shown)
        store.makedirs(target, exist_ok=True)
        missing = [name for name in sorted(sums) if _sum_there(store, f"{target}/{name}") != sums[name]]
        for name in missing:
            _send(store, folder / name, f"{target}/{name}", sums[name], number=number)
        _send(store, folder / "manifest.json", f"{target}/manifest.json", None, number=number)
        if damaged := [name for name in missing if _sum_there(store, f"{target}/{name}") != sums[name]]:
            raise CopyDamaged(url=f"{shown}/{damaged[0]}")
        size = sum(int(store.size(f"{target}/{name}")) for name in sums)
    except OSError as error:
        raise StoreAway(url=shown, reason=f"{type(error).__name__}: {error}.") from error
    return Copied(url=shown, files=len(sums) + 1, written=len(missing), bytes=size)


def _store(url: str) -> tuple[Any, str]:
    import fsspec

    if "://" not in url:
        raise BadStore(
            url=url, reason="write an address, such as s3://bucket/universe or file:///backup/universe."
        )
    try:
        store, base = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise BadStore(url=url, reason=str(error)) from None
    return store, str(base)


def _refuse_other(store: Any, manifest: str, sums: dict[str, str], shown: str) -> None:
    if store.exists(manifest) and json.loads(store.cat_file(manifest)).get("sha256") != sums:
        raise OtherCopy(url=shown)


def _sum_there(store: Any, path: str) -> str | None:
    """The checksum of the file in the store, past any cache; null if there is none."""
    store.invalidate_cache()
    if not store.exists(path):
        return None
    with store.open(path, "rb") as file:
        return _digest(lambda: file.read(_BLOCK), lambda block: None)


def _send(store: Any, source: Path, path: str, expected: str | None, *, number: int) -> None:
    """Write one file; what does not have its checksum here is not passed on as if it were whole."""
    try:
        with source.open("rb") as file, store.open(path, "wb") as target:
            digest = _digest(lambda: file.read(_BLOCK), target.write)
    except FileNotFoundError:
        if source.exists():
            raise
        raise versions.VersionDamaged(number=number, folder=str(source.parent)) from None
    if expected is not None and digest != expected:
        store.rm_file(path)
        raise versions.VersionDamaged(number=number, folder=str(source.parent))


def _digest(read: Callable[[], bytes], write: Callable[[bytes], object]) -> str:
    digest = hashlib.sha256()
    while block := read():
        digest.update(block)
        write(block)
    return digest.hexdigest()
