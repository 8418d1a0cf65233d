"""Reads files into parts under the home folder; a reading that was killed goes on behind its last part."""

import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

import pyarrow as pa

from rollcall.core import faults
from rollcall.core.errors import Conflict, Invalid, TryLater
from rollcall.universe import versions
from rollcall.universe.sources.files import manifests, rejected_rows, verdicts
from rollcall.universe.sources.files.applying import STAGED, Applied, apply
from rollcall.universe.sources.files.manifests import Manifest, Part
from rollcall.universe.sources.files.mapping import Mapping
from rollcall.universe.sources.files.places import Place
from rollcall.universe.sources.files.verdicts import REJECTED
from rollcall.universe.sources.sandbox import reading

# Raised when the same file and mapping would give other rows: what is staged then is not gone on with.
RULES_VERSION = 1
PART_ROWS = 250_000
Watch = Callable[[int], None]
_KEPT_SECONDS = 7 * 86_400
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PART_WRITTEN = faults.declare(
    "universe.files.part_written", "a part is staged, the manifest does not name it"
)
_PART_NAMED = faults.declare("universe.files.part_named", "a part is staged and named, more are to come")
_STAGED = faults.declare("universe.files.staged", "everything is staged, nothing is loaded")


class ColumnsMissing(Invalid):
    """{path} lacks columns that the mapping names: {columns}. It has: {present}."""


class ReadingUnderWay(Conflict):
    """The same file with the same mapping is being read by another process. Wait until that has ended."""


class FileChanged(TryLater):
    """{path} was changed while it was read. Wait until it is finished, and load again; nothing was loaded."""


class NoRoomToStage(TryLater):
    """There is no room on the disk to stage the file. Free some space and load again: it goes on where it was."""


@dataclass
class Staged:
    """Everything read so far."""

    folder: Path
    manifest: Manifest
    names: list[str]

    def accepted(self) -> pa.Table:
        """In the shape of `applying.STAGED`, in the order of the files."""
        return self._tables("", STAGED)

    def rejected(self) -> pa.Table:
        return self._tables(".rejected", REJECTED)

    def _tables(self, kind: str, schema: pa.Schema) -> pa.Table:
        found = [_read(self.folder / f"{part.name}{kind}.arrow") for part in self.manifest.parts]
        return pa.concat_tables([schema.empty_table(), *found]).combine_chunks()


@dataclass
class _Pending:
    """What is read but not yet written."""

    tables: list[pa.Table] = field(default_factory=list)
    rejected: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    blank: int = 0
    until_row: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    filled: set[str] = field(default_factory=set)

    def add(self, applied: Applied, unread: pa.Table, until_row: int) -> None:
        self.tables.append(applied.accepted)
        self.rejected.append(pa.concat_tables([unread, applied.rejected]).sort_by("row"))
        self.rows += applied.accepted.num_rows + self.rejected[-1].num_rows
        self.blank += applied.blank
        self.warnings.update(applied.warnings)
        self.until_row = until_row


def home() -> Path:
    return versions.home() / "staging"


@contextmanager
def stage(
    places: list[Place], mapping: Mapping, *, as_of: date, at: Path | None = None, watch: Watch | None = None
) -> Iterator[Staged]:
    """All rows of the files, staged in a folder that is theirs while this lasts; the folder stays.

    Args:
        at: another folder than that of this content and mapping.
        watch: is told how many rows are read so far, every now and then; what it raises ends the reading.

    Raises:
        a refusal of the reader, ColumnsMissing, FileChanged: a file cannot be used.
        ReadingUnderWay: somebody else is at it.
    """
    sweep_old()
    key = _key(places, mapping, as_of)
    folder = at or home() / key[:32]
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        manifest = manifests.read(folder, key)
        try:
            for number, place in enumerate(places):
                if number not in manifest.ended:
                    _stage_file(folder, manifest, number, place, mapping, as_of, watch)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise NoRoomToStage() from error
            raise
        faults.point(_STAGED)
        yield Staged(folder, manifest, [place.name for place in places])


