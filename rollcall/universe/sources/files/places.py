"""Where files are: one path, a folder, or an address of a store; links and tricks in folders are not followed."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rollcall.core.errors import Invalid, NotAllowed, TryLater
from rollcall.universe import versions
from rollcall.universe.sources.sandbox.refusals import FileMissing

FILES_MAX = 10_000
_ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".xlsx", ".xlsm", ".parquet")
# Stores only. What speaks HTTP to anybody goes through `core.http`, by a provider of its own.
_STORES = {
    "file", "local", "memory", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "hdfs", "webhdfs", "oci", "r2",
    "sftp", "ssh", "smb", "dbfs",
}  # fmt: skip
_COPIED_AT_ONCE = 2**20
_COPY_MAX = 50 * 2**30


class NoFiles(Invalid):
    """The folder {path} has no file that could be read. These are: {endings}, also packed as .gz."""


class TooManyFiles(Invalid):
    """The folder {path} has more than {most:,} files. Load it in parts."""


class NotAFile(NotAllowed):
    """{path} is not an ordinary file inside its folder (a link, a device, or replaced meanwhile). Put the file itself
    there."""


class StoreUnknown(Invalid):
    """Files cannot be read from {scheme!r}. Use a path, or the address of a store: {known}."""


class StoreAway(TryLater):
    """{path} cannot be reached: {reason}. Check the address and the rights, and that the package for this kind of store
    is installed."""


class FileTooBig(Invalid):
    """{path} is larger than {most} GB. Split it."""


@dataclass(frozen=True)
class Place:
    """One file; `name` is how it is called in reports."""

    name: str
    path: str
    # Where it was found to be, so that nobody swaps it; None for what is in a store.
    identity: tuple[int, int] | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The file, to be read from the start; what is in a store is copied first."""
        if self.identity is None:
            with _copied(self.path, self.name) as file:
                yield file
            return
        descriptor = _opened(self.path, self.name)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if (found.st_dev, found.st_ino) != self.identity:
                raise NotAFile(path=self.name)
            yield file


@dataclass(frozen=True)
class Found:
    """The files of a load in their order, and what was passed over."""

    places: list[Place]
    skipped: list[str]


def find(path: Path | str) -> Found:
    """What there is to read at a path or an address.

    Raises:
        FileMissing, NoFiles, TooManyFiles, NotAFile, StoreUnknown, StoreAway.
    """
    text = str(path)
    if "://" in text or "::" in text:
        return _in_store(text)
    local = Path(text)
    if local.is_dir():
        return _in_folder(local.resolve())
    if not local.exists():
        raise FileMissing(path=text)
    return Found([_place(local.resolve(), local.name)], [])


def _in_folder(folder: Path) -> Found:
    places: list[Place] = []
    skipped: list[str] = []
    for at, inner, names in os.walk(folder, followlinks=False):
        here = Path(at)
        for name in list(inner):
            if (here / name).is_symlink():
                raise NotAFile(path=_shown(here / name, folder))
            if name.startswith((".", "_")):
                inner.remove(name)
        inner.sort()
        for name in sorted(names):
            if not _is_data(name):
                skipped.append(_shown(here / name, folder))
                continue
            places.append(_place(here / name, _shown(here / name, folder)))
            if len(places) > FILES_MAX:
                raise TooManyFiles(path=folder.name, most=FILES_MAX)
    if not places:
        raise NoFiles(path=folder.name, endings=", ".join(_ENDINGS))
    return Found(sorted(places, key=lambda place: place.name), skipped)


def _is_data(name: str) -> bool:
    return not name.startswith((".", "_")) and name.lower().removesuffix(".gz").endswith(_ENDINGS)


def _is_data_inside(path: str) -> bool:
    *folders, name = path.split("/")
    return _is_data(name) and not any(folder.startswith((".", "_")) for folder in folders)


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)).encode("utf-8", "replace").decode()


def _place(path: Path, name: str) -> Place:
    descriptor = _opened(str(path), name)
    try:
        found = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    return Place(name.encode("utf-8", "replace").decode(), str(path), (found.st_dev, found.st_ino))


def _opened(path: str, name: str) -> int:
    """Without following a link, and without waiting for whoever writes into a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise FileMissing(path=name) from None
    except PermissionError:
        raise
    except OSError:
        raise NotAFile(path=name) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFile(path=name)
    return descriptor


def _in_store(address: str) -> Found:
    store, inner = _store(address)
    with _reachable(address):
        if not store.exists(inner):
            raise FileMissing(path=address)
        if not store.isdir(inner):
            return Found([Place(inner.rsplit("/", 1)[-1], address)], [])
        found = sorted(str(name) for name in store.find(inner))
    scheme = address.split("://", 1)[0]
    names = {name: name.removeprefix(str(inner)).lstrip("/") for name in found}
    shown = {name: short for name, short in names.items() if _is_data_inside(short)}
    if not shown:
        raise NoFiles(path=address, endings=", ".join(_ENDINGS))
    if len(shown) > FILES_MAX:
        raise TooManyFiles(path=address, most=FILES_MAX)
    places = [
        Place(short, f"{scheme}://{name.lstrip('/') if scheme not in ('file', 'local') else name}")
        for name, short in shown.items()
    ]
    return Found(places, [short for name, short in names.items() if name not in shown])


def _store(address: str) -> tuple[Any, Any]:
    import fsspec

    scheme = address.split("://", 1)[0].lower()
    if "::" in address or scheme not in _STORES:
        raise StoreUnknown(scheme=address.split("://", 1)[0][:40], known=", ".join(sorted(_STORES)))
    with _reachable(address):
        store, inner = fsspec.core.url_to_fs(address)
        return store, inner


@contextmanager
def _copied(address: str, name: str) -> Iterator[IO[bytes]]:
    """A copy without a name: gone when it is closed, also if we are killed."""
    store, inner = _store(address)
    versions.home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=versions.home()) as copy:
        size = 0
        with _reachable(address), store.open(inner, "rb") as file:
            while chunk := file.read(_COPIED_AT_ONCE):
                size += len(chunk)
                if size > _COPY_MAX:
                    raise FileTooBig(path=name, most=_COPY_MAX >> 30)
                copy.write(chunk)
        copy.flush()
        copy.seek(0)
        yield copy


@contextmanager
def _reachable(address: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise FileMissing(path=address) from None
    except (ImportError, OSError, ValueError) as error:
        raise StoreAway(path=address, reason=" ".join(str(error).split())[:200]) from None
