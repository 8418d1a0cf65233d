"""Writes a version so that a crash at any instant leaves the former one in use.

Beside the others under a hidden name, synced, renamed, and only then the database row, which is the truth.
What a crash left behind has no row, and is swept by the next load.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import IntegrityError

from rollcall.core import faults, transactions
from rollcall.core.errors import TryLater
from rollcall.universe import records, titles, versions
from rollcall.universe.former import fingerprints, known
from rollcall.universe.former.fingerprints import Version
from rollcall.universe.former.known import Known
from rollcall.universe.identity.companies import names
from rollcall.universe.index import opening
from rollcall.universe.models import UniverseVersion

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FOLDER = re.compile(r"v(\d{6,})")
_HALF_WRITTEN = ".loading-"
_THREADS = 2
_BEFORE_RENAME = faults.declare(
    "universe.ingest.before_rename", "the files are written, the folder has no name yet"
)
_BEFORE_ROW = faults.declare(
    "universe.ingest.before_row", "the folder has its name, the database does not know it"
)
_AFTER_ROW = faults.declare("universe.ingest.after_row", "the version is published, nobody was told")


class LoadUnderWay(TryLater):
    """Another load is under way. Wait until it has ended; nothing was changed."""


class NoRoom(TryLater):
    """There is no room on the disk for a new version of the universe. Free some space and load again; the
    version in use is unchanged."""


@dataclass
class Former:
    """What the version in use says of itself: no number before the first load."""

    number: int | None = None
    next_company_id: int = 1
    next_profile_id: int = 1
    titles_version: int = titles.RULES_VERSION
    names_version: int = names.RULES_VERSION
    sources: list[str] = field(default_factory=list)
    # What each source said of itself when it was last loaded (`sources.source.Terms`).
    terms: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    # Which of those who asked to be forgotten are in it no more (`erasure.Blocked.mark`).
    erased: dict[str, int] = field(default_factory=dict)

    @property
    def version(self) -> Version | None:
        """Where it lies."""
        if self.number is None:
            return None
        return Version(versions.path(self.number), self.sums, _fingerprints())

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """All of it, in memory.

        Raises:
            VersionDamaged
        """
        if self.number is None:
            return {name: schema.empty_table() for name, schema in records.TABLES.items()}
        folder = versions.path(self.number)
        try:
            return {name: records.read(folder, name) for name in records.TABLES}
        except FileNotFoundError:
            raise versions.VersionDamaged(number=self.number, folder=str(folder)) from None


@dataclass
class Contents:
    """What the next version says: of which tables and rows, `known` knows."""

    tables: dict[str, pa.Table]
    known: Known
    next_company_id: int
    next_profile_id: int
    sources: list[str]
    terms: dict[str, dict[str, Any]]
    erased: dict[str, int]
    before: Former


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Only one load at once; the system lets go of the lock when its holder dies.

    Raises:
        LoadUnderWay: another process or thread is loading.
    """
    versions.home().mkdir(parents=True, exist_ok=True)
    with (versions.home() / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LoadUnderWay() from None
        yield


def read_current() -> Former:
    """The version in use; empty before the first load."""
    number = versions.current()
    if number is None:
        return Former()
    manifest = versions.get(number).manifest
    return Former(
        number=number,
        next_company_id=manifest["next_company_id"],
        next_profile_id=manifest["next_profile_id"],
        titles_version=manifest["titles_version"],
        names_version=manifest.get("names_version", 0),
        sources=list(manifest["sources"]),
        terms=dict(manifest.get("terms", {})),
        rows=dict(manifest["rows"]),
        sums=dict(manifest["sha256"]),
        erased=dict(manifest.get("erased", {})),
    )


def publish(contents: Contents, *, as_of: date, source: str, now: datetime) -> UniverseVersion:
    """Write the version and make it the current one. Call it inside `one_at_a_time`.

    Raises:
        NoRoom: the disk is full; whatever was written is gone again.
    """
    number = next_number()
    sweep()
    half = versions.home() / f"{_HALF_WRITTEN}{os.getpid()}"
    try:
        manifest = _write(half, contents, number=number, as_of=as_of, source=source)
        faults.point(_BEFORE_RENAME)
        half.rename(versions.path(number))
        _sync(versions.home())
        if opening.is_used():
            opening.prepare(number)
        if not known.is_small(manifest["rows"]):
            version = Version(versions.path(number), manifest["sha256"], _fingerprints())
            fingerprints.prepare(version=version)
    except OSError as error:
        shutil.rmtree(half, ignore_errors=True)
        if error.errno in _NO_ROOM:
            raise NoRoom() from error
        raise
    faults.point(_BEFORE_ROW)
    row = _insert_row(number, manifest, as_of=as_of, source=source, now=now)
    faults.point(_AFTER_ROW)
    return row


def next_number() -> int:
    """The number of the version that is published next; inside `one_at_a_time`."""
    return 1 + max([versions.current() or 0, *_folders()])


def sweep() -> list[str]:
    """Remove what loads that did not end left behind: half-written folders, and folders without a row."""
    known = set(UniverseVersion.objects.values_list("number", flat=True))
    left = [path for number, path in _folders().items() if number not in known]
    left += [path for path in versions.home().iterdir() if path.name.startswith(_HALF_WRITTEN)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    opening.sweep({versions.path(number).name for number in known})
    current = versions.current()
    fingerprints.sweep(
        folder=_fingerprints(), sums=versions.get(current).manifest["sha256"].values() if current else ()
    )
    return sorted(path.name for path in left)


def _folders() -> dict[int, Path]:
    found = ((_FOLDER.fullmatch(path.name), path) for path in versions.home().iterdir())
    return {int(name.group(1)): path for name, path in found if name}


def _write(folder: Path, contents: Contents, *, number: int, as_of: date, source: str) -> dict[str, Any]:
    folder.mkdir()
    sums = _write_tables(folder, contents)
    manifest = {
        "number": number,
        "as_of": as_of.isoformat(),
        "source": source,
        "sources": sorted({*contents.sources, source}),
        "terms": contents.terms,
        "schema_version": records.SCHEMA_VERSION,
        "titles_version": titles.RULES_VERSION,
        "names_version": names.RULES_VERSION,
        "next_company_id": contents.next_company_id,
        "next_profile_id": contents.next_profile_id,
        "erased": contents.erased,
        "rows": known.count(folder),
        "sha256": sums,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(_sync, list(folder.iterdir())))
    _sync(folder)
    return manifest


def _write_tables(folder: Path, contents: Contents) -> dict[str, str]:
    """The checksum of each file, by name; that of a file used again is known."""
    before = contents.before.sums
    kept = contents.known.write(folder, contents.tables) & before.keys()
    files = sorted(path.name for path in folder.iterdir())
    with ThreadPoolExecutor(_THREADS) as threads:
        sums = threads.map(lambda name: before[name] if name in kept else _checksum(folder / name), files)
        return dict(zip(files, sums, strict=True))


def _insert_row(
    number: int, manifest: dict[str, Any], *, as_of: date, source: str, now: datetime
) -> UniverseVersion:
    rows = manifest["rows"]
    row = UniverseVersion(
        number=number,
        as_of=as_of,
        source=source,
        published_at=now,
        companies=rows["companies"],
        profiles=rows["profiles"],
        positions=rows["positions"],
        manifest=manifest,
    )
    try:
        transactions.run(lambda: row.save(force_insert=True))
    except IntegrityError:
        # A second machine shares this database but not the lock file.
        raise LoadUnderWay() from None
    return row


def _fingerprints() -> Path:
    return versions.home() / "fingerprints"


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