def sweep(folder: Path) -> None:
    """Forget what was staged."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep_old() -> list[str]:
    """Forget what nobody has come back for in a week."""
    gone = []
    for folder in home().iterdir() if home().is_dir() else []:
        if folder.stat().st_mtime < time.time() - _KEPT_SECONDS:
            with suppress(ReadingUnderWay), _locked(folder):
                sweep(folder)
                gone.append(folder.name)
    return sorted(gone)


def _key(places: list[Place], mapping: Mapping, as_of: date) -> str:
    """One for the same content read in the same way."""
    whole = hashlib.sha256(f"{RULES_VERSION}\0{mapping.fingerprint()}\0{as_of}".encode())
    for place in places:
        with place.open() as file:
            whole.update(f"\0{place.name}\0{_digest(file)}".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _digest(file: IO[bytes]) -> str:
    return hashlib.file_digest(cast(BufferedReader, file), "sha256").hexdigest()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ReadingUnderWay() from None
        yield


def _stage_file(
    folder: Path,
    manifest: Manifest,
    number: int,
    place: Place,
    mapping: Mapping,
    as_of: date,
    watch: Watch | None,
) -> None:
    columns, pending = mapping.columns(), _Pending()
    with place.open() as file:
        before = _state(file)
        with reading.read(
            file, name=place.name, options=mapping.file.options(), columns=columns, after_row=manifest.reached(number)
        ) as opened:  # fmt: skip
            _check_columns(place, columns, opened)
            is_ours = rejected_rows.CODE in opened.columns
            for batch in opened.batches():
                table = rejected_rows.restored(batch.table) if is_ours else batch.table
                applied = apply(table, batch.rows, mapping=mapping, as_of=as_of, file=number)
                pending.filled |= {name for name in columns if table[name].null_count < table.num_rows}
                pending.add(applied, _unread(batch, number), _last(batch))
                if watch is not None:
                    watch(manifest.rows() + pending.rows)
                if pending.rows >= PART_ROWS:
                    pending = _write_part(folder, manifest, number, pending)
            if _state(file) != before:
                raise FileChanged(path=place.name)
            manifest.facts[number] = {"name": place.name, **opened.facts}
    if pending.until_row:
        _write_part(folder, manifest, number, pending)
    manifest.ended[number] = _ended(opened, set(columns) - manifest.filled(number))
    manifests.write(folder, manifest)


def _check_columns(place: Place, columns: list[str], opened: reading.Reading) -> None:
    missing = [name for name in columns if name not in opened.columns]
    if missing:
        present = ", ".join(repr(name) for name in opened.columns[:40]) or "no column"
        raise ColumnsMissing(path=place.name, columns=", ".join(map(repr, missing)), present=present)


def _write_part(folder: Path, manifest: Manifest, number: int, pending: _Pending) -> _Pending:
    name = f"part-{len(manifest.parts) + 1:06d}"
    accepted, rejected = pa.concat_tables(pending.tables), pa.concat_tables(pending.rejected)
    _write(folder / f"{name}.arrow", accepted)
    _write(folder / f"{name}.rejected.arrow", rejected)
    manifests.sync(folder)
    faults.point(_PART_WRITTEN)
    manifest.parts.append(
        Part(
            name=name, file=number, until_row=pending.until_row, accepted=accepted.num_rows,
            rejected=rejected.num_rows, blank=pending.blank,
            warnings=dict(pending.warnings), filled=sorted(pending.filled),
        )
    )  # fmt: skip
    manifests.write(folder, manifest)
    faults.point(_PART_NAMED)
    return _Pending()


def _write(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file:
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(file, table.schema, options=options) as writer:
            writer.write_table(table)
    manifests.sync(path)


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path), "rb") as file:
        return pa.ipc.open_file(file).read_all()


def _unread(batch: reading.Batch, number: int) -> pa.Table:
    """Rows that the reader could not read. A lonely cell is a remark, not a person."""
    return verdicts.table(
        [
            (
                number, int(one["row"]), str(one["code"]), str(one["column"]), str(one["value"]), str(one["raw"]),
                "" if str(one["value"]).startswith("1 cells") else None,
            )
            for one in batch.rejected
        ]
    )  # fmt: skip


def _last(batch: reading.Batch) -> int:
    last = batch.rows[-1].as_py() if len(batch.rows) else 0
    return max([last, *(int(one["row"]) for one in batch.rejected)])


def _ended(opened: reading.Reading, empty: set[str]) -> dict[str, int]:
    """Warnings of which only the end of a file knows."""
    found = {
        "guessed_encoding": int(opened.facts.get("encoding_why") == "it is not valid UTF-8"),
        "odd_quotes": int(bool(opened.verdict.get("odd_quotes"))),
        "never_filled": len(empty),
    }
    return {name: count for name, count in found.items() if count}


def _state(file: IO[bytes]) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns
