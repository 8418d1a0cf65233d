"""Keeps dynamic segments fresh: on each new universe version, daily, and when a segment they name changed."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from rollcall.contacts.models import LIVE, Contact
from rollcall.core import jobs
from rollcall.core.errors import RollcallError
from rollcall.segments import activity, membership, placing
from rollcall.segments.models import Reference, Segment
from rollcall.universe import versions
from rollcall.workspaces import access

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=10)
PAUSE_AFTER_FAILURE = timedelta(hours=1)


@jobs.sweep("segments.dynamic")
def refresh_due(*, now: datetime) -> int:
    """Refresh one due segment; 1 if there was one. A failing one is noted in its activity and waits an hour."""
    version = versions.current()
    if version is None:
        return 0
    segment = _claim(version, now)
    if segment is None:
        return 0
    actor = access.system("segments.dynamic")
    why = "daily check" if segment.universe_version == version else f"universe v{version}"
    try:
        membership.refresh(workspace=segment.workspace, segment_id=segment.pk, actor=actor, now=now, why=why)
    except RollcallError as error:
        Segment.objects.filter(pk=segment.pk).update(lease_until=now + PAUSE_AFTER_FAILURE)
        activity.write(
            segment=segment, kind="refresh_failed", actor=actor, now=now, detail={"problem": error.message}
        )
    return 1


@jobs.sweep("segments.follow_contacts")
def follow_contacts(*, now: datetime) -> int:
    """Copy names anew into the sort keys of one workspace, once all its contacts have reached the newest version."""
    version = versions.current()
    if version is None:
        return 0
    behind = Contact.objects.filter(LIVE, workspace=OuterRef("workspace"), universe_version__lt=version)
    old = Q(keys_version__isnull=True) | Q(keys_version__lt=version)
    segments = Segment.objects.filter(old, contact_count__gt=0, deleted_at__isnull=True)
    segment = segments.filter(~Exists(behind)).select_related("workspace").order_by("id").first()
    if segment is None:
        return 0
    placing.follow_contacts(workspace=segment.workspace)
    segments.filter(workspace=segment.workspace).update(keys_version=version)
    return 1


def _claim(version: int, now: datetime) -> Segment | None:
    """Take the next due segment for a while, so that other workers take others."""
    for segment in _due(version, now).select_related("workspace").defer("definition")[:20]:
        free = Segment.objects.filter(_not_leased(now), pk=segment.pk)
        if free.update(lease_until=now + LEASE):
            return segment
    return None


def _due(version: int, now: datetime) -> QuerySet[Segment]:
    """Those that name no other due segment first; the others follow, and are woken if what they name changes."""
    dynamic = Q(kind=Segment.Kind.DYNAMIC, deleted_at__isnull=True)
    old = Q(due_at__lte=now) | Q(due_at__isnull=True) | Q(universe_version__lt=version)
    waiting = Segment.objects.filter(dynamic & old)
    named = Reference.objects.filter(segment=OuterRef("pk"), target__in=waiting.values("pk"))
    return waiting.filter(_not_leased(now)).order_by(Exists(named), "id")


def _not_leased(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)
