"""Putting contacts into a segment, taking them out, and keeping their copied sort keys true."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import F

from rollcall.core import ids, rows, transactions
from rollcall.core.errors import NotFound
from rollcall.segments import activity, register
from rollcall.segments.models import Segment, SegmentContact
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

Placement = tuple[int, str, str, bool]


class NotInSegment(NotFound):
    """The contact {contact} is not in the segment {segment}. It may have been taken out before."""


def add_contacts(*, segment: Segment, contacts: Sequence[Placement], now: datetime) -> int:
    """Place contacts (contact id, name key, company key, was charged), in the caller's transaction.

    Those already in the segment stay as they are; one that was taken out begins a new stay. Returns how many
    are newly placed. The caller vouches that the contacts are the segment's workspace's own.
    """
    if not contacts:
        return 0
    ordered = sorted({placement[0]: placement for placement in contacts}.values())
    contact_ids, name_keys, company_keys, charged = zip(*ordered, strict=True)
    placed = rows.insert(
        SegmentContact,
        {
            "contact_id": contact_ids,
            "name_key": name_keys,
            "company_key": company_keys,
            "was_charged": charged,
        },
        constants={"segment_id": segment.pk, "added_at": now, "removed_at": None},
        ignore_conflicts=True,
        returning=["id"],
    )
    if placed:
        Segment.objects.filter(pk=segment.pk).update(contact_count=F("contact_count") + len(placed))
    return len(placed)


def remove_contact(
    *, workspace: Workspace, segment_id: int, contact_id: int, actor: Actor, now: datetime
) -> None:
    """End the contact's stay in the segment. It stays owned: adding it again, anywhere, costs nothing (C3).

    Raises:
        NoSuchSegment
        NotInSegment: it never was in the segment. Taking it out twice changes nothing.
    """

    def work() -> None:
        segment = register.lock(workspace=workspace, segment_id=segment_id)
        stays = SegmentContact.objects.filter(segment=segment, contact=contact_id)
        if stays.filter(removed_at__isnull=True).update(removed_at=now):
            Segment.objects.filter(pk=segment.pk).update(contact_count=F("contact_count") - 1)
            detail = {"contact": ids.public("con", contact_id)}
            activity.write(segment=segment, kind="contact_removed", actor=actor, now=now, detail=detail)
        elif not stays.exists():
            raise NotInSegment(contact=ids.public("con", contact_id), segment=ids.public("seg", segment_id))

    transactions.run(work)


def follow_contacts(*, workspace: Workspace) -> int:
    """Copy the sort keys anew where a refresh has changed a name; returns how many placements were corrected."""
    sql = """
        UPDATE segments_segmentcontact AS p SET name_key = c.name_key, company_key = c.company_key
        FROM contacts_contact AS c
        WHERE c.workspace_id = %s AND p.contact_id = c.id AND p.removed_at IS NULL
          AND (p.name_key <> c.name_key OR p.company_key <> c.company_key)
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [workspace.pk])
        return int(cursor.rowcount)
