"""Files with a mapping as a source: checked, loaded, and their rejected rows handed back."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from rollcall.core import faults
from rollcall.core.errors import Invalid
from rollcall.universe import ingest
from rollcall.universe.ingest import LoadReport
from rollcall.universe.sources import naming
from rollcall.universe.sources.files import finishing, places, rejected_rows, report, staging
from rollcall.universe.sources.files.finishing import Finished
from rollcall.universe.sources.files.mapping import Mapping
from rollcall.universe.sources.files.report import Report
from rollcall.universe.sources.files.staging import Staged

_BEFORE_SWEEP = faults.declare(
    "universe.files.before_sweep", "the version is published, staged rows still stand there"
)


class DayUnknown(Invalid):
    """Nothing says of which day {path} is. Give the date, put as_of into the mapping, or name the file like
    people_2026-08.csv."""


class NothingAccepted(Invalid):
    """No row of {path} can be used: {reason} Nothing was loaded."""


@dataclass(frozen=True)
class _Outcome:
    finished: Finished
    rejected: pa.Table
    report: Report
    unsure: frozenset[str]
    content: str


class Source:
    """One snapshot in files. Nothing is read before it is asked for.

    Args:
        path: a file, a folder, or the address of one in a store.
        as_of: the day it shows; by default what the mapping says, else the day in the file's name.
        watch: see `staging.stage`.
    """

    def __init__(
        self,
        path: Path | str,
        mapping: Mapping,
        *,
        as_of: date | None = None,
        watch: staging.Watch | None = None,
    ) -> None:
        naming.check(mapping.source)
        self._watch = watch
        self._path, self._mapping = path, mapping
        self.name = mapping.source
        self.licence, self.lawful_basis = mapping.licence, mapping.lawful_basis
        self.is_complete = mapping.kind == "roster"
        shown = str(path).rstrip("/").rsplit("/", 1)[-1]
        day = as_of or mapping.as_of or naming.day_in(shown)
        if day is None:
            raise DayUnknown(path=shown)
        self.as_of: date = day

    @property
    def collapsed_duplicates(self) -> int:
        return self._outcome.finished.duplicates

    def companies(self) -> pa.Table:
        return self._outcome.finished.companies

    def roster(self) -> pa.Table:
        return self._outcome.finished.roster

    @property
    def unsure(self) -> frozenset[str]:
        """Companies with rows that were refused: whoever is missing there may be in one of those."""
        return self._outcome.unsure

    @property
    def report(self) -> Report:
        return self._outcome.report

    @property
    def content(self) -> str:
        """One for the same content, read in the same way."""
        return self._outcome.content

    def write_rejected(self, path: Path) -> int:
        """The rejected rows as CSV; how many there are."""
        rejected = self._outcome.rejected
        return rejected_rows.write(path, places=self._found.places, mapping=self._mapping, rejected=rejected)

    def must_have_rows(self) -> None:
        """
        Raises:
            NothingAccepted: every row was refused.
        """
        if not self.report.accepted:
            said = self.report.reasons
            reason = f"{said[0].says} {said[0].remedy}" if said else "It has none."
            raise NothingAccepted(path=str(self._path), reason=reason)

    def sweep(self) -> None:
        """Forget what is staged; call it when the version is published."""
        if self._folder is not None:
            staging.sweep(self._folder)

    @contextmanager
    def in_passing(self) -> Iterator["Source"]:
        """Only looked at: what is staged goes to a folder of its own, and is gone at the end."""
        self._aside = staging.home() / f"check-{secrets.token_hex(8)}"
        try:
            yield self
        finally:
            staging.sweep(self._aside)

    _aside: Path | None = None
    _folder: Path | None = None

    @cached_property
    def _found(self) -> places.Found:
        return places.find(self._path)

    @cached_property
    def _outcome(self) -> _Outcome:
        found = self._found
        with staging.stage(
            found.places, self._mapping, as_of=self.as_of, at=self._aside, watch=self._watch
        ) as staged:
            self._folder = staged.folder
            return self._finish(staged)

    def _finish(self, staged: Staged) -> _Outcome:
        finished = finishing.finish(staged.accepted(), mapping=self._mapping, as_of=self.as_of)
        rejected = pa.concat_tables([staged.rejected(), finished.conflicting])
        rejected = rejected.sort_by([("file", "ascending"), ("row", "ascending")])
        unsure = _unsure(finished, rejected) if self.is_complete else frozenset()
        told = report.make(
            staged,
            finished,
            rejected,
            mapping=self._mapping,
            as_of=self.as_of,
            skipped=self._found.skipped,
            unsure=len(unsure),
        )
        return _Outcome(finished, rejected, told, unsure, staged.manifest.key)


def _unsure(finished: Finished, rejected: pa.Table) -> frozenset[str]:
    companies = rejected["company"]
    if companies.null_count:
        # It could have been anywhere.
        return frozenset(finished.roster["company_id"].to_pylist())
    return frozenset(companies.to_pylist()) - {""}


def check(
    path: Path | str, mapping: Mapping, *, as_of: date | None = None, rejected_to: Path | None = None
) -> Report:
    """What a load would take from the files, and what not; nothing is loaded.

    Args:
        rejected_to: where to write the rejected rows as CSV.

    Raises:
        a refusal of the reader, or of `staging`: a file as a whole cannot be used.
    """
    with Source(path, mapping, as_of=as_of).in_passing() as source:
        if rejected_to is not None:
            source.write_rejected(rejected_to)
        return source.report


def load(
    path: Path | str,
    mapping: Mapping,
    *,
    now: datetime,
    as_of: date | None = None,
    rejected_to: Path | None = None,
) -> tuple[LoadReport, Report]:
    """Load the files as a new version. Killed at any instant, it goes on where it was when it is called again.

    Raises:
        as `check` and `ingest.load`.
        NothingAccepted: every row was refused.
    """
    source = Source(path, mapping, as_of=as_of)
    if rejected_to is not None:
        source.write_rejected(rejected_to)
    source.must_have_rows()
    loaded = ingest.load(source=source, now=now)
    faults.point(_BEFORE_SWEEP)
    source.sweep()
    return loaded, source.report
