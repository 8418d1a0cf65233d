"""Carrying a load out, step by step; killed at any instant another worker goes on, and no file is loaded twice."""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import structlog
from django.conf import settings

from rollcall.core import clock, faults, ids
from rollcall.core.errors import Conflict, RollcallError, TryLater
from rollcall.universe import ingest, publication
from rollcall.universe.loads import allowed, asking, leases, uploads
from rollcall.universe.models import SourceLoad, UniverseVersion
from rollcall.universe.sources import files
from rollcall.universe.sources.files import staging

log = structlog.get_logger(__name__)
State, Task = SourceLoad.State, SourceLoad.Task
ATTEMPTS_MAX = 5
BACK_OFF = timedelta(seconds=2)
# So long until somebody else's load, or reading of the same file, is asked about again.
TURN = timedelta(seconds=5)
_TOLD_EVERY_SECONDS = 1.0
_GAVE_UP = "It ended without a word five times in a row. Look into the worker's log: it may need more memory."
_TAKEN = faults.declare("universe.loads.taken", "a worker holds the lease of a load and has done nothing yet")
_CHECKED = faults.declare("universe.loads.checked", "a file is checked, its load does not know")
_PUBLISHED = faults.declare("universe.loads.published", "the version is published, its load does not know")


class AlreadyPublished(Conflict):
    """This load was published as version {version} before whoever carried it out died."""

    def __init__(self, *, version: int) -> None:
        super().__init__(version=version)
        self.version = version


def carry_out(*, tasks: tuple[str, ...], now: datetime | None = None) -> SourceLoad | None:
    """One step of the load that has been due longest; None if nothing is due.

    Args:
        now: a fixed instant instead of the clock.
    """
    read_clock: Callable[[], datetime] = clock.now if now is None else lambda: now
    load = leases.take(tasks=tasks, now=read_clock())
    if load is None:
        return None
    faults.point(_TAKEN)
    try:
        with leases.kept(load):
            _step(load, read_clock)
    except leases.LeaseLost:
        log.warning("lease lost: cancelled, or another worker goes on", load=load.pk)
    except Exception as error:
        _note(load, error, read_clock())
    return SourceLoad.objects.get(pk=load.pk)


def rejected_path(load_id: int) -> Path:
    """Where the rejected rows of a load are."""
    return Path(settings.ROLLCALL_HOME) / "rejected" / f"{ids.public('lod', load_id)}.csv"


def _step(load: SourceLoad, read_clock: Callable[[], datetime]) -> None:
    if load.attempts > ATTEMPTS_MAX:
        leases.write(load, state=State.FAILED, problem=load.problem or _GAVE_UP, lease_until=read_clock())
    elif load.task == Task.LOOK:
        _look(load)
    elif load.task == Task.CHECK:
        _check(load, read_clock)
    else:
        _load(load, read_clock)


def _look(load: SourceLoad) -> None:
    where = allowed.path(load.place_kind, load.place)
    preview = files.look(where, options=files.told(**load.options))
    leases.write(load, state=State.LOOKED, preview=preview.model_dump(mode="json"), problem="", attempts=0)


def _check(load: SourceLoad, read_clock: Callable[[], datetime]) -> None:
    source = _source(load, _Watch(load, read_clock))
    report, path = source.report, rejected_path(load.pk)
    path.unlink(missing_ok=True)
    if report.rejected:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = path.with_suffix(".half")
        source.write_rejected(half)
        half.replace(path)
    faults.point(_CHECKED)
    leases.write(
        load, state=State.CHECKED, report=report.model_dump(mode="json"), rows_read=report.rows_read, problem="",
        attempts=0,
    )  # fmt: skip


def _load(load: SourceLoad, read_clock: Callable[[], datetime]) -> None:
    source = _Proven(load, _source(load, _Watch(load, read_clock)))
    source.inner.must_have_rows()
    try:
        learned = ingest.load(source=source, now=read_clock())
        version, told = learned.version, asdict(learned) | {"as_of": learned.as_of.isoformat()}
    except AlreadyPublished as found:
        version, told = found.version, load.learned or {}
    faults.point(_PUBLISHED)
    leases.write(
        load, state=State.DONE, version=version, learned=told, problem="", phase="", preview=None,
        rows_read=source.inner.report.rows_read, report=source.inner.report.model_dump(mode="json"),
        finished_at=read_clock(), lease_until=read_clock(),
    )  # fmt: skip
    source.inner.sweep()
    if load.place_kind == SourceLoad.Place.UPLOAD:
        uploads.forget(load.place)


def _source(load: SourceLoad, watch: staging.Watch) -> files.Source:
    where = allowed.path(load.place_kind, load.place)
    mapping = asking.mapping_of(load)
    assert mapping is not None
    return files.Source(where, mapping, as_of=load.as_of, watch=watch)


class _Watch:
    """Tells the row how far the reading is, once a second; that also finds out whether it is still wanted."""

    def __init__(self, load: SourceLoad, read_clock: Callable[[], datetime]) -> None:
        self._load, self._read_clock = load, read_clock
        self._next_at = 0.0

    def __call__(self, rows: int) -> None:
        if time.monotonic() >= self._next_at:
            leases.write(self._load, rows_read=rows, lease_until=self._read_clock() + leases.LEASE)
            self._next_at = time.monotonic() + _TOLD_EVERY_SECONDS


class _Proven:
    """The source of a load that, inside the lock of all loads, asks first whether it is still ours, and not done."""

    def __init__(self, load: SourceLoad, inner: files.Source) -> None:
        self._load, self.inner = load, inner
        self.name, self.as_of = inner.name, inner.as_of
        self.licence, self.lawful_basis, self.is_complete = (
            inner.licence,
            inner.lawful_basis,
            inner.is_complete,
        )
        self.companies = inner.companies
        self.content = inner.content
        self.unsure, self.collapsed_duplicates = inner.unsure, inner.collapsed_duplicates

    def roster(self) -> pa.Table:
        version = self._published()
        if version is not None:
            raise AlreadyPublished(version=version)
        leases.write(self._load, phase=SourceLoad.PUBLISHING)
        return self.inner.roster()

    def _published(self) -> int | None:
        """The version that this very load made, if whoever made it died before saying so."""
        made = UniverseVersion.objects.filter(source=self.name, published_at__gte=self._load.started_at)
        for version in made.order_by("-number"):
            if version.manifest.get("terms", {}).get(self.name, {}).get("content") == self.content:
                return int(version.number)
        return None


def _note(load: SourceLoad, error: Exception, now: datetime) -> None:
    """Keep what went wrong where people see it; what may go away by itself is tried again."""
    try:
        if isinstance(error, publication.LoadUnderWay | staging.ReadingUnderWay):
            # Not its fault: it waits for its turn.
            leases.write(
                load, state=State.WAITING, problem=error.message, lease_until=now + TURN, attempts=load.attempts - 1
            )  # fmt: skip
            return
        if isinstance(error, RollcallError):
            problem, is_final = error.message, not isinstance(error, TryLater)
        else:
            log.exception("a load failed", load=load.pk, attempt=load.attempts)
            problem, is_final = (
                f"Something unexpected went wrong ({type(error).__name__}). See the log.",
                False,
            )
        if is_final or load.attempts >= ATTEMPTS_MAX:
            leases.write(load, state=State.FAILED, problem=problem[:1_000], lease_until=now)
        else:
            later = now + BACK_OFF * 2**load.attempts
            leases.write(load, state=State.WAITING, problem=problem[:1_000], lease_until=later)
    except leases.LeaseLost:
        log.warning("lease lost: cancelled, or another worker goes on", load=load.pk)
