"""Finds the index of a version, or builds it: made from the version's files alone, it can be deleted at any time."""

import fcntl
import json
import os
import shutil
import threading
from collections import OrderedDict
from pathlib import Path

from django.conf import settings

from rollcall.universe import buckets, versions
from rollcall.universe.index import building, layout, reuse
from rollcall.universe.index.layout import Opened

OPEN_MAX = 4
_opened: OrderedDict[tuple[object, ...], Opened] = OrderedDict()
_lock = threading.Lock()
# A lock that another thread held at the moment of a fork would stay held for ever in the child.
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def is_used() -> bool:
    """Whether searches for people are answered by the index: as ROLLCALL_PEOPLE_INDEX says, else beside DuckDB only.

    Spark is chosen where versions are larger than this computer or elsewhere, memory to see what the rules mean.
    """
    chosen: bool | None = settings.ROLLCALL_PEOPLE_INDEX
    return bool(settings.ROLLCALL_ENGINE == "duckdb") if chosen is None else chosen


def of(number: int) -> Opened:
    """The index of the version, opened once a process; built first if there is none that fits.

    Raises:
        UnknownVersion, VersionDamaged
    """
    version = versions.path(number)
    try:
        stamp = _stamp(version)
    except FileNotFoundError:
        versions.get(number)
        raise versions.VersionDamaged(number=number, folder=str(version)) from None
    key = (str(version), *stamp)
    with _lock:
        if key not in _opened:
            _opened[key] = _open(version, stamp=stamp)
            while len(_opened) > OPEN_MAX:
                _opened.popitem(last=False)
        _opened.move_to_end(key)
        return _opened[key]


def prepare(number: int) -> None:
    """Build the index of a version before anyone asks."""
    _open(versions.path(number), stamp=_stamp(versions.path(number)))


def sweep(known: set[str]) -> None:
    """Remove the indexes of versions that are no more; `known` are the names of the folders of those that are."""
    for folder in _home().glob("v*"):
        if folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)


def _open(version: Path, stamp: list[int]) -> Opened:
    folder = _home() / version.name
    if not _fits(folder, stamp):
        _home().mkdir(parents=True, exist_ok=True)
        with (_home() / ".lock").open("w") as file:
            # Whoever waits here finds it built.
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _fits(folder, stamp):
                for left in (folder, *_home().glob(f".{version.name}-*")):
                    shutil.rmtree(left, ignore_errors=True)
                building.build(version=version, folder=folder, stamp=stamp, former=_newest())
    return layout.open_(folder)


def _newest() -> Path | None:
    """The index of another version: the newest is the likeliest to have files in common with one that is built now."""
    return max((path.parent for path in _home().glob("v*/index.json")), default=None)


def _stamp(version: Path) -> list[int]:
    """What tells the files of one version from those of another without reading them."""
    paths = [path for name in ("positions", "profiles", "companies") for path in buckets.files(version, name)]
    return [number for path in paths for number in reuse.stamp(path)]


def _fits(folder: Path, stamp: list[int]) -> bool:
    """Whether the index is whole, of the present format, and made from this very file."""
    try:
        meta = json.loads((folder / "index.json").read_text())
    except (FileNotFoundError, ValueError):
        return False
    return bool(meta["format"] == layout.FORMAT and meta["made_from"] == stamp)


def _home() -> Path:
    return versions.home() / "indexes"
