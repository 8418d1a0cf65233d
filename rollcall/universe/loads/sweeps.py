"""What workers do for loads, over and over: look, check, load; and forget what was uploaded and is not needed."""

from datetime import datetime, timedelta

from django.db.models import Q

from rollcall.core import jobs
from rollcall.universe.loads import carrying, uploads
from rollcall.universe.models import SourceLoad

# An upload that nobody goes on with, and rows of files that were shown, are kept no longer than that.
KEPT = timedelta(days=7)
_AT_ONCE = 100
Task = SourceLoad.Task


@jobs.sweep("universe.looks", lane=jobs.LOOKS)
def look(*, now: datetime) -> int:
    return int(carrying.carry_out(tasks=(Task.LOOK,)) is not None)


@jobs.sweep("universe.loads", lane=jobs.LOADS)
def load(*, now: datetime) -> int:
    return int(carrying.carry_out(tasks=(Task.CHECK, Task.LOAD)) is not None)


@jobs.sweep("universe.uploads", rest_seconds=600)
def forget(*, now: datetime) -> int:
    """Delete uploads that no load needs, and rows that were kept to be shown: they name people."""
    old = Q(created_at__lt=now - KEPT) & ~Q(state__in=SourceLoad.ACTIVE)
    found = list(SourceLoad.objects.filter(old, forgotten_at=None).defer("mapping")[:_AT_ONCE])
    for one in found:
        if one.place_kind == SourceLoad.Place.UPLOAD:
            uploads.forget(one.place)
        carrying.rejected_path(one.pk).unlink(missing_ok=True)
        report = one.report and one.report | {"examples": []}
        ended = one.state if one.state in SourceLoad.ENDED else SourceLoad.State.CANCELLED
        still = SourceLoad.objects.filter(pk=one.pk, state=one.state)
        still.update(
            preview=None, report=report, state=ended, forgotten_at=now, finished_at=one.finished_at or now
        )
    return len(found) + _forget_strays(now)


def _forget_strays(now: datetime) -> int:
    """Uploads without a row: whoever sent them went away before the end."""
    gone = 0
    for folder in uploads.home().iterdir() if uploads.home().is_dir() else []:
        is_old = folder.stat().st_mtime < (now - timedelta(days=1)).timestamp()
        if is_old and not SourceLoad.objects.filter(place_kind="upload", place=folder.name).exists():
            uploads.forget(folder.name)
            gone += 1
    return gone
